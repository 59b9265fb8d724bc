#include <inttypes.h>
#include <string.h>

#include "report/summary.h"

static const char *plural(uint64_t count) {
	return count == 1 ? "" : "s";
}

static void write_head(const struct report_summary *s, FILE *out) {
	uint64_t gaps = s->facts->gap_count;
	fprintf(out, "%" PRIu64 " stack%s, %zu unique\n", s->total, plural(s->total),
		s->stack_count);
	if (gaps) {
		fprintf(out, "%" PRIu64 " gap%s in the journal: there may have been more\n", gaps,
			plural(gaps));
	}
}

static void write_modules(const struct report_summary *s, FILE *out) {
	fprintf(out, "\n   count   share  unique  module\n");
	for (size_t i = 0; i < s->group_count; i++) {
		const struct report_group *g = &s->groups[i];
		fprintf(out, "%8" PRIu64 "  %5.1f%%  %6zu  %.*s\n", g->count,
			100 * report_share(s, g->count), g->unique, (int)g->name.len, g->name.at);
	}
}

/* Leaf first, the responsible frame marked. */
static void write_stack(const struct report_summary *s, size_t i, FILE *out) {
	const struct report_stack *r = &s->stacks[i];
	fprintf(out, "\n#%zu  %" PRIu64 " time%s, %.1f%%  %.*s\n", i + 1, r->stack->count,
		plural(r->stack->count), 100 * report_share(s, r->stack->count), (int)r->frame.len,
		r->frame.at);
	for (size_t k = r->stack->frame_count; k-- > 0;) {
		fprintf(out, "   %c %s\n", k == r->responsible ? '>' : ' ',
			s->fold->frames[r->stack->frames[k]].text);
	}
}

void report_write_text(const struct report_summary *s, FILE *out) {
	if (s->stack_count == 0) {
		fprintf(out, "no stack found\n");
		return;
	}
	write_head(s, out);
	write_modules(s, out);
	for (size_t i = 0; i < s->stack_count; i++) {
		write_stack(s, i, out);
	}
}
