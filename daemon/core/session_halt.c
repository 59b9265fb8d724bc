#include "core/session_inside.h"

#include <string.h>

void session_ask(struct session *s, bool waited_for, struct actions *out) {
	char buffer[64];
	struct text t;

	if (!s->kd_up || s->state == SESSION_DETACHING || !s->set.prove ||
		!prove_may_ask(&s->prove, s->now_ms, waited_for)) {
		return;
	}
	text_init(&t, buffer, sizeof(buffer));
	prove_ask(&s->prove, s->now_ms, &t);
	actions_add_text(out, ACT_WRITE, buffer, NULL);
	s->asked_at_prompt = s->candidate;
	s->proved = false;
	s->candidate_ms = 0;
}

/* --- scripts
 * -------------------------------------------------------------------------------------- */

/* The edit of this job is the tag, not what stood there before. */
static bool writes_tag(const struct session *s) {
	return (s->script.job == JOB_ARM || s->script.job == JOB_ENABLE) && s->set.pool.wanted;
}

/* Write the next line of the job. Only at a proved prompt (rule 4). */
static void write_step(struct session *s, struct actions *out) {
	char buffer[4400];
	struct text t;
	enum script_step step;

	text_init(&t, buffer, sizeof(buffer));
	step = script_take(&s->script, s->now_ms, &t);
	if (step == STEP_END) {
		script_drop(&s->script); /* an operator's command, and the halt stays his */
		return;
	}
	s->proved = s->candidate = false;
	if (step == STEP_LIST) {
		arm_check_begin(&s->check, s->set.arm, s->set.arm_count);
		s->list_cut = false;
	} else if (step == STEP_GO) {
		s->resuming = true;
		s->resume_ms = s->now_ms;
		halts_go(&s->halts, s->now_ms);
	} else if (s->script.job == JOB_ARM) {
		s->dirty = true;
	}
	if (step == STEP_COMMAND && text_starts(buffer, t.len, "ed ") &&
		script_own_sent(&s->script)) {
		hit_wrote(&s->pool, writes_tag(s));
	}
	actions_add_text(out, ACT_WRITE, buffer, NULL);
}

#define EDIT_COMMANDS 2 /* write and read back, see add_edit() */

static void list_read(struct session *s) {
	char why[160];
	struct text t;

	text_init(&t, why, sizeof(why));
	if (s->list_cut) {
		script_fail(&s->script, "the list of breakpoints was interrupted", "", 0);
	}
	if (s->script.job == JOB_RELEASE) {
		s->listed = s->check.rows == 0 && !s->list_cut && !s->pool.edited;
		if (s->listed || script_retry(&s->script, s->pool.edited ? EDIT_COMMANDS : 0)) {
			return;
		}
		script_fail(&s->script,
			s->pool.edited ? "nt!PoolHitTag does not hold what was written"
				       : "breakpoints are left after bc *",
			"", 0);
	} else if (s->script.job == JOB_PAUSE) {
		if (s->check.enabled > 0) {
			script_fail(&s->script, "breakpoints are left enabled after bd *", "", 0);
		}
	} else if (!arm_check_end(&s->check, &t)) {
		script_fail(&s->script, why, "", 0);
	}
}

static void add_edit(struct session *s, uint32_t value) {
	char buffer[SCRIPT_OWN_BYTES];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	hit_write_command(value, &t);
	(void)script_add(&s->script, buffer);
	(void)script_add(&s->script, hit_read_command());
}

/* The stack that a break-in kept a hit from printing: it stands there still. */
static void cut_stack_command(struct session *s) {
	char buffer[SCRIPT_OWN_BYTES];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	if (s->hit_cut && arm_stack_command(s->set.arm, s->set.arm_count, s->hit_id, &t)) {
		(void)script_add(&s->script, buffer);
	}
	s->hit_cut = false;
}

