#include "core/session_inside.h"

#include <string.h>

void session_init(struct session *s, const struct session_settings *set) {
	struct text known;

	memset(s, 0, sizeof(*s));
	s->set = *set;
	s->dirty = set->dirty_start;
	s->want_arm = set->arm_at != ARM_AT_MANUAL && session_has_arm(s) && !set->disarmed;
	if (set->disarmed) { /* and once more, if that life may have left something behind */
		s->arm = ARM_DISARMED;
		s->disarm_wanted = set->dirty_start && set->prove;
	}
	hit_init(&s->pool, &set->pool);
	symbols_init(&s->symbols, set->can_fetch && set->prove);
	text_init(&known, s->target, sizeof(s->target));
	text_put(&known, set->target ? set->target : "");
	s->set.target = NULL; /* kept */
	halts_init(&s->halts, set->hit_share_ms);
	guard_init(&s->guard, &set->guard);
	guard_resume(&s->guard, set->past_hits, set->past_armed_ms);
	prove_init(&s->prove, set->random_seed);
	script_drop(&s->script);
	backoff_init(&s->backoff, set->restart_min_ms, set->restart_max_ms, 0, 0);
}

bool session_has_arm(const struct session *s) {
	return s->set.prove && (s->set.arm_count > 0 || s->set.pool.wanted);
}

bool session_in_hit(const struct session *s) {
	return s->state == SESSION_HALTED && s->owner == OWNER_HIT && s->script.job == JOB_NONE;
}

bool session_typing(const struct session *s) {
	return s->state == SESSION_HALTED && !session_in_hit(s) && !s->resuming;
}

/* --- operators' verbs
 * ----------------------------------------------------------------------------- */

static bool idle_halt(const struct session *s) {
	return session_typing(s) && s->script.job == JOB_NONE;
}

bool session_free(const struct session *s) {
	return s->state == SESSION_RUNNING || session_in_hit(s);
}

int session_verb(const struct session *s, enum session_input_kind verb) {
	bool down = s->going_down || s->state == SESSION_STOPPED;
	bool known = s->state != SESSION_UNKNOWN;

	switch (verb) {
	case IN_START:
		return s->going_down ? 4 : 0;
	case IN_STOP:
	case IN_HURRY:
	case IN_RELEASE:
		return 0;
	case IN_BREAK:
		return down ? 4 : !known ? 5 : session_free(s) ? 0 : 4;
	case IN_GO:
	case IN_HOLD:
		return down ? 4 : !known ? 5 : idle_halt(s) ? 0 : 4;
	case IN_ARM:
		return down || !s->set.prove ? 4 : !known ? 5 : 0;
	case IN_DISARM:
		return down ? 4 : !known ? 5 : 0;
	case IN_PORT_FREE:
	case IN_PORT_ABSENT:
	case IN_PORT_BUSY:
	case IN_KD_STARTED:
	case IN_KD_FAILED:
	case IN_KD_ENDED:
	case IN_BREAK_FAILED:
	case IN_CONSOLE:
	case IN_TICK:
	case IN_FETCHED:
	case IN_EVIDENCE_LOST:
	case IN_EVIDENCE_BACK:
	case IN_SLEPT:
	case IN_COMMAND:
	case SESSION_INPUTS:
		break;
	}
	return 2;
}

int session_verb_done(const struct session *s, enum session_input_kind verb) {
	bool unknown = s->state == SESSION_UNKNOWN;

	switch (verb) {
	case IN_START:
		return s->state == SESSION_STOPPED ? 1 : 0;
	case IN_STOP:
	case IN_RELEASE:
		return s->state == SESSION_STOPPED ? session_exit_code(s) : -1;
	case IN_BREAK:
		return unknown                                                    ? 5
		       : s->state == SESSION_HALTED && s->owner == OWNER_OPERATOR ? 0
										  : -1;
	case IN_GO:
		return unknown ? 5 : s->state == SESSION_RUNNING ? 0 : -1;
	case IN_ARM:
		return unknown ? 5 : s->arm == ARM_ARMED ? 0 : s->arm == ARM_PARTIAL ? 1 : -1;
	case IN_DISARM:
		return unknown ? 5 : s->arm == ARM_DISARMED ? 0 : -1;
	case IN_HOLD:
	case IN_HURRY:
		return 0;
	case IN_PORT_FREE:
	case IN_PORT_ABSENT:
	case IN_PORT_BUSY:
	case IN_KD_STARTED:
	case IN_KD_FAILED:
	case IN_KD_ENDED:
	case IN_BREAK_FAILED:
	case IN_CONSOLE:
	case IN_TICK:
	case IN_FETCHED:
	case IN_EVIDENCE_LOST:
	case IN_EVIDENCE_BACK:
	case IN_SLEPT:
	case IN_COMMAND:
	case SESSION_INPUTS:
		break;
	}
	return 2;
}

