#include <inttypes.h>
#include <string.h>

#include "core/stack.h"
#include "core/text.h"
#include "report/summary.h"

/* Every byte of a frame may become six. */
#define ESCAPED_MAX (6 * (STACK_ROW_MAX + 64) + 1)

static void write_string(const char *bytes, size_t len, FILE *out) {
	char escaped[ESCAPED_MAX];
	struct text t;
	text_init(&t, escaped, sizeof(escaped));
	text_put_json(&t, bytes, len);
	fprintf(out, "\"%s\"", escaped);
}

static void write_slice(struct folded_slice s, FILE *out) {
	write_string(s.at, s.len, out);
}

static void write_module(const struct report_summary *s, const struct report_group *g, FILE *out) {
	fprintf(out, "{\"module\":");
	write_slice(g->name, out);
	fprintf(out, ",\"count\":%" PRIu64 ",\"share\":%.4f,\"unique\":%zu}", g->count,
		report_share(s, g->count), g->unique);
}

static void write_stack(const struct report_summary *s, const struct report_stack *r, FILE *out) {
	const struct fold_stack *stack = r->stack;
	fprintf(out, "{\"count\":%" PRIu64 ",\"share\":%.4f,\"module\":", stack->count,
		report_share(s, stack->count));
	write_slice(r->module, out);
	fprintf(out, ",\"top\":");
	write_slice(r->frame, out);
	fprintf(out, ",\"frames\":[");
	for (size_t i = 0; i < stack->frame_count; i++) {
		fputs(i ? "," : "", out);
		write_slice(fold_frame_text(s->fold, stack->frames[i]), out);
	}
	fprintf(out, "]}");
}

void report_write_json(const struct report_summary *s, FILE *out) {
	fprintf(out, "{\"total\":%" PRIu64 ",\"unique\":%zu,\"gaps\":%" PRIu64 ",\n\"modules\":[",
		s->total, s->stack_count, s->facts->gap_count);
	for (size_t i = 0; i < s->group_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_module(s, &s->groups[i], out);
	}
	fprintf(out, "],\n\"stacks\":[");
	for (size_t i = 0; i < s->stack_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_stack(s, &s->stacks[i], out);
	}
	fprintf(out, "]}\n");
}