/* What nt!PoolHitTag needs of the job that begins: first of all the stack of its own stop. */
static void pool_commands(struct session *s) {
	char buffer[SCRIPT_OWN_BYTES];
	struct text t;

	cut_stack_command(s);
	if (s->pool.told != HIT_NONE) {
		text_init(&t, buffer, sizeof(buffer));
		hit_stack_command(&s->pool, &t);
		(void)script_add(&s->script, buffer);
		hit_forget(&s->pool);
	}
	hit_begin(&s->pool);
	if (s->script.job == JOB_ARM && s->set.pool.wanted) {
		(void)script_add(&s->script, hit_read_command());
		add_edit(s, s->set.pool.tag);
	} else if (s->script.job == JOB_ENABLE && s->set.pool.wanted) {
		add_edit(s, s->set.pool.tag);
	} else if (s->pool.edited && (s->script.job == JOB_RELEASE || s->script.job == JOB_ARM ||
					     s->script.job == JOB_PAUSE)) {
		add_edit(s, s->pool.old);
	}
}

static void symbols_are_asked(struct session *s, struct actions *out);

/* The step that was sent has ended: its prompt is proved. */
static void step_done(struct session *s, struct actions *out) {
	bool was_list = script_listing(&s->script);
	const char *own = script_own_sent(&s->script);
	const char *wrong = NULL;

	if (own && strcmp(own, hit_read_command()) == 0) {
		wrong = hit_read_done(&s->pool, writes_tag(s));
	}
	if (wrong && s->script.job != JOB_RELEASE) { /* that is judged with the list */
		script_fail(&s->script, wrong, "", 0);
	}
	if (!own) {
		session_command_done(s, out);
	}
	s->script.sent = false;
	if (was_list) {
		list_read(s);
	}
	if ((s->going_down || s->disarm_wanted) && s->script.job != JOB_RELEASE &&
		s->script.job != JOB_NONE) {
		script_begin(&s->script, JOB_RELEASE, NULL, 0);
		pool_commands(s);
	} else if (!s->want_arm && (s->script.job == JOB_ARM || s->script.job == JOB_ENABLE)) {
		script_cut(&s->script); /* disarmed meanwhile */
	} else if (s->script.job == JOB_SYMBOLS && script_peek(&s->script) == STEP_GO && own) {
		symbols_are_asked(s, out);
		return;
	}
	write_step(s, out);
}

static void start_script(struct session *s, enum script_job job, struct actions *out) {
	if (job == JOB_STACK) {
		script_begin(&s->script, job, NULL, 0);
		s->script.stays = true;
	} else if (job == JOB_COMMAND) {
		script_begin(&s->script, job, &s->command_line, 1);
		s->script.stays = !s->command_breaks;
	} else {
		script_begin(&s->script, job, s->set.arm, s->set.arm_count);
	}
	s->listed = false;
	pool_commands(s);
	if (job == JOB_ARM) {
		session_set_arm(s, ARM_ARMING, "", out);
		s->halt_deadline_ms = s->now_ms + s->set.arm_max_ms;
	} else if (job == JOB_SYMBOLS) {
		const char *command;

		session_set_arm(s, ARM_ARMING, "", out);
		for (size_t i = 0; (command = symbols_command(&s->symbols, i)) != NULL; i++) {
			(void)script_add(&s->script, command);
		}
	} else if (job == JOB_PAUSE || job == JOB_ENABLE) {
		(void)script_add(&s->script, ".time");
	} else if (job == JOB_DISABLE) {
		s->script.breakpoint = s->hit_id;
	} else if (job == JOB_BUGCHECK) {
		if (bugcheck_command(&s->set.on_bugcheck)) {
			(void)script_add(&s->script, bugcheck_command(&s->set.on_bugcheck));
		}
		s->bugcheck.bytes = 0;
		s->script.end = bugcheck_end(&s->set.on_bugcheck);
	}
}

void session_arm_when_free(struct session *s, const char *cause, struct actions *out) {
	if (!s->want_arm || s->going_down) {
		return;
	}
	if (s->state == SESSION_RUNNING) {
		session_break(s, OWNER_ARMING, cause, out);
	} else if (s->state == SESSION_WAITING) {
		session_break_waiting(s, out);
	} else {
		s->arm_due_ms = s->now_ms + s->set.settle_ms;
	}
}

