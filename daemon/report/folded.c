#include <inttypes.h>

#include "report/summary.h"

void report_write_folded(const struct report_summary *s, FILE *out) {
	for (size_t i = 0; i < s->fold->count; i++) {
		const struct fold_entry *e = &s->fold->entries[i];
		fprintf(out, "%s %" PRIu64 "\n", e->folded, e->count);
	}
}
