#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "report/summary.h"
#include "report/text_line.h"
#include "report/time_text.h"

#define DAY_US INT64_C(86400000000)
#define STACK_ROWS_LEAST 5 /* a blank line, a title, three frames */

/* Where it is written, and how many rows are left. */
struct page {
	const struct report_summary *s;
	FILE *out;
	size_t left, columns;
	struct text_line line;
};

static struct text_line *begin(struct page *p) {
	text_line_init(&p->line);
	return &p->line;
}

static void end(struct page *p) {
	text_line_write(&p->line, p->columns, p->out);
	p->left -= p->left > 0;
}

static const char *plural(uint64_t count) {
	return count == 1 ? "" : "s";
}

static bool has_clock(const struct report_summary *s) {
	return s->first_us != FOLD_NO_TIME;
}

/* --- the head ------------------------------------------------------------------------------ */

static void write_what(struct page *p) {
	const struct report_summary *s = p->s;
	const struct facts *f = s->facts;
	struct text_line *l = begin(p);
	text_line_put(l, "%" PRIu64 " hit%s", s->total, plural(s->total));
	for (size_t i = 0; i < f->sought_count; i++) {
		text_line_put(l, i ? ", " : " of ");
		text_line_put_shown(l, (struct folded_slice){f->sought[i], strlen(f->sought[i])});
	}
	text_line_put(l, "; %zu unique stack%s", s->stack_count, plural(s->stack_count));
	if (s->hidden > 0) {
		text_line_put(l, "; %" PRIu64 " hit%s filtered out", s->hidden, plural(s->hidden));
	}
	end(p);
}

static void put_logs(struct text_line *l, const struct facts *f) {
	if (f->log_count > 0) {
		text_line_put_name(l, f->logs[0]);
	}
	if (f->log_count > 1) {
		text_line_put(l, " and %zu more", f->log_count - 1);
	}
}

static void write_when(struct page *p) {
	const struct report_summary *s = p->s;
	struct text_line *l = begin(p);
	if (!has_clock(s)) {
		put_logs(l, s->facts);
		text_line_put(l, ": no times; only livedebug's journals have them");
		end(p);
		return;
	}
	time_text_second(&l->t, s->first_us);
	text_line_put(l, " to ");
	time_text_second(&l->t, s->last_us);
	text_line_put(l, " UTC, ");
	time_text_length(&l->t, s->last_us - s->first_us);
	size_t boots = s->fold->boots.count;
	text_line_put(l, ", %zu boot%s; ", boots, plural(boots));
	put_logs(l, s->facts);
	end(p);
}

static void write_gaps(struct page *p) {
	const struct facts *f = p->s->facts;
	struct text_line *l = begin(p);
	if (f->gap_count == 0) {
		return;
	}
	text_line_put(l, "%" PRIu64 " gap%s", f->gap_count, plural(f->gap_count));
	if (f->gap_bytes > 0) {
		text_line_put(l, ", %" PRIu64 " bytes", f->gap_bytes);
	}
	if (f->gap_ms > 0) {
		text_line_put(l, ", ");
		time_text_length(&l->t, (int64_t)f->gap_ms * 1000);
	}
	text_line_put(l, " not kept: there may have been more hits");
	end(p);
}

static void write_sampling(struct page *p) {
	const struct facts *f = p->s->facts;
	double least = 1, most = 0;
	if (f->sample_count == 0) {
		return;
	}
	for (uint64_t i = 0; i < f->sample_count && i < FACTS_SAMPLES_MAX; i++) {
		least = f->samples[i].factor < least ? f->samples[i].factor : least;
		most = f->samples[i].factor > most ? f->samples[i].factor : most;
	}
	struct text_line *l = begin(p);
	text_line_put(l,
		"sampled in %" PRIu64 " window%s, %.0f to %.0f %% let through: ", f->sample_count,
		plural(f->sample_count), 100 * least, 100 * most);
	text_line_put(l, "about %.0f hits in truth", p->s->weight);
	end(p);
}

/* --- the trend ----------------------------------------------------------------------------- */

static void write_spark(struct page *p) {
	const struct report_summary *s = p->s;
	const struct trend_parts *parts = &s->parts;
	double most = 0;
	assert(parts->count > 0); /* the caller has looked */
	for (size_t i = 0; i < parts->count; i++) {
		most = parts->hits[i] > most ? parts->hits[i] : most;
	}
	struct text_line *l = begin(p);
	text_line_put_spark(l, parts, s->choice.plain);
	text_line_put(l, "| each ");
	time_text_length(&l->t, parts->intervals * s->fold->interval_us / (int64_t)parts->count);
	text_line_put(l, ", at most %.0f", most);
	end(p);
}

static void put_trend(struct text_line *l, const struct trend *t) {
	text_line_put(l, ", from %.2f to %.2f hits a minute", t->from, t->to);
}

static void write_growth(struct page *p) {
	const struct report_summary *s = p->s;
	struct text_line *l = begin(p);
	if (s->growing != SIZE_MAX) {
		const struct report_stack *r = &s->stacks[s->growing];
		text_line_put(l, "grows: #%zu ", s->growing + 1);
		text_line_put_column(l, r->frame, r->frame.len < 34 ? r->frame.len : 34);
		put_trend(l, &r->trend);
		if (s->growing_count > 1) {
			text_line_put(l, "; %zu more", s->growing_count - 1);
		}
	} else if (s->trend.kind == TREND_UNKNOWN) {
		text_line_put(l, "too few hits or too short a time to tell what grows");
	} else {
		text_line_put(
			l, "no single stack grows; all together: %s", trend_word(s->trend.kind));
		if (s->trend.kind == TREND_STEADY) {
			text_line_put(
				l, " at %.2f hits a minute", (s->trend.from + s->trend.to) / 2);
		} else {
			put_trend(l, &s->trend);
		}
	}
	end(p);
}

