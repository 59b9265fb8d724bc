#include <inttypes.h>
#include <string.h>

#include "report/diff.h"
#include "report/text_line.h"
#include "report/time_text.h"

static void write_side(const struct diff *d, const char *name, const struct diff_side *side,
	size_t columns, FILE *out) {
	struct text_line l;
	text_line_init(&l);
	text_line_put(&l, "%s  ", name);
	if (side->facts->log_count > 0) {
		text_line_put_name(&l, side->facts->logs[0]);
	}
	text_line_put(&l, ": %" PRIu64 " hits, %zu unique stacks", side->total, side->unique);
	if (side->first_us != FOLD_NO_TIME) {
		text_line_put(&l, ", ");
		time_text_minute(&l.t, side->first_us);
		text_line_put(&l, ", ");
		time_text_length(&l.t, side->last_us - side->first_us);
	}
	if (side->facts->gap_count > 0) {
		text_line_put(&l, ", %" PRIu64 " gaps", side->facts->gap_count);
	}
	text_line_write(&l, columns, out);
	(void)d;
}

static void write_kinds(const struct diff *d, size_t columns, FILE *out) {
	struct text_line l;
	text_line_init(&l);
	text_line_put(
		&l, "by %s: ", d->per == DIFF_PER_TIME ? "hits a minute" : "percent of the hits");
	for (size_t k = 0; k < DIFF_KINDS; k++) {
		text_line_put(
			&l, "%s%zu %s", k ? ", " : "", d->kinds[k], diff_word((enum diff_kind)k));
	}
	text_line_write(&l, columns, out);
}

static void put_change(struct text_line *l, const struct diff_row *r) {
	if (r->kind == DIFF_GROWN || r->kind == DIFF_LESS) {
		text_line_put(l, "%s x%-5.2g", diff_word(r->kind), r->norm_b / r->norm_a);
	} else {
		text_line_put(l, "%-12s", diff_word(r->kind));
	}
}

static void write_row(const struct diff *d, const struct diff_row *r, size_t columns, FILE *out) {
	struct text_line l;
	const struct diff_stack *s = &d->stacks[r->commonest];
	text_line_init(&l);
	put_change(&l, r);
	text_line_put(
		&l, " %8.2f %8.2f %8" PRIu64 " %8" PRIu64 "  ", r->norm_a, r->norm_b, r->a, r->b);
	text_line_put_shown(&l, r->name);
	text_line_write(&l, columns, out);
	text_line_init(&l);
	text_line_put(&l, "             ");
	text_line_put_chain(&l, &d->fold, s->stack, s->responsible);
	text_line_write(&l, columns, out);
}

/* Rows that differ, as many as fit; those that do not differ only if they were asked for. */
static size_t rows_shown(const struct diff *d, size_t room) {
	size_t changed = d->row_count - d->kinds[DIFF_SAME];
	if (d->choice.top > 0) {
		return d->choice.top < d->row_count ? d->choice.top : d->row_count;
	}
	if (2 * d->row_count <= room) {
		return d->row_count;
	}
	size_t fit = room > 3 ? (room - 1) / 2 : 1;
	return changed < fit ? changed : fit;
}

void diff_write_text(const struct diff *d, FILE *out) {
	const struct report_choice *c = &d->choice;
	size_t columns = c->columns ? c->columns : TEXT_COLUMNS;
	size_t rows = c->rows ? c->rows : TEXT_ROWS - 1;
	const char *unit = d->per == DIFF_PER_TIME ? "/min" : "/%";
	write_side(d, "A", &d->a, columns, out);
	write_side(d, "B", &d->b, columns, out);
	write_kinds(d, columns, out);
	fprintf(out, "\n%-12s    A%-4s    B%-4s     A hits   B hits  %s\n", "change", unit, unit,
		report_by_word(c->by));
	size_t shown = rows_shown(d, rows > 5 ? rows - 5 : 0);
	for (size_t i = 0; i < shown; i++) {
		write_row(d, &d->rows[i], columns, out);
	}
	if (shown < d->row_count) {
		fprintf(out, "and %zu more row%s; --top %zu shows all\n", d->row_count - shown,
			d->row_count - shown == 1 ? "" : "s", d->row_count);
	}
}

void diff_write_folded(const struct diff *d, FILE *out) {
	for (size_t i = 0; i < d->stack_count; i++) {
		const struct diff_stack *s = &d->stacks[i];
		for (size_t k = 0; k < s->stack->frame_count; k++) {
			fprintf(out, "%s%s", k ? ";" : "",
				d->fold.frames[s->stack->frames[k]].text);
		}
		fprintf(out, " %" PRIu64 " %" PRIu64 "\n", s->row.a, s->row.b);
	}
}