void session_fetch(struct session *s, struct actions *out) {
	char buffer[200];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, "fetching symbols for nt while the target runs, try ");
	text_put_u64(&t, s->symbols.tries);
	text_put(&t, " of 3");
	session_set_why(s, buffer);
	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, ",\"state\":\"fetching\",\"try\":");
	text_put_u64(&t, s->symbols.tries);
	session_say(out, "symbols", buffer);
	text_init(&t, buffer, sizeof(buffer));
	symbols_manifest(&s->symbols, &t);
	actions_add_text(out, ACT_FETCH, buffer, NULL);
}

void session_symbols_lost(struct session *s, struct actions *out) {
	session_set_why(s, s->symbols.why);
	session_alarm(out, "no symbols", s->symbols.why);
	if (s->want_arm) {
		session_set_arm(s, ARM_PARTIAL, s->symbols.why, out);
	}
}

/* kd has said what it has: arm at this very halt, or let the target go. */
static void symbols_are_asked(struct session *s, struct actions *out) {
	switch (symbols_asked(&s->symbols)) {
	case SYMBOLS_THERE:
		session_set_why(s, "");
		if (s->want_arm) {
			start_script(s, JOB_ARM, out);
		}
		break;
	case SYMBOLS_FETCHING:
		write_step(s, out); /* g comes first */
		session_fetch(s, out);
		return;
	case SYMBOLS_GIVEN_UP:
		session_symbols_lost(s, out);
		break;
	case SYMBOLS_UNASKED:
	case SYMBOLS_RETRY:
	case SYMBOLS_FETCHED:
	case SYMBOLS_STATES:
		break;
	}
	write_step(s, out);
}

void session_begin_job(struct session *s, enum script_job job, struct actions *out) {
	if (job == JOB_ARM && symbols_busy(&s->symbols)) {
		job = JOB_RESUME; /* it is armed when they are there */
	} else if (job == JOB_ARM && symbols_ask(&s->symbols)) {
		job = JOB_SYMBOLS;
	}
	if (!s->set.prove && job != JOB_RESUME) {
		job = JOB_RESUME; /* another console: break-in and resume only */
	}
	start_script(s, job, out);
	if (s->proved || !s->set.prove) {
		write_step(s, out);
	} else {
		s->script.sent_ms = s->now_ms;
		session_ask(s, true, out);
	}
}

void session_interrupt(struct session *s, const char *cause, struct actions *out) {
	s->script.interrupted = true;
	if (s->break_pending) {
		return; /* never two (rule 1) */
	}
	session_say_break(s->owner, cause, out);
	s->second_stop = true;
	s->breaks_sent++;
	actions_add(out, ACT_BREAK, 0);
}

void session_limit_analysis(struct session *s, struct actions *out) {
	const char *spent =
		bugcheck_spent(&s->bugcheck, &s->set.on_bugcheck, s->halted_ms, s->now_ms);

	if (spent && s->script.job == JOB_BUGCHECK && script_own_sent(&s->script) &&
		!s->script.interrupted) {
		session_interrupt(s, spent, out);
	}
}

/* --- stops
 * ---------------------------------------------------------------------------------------- */

static enum halt_owner owner_of_stop(const struct session *s) {
	if (s->going_down) {
		return OWNER_DETACH;
	}
	if (s->bugcheck.told) {
		return OWNER_BUGCHECK;
	}
	if (s->break_pending && s->owner != OWNER_NONE) {
		return s->owner;
	}
	if (s->pool.told != HIT_NONE ||
		(s->state == SESSION_HALTED && s->owner == OWNER_HIT && !s->other_stop)) {
		return OWNER_HIT;
	}
	return s->clients_seen > 0 ? OWNER_CLIENT : OWNER_FOUND;
}

static bool may_arm(const struct session *s) {
	return s->want_arm && s->arm != ARM_ARMED && s->arm != ARM_PARTIAL &&
	       s->arm != ARM_PAUSED && s->arm != ARM_DISARMED;
}

