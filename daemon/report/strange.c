#include <inttypes.h>

#include "core/text.h"
#include "report/summary.h"

/* Each byte may become four. */
#define ESCAPED_MAX (4 * sizeof(((struct facts_strange *)0)->text) + 1)

static void write_line(const struct facts *facts, const struct facts_strange *line, FILE *out) {
	char escaped[ESCAPED_MAX];
	struct text t;
	text_init(&t, escaped, sizeof(escaped));
	text_put_escaped(&t, line->text, line->len);
	fprintf(out, "%s:%" PRIu64 ": %s\n",
		line->log < facts->log_count ? facts->logs[line->log] : "-", line->line, escaped);
}

void report_write_strange(const struct facts *facts, FILE *out) {
	uint64_t kept = facts->strange_count;
	kept = kept < FACTS_STRANGE_MAX ? kept : FACTS_STRANGE_MAX;
	for (uint64_t i = 0; i < kept; i++) {
		write_line(facts, &facts->strange[i], out);
	}
	if (kept < facts->strange_count) {
		fprintf(out, "... and %" PRIu64 " more\n", facts->strange_count - kept);
	}
}
