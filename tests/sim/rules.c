#include "tests/sim/rules.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/fault.h"
#include "tests/sim/model_kd.h"
#include "tests/sim/model_target.h"

enum { SLACK_MS = 30000, SAID_MS = 5000, WINDOW_MS = 90000, ARM_HOLD_OFF = 300000 };

void rules_broken(struct world *w, const char *rule, const char *what) {
	if (!w->rules.broken[0]) {
		(void)snprintf(w->rules.broken, sizeof(w->rules.broken), "%s: %s", rule, what);
		world_trace(w, "BROKEN", w->rules.broken);
	}
}

static void broken_by(struct world *w, const char *rule, const char *what, const char *line) {
	char text[160];

	(void)snprintf(text, sizeof(text), "%s: %.100s", what, line);
	rules_broken(w, rule, text);
}

static uint64_t longest(const struct world *w) {
	uint64_t arm = w->set.arm_max_ms, halt = w->set.halt_max_ms;

	return (arm > halt ? arm : halt) + SLACK_MS;
}

/* --- rule 1: break-ins */

static void rule_break(struct world *w, const struct action *a, enum sim_cause cause) {
	struct rules *r = &w->rules;
	bool next_method = a->value > r->method;

	if (cause == CAUSE_NONE) {
		rules_broken(w, "rule 1", "a break-in without its cause before it");
	}
	if (r->break_out && !next_method) {
		rules_broken(w, "rule 1", "a break-in while another is unanswered");
	}
	if (w->s.owner == OWNER_ARMING && a->value == 0 && cause != CAUSE_PERSON) {
		if (r->unanswered_arm_ms && w->now < r->unanswered_arm_ms + ARM_HOLD_OFF) {
			rules_broken(w, "rule 1", "a second break-in to arm within the hold-off");
		}
		r->unanswered_arm_ms = w->now;
	}
	r->break_out = true;
	r->asked_ms = w->now;
	r->method = (size_t)a->value;
	r->break_ms = w->now;
}

/* --- rule 2: the end of kd */

/* The ladder's own ends: a second signal, the time that a detach has, a break-in in vain. */
static bool may_leave_it(const struct world *w) {
	const struct rules *r = &w->rules;

	bool in_vain = r->uncleared_ms && w->now < r->uncleared_ms + SIM_MINUTE &&
		       w->s.outcome != RESULT_RELEASED; /* it says so */

	return r->hurried || r->fake_down || in_vain ||
	       (r->stop_ms && w->now >= r->stop_ms + w->set.stop_max_ms) ||
	       (r->stop_ms && r->break_out && w->now >= r->break_ms + w->set.break_timeout_ms);
}

static bool has_own_line(const struct kd *kd) {
	for (size_t i = 0; i < kd->lines; i++) {
		if (!kd->queue[i].client) {
			return true;
		}
	}
	return false;
}

/* Neither a break-in nor a line was answered for halt_max, or nothing at all was said. */
static bool was_silent(const struct world *w) {
	const struct rules *r = &w->rules;
	uint64_t most = w->set.halt_max_ms;

	return (r->asked_ms && w->now >= r->asked_ms + most) ||
	       (r->nonce_out && w->now >= r->nonce_ms + most) ||
	       (has_own_line(&w->kd) && w->now >= r->line_ms + most) ||
	       w->now + SIM_SECOND >= r->output_ms + most;
}

static void rule_end(struct world *w, bool kill) {
	bool clean = !w->target.on || (!w->target.halted && !target_is_touched(w));

	w->rules.ended_ms = clean ? w->now : 0;
	if (w->target.will_die || (w->target.halted && (w->len > 0 || w->kd.missed))) {
		return; /* it writes its dump and hears nothing; or its stop is on the way, and
			   nobody knows */
	}
	if (clean || !kd_works(w) || w->kd.quits || may_leave_it(w) || (kill && was_silent(w))) {
		return;
	}
	rules_broken(w, "rule 2",
		w->target.halted ? "kd is ended while the target stands"
				 : "kd is ended while something is set");
}