/* JOB_NONE: the halt stays until its deadline. */
static enum script_job job_of_stop(struct session *s, enum halt_owner owner) {
	if (s->going_down || s->disarm_wanted) {
		return JOB_RELEASE;
	}
	switch (owner) {
	case OWNER_ARMING:
		return s->want_arm ? JOB_ARM : JOB_RESUME; /* disarmed since */
	case OWNER_BUGCHECK:
		return JOB_BUGCHECK;
	case OWNER_HIT:
		return s->pool.told != HIT_NONE ? session_guard_at_hit(s) : JOB_DISABLE;
	case OWNER_FOUND:
		if (s->set.on_found == FOUND_ARM && may_arm(s)) {
			return JOB_ARM;
		}
		return JOB_RESUME;
	case OWNER_OPERATOR:
		return s->command_id && s->command_breaks ? JOB_COMMAND : JOB_NONE;
	case OWNER_GUARD:
		return session_guard_stop(s);
	case OWNER_NONE:
	case OWNER_CLIENT:
	case OWNER_DETACH:
	case HALT_OWNERS:
		break;
	}
	return JOB_NONE;
}

/* `kind` is NULL for a breakpoint's. */
static void say_hit(
	struct session *s, const char *kind, bool numbered, uint32_t id, struct actions *out) {
	char buffer[96];
	struct text t;

	s->hits++;
	bugcheck_forget(&s->bugcheck);
	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, ",\"hit\":");
	text_put_u64(&t, s->hits);
	if (numbered) {
		text_put(&t, ",\"id\":");
		text_put_u64(&t, id);
	}
	if (kind) {
		text_put_member(&t, "kind", kind);
	}
	session_say(out, "hit", buffer);
}

/* Its stack is the first thing the job types; a person's halt has none, and that is marked. */
static void say_pool_hit(struct session *s, enum script_job job, struct actions *out) {
	if (s->pool.told == HIT_NONE) {
		return;
	}
	say_hit(s, hit_kind_name(s->pool.told), false, 0, out);
	session_guard_hit(s, out);
	if (job == JOB_NONE) {
		actions_add_text(out, ACT_ALARM,
			"\"event\":\"gap\",\"reason\":\"a hit at somebody's halt: its stack was "
			"not printed\",\"bytes\":0",
			NULL);
		hit_forget(&s->pool);
	}
}

/* One event for each crash, whoever owns the stop. */
static void say_bugcheck(struct session *s, struct actions *out) {
	char buffer[200];
	struct text t;

	if (s->bugcheck.told) {
		text_init(&t, buffer, sizeof(buffer));
		bugcheck_put(&s->bugcheck, &t);
		session_say(out, "bugcheck", buffer);
		bugcheck_forget(&s->bugcheck);
	}
}

/*
 * It stands at a breakpoint of ours, and kd said nothing of a hit: one that the kd before this one
 * did not take. Its stack is asked for; one that was counted is not counted again.
 */
static void take_left_hit(struct session *s, struct actions *out) {
	if (s->hit_left && session_prints_stack(s)) {
		if (!s->hit_open) {
			say_hit(s, "left", false, 0, out);
			session_guard_hit(s, out);
		}
		s->hit_cut = true;
	}
	s->hit_left = s->hit_open = s->stop_told = false;
}

/* A stop is proved that was not known before. */
static void stopped(struct session *s, struct actions *out) {
	enum halt_owner owner = owner_of_stop(s);
	bool asked = s->break_pending;
	enum script_job job;

	s->break_pending = s->resuming = false;
	s->connected = true;
	s->lost_halt_ms = 0;
	if (owner == OWNER_ARMING || (owner == OWNER_FOUND && s->set.on_found == FOUND_ARM)) {
		s->arm_due_ms = 0;
	} else if (asked && s->owner == OWNER_ARMING) { /* what it was sent for is still to do */
		s->arm_due_ms = s->now_ms + s->set.arm_after_ms;
	}
	s->reboot_ms = s->return_due_ms = 0;
	s->shut_down = false;
	if (owner == OWNER_HIT && s->pool.told == HIT_NONE) {
		session_set_why(s, "a breakpoint's own command did not resume the target");
	}
	s->dirty = true;
	s->reply_ms = 0;
	if (s->state != SESSION_HALTED || s->owner != owner) {
		session_halt(s, owner, "proved prompt", out);
	} else {
		halts_stays(&s->halts); /* the hit did not resume */
	}
	/* A hit may come between the `g` and the break that was queued before it. */
	s->second_stop = asked || (s->second_stop && s->pool.told != HIT_NONE);
	s->halt_deadline_ms = s->now_ms + s->set.halt_max_ms;
	s->warned = s->warn_asked = false;
	take_left_hit(s, out);
	session_take_clears(s, out);
	job = job_of_stop(s, owner);
	if (job == JOB_NONE && s->hit_cut) {
		job = JOB_STACK;
	}
	say_bugcheck(s, out);
	say_pool_hit(s, job, out);
	if (job != JOB_NONE) {
		session_begin_job(s, job, out);
	}
}

