#include "core/guard.h"

#include <string.h>

#include "core/text.h"

#define MINUTE_MS 60000
#define DEFAULT_WINDOW_MS 10000 /* where no duty says how long */
#define ONE 1000                /* a hit, in tokens */

void guard_init(struct guard *g, const struct guard_settings *set) {
	memset(g, 0, sizeof(*g));
	g->set = *set;
}

void guard_adjust(struct guard *g, const struct guard_settings *set) {
	g->set = *set;
	g->sampling = g->sampling && set->on_storm == STORM_SAMPLE;
}

uint64_t guard_limit(const struct guard *g, uint64_t hit_ms) {
	uint64_t each = hit_ms ? hit_ms : g->set.hit_ms;
	uint64_t limit;

	if (!g->set.auto_hits) {
		return g->set.hits_per_minute;
	}
	if (g->set.act_pm == 0 || each == 0) {
		return 0;
	}
	limit = (uint64_t)g->set.act_pm * MINUTE_MS / 1000 / each;
	return limit ? limit : 1;
}

uint64_t guard_window_ms(const struct guard *g) {
	uint64_t window =
		g->set.act_pm ? g->set.act_pm * (uint64_t)MINUTE_MS / 2000 : DEFAULT_WINDOW_MS;
	uint64_t most = g->set.hold_off_ms / 2;

	return window < most ? window : most;
}

/* Half a minute's hits: a burst must not use up the whole minute. */
static uint64_t bucket(uint64_t limit) {
	return (limit + 1) / 2 * ONE;
}

/* False: this hit is one too many. */
static bool take_token(struct guard *g, uint64_t now_ms, uint64_t limit) {
	uint64_t most = bucket(limit), more = (now_ms - g->filled_ms) * limit * ONE / MINUTE_MS;

	if (more > 0) {
		g->filled_ms = now_ms;
		g->tokens = g->tokens + more < most ? g->tokens + more : most;
	}
	if (g->tokens < ONE) {
		return false;
	}
	g->tokens -= ONE;
	return true;
}

static bool over(uint64_t minute_ms, unsigned pm) {
	return pm > 0 && minute_ms * 1000 > (uint64_t)pm * MINUTE_MS;
}

static enum guard_verdict storm(struct guard *g, uint64_t now_ms) {
	if (g->set.on_storm == STORM_ALARM) {
		if (g->told_ms && now_ms - g->told_ms < g->set.hold_off_ms) {
			return VERDICT_FINE;
		}
		g->told_ms = now_ms;
		return VERDICT_STORM;
	}
	g->phase = GUARD_TRIPPED;
	g->sampling = g->set.on_storm == STORM_SAMPLE;
	return VERDICT_STORM;
}

static enum guard_verdict warn(struct guard *g, uint64_t minute_ms) {
	bool was = g->warned;

	g->warned = over(minute_ms, g->set.warn_pm);
	return g->warned && !was ? VERDICT_WARN : VERDICT_FINE;
}

enum guard_verdict guard_hit(
	struct guard *g, uint64_t now_ms, uint64_t hit_ms, uint64_t minute_ms) {
	uint64_t limit = guard_limit(g, hit_ms);

	g->hits++;
	g->window_hits++;
	if (g->phase != GUARD_WATCH) {
		return VERDICT_FINE;
	}
	if ((limit > 0 && !take_token(g, now_ms, limit)) || over(minute_ms, g->set.act_pm)) {
		return storm(g, now_ms);
	}
	return warn(g, minute_ms);
}

static void watch(struct guard *g, uint64_t now_ms) {
	g->phase = GUARD_WATCH;
	g->tokens = UINT64_MAX / 2; /* full: cut to the bucket at the next hit */
	g->filled_ms = now_ms > MINUTE_MS ? now_ms - MINUTE_MS : 0;
}

void guard_armed(struct guard *g, uint64_t now_ms) {
	g->armed_ms = g->armed_ms ? g->armed_ms : now_ms;
	g->sampling = false;
	watch(g, now_ms);
}

void guard_unarmed(struct guard *g) {
	g->phase = GUARD_IDLE;
	g->sampling = false;
	g->due_ms = g->off_ms = g->on_ms = g->off_up = g->on_up = 0;
}

void guard_resume(struct guard *g, uint64_t hits, uint64_t ms) {
	g->hits = hits;
	g->before_ms = ms;
}

