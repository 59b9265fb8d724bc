#include "core/session_inside.h"

static bool due(const struct session *s, uint64_t when) {
	return when != 0 && when != NEVER && s->now_ms >= when;
}

static uint64_t later(uint64_t a, uint64_t b) {
	return a > b ? a : b;
}

/*
 * When a hit's text has been quiet for so long, its `g` has run. Where it prints its stack and
 * nothing else, what comes behind is the running target's, or a stop with its prompt.
 */
static uint64_t hit_quiet(const struct session *s) {
	if (s->hit_over_ms && arm_prints_stack_only(s->set.arm, s->set.arm_count)) {
		return s->hit_over_ms + s->set.settle_ms;
	}
	return later(s->hit_ms, s->last_output_ms) + s->set.settle_ms;
}

/* A prompt answers at once: one that leaves a nonce unanswered for `settle` is only text. */
static bool only_text(const struct session *s) {
	return s->prove.outstanding && s->now_ms >= s->prove.asked_ms + s->set.settle_ms;
}

/* The text of the hit is whole, and nothing speaks for a prompt behind it. */
static bool hit_complete(const struct session *s) {
	bool prompt = (s->candidate && !only_text(s)) || s->prove.answered;

	return !prompt && (s->hit_stack || !session_prints_stack(s));
}

static uint64_t hit_hang(const struct session *s) {
	return later(s->hit_ms, s->last_output_ms) + s->set.halt_max_ms;
}

/* The text goes on and on (rule 3). Of what comes of it, one break-in in a hold-off is enough. */
static uint64_t hit_end(const struct session *s) {
	uint64_t end = s->hit_ms + s->set.halt_max_ms;

	return s->set.prove && s->kd_up ? later(end, s->long_ok_ms) : 0;
}

static void end_long_hit(struct session *s, struct actions *out) {
	s->long_ok_ms = s->now_ms + s->set.guard.hold_off_ms;
	session_alarm(out, "halt over", "a hit's text goes on past halt_max");
	session_break(s, OWNER_GUARD, "a hit's text goes on past halt_max", out);
}

static void tick_hit(struct session *s, struct actions *out) {
	if (hit_complete(s) && due(s, hit_quiet(s))) {
		session_seen_running(s, "the hit's text is whole, no prompt", out);
	} else if (due(s, hit_end(s)) && s->last_output_ms + s->set.settle_ms > s->now_ms) {
		end_long_hit(s, out);
	} else if (hit_complete(s)) {
		return;
	} else if (due(s, hit_hang(s))) {
		session_replace_kd(s, "halted by a hit, and kd says nothing more", out);
	}
}

static void command_overdue(struct session *s, struct actions *out) {
	s->script.overdue = true;
	script_fail(&s->script, "a command did not end within command_timeout", "", 0);
	if (s->script.job == JOB_COMMAND) { /* the halt's time is up: whoever held it, it ends */
		s->script.stays = false;
		session_interrupt(s, "an operator's command is overdue", out);
	}
	session_ask(s, true, out);
}

#define SLOW_KD 8 /* `g` is believed to be read after so many of kd's slowest answers */

/*
 * Nothing is written behind a `g`, so its reader cannot be asked whether it is there yet. A kd that
 * was slow with the nonces of this very halt has as long again and again for the `g`.
 */
static uint64_t go_quiet(const struct session *s) {
	uint64_t slow = s->reply_ms * SLOW_KD, most = s->set.halt_max_ms / 4;

	return later(s->set.settle_ms, slow < most ? slow : most);
}

/* When no stop has come since `g`; the shape of a prompt has as long to be proved. */
static uint64_t resumed(const struct session *s) {
	bool asked = s->candidate && s->prove.outstanding;
	uint64_t said = s->prove.answered ? s->last_output_ms /* its prompt is on its way */
			: asked           ? s->prove.asked_ms
					  : 0;

	return later(s->resume_ms, said) + go_quiet(s);
}

/* A command is asked after in time for kd to answer before it is replaced. */
static uint64_t command_due(const struct session *s) {
	uint64_t most = s->set.halt_max_ms / 4 * 3;

	return s->script.sent_ms +
	       (s->set.command_timeout_ms < most ? s->set.command_timeout_ms : most);
}

/* An operator's command may print for as long as the halt is his. */
static uint64_t command_end(const struct session *s) {
	uint64_t end = command_due(s);

	return s->script.job == JOB_COMMAND ? later(end, s->halt_deadline_ms) : end;
}

static uint64_t job_hang(const struct session *s) {
	return (s->script.job == JOB_COMMAND ? command_end(s) : s->script.sent_ms) +
	       s->set.halt_max_ms;
}

/* Past its end, and the prompt does not come: somebody's command is at work. */
static bool resume_waits(const struct session *s) {
	return s->script.job == JOB_RESUME && !s->script.sent && !s->script.interrupted &&
	       s->prove.outstanding && due(s, s->halt_deadline_ms);
}