static void rule_result(struct world *w) {
	bool clean = !w->target.on || (!w->target.halted && !target_is_touched(w));
	bool unseen = (w->target.halted && w->rules.shown_ms == 0) || w->rules.fake_down;

	if (w->s.result == RESULT_RELEASED && !clean && !unseen && w->rules.ended_ms == 0) {
		rules_broken(w, "rule 6",
			w->target.halted ? "released is told, and the target stands"
					 : "released is told, and something is set");
	}
	w->rules.hurried = false;
	w->rules.ended_ms = w->rules.stop_ms = 0;
}

/* --- rules 4 and 11: what is written */

static bool arms(const char *line) {
	return !strncmp(line, "bp ", 3) || !strncmp(line, "be ", 3) ||
	       (!strncmp(line, "ed ", 3) && strstr(line, "0x206b6444"));
}

/* A teammate's command stands before ours. */
static bool runs_theirs(const struct world *w) {
	return w->kd.work == WORK_COMMAND && w->kd.queue[0].client;
}

static void rule_command(struct world *w, const char *line) {
	const struct kd *kd = &w->kd;

	w->rules.line_ms = w->now;

	if (w->rules.disarmed && arms(line)) {
		broken_by(w, "rule 11", "it arms what a person disarmed", line);
	}
	if (!kd->up || w->len > 0 || (runs_theirs(w) && w->now < kd->theirs_ms + SIM_SECOND / 2)) {
		return; /* bytes are on their way that would tell */
	}
	if (kd->at != KD_STANDS || kd->work != WORK_NONE || has_own_line(kd)) {
		broken_by(w, "rule 4", "a command, and kd waits for none", line);
	} else if (!kd->proven || !kd->prompt) {
		broken_by(w, "rule 4", "a command at a prompt that is not proved", line);
	}
}

static void rule_write(struct world *w, const struct action *a) {
	if (memchr(a->text, '\n', a->len) != a->text + a->len - 1) {
		broken_by(w, "rule 4", "not one line", a->text);
	} else if (w->kd.quits) {
		broken_by(w, "rule 4", "behind the quit line", a->text);
	} else if (a->text[0] == 2) {
		rule_end(w, false);
	} else if (!strncmp(a->text, ".echo LD-", 9)) {
		if (w->rules.nonce_out) {
			rules_broken(w, "rule 4", "a second nonce");
		}
		w->rules.nonce_out = true;
		w->rules.nonce_ms = w->now;
	} else {
		rule_command(w, a->text);
	}
}

/* --- rule 5: the log */

static void rule_log(struct world *w, const struct action *a) {
	bool fresh = a->value != SPAWN_LOG_APPEND;

	if (fresh && (!w->set.log_fresh || w->rules.log_begun)) {
		rules_broken(w, "rule 5", "kd would overwrite the log");
	}
}

void rules_action(struct world *w, const struct action *a, enum sim_cause cause) {
	switch (a->kind) {
	case ACT_BREAK:
		rule_break(w, a, cause);
		break;
	case ACT_KILL:
		rule_end(w, true);
		break;
	case ACT_WRITE:
		rule_write(w, a);
		break;
	case ACT_SPAWN:
		rule_log(w, a);
		break;
	case ACT_ENDED:
		rule_result(w);
		break;
	case ACT_CHECK_PORT:
	case ACT_EVENT:
	case ACT_ALARM:
	case ACT_FETCH:
	case ACT_COMMAND_LINE:
	case ACT_COMMAND_END:
	case ACTION_KINDS:
		break;
	}
}

/* --- rules 3 and 6: what stands, and what is said */

/* Nobody can do anything, or nobody is meant to. */
static bool out_of_reach(const struct world *w) {
	bool unseen = w->kd.hung && w->rules.shown_ms == 0;

	return !w->daemon || w->s.state == SESSION_STOPPED || w->ills.muted || unseen ||
	       w->now < w->ills.port_until || w->ills.no_start > 0 ||
	       w->due[AT_DAEMON] != SIM_NEVER;
}

