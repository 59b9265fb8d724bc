#include <inttypes.h>

#include "report/summary.h"

void report_write_folded(const struct report_summary *s, FILE *out) {
	for (size_t i = 0; i < s->stack_count; i++) {
		const struct fold_stack *stack = s->stacks[i].stack;
		for (size_t k = 0; k < stack->frame_count; k++) {
			fprintf(out, "%s%s", k ? ";" : "", s->fold->frames[stack->frames[k]].text);
		}
		fprintf(out, " %" PRIu64 "\n", stack->count);
	}
}