static void armed(struct session *s, struct actions *out) {
	session_set_why(s, s->script.error);
	session_set_arm(s, s->script.error[0] ? ARM_PARTIAL : ARM_ARMED, s->script.error, out);
	backoff_good(&s->backoff);
}

static void cleared(struct session *s, struct actions *out) {
	s->dirty = !s->listed || s->pool.edited;
	if (s->disarm_wanted) {
		s->disarm_wanted = false;
		s->arm_due_ms = 0;
		session_set_arm(s, ARM_DISARMED, s->script.error, out);
	}
}

/* Also a job that could not do all it wanted ends here: nothing is left half said. */
static void end_job(struct session *s, struct actions *out) {
	if (s->script.job == JOB_ARM || s->script.job == JOB_ENABLE) {
		armed(s, out);
	} else if (s->script.job == JOB_DISABLE) {
		session_some_gone(s, s->why, out);
	} else if (s->script.job == JOB_RELEASE) {
		cleared(s, out);
	}
	session_guard_end(s, out);
}

/* It ran, and stands again: the job is over, and so is anything that was to follow it. */
static void stopped_anew(struct session *s, struct actions *out) {
	session_enter(s, SESSION_RUNNING, "it ran until this stop", out);
	end_job(s, out);
	script_drop(&s->script);
	stopped(s, out);
}

/* A stop right after `g`: the break that was queued while it was halted (kd-facts 4.3). */
static void stopped_again(struct session *s, struct actions *out) {
	s->resuming = false;
	if (s->bugcheck.told || s->pool.told != HIT_NONE || !s->second_stop) {
		stopped_anew(s, out);
		return;
	}
	s->second_stop = false;
	/* The job was done; only its `g` has to be said again. */
	script_again(&s->script);
	write_step(s, out);
}

static void proved(struct session *s, struct actions *out) {
	s->proved = true;
	s->candidate = false;
	if (s->state == SESSION_HALTED && !session_in_hit(s)) {
		if (s->resuming) {
			stopped_again(s, out);
		} else if (s->script.job != JOB_NONE) {
			step_done(s, out);
		} else if (s->going_down) {
			session_begin_job(s, JOB_RELEASE, out);
		} else {
			session_warn(s, out);
		}
		return;
	}
	if (s->state != SESSION_DETACHING && s->state != SESSION_STOPPED) {
		stopped(s, out);
	}
}

/* Does somebody wait for a prompt, so that its shape alone is worth a nonce at once? */
static bool waits_for_stop(const struct session *s) {
	if (s->state == SESSION_HALTED) {
		return s->resuming || s->script.job != JOB_NONE || s->hit_cut;
	}
	return s->break_pending || s->pool.told != HIT_NONE;
}

void session_prompt(struct session *s, struct actions *out) {
	if (prove_prompt(&s->prove)) {
		proved(s, out);
		return;
	}
	s->candidate = true;
	s->candidate_ms = s->now_ms;
	if (!s->set.prove && (waits_for_stop(s) || s->state != SESSION_HALTED)) {
		proved(s, out);
	} else if (waits_for_stop(s)) {
		session_ask(s, true, out);
	}
}

/* --- running again
 * -------------------------------------------------------------------------------- */

