#include "core/session_inside.h"

#include <string.h>

static void check_port(struct session *s, const char *evidence, struct actions *out) {
	session_enter(s, SESSION_PORT, evidence, out);
	actions_add(out, ACT_CHECK_PORT, 0);
}

static void go_release_mode(struct session *s, struct actions *out) {
	s->release_mode = true;
	/* A faked boot may have made us forget it; putting it back twice does no harm. */
	s->pool.edited = s->pool.edited || s->set.pool.wanted;
	s->going_down = true;
	s->stop_deadline_ms = NEVER;
	session_alarm(out, "release mode",
		"kd or the daemon died three times within ten minutes: break in, bc *, g, quit");
}

void session_start(struct session *s, struct actions *out) {
	if (s->state != SESSION_STOPPED) {
		return;
	}
	if (s->set.past_deaths > 0) { /* the daemon's count as if they were just now */
		backoff_init(&s->backoff, s->set.restart_min_ms, s->set.restart_max_ms,
			s->set.past_deaths, s->now_ms);
		s->set.past_deaths = 0;
	}
	s->going_down = s->hurried = s->release_mode = false;
	s->result = s->outcome = RESULT_NONE;
	session_set_why(s, "");
	if (s->set.dirty_start) {
		s->set.dirty_start = s->set.prove ? false : s->set.dirty_start;
		session_gap(
			s, s->now_ms, "started behind a sudden end: a hit may have come before");
	}
	if (s->dirty && backoff_too_many(&s->backoff, s->now_ms)) {
		go_release_mode(s, out);
	}
	check_port(s, "started", out);
}

void session_finish(
	struct session *s, enum session_result result, const char *why, struct actions *out) {
	char buffer[384];
	struct text t;

	session_set_why(s, why);
	s->result = result;
	symbols_init(&s->symbols, s->symbols.can_fetch); /* what is on its way is not waited for */
	s->symbols_due_ms = s->lost_halt_ms = 0;
	session_enter(s, SESSION_STOPPED, session_result_name(result), out);
	s->going_down = false;
	if (result == RESULT_RELEASED) {
		s->dirty = false;
		backoff_forgive(&s->backoff);
	}
	if (s->arm != ARM_DISARMED) {
		s->arm = ARM_UNARMED;
	}
	text_init(&t, buffer, sizeof(buffer));
	text_put_member(&t, "result", session_result_name(result));
	text_put_member(&t, "why", s->why);
	session_say(out, "released", buffer);
	actions_add(out, ACT_ENDED, 0);
}

/* What can be said of the target when the detach has to end here. */
static enum session_result leave_result(const struct session *s) {
	if (session_typing(s)) {
		return RESULT_HALTED;
	}
	return s->dirty || s->break_pending ? RESULT_UNKNOWN : RESULT_RELEASED;
}

static void end_kd(
	struct session *s, enum session_result outcome, const char *why, struct actions *out) {
	s->outcome = outcome;
	session_set_why(s, why);
	if (!s->kd_up) {
		session_finish(s, outcome, why, out);
		return;
	}
	session_enter(s, SESSION_DETACHING, why, out);
	actions_add(out, ACT_KILL, 0);
}

/* The end of a detach's time, or a second signal: no more ladder. */
void session_hurry(struct session *s, struct actions *out) {
	enum session_result result = leave_result(s);

	if (s->state == SESSION_STOPPED || s->hurried) {
		return;
	}
	s->going_down = s->hurried = true;
	if (s->state == SESSION_DETACHING) {
		end_kd(s, s->outcome, s->why, out);
		return;
	}
	end_kd(s, result,
		result == RESULT_HALTED ? "no time left: the target stands at a prompt, not resumed"
		: result == RESULT_UNKNOWN ? "no time left: breakpoints may be set, not cleared"
					   : "nothing was set by this session",
		out);
}

