#include "core/session_inside.h"

#include <string.h>

void session_say(struct actions *out, const char *event, const char *members) {
	char buffer[1024];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, "\"event\":\"");
	text_put(&t, event);
	text_put(&t, "\"");
	text_put(&t, members);
	actions_add_text(out, ACT_EVENT, buffer, NULL);
}

void session_alarm(struct actions *out, const char *what, const char *why) {
	char buffer[1024];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, "\"event\":\"alarm\"");
	text_put_member(&t, "what", what);
	if (*why) {
		text_put_member(&t, "why", why);
	}
	actions_add_text(out, ACT_ALARM, buffer, NULL);
}

void session_say_break(enum halt_owner owner, const char *cause, struct actions *out) {
	char buffer[256];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	text_put_member(&t, "owner", session_owner_name(owner));
	text_put_member(&t, "cause", cause);
	session_say(out, "break", buffer);
}

void session_set_why(struct session *s, const char *why) {
	struct text t;

	if (why == s->why) {
		return; /* the end of a detach hands on the reason it has; it must not be wiped */
	}
	text_init(&t, s->why, sizeof(s->why));
	text_put(&t, why ? why : "");
}

void session_set_arm(
	struct session *s, enum session_arm arm, const char *why, struct actions *out) {
	char buffer[512];
	struct text t;
	bool told =
		arm == ARM_ARMED || arm == ARM_PARTIAL || arm == ARM_PAUSED || arm == ARM_DISARMED;

	if (s->arm == arm && arm != ARM_PARTIAL && arm != ARM_ARMED) {
		return;
	}
	if (s->arm == ARM_DISARMED && !s->want_arm) {
		return; /* a person's word sticks, whatever job was under way (rule 11) */
	}
	s->arm = arm;
	if (arm == ARM_UNARMED || arm == ARM_DISARMED) {
		guard_unarmed(&s->guard);
	}
	if (!told) {
		return;
	}
	text_init(&t, buffer, sizeof(buffer));
	if (*why) {
		text_put_member(&t, "why", why);
	}
	session_say(out, session_arm_name(arm), buffer);
	if (arm == ARM_DISARMED && s->finishing) {
		s->finishing = false;
		session_say(out, "finished", buffer);
	}
}

void session_gap(struct session *s, uint64_t since_ms, const char *reason) {
	bool half = s->hits > 0 && !s->hit_stack && session_prints_stack(s);
	uint64_t earliest = s->now_ms > s->set.halt_max_ms ? s->now_ms - s->set.halt_max_ms : 0;

	if (s->gap_reason) {
		return;
	}
	since_ms = half && s->hit_ms < since_ms ? s->hit_ms : since_ms;
	s->gap_reason = reason;
	s->gap_ms = since_ms > earliest ? since_ms : earliest;
}

void session_stack_lost(struct session *s, struct actions *out) {
	char buffer[160];
	struct text t;

	s->hit_cut = false;
	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, "\"event\":\"gap\",\"reason\":\"a break-in cut the stack of hit ");
	text_put_u64(&t, s->hits);
	text_put(&t, "\",\"bytes\":0,\"ms\":");
	text_put_u64(&t, s->now_ms - s->hit_ms);
	actions_add_text(out, ACT_ALARM, buffer, NULL);
}

static void gap_closes(struct session *s, struct actions *out) {
	char buffer[256];
	struct text t;

	if (!s->gap_reason) {
		return;
	}
	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, "\"event\":\"gap\"");
	text_put_member(&t, "reason", s->gap_reason);
	text_put(&t, ",\"bytes\":0,\"ms\":");
	text_put_u64(&t, s->now_ms - s->gap_ms);
	actions_add_text(out, ACT_ALARM, buffer, NULL);
	s->gap_reason = NULL;
}

/* Why it halts: what the break-in was sent for, or else what showed the halt. */
static const char *cause_of(const struct session *s, enum halt_owner owner, const char *evidence) {
	bool asked = owner == OWNER_ARMING || owner == OWNER_GUARD || owner == OWNER_OPERATOR ||
		     owner == OWNER_DETACH;

	return asked && s->cause[0] ? s->cause : evidence;
}

static void halt_opens(
	struct session *s, enum halt_owner owner, const char *evidence, struct actions *out) {
	char buffer[400];
	struct text t;

	halts_begin(&s->halts, owner, s->now_ms);
	text_init(&t, buffer, sizeof(buffer));
	text_put_member(&t, "owner", session_owner_name(owner));
	text_put_member(&t, "cause", cause_of(s, owner, evidence));
	session_say(out, "halt_begin", buffer);
}

static void halt_closes(struct session *s, const char *evidence, struct actions *out) {
	char buffer[400];
	struct halts_span span;
	struct text t;

	if (!halts_end(&s->halts, s->now_ms, &span)) {
		return;
	}
	text_init(&t, buffer, sizeof(buffer));
	text_put_member(&t, "owner", session_owner_name(span.owner));
	text_put(&t, ",\"ms\":");
	text_put_u64(&t, span.ms);
	text_put(&t, span.estimated ? ",\"estimate\":true" : "");
	text_put_member(&t, "cause", evidence);
	session_say(out, "halt_end", buffer);
}

