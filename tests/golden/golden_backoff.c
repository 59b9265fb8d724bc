/* Delays by streak, with and without jitter; deaths by time. */
#include <stdio.h>
#include <string.h>

#include "core/backoff.h"

static void delays(uint64_t min, uint64_t max) {
	struct backoff b;

	backoff_init(&b, min, max, 0, 0);
	for (unsigned streak = 0; streak < 40; streak += streak < 10 ? 1 : 10) {
		printf("min %llu max %llu streak %2u:", (unsigned long long)min,
			(unsigned long long)max, streak);
		for (int dirty = 0; dirty < 2; dirty++) {
			b.streak = streak;
			printf("  %s %llu..%llu", dirty ? "dirty" : "clean",
				(unsigned long long)backoff_delay(&b, dirty, 0),
				(unsigned long long)backoff_delay(
					&b, dirty, backoff_delay(&b, dirty, 0) / 4));
		}
		printf("\n");
	}
}

static void deaths(unsigned past, uint64_t apart, bool death) {
	struct backoff b;

	backoff_init(&b, 1000, 60000, past, 0);
	printf("past %u, one %s each %llu s:", past, death ? "death" : "failed start",
		(unsigned long long)apart / 1000);
	for (uint64_t i = 1; i <= 6; i++) {
		backoff_failed(&b, i * apart, death);
		printf(" %s", backoff_too_many(&b, i * apart) ? "too many" : "ok");
	}
	backoff_forgive(&b);
	printf(", forgiven %s\n", backoff_too_many(&b, 6 * apart) ? "too many" : "ok");
}

int main(void) {
	delays(1000, 60000);
	delays(1000, 500);
	for (unsigned past = 0; past < 5; past++) {
		deaths(past, 1000, true);
		deaths(past, 300000, true);
		deaths(past, 300001, true);
		deaths(past, 1000, false);
	}
	return 0;
}