void guard_again(struct guard *g) {
	g->armed_ms = g->before_ms = g->hits = 0;
	g->finished = false;
}

static uint64_t finish_at(const struct guard *g) {
	if (g->finished || g->armed_ms == 0 || g->phase == GUARD_IDLE) {
		return 0;
	}
	if (g->set.stop_hits && g->hits >= g->set.stop_hits) {
		return g->armed_ms;
	}
	if (g->set.stop_ms == 0) {
		return 0;
	}
	return g->armed_ms + (g->set.stop_ms > g->before_ms ? g->set.stop_ms - g->before_ms : 0);
}

static uint64_t later(uint64_t a, uint64_t b) {
	return a > b ? a : b;
}

static uint64_t phase_due(const struct guard *g) {
	switch (g->phase) {
	case GUARD_TRIPPED:
		return later(g->disable_ok_ms, 1);
	case GUARD_PAUSED:
		return later(g->due_ms, g->enable_ok_ms);
	case GUARD_WINDOW:
		return later(g->due_ms, g->disable_ok_ms);
	case GUARD_IDLE:
	case GUARD_WATCH:
	case GUARD_PHASES:
		break;
	}
	return 0;
}

uint64_t guard_due(const struct guard *g) {
	uint64_t finish = finish_at(g), phase = phase_due(g);

	return finish && (!phase || finish < phase) ? finish : phase;
}

enum guard_want guard_want(const struct guard *g, uint64_t now_ms) {
	uint64_t finish = finish_at(g), phase = phase_due(g);

	if (finish && now_ms >= finish) {
		return GUARD_FINISH;
	}
	if (!phase || now_ms < phase) {
		return GUARD_NOTHING;
	}
	return g->phase == GUARD_PAUSED ? GUARD_ENABLE : GUARD_DISABLE;
}

void guard_sent(struct guard *g, enum guard_want want, uint64_t now_ms) {
	g->up = 0;
	if (want == GUARD_DISABLE) {
		g->disable_ok_ms = now_ms + g->set.hold_off_ms;
	} else if (want == GUARD_ENABLE) {
		g->enable_ok_ms = now_ms + g->set.hold_off_ms;
	} else {
		g->finished = true;
	}
}

void guard_uptime(struct guard *g, uint64_t ms) {
	g->up = ms;
}

/* By the target's clock, if it was read each time and went on; else by ours. */
static void measure(const struct guard *g, uint64_t now_ms, struct guard_sample *sample) {
	sample->hits = g->window_hits;
	sample->target_clock = g->off_up > 0 && g->on_up >= g->off_up && g->up > g->on_up;
	sample->enabled_ms = sample->target_clock ? g->up - g->on_up : now_ms - g->on_ms;
	sample->total_ms = sample->target_clock ? g->up - g->off_up : now_ms - g->off_ms;
}

static bool disabled(struct guard *g, uint64_t now_ms, struct guard_sample *sample) {
	bool ended = g->phase == GUARD_WINDOW && g->on_ms > 0;
	uint64_t before = g->sampling ? guard_window_ms(g) : 0;

	if (ended) {
		measure(g, now_ms, sample);
	}
	g->phase = GUARD_PAUSED;
	g->due_ms = now_ms + g->set.hold_off_ms - before;
	g->off_ms = now_ms;
	g->off_up = g->up;
	return ended;
}

bool guard_done(
	struct guard *g, enum guard_want want, uint64_t now_ms, struct guard_sample *sample) {
	if (want == GUARD_DISABLE) {
		return disabled(g, now_ms, sample);
	}
	if (want == GUARD_ENABLE && g->sampling) {
		g->phase = GUARD_WINDOW;
		g->on_ms = now_ms;
		g->on_up = g->up;
		g->due_ms = now_ms + guard_window_ms(g);
		g->window_hits = 0;
	} else if (want == GUARD_ENABLE) {
		watch(g, now_ms);
	}
	return false;
}

const char *guard_phase_name(enum guard_phase phase) {
	static const char *const names[GUARD_PHASES] = {
		[GUARD_IDLE] = "idle",
		[GUARD_WATCH] = "watch",
		[GUARD_TRIPPED] = "tripped",
		[GUARD_PAUSED] = "paused",
		[GUARD_WINDOW] = "window",
	};

	return phase < GUARD_PHASES ? names[phase] : "?";
}