int session_exit_code(const struct session *s) {
	switch (s->result) {
	case RESULT_RELEASED:
		return 0;
	case RESULT_HALTED:
		return 1;
	case RESULT_NONE:
	case RESULT_UNKNOWN:
		break;
	}
	return s->state == SESSION_STOPPED && s->result == RESULT_NONE ? 0 : 5;
}

static void verb_break(struct session *s, struct actions *out) {
	if (session_verb(s, IN_BREAK) == 0) {
		session_break(s, OWNER_OPERATOR, "an operator asked", out);
	}
}

static void verb_go(struct session *s, struct actions *out) {
	if (session_verb(s, IN_GO) == 0) {
		session_begin_job(s, JOB_RESUME, out);
	}
}

static void verb_arm(struct session *s, struct actions *out) {
	if (session_verb(s, IN_ARM) != 0) {
		return;
	}
	s->want_arm = session_has_arm(s);
	s->disarm_wanted = s->finishing = s->no_evidence = false;
	guard_again(&s->guard);
	backoff_forgive(&s->backoff);
	symbols_forget(&s->symbols);
	if (s->want_arm) {
		session_set_arm(s, ARM_ARMING, "", out);
	}
	if (symbols_busy(&s->symbols)) {
		return; /* it follows */
	}
	if (session_free(s) && s->want_arm) {
		session_break(s, OWNER_ARMING, "an operator asked to arm", out);
	} else if (idle_halt(s)) {
		s->owner = OWNER_ARMING;
		session_begin_job(s, JOB_ARM, out);
	} else {
		session_break_waiting(s, out);
	}
}

static void verb_disarm(struct session *s, const char *why, struct actions *out) {
	struct text cause;

	if (session_verb(s, IN_DISARM) != 0) {
		return;
	}
	text_init(&cause, s->disarm_cause, sizeof(s->disarm_cause));
	text_put(&cause, why ? why : "");
	s->want_arm = s->no_evidence = false;
	s->arm_due_ms = 0;
	if (!s->dirty || !s->set.prove) {
		session_set_arm(s, ARM_DISARMED, "", out);
		return;
	}
	s->disarm_wanted = true;
	if (session_free(s)) {
		session_break_disarm(s, out);
	} else if (idle_halt(s)) {
		session_begin_job(s, JOB_RELEASE, out);
	} else {
		session_break_waiting(s, out);
	}
}

/* A server is not halted for stacks that cannot be kept. A person's halt stays his: no hit comes in
 * it. */
static void evidence_lost(struct session *s, const char *why, struct actions *out) {
	bool ours = s->want_arm || (s->arm != ARM_UNARMED && s->arm != ARM_DISARMED);

	session_alarm(out, "evidence cannot be kept", why ? why : "");
	if (s->going_down || s->disarm_wanted || !ours) {
		return;
	}
	s->no_evidence = true;
	s->want_arm = false;
	s->arm_due_ms = 0;
	session_set_why(s, why);
	if (!s->dirty || !s->set.prove) {
		session_set_arm(s, ARM_DISARMED, s->why, out);
		return;
	}
	s->disarm_wanted = true;
	if (session_free(s)) {
		session_break_disarm(s, out);
	} else {
		session_break_waiting(s, out);
	}
}

/* What people disarmed meanwhile stays so (rule 11). */
static void evidence_back(struct session *s, struct actions *out) {
	if (!s->no_evidence) {
		return;
	}
	session_say(out, "evidence", ",\"state\":\"kept again\"");
	s->no_evidence = s->disarm_wanted = false;
	s->want_arm = session_has_arm(s);
	session_set_why(s, "");
	if (s->state == SESSION_STOPPED || s->going_down) {
		session_set_arm(s, ARM_UNARMED, "", out);
		return;
	}
	session_set_arm(s, ARM_ARMING, "", out);
	if (symbols_busy(&s->symbols)) {
		return; /* it follows */
	}
	if (session_free(s)) {
		session_break(s, OWNER_ARMING, "arm: evidence can be kept again", out);
	} else {
		session_break_waiting(s, out);
	}
}

