/* Each phase of the guard against all that can come; limits by the time of a hit. */
#include <stdio.h>

#include "core/guard.h"

#define NOW 10000000
#define OFF_MS 300000
#define N(x) ((unsigned long long)(x))

static const char *const wants[] = {"nothing", "disable", "enable", "finish"};
static const char *const verdicts[] = {"fine", "warn", "storm"};
static const char *const storms[] = {"pause", "sample", "alarm"};
static struct guard g;

static void show(const char *what) {
	uint64_t due = guard_due(&g);

	printf("  %-22s -> %-8s wants %s, then at %+lld\n", what, guard_phase_name(g.phase),
		wants[guard_want(&g, NOW)], due ? (long long)due - NOW : 0);
}

static void reach(enum guard_phase phase, enum guard_storm storm) {
	struct guard_settings set = {.warn_pm = 50,
		.act_pm = 300,
		.auto_hits = true,
		.on_storm = storm,
		.hold_off_ms = OFF_MS,
		.stop_hits = 1000,
		.hit_ms = 500};
	struct guard_sample sample;

	guard_init(&g, &set);
	if (phase != GUARD_IDLE) {
		guard_armed(&g, NOW);
	}
	if (phase > GUARD_WATCH) {
		g.phase = GUARD_TRIPPED;
		g.sampling = storm == STORM_SAMPLE;
	}
	if (phase > GUARD_TRIPPED) {
		guard_sent(&g, GUARD_DISABLE, NOW);
		(void)guard_done(&g, GUARD_DISABLE, NOW, &sample);
	}
	if (phase > GUARD_PAUSED) {
		guard_sent(&g, GUARD_ENABLE, NOW);
		(void)guard_done(&g, GUARD_ENABLE, NOW, &sample);
	}
}

static void inputs(enum guard_phase phase, enum guard_storm storm) {
	struct guard_sample sample;
	char words[40];

	reach(phase, storm);
	printf("%s, on_storm = %s\n", guard_phase_name(phase), storms[storm]);
	show("as it is");
	for (unsigned ms = 0; ms <= 20000; ms += ms ? 17000 : 3001) {
		reach(phase, storm);
		snprintf(words, sizeof(words), "a hit at %u: %s", ms,
			verdicts[guard_hit(&g, NOW, 500, ms)]);
		show(words);
	}
	reach(phase, storm);
	g.hits = 1000;
	show("1000 hits");
	for (int want = GUARD_DISABLE; want <= GUARD_FINISH; want++) {
		reach(phase, storm);
		guard_sent(&g, (enum guard_want)want, NOW);
		show(wants[want]);
		(void)guard_done(&g, (enum guard_want)want, NOW + 1000, &sample);
		show("and it is done");
	}
	reach(phase, storm);
	guard_armed(&g, NOW);
	show("armed");
	guard_unarmed(&g);
	show("unarmed");
}

int main(void) {
	for (int phase = GUARD_IDLE; phase < GUARD_PHASES; phase++) {
		for (int storm = STORM_PAUSE; storm <= STORM_ALARM; storm++) {
			inputs((enum guard_phase)phase, (enum guard_storm)storm);
		}
	}
	for (unsigned act = 0; act <= 1000; act += 100) {
		for (uint64_t ms = 30; ms < 100000; ms *= 10) {
			struct guard_settings set = {
				.act_pm = act, .auto_hits = true, .hold_off_ms = OFF_MS};
			guard_init(&g, &set);
			printf("act %u, a hit of %llu ms: %llu a minute, a window of %llu ms\n",
				act, N(ms), N(guard_limit(&g, ms)), N(guard_window_ms(&g)));
		}
	}
	return 0;
}