/* --- the table ------------------------------------------------------------------------------ */

static const char *title_of(enum report_by by) {
	static const char *const titles[] = {
		"responsible module", "responsible function", "stack", "boot", "hour (UTC)"};
	return titles[by];
}

static void write_title(struct page *p) {
	(void)begin(p);
	end(p);
	text_line_put(begin(p), "   hits   share  stacks%s  %s",
		has_clock(p->s) ? "    /min  first (UTC)  last       " : "",
		title_of(p->s->choice.by));
	end(p);
}

static void put_times(
	struct text_line *l, const struct report_summary *s, const struct report_group *g) {
	double rate = report_group_rate(s, g);
	bool within_day = s->first_us / DAY_US == s->last_us / DAY_US;
	if (rate < 0) {
		text_line_put(l, "%8s", "-");
	} else {
		text_line_put(l, rate < 1000 ? "%8.2f" : "%8.0f", rate);
	}
	text_line_put(l, "  ");
	time_text_short(&l->t, g->first_us, within_day);
	text_line_put(l, "  ");
	time_text_short(&l->t, g->last_us, within_day);
}

static void write_row(struct page *p, const struct report_group *g) {
	char room[TEXT_LINE_MAX];
	struct text name;
	struct text_line *l = begin(p);
	text_init(&name, room, sizeof(room));
	report_group_name(p->s, g, &name);
	text_line_put(l, "%7" PRIu64 "  %5.1f%%  %6zu", g->count,
		100 * report_share(p->s, g->count), g->unique);
	if (has_clock(p->s)) {
		put_times(l, p->s, g);
	}
	text_line_put(l, "  ");
	text_line_put_shown(l, (struct folded_slice){name.at, name.len});
	end(p);
}

/* The commonest stack of the row, from the responsible frame to the root. */
static void write_chain(struct page *p, const struct report_group *g) {
	const struct report_stack *r = &p->s->stacks[g->commonest];
	struct text_line *l = begin(p);
	text_line_put(l, "           ");
	if (g->unique > 1) {
		text_line_put(l, "%" PRIu64 " by ", g->commonest_count);
	}
	text_line_put_chain(l, p->s->fold, r->stack, r->responsible);
	end(p);
}

/* Whoever asks for so many stacks wants them whole. */
static bool whole_stacks(const struct report_summary *s) {
	return s->choice.by == REPORT_BY_STACK && s->choice.top > 0;
}

static void write_table(struct page *p, size_t rows) {
	write_title(p);
	for (size_t i = 0; i < rows; i++) {
		const struct report_group *g = &p->s->groups[i];
		write_row(p, g);
		if (whole_stacks(p->s)) {
			const struct report_stack *r = &p->s->stacks[g->commonest];
			text_write_stack(p->s->fold, r->stack, r->responsible,
				r->stack->frame_count + 3, p->columns, p->out);
		} else {
			write_chain(p, g);
		}
	}
}

static void write_rest(struct page *p, size_t rows) {
	const struct report_summary *s = p->s;
	uint64_t hits = 0;
	for (size_t i = rows; i < s->group_count; i++) {
		hits += s->groups[i].count;
	}
	size_t count = s->group_count - rows;
	text_line_put(begin(p), "%7" PRIu64 "  %5.1f%%  in %zu more row%s; --top %zu shows all",
		hits, 100 * report_share(s, hits), count, plural(count), s->group_count);
	end(p);
}

/* What is left of the screen is the commonest stack's. */
static void write_first_stack(struct page *p) {
	const struct report_summary *s = p->s;
	const struct report_stack *r = &s->stacks[s->groups[0].commonest];
	if (p->left < STACK_ROWS_LEAST) {
		return;
	}
	(void)begin(p);
	end(p);
	text_line_put(begin(p),
		"Stack #%zu, %" PRIu64 " hit%s, leaf first:", s->groups[0].commonest + 1,
		r->stack->count, plural(r->stack->count));
	end(p);
	p->left -= text_write_stack(s->fold, r->stack, r->responsible, p->left, p->columns, p->out);
}

/* As many rows of the ranking as there is room for; two lines each. */
static size_t rows_that_fit(const struct page *p) {
	const struct report_summary *s = p->s;
	size_t room = p->left > 2 ? p->left - 2 : 0;
	if (s->choice.top > 0) {
		return s->choice.top < s->group_count ? s->choice.top : s->group_count;
	}
	if (2 * s->group_count <= room) {
		return s->group_count;
	}
	return room > 3 ? (room - 1) / 2 : 1;
}

void report_write_text(const struct report_summary *s, FILE *out) {
	const struct report_choice *c = &s->choice;
	struct page p = {s, out, c->rows ? c->rows : TEXT_ROWS - 1,
		c->columns ? c->columns : TEXT_COLUMNS, {{0}, ""}};
	if (s->stack_count == 0) {
		fprintf(out, "no stack found\n");
		return;
	}
	write_what(&p);
	write_when(&p);
	write_gaps(&p);
	write_sampling(&p);
	if (s->parts.count > 1) {
		write_spark(&p);
		write_growth(&p);
	}
	size_t rows = rows_that_fit(&p);
	write_table(&p, rows);
	if (rows < s->group_count) {
		write_rest(&p, rows);
	}
	if (!whole_stacks(s)) {
		write_first_stack(&p);
	}
}
