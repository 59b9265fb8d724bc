#include <inttypes.h>
#include <string.h>

#include "report/diff.h"
#include "report/html_page.h"
#include "report/json_text.h"

static void write_side(const char *name, const struct diff_side *side, FILE *out) {
	const struct facts *f = side->facts;
	fprintf(out, ",\n\"%s\":{\"total\":%" PRIu64 ",\"unique\":%zu,\"gaps\":%" PRIu64, name,
		side->total, side->unique, f->gap_count);
	fputs(",\"first\":", out);
	json_put_time(side->first_us, out);
	fputs(",\"last\":", out);
	json_put_time(side->last_us, out);
	fputs(",\"logs\":[", out);
	for (size_t i = 0; i < f->log_count; i++) {
		fputs(i ? "," : "", out);
		json_put_string(f->logs[i], strlen(f->logs[i]), out);
	}
	fputs("]}", out);
}

static void write_row(const struct diff_row *r, FILE *out) {
	fputs("{\"name\":", out);
	json_put_string(r->name.at, r->name.len, out);
	fprintf(out,
		",\"kind\":\"%s\",\"a\":%" PRIu64 ",\"b\":%" PRIu64
		",\"norm_a\":%.6g,\"norm_b\":%.6g,\"commonest\":%zu",
		diff_word(r->kind), r->a, r->b, r->norm_a, r->norm_b, r->commonest);
}

static void write_stack(const struct diff *d, const struct diff_stack *s, FILE *out) {
	write_row(&s->row, out);
	fputs(",\"module\":", out);
	json_put_string(s->module.at, s->module.len, out);
	fprintf(out, ",\"responsible\":%zu,\"frames\":[", s->responsible);
	for (size_t i = 0; i < s->stack->frame_count; i++) {
		struct folded_slice frame = fold_frame_text(&d->fold, s->stack->frames[i]);
		fputs(i ? "," : "", out);
		json_put_string(frame.at, frame.len, out);
	}
	fputs("]}", out);
}

void diff_write_json(const struct diff *d, FILE *out) {
	fprintf(out, "{\"version\":1,\"diff\":true,\"per\":\"%s\",\"by\":\"%s\"",
		d->per == DIFF_PER_TIME ? "time" : "hits", report_by_word(d->choice.by));
	write_side("a", &d->a, out);
	write_side("b", &d->b, out);
	json_put_kinds(&d->fold, out);
	fputs(",\n\"rows\":[", out);
	for (size_t i = 0; i < d->row_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_row(&d->rows[i], out);
		fputc('}', out);
	}
	fputs("],\n\"stacks\":[", out);
	for (size_t i = 0; i < d->stack_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_stack(d, &d->stacks[i], out);
	}
	fputs("]}\n", out);
}

void diff_write_html(const struct diff *d, FILE *out) {
	fwrite(html_page_head, 1, html_page_head_size, out);
	diff_write_json(d, out);
	fwrite(html_page_tail, 1, html_page_tail_size, out);
}