static void tick_job(struct session *s, struct actions *out) {
	if (due(s, job_hang(s))) {
		session_replace_kd(s, "halted, and kd answers no nonce", out);
		return;
	}
	if (s->script.sent && !s->script.overdue && due(s, command_end(s))) {
		command_overdue(s, out);
	}
	session_limit_analysis(s, out);
	if (resume_waits(s) && due(s, s->script.sent_ms + s->set.settle_ms)) {
		session_interrupt(s, "halt_max is over and a command runs", out);
	}
	if (due(s, s->halt_deadline_ms) && s->script.job == JOB_ARM) {
		s->halt_deadline_ms = 0;
		script_fail(&s->script, "arming took longer than arm_max", "", 0);
		script_cut(&s->script);
	}
}

static void tick_halted(struct session *s, struct actions *out) {
	if (session_in_hit(s)) {
		tick_hit(s, out);
	} else if (s->resuming) {
		if (due(s, resumed(s))) {
			session_seen_running(s, "g at a proved prompt, no stop since", out);
		}
	} else if (s->script.job != JOB_NONE) {
		tick_job(s, out);
	} else if (due(s, s->halt_deadline_ms)) {
		session_alarm(out, "halt over", session_owner_name(s->owner));
		session_begin_job(s, JOB_RESUME, out);
	} else {
		session_warn(s, out);
	}
}

static void tick_breaking(struct session *s, struct actions *out) {
	if (!due(s, s->break_ms + s->set.break_timeout_ms)) {
		return;
	}
	if (session_next_method(s, out)) {
		return;
	}
	session_set_why(s, "no answer to the break-in within break_timeout");
	session_alarm(out, "break-in unanswered", "kd, cable or target; no other break-in is sent");
	if (s->owner == OWNER_ARMING || s->disarm_wanted) {
		s->arm_due_ms = s->now_ms + ARM_HOLD_OFF_MS;
	}
	session_enter(s, SESSION_UNKNOWN, "break-in unanswered", out);
	s->hang_ms = later(later(s->break_ms, s->hit_ms) + s->set.halt_max_ms, s->now_ms + 1);
}

/* What looks like the stop that was asked for may be it: it has time to be proved. */
static uint64_t unknown_hang(const struct session *s) {
	bool asked = s->candidate && s->prove.outstanding && s->hang_ms != 0;

	return later(s->hang_ms, asked ? s->prove.asked_ms + s->set.settle_ms : 0);
}

static void tick_waiting(struct session *s, struct actions *out) {
	bool unanswered = s->break_pending && due(s, s->break_ms + s->set.break_timeout_ms);

	if (s->going_down && s->shut_down && (unanswered || due(s, s->state_deadline_ms))) {
		session_quit(
			s, RESULT_RELEASED, "the target is down; breakpoints do not survive", out);
	} else if (s->going_down && unanswered) {
		session_quit(s, RESULT_UNKNOWN,
			"a break-in is out and was never answered: the target is off, gone or frozen",
			out);
	} else if (s->shut_down && due(s, s->return_due_ms)) {
		s->return_due_ms = 0;
		session_say(out, "not_back",
			",\"causes\":\"boot menu, BitLocker, power off, debugging switched off, cable\"");
		session_alarm(
			out, "not back", "the target went down and did not return in return_max");
	}
}

static void tick_state(struct session *s, struct actions *out) {
	switch (s->state) {
	case SESSION_PORT:
		if (due(s, s->state_deadline_ms)) {
			s->state_deadline_ms = 0;
			actions_add(out, ACT_CHECK_PORT, 0);
		}
		break;
	case SESSION_LAUNCHING:
		if (due(s, s->state_deadline_ms)) {
			session_alarm(out, "kd is silent", "it printed nothing since its start");
			session_enter(s, SESSION_WAITING, "nothing printed by kd", out);
			session_break_waiting(s, out);
		}
		break;
	case SESSION_WAITING:
		tick_waiting(s, out);
		break;
	case SESSION_BREAKING:
		tick_breaking(s, out);
		break;
	case SESSION_HALTED:
		tick_halted(s, out);
		break;
	case SESSION_UNKNOWN:
		if (due(s, unknown_hang(s))) {
			session_replace_kd(s, "kd answers no break-in", out);
		}
		break;
	case SESSION_DETACHING:
		if (due(s, s->state_deadline_ms)) {
			s->state_deadline_ms = 0;
			actions_add(out, ACT_KILL, 0);
		}
		break;
	case SESSION_BACKOFF:
		if (due(s, s->state_deadline_ms)) {
			session_enter(s, SESSION_PORT, "back-off is over", out);
			actions_add(out, ACT_CHECK_PORT, 0);
		}
		break;
	case SESSION_STOPPED:
	case SESSION_RUNNING:
	case SESSION_STATES:
		break;
	}
}