void session_quit(
	struct session *s, enum session_result outcome, const char *words, struct actions *out) {
	s->outcome = outcome;
	session_set_why(s, words);
	session_enter(s, SESSION_DETACHING, words, out);
	actions_add_text(out, ACT_WRITE, "\x02\n", NULL);
	s->state_deadline_ms = s->now_ms + QUIT_MS;
}

void session_break(
	struct session *s, enum halt_owner owner, const char *cause, struct actions *out) {
	struct text t;

	if (s->break_pending || !s->kd_up) {
		return;
	}
	session_say_break(owner, cause, out);
	text_init(&t, s->cause, sizeof(s->cause));
	text_put(&t, cause);
	if (s->state == SESSION_HALTED) {
		session_enter(s, SESSION_RUNNING, "a hit ends before the break", out);
	}
	s->owner = owner;
	if (s->state != SESSION_WAITING) {
		session_enter(s, SESSION_BREAKING, "break request sent", out);
	}
	s->break_pending = true;
	s->break_method = 0;
	s->break_ms = s->now_ms;
	s->breaks_sent++;
	actions_add(out, ACT_BREAK, 0);
}

void session_break_disarm(struct session *s, struct actions *out) {
	bool is_operators = !s->finishing && !s->no_evidence && !s->disarm_cause[0];

	session_break(s, is_operators ? OWNER_OPERATOR : OWNER_GUARD,
		is_operators     ? "an operator asked to disarm"
		: s->finishing   ? "stop_after is reached"
		: s->no_evidence ? "disarm: evidence cannot be kept"
				 : s->disarm_cause,
		out);
}

bool session_next_method(struct session *s, struct actions *out) {
	if (s->break_method + 1 >= s->set.break_methods) {
		return false;
	}
	s->break_method++;
	s->break_ms = s->now_ms;
	s->breaks_sent++;
	session_say(out, "break", ",\"cause\":\"the method before did not work\"");
	actions_add(out, ACT_BREAK, s->break_method);
	return true;
}

void session_break_waiting(struct session *s, struct actions *out) {
	if (s->state != SESSION_WAITING || s->shut_down || s->break_pending) {
		return;
	}
	s->arm_due_ms = 0;
	if (s->going_down) {
		session_take_down(s, out);
	} else if (s->disarm_wanted && s->dirty) {
		session_break_disarm(s, out);
	} else if (s->want_arm && !symbols_busy(&s->symbols)) {
		session_break(s, OWNER_ARMING, "arm: kd has started", out);
	}
}

void session_take_down(struct session *s, struct actions *out) {
	s->dirty = s->dirty || s->candidate; /* perhaps it stands at this very prompt */
	if (!s->set.prove && s->dirty) {     /* another console: nothing can be cleared there */
		session_quit(s,
			s->clients_seen || s->set.dirty_start ? RESULT_UNKNOWN : RESULT_RELEASED,
			"running; breakpoints cannot be looked for there", out);
	} else if (s->dirty) {
		session_break(s, OWNER_DETACH, "clean detach", out);
	} else {
		session_quit(s, RESULT_RELEASED, "nothing was set", out);
	}
}

/* Waiting: a break that is out may still halt the target, so the quit waits for its time. */
static void stop_waiting(struct session *s, struct actions *out) {
	if (!s->shut_down || s->break_pending) {
		session_break_waiting(s, out);
	} else if (s->dirty) { /* that line can be a DbgPrint: the break request tells */
		session_break(s, OWNER_DETACH, "clean detach", out);
	} else {
		s->state_deadline_ms = s->since_ms + s->set.settle_ms;
	}
}

static void stop_without_kd(struct session *s, struct actions *out) {
	if (!s->dirty) {
		session_finish(s, RESULT_RELEASED, "nothing was set", out);
	} else if (s->state == SESSION_BACKOFF) {
		check_port(s, "kd is needed once more, to release the target", out);
	}
}