void session_hit_counts(struct session *s, const char *evidence, struct actions *out) {
	halt_closes(s, evidence, out);
	halt_opens(s, OWNER_HIT, evidence, out);
}

static void say_state(
	struct session *s, enum session_state from, enum session_state to, struct actions *out) {
	char buffer[512];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	text_put_member(&t, "from", session_state_name(from));
	text_put_member(&t, "to", session_state_name(to));
	if (s->going_down && to != SESSION_STOPPED) {
		text_put_member(&t, "step", session_state_name(s->state));
	}
	if (s->state == SESSION_HALTED || s->state == SESSION_BREAKING) {
		text_put_member(&t, "owner", session_owner_name(s->owner));
	}
	text_put_member(&t, "evidence", s->evidence);
	if (s->why[0]) {
		text_put_member(&t, "why", s->why);
	}
	session_say(out, "state", buffer);
}

/* `owner` counts for the new state. */
static void enter(struct session *s, enum session_state state, enum halt_owner owner,
	const char *evidence, struct actions *out) {
	enum session_state from = session_shown(s);
	struct text t;

	halt_closes(s, evidence, out);
	s->owner = owner;
	text_init(&t, s->evidence, sizeof(s->evidence));
	text_put(&t, evidence);
	s->state = state;
	s->since_ms = s->now_ms;
	s->state_deadline_ms = 0;
	s->lost_running = false;
	if (state != SESSION_UNKNOWN) {
		s->hang_ms = 0;
	}
	if (state != SESSION_HALTED && state != SESSION_BREAKING &&
		!(state == SESSION_WAITING && s->break_pending)) {
		s->owner = OWNER_NONE;
	}
	say_state(s, from, session_shown(s), out);
	if (state == SESSION_RUNNING || state == SESSION_HALTED || state == SESSION_STOPPED) {
		gap_closes(s, out);
	}
	if (state == SESSION_RUNNING && s->hit_cut) {
		session_stack_lost(s, out);
	}
	if (state == SESSION_HALTED) {
		s->halted_ms = s->now_ms;
		s->stops++;
		halt_opens(s, owner, evidence, out);
	}
}

void session_enter(
	struct session *s, enum session_state state, const char *evidence, struct actions *out) {
	enter(s, state, s->owner, evidence, out);
}

void session_halt(
	struct session *s, enum halt_owner owner, const char *evidence, struct actions *out) {
	enter(s, SESSION_HALTED, owner, evidence, out);
}

enum session_state session_shown(const struct session *s) {
	return s->going_down && s->state != SESSION_STOPPED ? SESSION_DETACHING : s->state;
}

const char *session_state_name(enum session_state state) {
	static const char *const names[SESSION_STATES] = {
		[SESSION_STOPPED] = "stopped",
		[SESSION_PORT] = "port",
		[SESSION_LAUNCHING] = "launching",
		[SESSION_WAITING] = "waiting",
		[SESSION_RUNNING] = "running",
		[SESSION_BREAKING] = "breaking",
		[SESSION_HALTED] = "halted",
		[SESSION_UNKNOWN] = "unknown",
		[SESSION_DETACHING] = "detaching",
		[SESSION_BACKOFF] = "backoff",
	};

	return state < SESSION_STATES ? names[state] : "?";
}

void session_some_gone(struct session *s, const char *why, struct actions *out) {
	if (s->arm != ARM_DISARMED) {
		session_set_arm(s, ARM_PARTIAL, why, out);
	}
}

const char *session_arm_name(enum session_arm arm) {
	static const char *const names[ARM_STATES] = {
		[ARM_UNARMED] = "unarmed",
		[ARM_ARMING] = "arming",
		[ARM_ARMED] = "armed",
		[ARM_PARTIAL] = "partial",
		[ARM_PAUSED] = "paused",
		[ARM_DISARMED] = "disarmed",
	};

	return arm < ARM_STATES ? names[arm] : "?";
}

const char *session_owner_name(enum halt_owner owner) {
	static const char *const names[HALT_OWNERS] = {
		[OWNER_NONE] = "none",
		[OWNER_ARMING] = "arming",
		[OWNER_GUARD] = "guard",
		[OWNER_OPERATOR] = "operator",
		[OWNER_CLIENT] = "client",
		[OWNER_HIT] = "hit",
		[OWNER_BUGCHECK] = "bugcheck",
		[OWNER_FOUND] = "found",
		[OWNER_DETACH] = "detach",
	};

	return owner < HALT_OWNERS ? names[owner] : "?";
}

const char *session_result_name(enum session_result result) {
	switch (result) {
	case RESULT_NONE:
		return "none";
	case RESULT_RELEASED:
		return "released";
	case RESULT_HALTED:
		return "halted";
	case RESULT_UNKNOWN:
		return "unknown";
	}
	return "?";
}