void session_seen_running(struct session *s, const char *evidence, struct actions *out) {
	bool released = s->script.job == JOB_RELEASE;

	s->resuming = false;
	session_enter(s, SESSION_RUNNING, evidence, out);
	end_job(s, out);
	if (s->going_down && released) {
		session_quit(s, s->listed ? RESULT_RELEASED : RESULT_UNKNOWN,
			s->listed ? "no breakpoints, seen running" : s->script.error, out);
		script_drop(&s->script);
		return;
	}
	script_drop(&s->script);
	if (s->going_down) {
		session_take_down(s, out);
	} else if (s->arm_due_ms > s->now_ms) {
		return; /* what is wanted waits for its time */
	} else if (s->disarm_wanted) {
		s->arm_due_ms = 0;
		session_break_disarm(s, out);
	} else if (symbols_busy(&s->symbols)) {
		s->arm_due_ms = 0; /* their end arms */
	} else if (s->arm == ARM_ARMING || s->arm_due_ms != 0) {
		s->arm_due_ms = 0;
		session_break(s, OWNER_ARMING, "arm: it is due", out);
	}
}

/*
 * The stack of a hit that was already counted by its own line. One that comes while the target runs
 * has none: this kd leaves it out, whatever a DbgPrint said before.
 */
static bool belongs_to_hit(struct session *s) {
	s->hit_lines = s->hit_lines && s->state != SESSION_RUNNING;
	s->hit_stack = s->hit_stack || s->hit_lines;
	return s->hit_lines;
}

bool session_prints_stack(const struct session *s) {
	for (size_t i = 0; i < s->set.arm_count; i++) {
		if (arm_prints_stack(s->set.arm[i])) {
			return true;
		}
	}
	return false;
}

void session_hit_cut(struct session *s, struct actions *out) {
	bool in_hit = session_in_hit(s) || (s->state == SESSION_BREAKING && s->hits > 0);
	char buffer[SCRIPT_OWN_BYTES];
	struct text t;

	if (!in_hit) {
		return;
	}
	s->other_stop = true; /* the prompt that follows is the break-in's */
	text_init(&t, buffer, sizeof(buffer));
	s->hit_cut = !s->hit_stack && s->set.prove &&
		     arm_stack_command(s->set.arm, s->set.arm_count, s->hit_id, &t) && !t.cut;
	if (s->hit_cut) {
		return;
	}
	session_stack_lost(s, out);
}

static void halted_by_hit(struct session *s, bool numbered, struct actions *out) {
	const char *evidence = numbered ? "Breakpoint hit" : "a stack";

	if (s->state == SESSION_BREAKING) {
		session_hit_counts(s, evidence, out);
	} else {
		session_halt(s, OWNER_HIT, evidence, out);
	}
	if (!session_prints_stack(s)) {
		halts_text_over(&s->halts);
	}
	session_guard_hit(s, out);
}

void session_hit(struct session *s, uint32_t id, bool numbered, struct actions *out) {
	if (session_typing(s) || s->state == SESSION_LAUNCHING || s->state == SESSION_WAITING ||
		s->state == SESSION_DETACHING || (!numbered && belongs_to_hit(s))) {
		return;
	}
	s->hit_lines = s->hit_lines || numbered;
	if (s->hit_cut) { /* somebody let it run before it was asked for */
		session_stack_lost(s, out);
	}
	say_hit(s, NULL, numbered, id, out);
	s->hit_id = id;
	s->hit_ms = s->now_ms;
	s->hit_stack = !numbered;
	s->other_stop = s->stop_told = s->hit_cut = s->hit_left = s->hit_open = false;
	s->hit_over_ms = 0;
	if (s->state == SESSION_BREAKING) {
		halted_by_hit(s, numbered, out);
		return;
	}
	if (s->state == SESSION_UNKNOWN) {
		s->break_pending = false; /* it runs: the break was swallowed */
	}
	if (s->resuming) {
		session_seen_running(s, "a breakpoint was hit after g", out);
	}
	if (s->state == SESSION_RUNNING || s->state == SESSION_UNKNOWN ||
		s->state == SESSION_HALTED) {
		halted_by_hit(s, numbered, out);
	}
}