static void rule_halt(struct world *w) {
	if (!w->target.halted) {
		return;
	}
	if (w->rules.out || out_of_reach(w)) {
		rules_allow(w, SIM_MINUTE + w->set.restart_max_ms);
	} else if (w->now > w->rules.limit_ms) {
		rules_broken(w, "rule 3", "the target stands longer than its deadline allows");
	}
}

static void rule_said(struct world *w) {
	const struct rules *r = &w->rules;
	bool running = w->daemon && w->s.state == SESSION_RUNNING;
	uint64_t since = r->shown_ms > r->works_ms ? r->shown_ms : r->works_ms;

	if (!running || !kd_works(w) || runs_theirs(w)) {
		return;
	}
	if (r->break_out && w->now > r->works_ms + SAID_MS) {
		rules_broken(w, "rule 6", "running is said while a break-in is unanswered");
	}
	if (w->target.halted && r->shown_ms && w->now > since + w->set.settle_ms + SAID_MS) {
		rules_broken(w, "rule 6", "running is said, and the target stands at a prompt");
	}
}

static bool is_armed(const struct world *w) {
	return w->set.pool.wanted ? w->target.edited : w->kd.bp[0].used && w->kd.bp[0].enabled;
}

static void rule_armed(struct world *w) {
	bool now = w->daemon && w->s.arm == ARM_ARMED && w->rules.arm != ARM_ARMED;

	w->rules.arm = w->daemon ? w->s.arm : ARM_UNARMED;
	if (now && w->target.on && kd_works(w) && !is_armed(w)) {
		rules_broken(w, "rule 6", "armed is said, and nothing is");
	}
}

void rules_state(struct world *w) {
	if (!w->rules.works) {
		w->rules.works_ms = w->now;
	}
	rule_halt(w);
	rule_said(w);
	rule_armed(w);
	w->rules.out = out_of_reach(w);
	w->rules.works = kd_works(w) && !w->kd.stuck && !runs_theirs(w);
}

/* --- liveness */

static bool rightly_unarmed(const struct world *w) {
	const struct rules *r = &w->rules;

	switch (w->s.arm) {
	case ARM_DISARMED: /* by a person, or stop_after */
		return r->disarmed || r->maybe_disarmed || w->calls >= w->set.guard.stop_hits;
	case ARM_UNARMED:
		return w->set.arm_at == ARM_AT_MANUAL;
	case ARM_PARTIAL:
		return w->partial_ok || strstr(w->s.why, "command_timeout"); /* a cable was out */
	case ARM_PAUSED:
		return true;
	case ARM_ARMING:
	case ARM_ARMED:
	case ARM_STATES:
		break;
	}
	return false;
}

void rules_live(struct world *w) {
	char text[160];
	bool armed = w->s.arm == ARM_ARMED && is_armed(w) &&
		     (w->target.edited || w->target.breakpoint || w->target.halted);
	bool hit = w->target.halted && w->target.stop == STOP_HIT;
	/* kd has heard nothing, or nothing since: only output of the target can tell more */
	bool quiet = (w->s.state == SESSION_WAITING && rightly_unarmed(w)) ||
		     w->s.state == SESSION_UNKNOWN || w->rules.fake_down;

	if (w->s.state == SESSION_RUNNING || hit || quiet) {
		if ((!w->target.halted || hit) && w->target.on &&
			(armed || rightly_unarmed(w) || w->rules.fake_down)) {
			return;
		}
	}
	(void)snprintf(text, sizeof(text), "long after the last fault: said %s %s, true: %s, %s",
		session_state_name(w->s.state), session_arm_name(w->s.arm),
		!w->target.on      ? "off"
		: w->target.halted ? "halted"
				   : "running",
		is_armed(w) ? "armed" : "not armed");
	rules_broken(w, "liveness", text);
}