void session_stop(struct session *s, struct actions *out) {
	if (s->going_down) {
		if (s->release_mode && s->stop_deadline_ms == NEVER) {
			s->stop_deadline_ms = s->now_ms + s->set.stop_max_ms;
		}
		return;
	}
	if (s->state == SESSION_STOPPED) {
		s->result = s->result == RESULT_NONE ? RESULT_RELEASED : s->result;
		actions_add(out, ACT_ENDED, 0);
		return;
	}
	s->going_down = true;
	s->stop_deadline_ms = s->now_ms + s->set.stop_max_ms;
	session_say(out, "detach", "");
	switch (s->state) {
	case SESSION_PORT:
	case SESSION_BACKOFF:
		stop_without_kd(s, out);
		break;
	case SESSION_WAITING:
		stop_waiting(s, out);
		break;
	case SESSION_RUNNING:
		session_take_down(s, out);
		break;
	case SESSION_UNKNOWN:
		session_break(s, OWNER_DETACH, "clean detach", out);
		break;
	case SESSION_HALTED:
		if (session_in_hit(s)) {
			session_take_down(s, out);
		} else if (!s->resuming && s->script.job != JOB_RELEASE && !s->script.sent) {
			session_begin_job(s, JOB_RELEASE, out);
		}
		break;
	case SESSION_STOPPED:
	case SESSION_LAUNCHING:
	case SESSION_BREAKING:
	case SESSION_DETACHING:
	case SESSION_STATES:
		break;
	}
}

void session_release(struct session *s, struct actions *out) {
	s->dirty = true; /* nothing is known but that somebody thinks so */
	s->pool.edited = s->pool.edited || s->set.pool.wanted;
	if (s->state != SESSION_STOPPED) {
		session_stop(s, out);
		return;
	}
	s->going_down = s->release_mode = true;
	s->hurried = false;
	s->result = s->outcome = RESULT_NONE;
	s->stop_deadline_ms = s->now_ms + s->set.stop_max_ms;
	session_set_why(s, "");
	session_say(out, "detach", "");
	check_port(s, "release: kd is needed", out);
}

/* Restarts always append: the old log is moved aside once in a daemon's life (rule 5). */
static enum spawn_log next_log(const struct session *s) {
	return s->set.log_fresh && !s->log_begun ? SPAWN_LOG_FRESH : SPAWN_LOG_APPEND;
}

void session_port(struct session *s, const struct session_input *in, struct actions *out) {
	if (s->state != SESSION_PORT) {
		return;
	}
	if (in->kind == IN_PORT_FREE) {
		s->port_said = false;
		session_set_why(s, "");
		session_enter(s, SESSION_LAUNCHING, "the port is there and free", out);
		s->kd_reached = s->connected = s->break_pending = s->shut_down = false;
		s->symbol_path[0] = '\0';
		s->kd_starts++;
		prove_forget(&s->prove);
		actions_add(out, ACT_SPAWN, next_log(s));
		return;
	}
	session_set_why(s, in->text                     ? in->text
			   : in->kind == IN_PORT_ABSENT ? "the port is not there"
							: "the port is in use");
	if (!s->port_said) {
		session_alarm(
			out, in->kind == IN_PORT_ABSENT ? "port absent" : "port busy", s->why);
		s->port_said = true;
	}
	s->state_deadline_ms = s->now_ms + PORT_RETRY_MS;
}

static void back_off(struct session *s, const char *evidence, struct actions *out) {
	uint64_t delay = backoff_delay(&s->backoff, s->dirty, prove_random(&s->prove));

	session_enter(s, SESSION_BACKOFF, evidence, out);
	s->state_deadline_ms = s->now_ms + delay;
	if (delay >= s->set.restart_max_ms) {
		session_alarm(out, "kd does not stay up", s->why);
	}
}