static void verb_hold(struct session *s, uint64_t ms, struct actions *out) {
	uint64_t end = s->halted_ms + s->set.hold_max_ms;
	uint64_t latest = end > s->now_ms ? end : s->now_ms;
	char buffer[64];
	struct text t;

	if (session_verb(s, IN_HOLD) != 0) {
		return;
	}
	s->warned = s->warn_asked = false;
	s->halt_deadline_ms = ms > latest - s->now_ms ? latest : s->now_ms + ms;
	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, ",\"ms\":");
	text_put_u64(&t, s->halt_deadline_ms - s->now_ms);
	session_say(out, "hold", buffer);
}

static void break_failed(struct session *s, const char *why, struct actions *out) {
	if (!s->break_pending) {
		return;
	}
	session_set_why(s, why ? why : "the break-in could not be sent");
	session_alarm(out, "break-in not sent", s->why);
	if (session_next_method(s, out)) {
		return;
	}
	/* kd was asked nothing: all is as it was, and what is wanted is tried again. */
	s->break_pending = false;
	s->arm_due_ms = s->now_ms + (s->going_down ? BREAK_RETRY_MS : ARM_HOLD_OFF_MS);
	if (s->state == SESSION_BREAKING) {
		session_enter(s, SESSION_RUNNING, "the break-in could not be sent", out);
	}
}

/* symchk has ended: arm, try again later, or say why not. */
static void fetched(struct session *s, const struct session_input *in, struct actions *out) {
	if (s->symbols.state != SYMBOLS_FETCHING) {
		return;
	}
	switch (symbols_fetched(
		&s->symbols, in->value != 0, in->text ? in->text : "symchk failed")) {
	case SYMBOLS_FETCHED:
		session_set_why(s, "");
		session_say(out, "symbols", ",\"state\":\"fetched\"");
		session_arm_when_free(s, "arm: symbols are there", out);
		break;
	case SYMBOLS_GIVEN_UP:
		session_symbols_lost(s, out);
		break;
	case SYMBOLS_RETRY:
		session_set_why(s, s->symbols.why);
		s->symbols_due_ms =
			s->now_ms + SYMBOLS_RETRY_AFTER * s->set.restart_min_ms * s->symbols.tries;
		break;
	case SYMBOLS_UNASKED:
	case SYMBOLS_THERE:
	case SYMBOLS_FETCHING:
	case SYMBOLS_STATES:
		break;
	}
}

/* --- the step
 * ------------------------------------------------------------------------------------- */

void session_step(struct session *s, const struct session_input *in, struct actions *out) {
	actions_clear(out);
	s->now_ms = in->now_ms;
	switch (in->kind) {
	case IN_START:
		session_start(s, out);
		break;
	case IN_STOP:
		session_stop(s, out);
		break;
	case IN_HURRY:
		session_hurry(s, out);
		break;
	case IN_RELEASE:
		session_release(s, out);
		break;
	case IN_PORT_FREE:
	case IN_PORT_ABSENT:
	case IN_PORT_BUSY:
		session_port(s, in, out);
		break;
	case IN_KD_STARTED:
	case IN_KD_FAILED:
	case IN_KD_ENDED:
		session_kd(s, in, out);
		break;
	case IN_BREAK_FAILED:
		break_failed(s, in->text, out);
		break;
	case IN_CONSOLE:
		session_console(s, in->event, out);
		break;
	case IN_TICK:
		session_tick(s, out);
		break;
	case IN_FETCHED:
		fetched(s, in, out);
		break;
	case IN_BREAK:
		verb_break(s, out);
		break;
	case IN_GO:
		verb_go(s, out);
		break;
	case IN_ARM:
		verb_arm(s, out);
		break;
	case IN_DISARM:
		verb_disarm(s, in->text, out);
		break;
	case IN_HOLD:
		verb_hold(s, in->value, out);
		break;
	case IN_EVIDENCE_LOST:
		evidence_lost(s, in->text, out);
		break;
	case IN_EVIDENCE_BACK:
		evidence_back(s, out);
		break;
	case IN_SLEPT:
		session_slept(s, out);
		break;
	case IN_COMMAND:
		session_command(s, in, out);
		break;
	case SESSION_INPUTS:
		break;
	}
	session_command_check(s, out);
}
