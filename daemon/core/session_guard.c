#include "core/session_inside.h"

#include <string.h>

static const char *mode_name(enum guard_storm storm) {
	return storm == STORM_ALARM ? "alarm" : storm == STORM_SAMPLE ? "sample" : "pause";
}

/* 0.25: four digits are enough for any window. */
static void put_factor(struct text *t, const struct guard_sample *sample) {
	uint64_t millionths =
		sample->total_ms ? sample->enabled_ms * 1000000 / sample->total_ms : 1000000;

	millionths = millionths ? millionths : 1;
	text_put_u64(t, millionths / 1000000);
	text_put(t, ".");
	for (uint64_t unit = 100000; unit > 0; unit /= 10) {
		text_put_u64(t, millionths / unit % 10);
	}
}

static void say_window(const struct guard_sample *sample, struct actions *out) {
	char buffer[300];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	text_put_member(&t, "mode", "sample");
	text_put(&t, ",\"hits\":");
	text_put_u64(&t, sample->hits);
	text_put(&t, ",\"enabled_ms\":");
	text_put_u64(&t, sample->enabled_ms);
	text_put(&t, ",\"total_ms\":");
	text_put_u64(&t, sample->total_ms);
	text_put_member(&t, "clock", sample->target_clock ? "target" : "host");
	text_put(&t, ",\"factor\":");
	put_factor(&t, sample);
	session_say(out, "storm", buffer);
}

static void say_storm(struct session *s, uint64_t minute_ms, uint64_t limit, struct actions *out) {
	char buffer[300];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	text_put_member(&t, "mode", mode_name(s->guard.set.on_storm));
	text_put(&t, ",\"hits\":");
	text_put_u64(&t, s->hits);
	text_put(&t, ",\"halted_of_minute_ms\":");
	text_put_u64(&t, minute_ms);
	text_put(&t, ",\"hits_per_minute\":");
	text_put_u64(&t, limit);
	text_put(&t, ",\"hold_off_ms\":");
	text_put_u64(&t, s->guard.set.hold_off_ms);
	session_say(out, "storm", buffer);
	session_alarm(out, "storm", "hits halt the target more than the profile allows");
}

void session_guard_hit(struct session *s, struct actions *out) {
	uint64_t mean = halts_hit_mean_ms(&s->halts);
	uint64_t minute = halts_hits_last_minute(&s->halts, s->now_ms);

	switch (guard_hit(&s->guard, s->now_ms, mean, minute)) {
	case VERDICT_FINE:
		break;
	case VERDICT_WARN:
		session_alarm(out, "halt_duty", "hits halt the target more than its warning share");
		break;
	case VERDICT_STORM:
		say_storm(s, minute, guard_limit(&s->guard, mean), out);
		break;
	}
}

/* May the guard break in? */
static bool may_act(const struct session *s) {
	return session_free(s) && s->kd_up && s->set.prove && !s->going_down && !s->break_pending &&
	       !s->disarm_wanted;
}

static void begin_finish(struct session *s) {
	s->finishing = s->disarm_wanted = true;
	s->want_arm = false;
	s->arm_due_ms = 0;
}

static void finish(struct session *s, struct actions *out) {
	begin_finish(s);
	session_break(s, OWNER_GUARD, "stop_after is reached", out);
}

void session_guard_tick(struct session *s, struct actions *out) {
	enum guard_want want = may_act(s) ? guard_want(&s->guard, s->now_ms) : GUARD_NOTHING;

	if (want == GUARD_NOTHING) {
		return;
	}
	guard_sent(&s->guard, want, s->now_ms);
	s->guard_job = want;
	if (want == GUARD_FINISH) {
		finish(s, out);
	} else if (want == GUARD_ENABLE) {
		session_break(s, OWNER_GUARD, "the hold-off is over: be *", out);
	} else {
		session_break(s, OWNER_GUARD,
			s->guard.phase == GUARD_WINDOW ? "the sample's window is over: bd *"
						       : "too many hits: bd *",
			out);
	}
}

/* In a storm of them the target is never seen running: what is wanted is done at one of its stops.
 */
enum script_job session_guard_at_hit(struct session *s) {
	enum guard_want want = guard_want(&s->guard, s->now_ms);

	if (want != GUARD_DISABLE && want != GUARD_FINISH) {
		return JOB_HIT;
	}
	guard_sent(&s->guard, want, s->now_ms);
	s->guard_job = want;
	if (want == GUARD_FINISH) {
		begin_finish(s);
		return JOB_RELEASE;
	}
	return JOB_PAUSE;
}

uint64_t session_guard_deadline(const struct session *s) {
	return may_act(s) ? guard_due(&s->guard) : 0;
}

enum script_job session_guard_stop(const struct session *s) {
	return s->guard_job == GUARD_DISABLE  ? JOB_PAUSE
	       : s->guard_job == GUARD_ENABLE ? JOB_ENABLE
					      : JOB_RESUME;
}

void session_guard_line(struct session *s, const char *line, size_t len) {
	uint64_t ms = 0;

	if ((s->script.job == JOB_PAUSE || s->script.job == JOB_ENABLE) &&
		script_own_sent(&s->script) && guard_read_uptime(line, len, &ms)) {
		guard_uptime(&s->guard, ms);
	}
}

void session_guard_end(struct session *s, struct actions *out) {
	struct guard_sample sample;
	bool failed = s->script.error[0] != '\0';

	if (s->script.job == JOB_ARM) {
		guard_armed(&s->guard, s->now_ms);
	} else if (s->script.job == JOB_PAUSE) {
		session_set_why(s, failed ? s->script.error : "too many hits: held off");
		if (guard_done(&s->guard, GUARD_DISABLE, s->now_ms, &sample)) {
			say_window(&sample, out);
		}
		session_set_arm(s, failed ? ARM_PARTIAL : ARM_PAUSED, s->why, out);
	} else if (s->script.job == JOB_ENABLE) {
		(void)guard_done(&s->guard, GUARD_ENABLE, s->now_ms, &sample);
	}
	s->guard_job = GUARD_NOTHING;
}

/* --- a teammate's halt */

static uint64_t warn_at(const struct session *s) {
	return s->halted_ms + (s->halt_deadline_ms - s->halted_ms) / 2;
}

uint64_t session_warn_deadline(const struct session *s) {
	return s->owner == OWNER_CLIENT && !s->warned && !s->warn_asked && s->set.name &&
			       s->set.prove
		       ? warn_at(s)
		       : 0;
}

void session_warn(struct session *s, struct actions *out) {
	char buffer[200];
	struct text t;

	if (s->owner != OWNER_CLIENT || s->warned || !s->set.name || s->now_ms < warn_at(s) ||
		s->now_ms >= s->halt_deadline_ms) {
		return;
	}
	if (!s->proved) {
		s->warn_asked = true; /* its answer comes back here */
		session_ask(s, true, out);
		return;
	}
	s->warned = true;
	s->proved = s->candidate = false;
	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, ".echo livedebug: the target is resumed in ");
	text_put_u64(&t, (s->halt_deadline_ms - s->now_ms + 999) / 1000);
	text_put(&t, " seconds. To keep it halted, paste: livedebug hold ");
	text_put(&t, s->set.name);
	text_put(&t, " 10m\n");
	actions_add_text(out, ACT_WRITE, buffer, NULL);
}