static void forget_kd(struct session *s) {
	s->kd_up = s->break_pending = s->resuming = s->proved = s->candidate = false;
	s->cleared = CLIENT_CLEARS_NONE;
	s->second_stop = s->connected = s->hit_cut = s->hit_left = s->stop_told = s->boot_doubted =
		false;
	bugcheck_forget(&s->bugcheck);
	hit_forget(&s->pool);
	if (s->symbols.state == SYMBOLS_GIVEN_UP) {
		symbols_forget(&s->symbols);
	}
	s->arm_due_ms = s->return_due_ms = s->reboot_ms = s->hang_ms = 0;
	script_drop(&s->script);
	prove_forget(&s->prove);
}

static void kd_ended(struct session *s, const char *how, struct actions *out) {
	enum session_state was = s->state;
	bool release = false, asked = s->break_pending, connected = s->connected;
	bool in_hit = session_in_hit(s);

	s->hit_open = s->hits > 0 && !s->hit_stack && (in_hit || was == SESSION_BREAKING);
	forget_kd(s);
	if (was == SESSION_STOPPED) {
		return;
	}
	if (was == SESSION_DETACHING) {
		session_finish(s, s->outcome, s->why, out);
		return;
	}
	if (connected) {
		session_gap(
			s, s->last_output_ms, "kd ended: a hit may have come when nobody listened");
	}
	session_set_why(s, how ? how : "kd ended");
	backoff_failed(&s->backoff, s->now_ms, s->kd_reached);
	if (asked || was == SESSION_HALTED || was == SESSION_BREAKING || was == SESSION_UNKNOWN) {
		s->dirty = true;
		s->lost_halt_ms =
			s->lost_halt_ms ? s->lost_halt_ms : s->now_ms + s->set.halt_max_ms;
	}
	if (s->arm != ARM_DISARMED) {
		session_set_arm(s, ARM_UNARMED, "", out);
	}
	if (s->going_down && !s->dirty) {
		session_finish(s, RESULT_RELEASED, "kd ended, nothing was set", out);
		return;
	}
	release = !s->going_down && s->dirty && backoff_too_many(&s->backoff, s->now_ms);
	session_alarm(out, "kd ended", s->why);
	if (release) {
		go_release_mode(s, out);
	}
	back_off(s, "kd ended", out);
}

void session_kd(struct session *s, const struct session_input *in, struct actions *out) {
	if (in->kind == IN_KD_ENDED) {
		kd_ended(s, in->text, out);
	} else if (s->state != SESSION_LAUNCHING) {
		if (in->kind == IN_KD_STARTED) {
			actions_add(out, ACT_KILL, 0); /* no longer wanted, and nothing was typed */
		}
	} else if (in->kind == IN_KD_STARTED) {
		s->kd_up = s->log_begun = true;
		s->state_deadline_ms = s->now_ms + LAUNCH_MS;
	} else {
		session_set_why(s, in->text ? in->text : "kd could not be started");
		backoff_failed(&s->backoff, s->now_ms, false);
		session_alarm(out, "kd not started", s->why);
		if (s->going_down && !s->dirty) {
			session_finish(s, RESULT_RELEASED, "kd could not be started", out);
		} else {
			back_off(s, "kd could not be started", out);
		}
	}
}

void session_replace_kd(struct session *s, const char *why, struct actions *out) {
	session_set_why(s, why);
	session_alarm(out, "kd replaced", why);
	s->dirty = true;
	if (s->state != SESSION_UNKNOWN) {
		session_enter(s, SESSION_UNKNOWN, "kd does not answer", out);
	}
	s->hang_ms = 0;
	s->lost_running = false; /* what it still says is too late, and belongs to no job */
	script_drop(&s->script);
	actions_add(out, ACT_KILL, 0);
}

void session_slept(struct session *s, struct actions *out) {
	if (!s->kd_up || s->state == SESSION_STOPPED) {
		return; /* the other deadlines go by the clock, which went on */
	}
	if (s->state == SESSION_DETACHING) { /* nothing is set any more: only kd has to end */
		actions_add(out, ACT_KILL, 0);
		return;
	}
	session_replace_kd(s, "this computer slept: port and kd are taken as lost", out);
}