/* --- what the model tells */

void rules_stop(struct world *w) {
	w->rules.shown_ms = 0;
	w->rules.limit_ms = w->now + longest(w);
}

void rules_prompt(struct world *w) {
	struct rules *r = &w->rules;

	r->break_out = false;
	r->unanswered_arm_ms = r->asked_ms = 0;
	if (w->kd.proven) {
		r->nonce_out = false;
	}
}

void rules_answered(struct world *w) {
	w->rules.break_out = false;
	w->rules.unanswered_arm_ms = w->rules.asked_ms = 0;
}

void rules_heard(struct world *w) {
	struct rules *r = &w->rules;

	if (w->now >= r->break_ms + w->set.break_timeout_ms) {
		r->break_out = false; /* it runs: that break-in was swallowed */
	}
}

void rules_output(struct world *w, bool all) {
	struct rules *r = &w->rules;

	if (all && w->kd.prompt && w->target.halted && r->shown_ms == 0) {
		r->shown_ms = w->now;
	}
	r->output_ms = r->no_answer ? r->output_ms : w->now; /* who joins is no answer */
	r->no_answer = false;
}

void rules_runs(struct world *w) {
	if (w->target.stop == STOP_POOL && w->target.halted) {
		rules_hit(w, w->now - w->target.since);
	}
	w->rules.shown_ms = 0;
	w->rules.break_out = false; /* one that was queued at the stop is lost with its g */
	w->rules.limit_ms = SIM_NEVER;
}

void rules_allow(struct world *w, uint64_t ms) {
	uint64_t limit = w->now + ms + longest(w);

	if (w->rules.limit_ms < limit) {
		w->rules.limit_ms = limit;
	}
}

/*
 * In a storm hits may halt the target for the profile's share, and what it takes to see that. A
 * guard's break-in that trouble swallowed is not tried again within the hold-off (rule 1).
 * Breakpoints that are there behind a person's disarm are that person's.
 */
void rules_hit(struct world *w, uint64_t ms) {
	struct rules *r = &w->rules;
	uint64_t most = (uint64_t)w->set.guard.act_pm * 2 * WINDOW_MS / 1000 + 40000;
	uint64_t quiet = (uint64_t)2 * WINDOW_MS + w->set.guard.hold_off_ms;
	bool calm = w->trouble_ms + quiet < w->now && !r->disarmed && !r->maybe_disarmed;

	if (w->now > r->window_ms + WINDOW_MS) {
		r->hits_ms[1] = w->now > r->window_ms + (uint64_t)2 * WINDOW_MS ? 0 : r->hits_ms[0];
		r->hits_ms[0] = 0;
		r->window_ms = w->now;
	}
	r->hits_ms[0] += ms < 5000 ? ms : 0;
	if (calm && w->set.guard.on_storm != STORM_ALARM && r->hits_ms[0] + r->hits_ms[1] > most) {
		rules_broken(w, "rule 3", "hits halt the target beyond the guard's share");
	}
}

void rules_kd_gone(struct world *w) {
	w->rules.break_out = w->rules.nonce_out = false;
	w->rules.unanswered_arm_ms = w->rules.asked_ms = w->rules.shown_ms = 0;
}

void rules_disarmed(struct world *w) {
	w->rules.disarmed = true;
}

/* Who could not see who types may take it for a word, or for a DbgPrint. */
void rules_typed_disarm(struct world *w) {
	bool seen = w->rules.shown_ms > 0 && w->now > w->rules.shown_ms + SIM_SECOND / 2;

	w->rules.disarmed = w->rules.disarmed || seen;
	w->rules.maybe_disarmed = true;
}

void rules_armed(struct world *w) {
	w->rules.disarmed = w->rules.maybe_disarmed = false;
}

void rules_new_daemon(struct world *w) {
	w->rules.log_begun = w->rules.hurried = false;
	w->rules.stop_ms = w->rules.ended_ms = 0;
	w->rules.arm = ARM_UNARMED;
}