/* Where the minute's nonce is used up, the next one is for this prompt: it may be a real one. */
static void ask_unasked(struct session *s, struct actions *out) {
	s->candidate_ms = 0;
	session_ask(s, false, out);
	if (s->set.prove && !s->prove.outstanding && !s->prove.answered &&
		s->state != SESSION_DETACHING) {
		s->candidate_ms = s->prove.asked_ms + PROVE_UNASKED_MS - PROMPT_QUIET_MS;
	}
}

/* May what is due be done? A machine that is down has to boot first. */
static bool waits_to_break(const struct session *s) {
	return session_free(s) || (s->state == SESSION_WAITING && !s->shut_down);
}

static void break_wanted(struct session *s, struct actions *out) {
	if (s->state == SESSION_WAITING) {
		session_break_waiting(s, out);
	} else if (s->going_down) {
		session_take_down(s, out);
	} else if (s->disarm_wanted) {
		session_break_disarm(s, out);
	} else if (s->want_arm && !symbols_busy(&s->symbols)) {
		session_break(s, OWNER_ARMING, "arm: the target has booted", out);
	}
}

void session_tick(struct session *s, struct actions *out) {
	if (due(s, s->lost_halt_ms)) {
		s->lost_halt_ms = 0;
		session_alarm(out, "the target may stand halted",
			"kd died while it was, and the new kd has not reached it within halt_max");
	}
	if (s->going_down && !s->hurried && due(s, s->stop_deadline_ms)) {
		session_hurry(s, out);
		return;
	}
	if (s->candidate && due(s, s->candidate_ms + PROMPT_QUIET_MS) && s->candidate_ms) {
		ask_unasked(s, out);
	}
	if (s->reboot_ms && due(s, s->reboot_ms + s->set.settle_ms)) {
		s->reboot_ms = 0;
		if (s->reboot_quiet && s->connected_ms && s->state != SESSION_DETACHING) {
			session_rebooted(s, false, out);
		}
	}
	if (due(s, s->symbols_due_ms)) {
		s->symbols_due_ms = 0;
		symbols_retry(&s->symbols);
		session_fetch(s, out);
	}
	if (waits_to_break(s) && due(s, s->arm_due_ms)) {
		s->arm_due_ms = 0;
		break_wanted(s, out);
	}
	tick_state(s, out);
	session_guard_tick(s, out);
}

static void sooner(uint64_t *best, uint64_t when) {
	if (when != 0 && when < *best) {
		*best = when;
	}
}

static void halted_deadline(const struct session *s, uint64_t *best) {
	if (session_in_hit(s)) {
		sooner(best, hit_complete(s) ? hit_quiet(s) : hit_hang(s));
		if (s->now_ms < hit_end(s)) {
			sooner(best, hit_end(s));
		}
		if (s->candidate && s->prove.outstanding && !only_text(s)) {
			sooner(best, s->prove.asked_ms + s->set.settle_ms);
		}
	} else if (s->resuming) {
		sooner(best, resumed(s));
	} else if (s->script.job != JOB_NONE) {
		sooner(best, job_hang(s));
		if (resume_waits(s)) {
			sooner(best, s->script.sent_ms + s->set.settle_ms);
		}
		if (s->script.sent && !s->script.overdue) {
			sooner(best, command_end(s));
		}
		if (s->script.job == JOB_ARM) {
			sooner(best, s->halt_deadline_ms);
		} else if (s->script.job == JOB_BUGCHECK && script_own_sent(&s->script) &&
			   !s->script.interrupted) {
			sooner(best, s->halted_ms + s->set.on_bugcheck.max_ms);
		}
	} else {
		sooner(best, s->halt_deadline_ms);
		sooner(best, session_warn_deadline(s));
	}
}

uint64_t session_deadline(const struct session *s) {
	uint64_t best = NEVER;

	if (s->going_down && !s->hurried) {
		sooner(&best, s->stop_deadline_ms);
	}
	if (s->candidate && s->candidate_ms) {
		sooner(&best, s->candidate_ms + PROMPT_QUIET_MS);
	}
	if (s->reboot_ms) {
		sooner(&best, s->reboot_ms + s->set.settle_ms);
	}
	sooner(&best, s->symbols_due_ms);
	sooner(&best, s->lost_halt_ms);
	if (waits_to_break(s)) {
		sooner(&best, s->arm_due_ms);
	}
	sooner(&best, session_guard_deadline(s));
	if (s->state == SESSION_HALTED) {
		halted_deadline(s, &best);
	} else if (s->state == SESSION_BREAKING) {
		sooner(&best, s->break_ms + s->set.break_timeout_ms);
	} else if (s->state == SESSION_UNKNOWN) {
		sooner(&best, unknown_hang(s));
	} else if (s->state == SESSION_WAITING) {
		sooner(&best, s->shut_down ? s->return_due_ms : 0);
		sooner(&best, s->going_down && s->shut_down ? s->state_deadline_ms : 0);
		if (s->going_down && s->break_pending) {
			sooner(&best, s->break_ms + s->set.break_timeout_ms);
		}
	} else {
		sooner(&best, s->state_deadline_ms);
	}
	return best;
}
