#include "tests/sim/shrink.h"

#include <string.h>

/* "rule 3: ..." up to its second colon's end: the same words, whatever line follows. */
static bool same_rule(const char *a, const char *b) {
	size_t n = strcspn(a, ":");

	return strncmp(a, b, n + 1) == 0;
}

uint64_t shrink(struct world *w, uint64_t seed, uint64_t mask) {
	char broken[sizeof(w->rules.broken)];
	size_t planned = w->planned;

	memcpy(broken, w->rules.broken, sizeof(broken));
	for (size_t i = planned; i-- > 0;) {
		uint64_t less = mask & ~((uint64_t)1 << i);

		if (less != mask && !world_run(w, seed, less, false) &&
			same_rule(broken, w->rules.broken)) {
			mask = less;
		}
	}
	(void)world_run(w, seed, mask, false);
	return mask;
}
