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

static void write_module(const struct report_summary *s, const struct module_share *m, FILE *out) {
	fprintf(out, "{\"module\":");
	write_string(m->module.at, m->module.len, out);
	fprintf(out, ",\"count\":%" PRIu64 ",\"share\":%.4f,\"unique\":%zu}", m->count,
		report_share(s, m->count), m->unique);
}

static void write_frames(const struct fold_entry *e, FILE *out) {
	const char *at = e->folded;
	for (;;) {
		size_t len = strcspn(at, ";");
		write_string(at, len, out);
		if (!at[len]) {
			return;
		}
		fputc(',', out);
		at += len + 1;
	}
}

static void write_stack(const struct report_summary *s, size_t i, FILE *out) {
	const struct fold_entry *e = &s->fold->entries[i];
	struct folded_slice frame = s->responsible[i], module = frame_module(frame);
	fprintf(out, "{\"count\":%" PRIu64 ",\"share\":%.4f,\"module\":", e->count,
		report_share(s, e->count));
	write_string(module.at, module.len, out);
	fprintf(out, ",\"top\":");
	write_string(frame.at, frame.len, out);
	fprintf(out, ",\"frames\":[");
	write_frames(e, out);
	fprintf(out, "]}");
}

void report_write_json(const struct report_summary *s, FILE *out) {
	fprintf(out, "{\"total\":%" PRIu64 ",\"unique\":%zu,\"gaps\":%" PRIu64 ",\n\"modules\":[",
		s->fold->total, s->fold->count, s->gaps);
	for (size_t i = 0; i < s->module_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_module(s, &s->modules[i], out);
	}
	fprintf(out, "],\n\"stacks\":[");
	for (size_t i = 0; i < s->fold->count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_stack(s, i, out);
	}
	fprintf(out, "]}\n");
}
