#include <inttypes.h>
#include <string.h>

#include "report/summary.h"

static const char *plural(uint64_t count) {
	return count == 1 ? "" : "s";
}

static void write_head(const struct report_summary *s, FILE *out) {
	uint64_t total = s->fold->total;
	fprintf(out, "%" PRIu64 " stack%s, %zu unique\n", total, plural(total), s->fold->count);
	if (s->gaps) {
		fprintf(out, "%" PRIu64 " gap%s in the journal: there may have been more\n",
			s->gaps, plural(s->gaps));
	}
}

static void write_modules(const struct report_summary *s, FILE *out) {
	fprintf(out, "\n   count   share  unique  module\n");
	for (size_t i = 0; i < s->module_count; i++) {
		const struct module_share *m = &s->modules[i];
		fprintf(out, "%8" PRIu64 "  %5.1f%%  %6zu  %.*s\n", m->count,
			100 * report_share(s, m->count), m->unique, (int)m->module.len,
			m->module.at);
	}
}

/* Leaf first, the responsible frame marked. */
static void write_frames(const struct fold_entry *e, struct folded_slice marked, FILE *out) {
	for (size_t end = e->len; end > 0;) {
		size_t start = end;
		while (start > 0 && e->folded[start - 1] != ';') {
			start--;
		}
		fprintf(out, "   %c %.*s\n", e->folded + start == marked.at ? '>' : ' ',
			(int)(end - start), e->folded + start);
		end = start > 0 ? start - 1 : 0;
	}
}

static void write_stack(const struct report_summary *s, size_t i, FILE *out) {
	const struct fold_entry *e = &s->fold->entries[i];
	struct folded_slice frame = s->responsible[i];
	fprintf(out, "\n#%zu  %" PRIu64 " time%s, %.1f%%  %.*s\n", i + 1, e->count,
		plural(e->count), 100 * report_share(s, e->count), (int)frame.len, frame.at);
	write_frames(e, frame, out);
}

void report_write_text(const struct report_summary *s, FILE *out) {
	if (s->fold->count == 0) {
		fprintf(out, "no stack found\n");
		return;
	}
	write_head(s, out);
	write_modules(s, out);
	for (size_t i = 0; i < s->fold->count; i++) {
		write_stack(s, i, out);
	}
}
