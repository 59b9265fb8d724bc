#include "core/session_inside.h"

#include <string.h>

#include "core/client.h"
#include "core/target.h"

/* --- is it a reboot?
 * ------------------------------------------------------------------------------ A DbgPrint can
 * fake every line that tells of a reboot. An `established` line is believed when kd's own summary
 * follows it with the search path that this kd printed before (the target cannot know it), or when
 * the line was silent before it and stays so, as a booting machine's is. Only the first is a proof:
 * after the second the session arms anew, but knows still that something may be set in the target.
 */

static const char path_line[] = "Symbol search path is: ";

/*
 * "[HOST\\user (npipe PLACE)] COMMAND", "HOST\\user (npipe PLACE) connected at TIME": kd's own
 * words about a teammate. No target prints while it stands at a prompt.
 */
static bool names_client(const char *text, size_t len, const char *behind) {
	static const char *const transports[] = {"(npipe ", "(tcp ", "(spipe ", "(ssl "};
	bool found = false;

	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
		found = found || text_find(text, len, transports[i]) > 0;
	}
	return found && text_find(text, len, behind) > 0;
}

static bool is_typed(const char *text, size_t len) {
	return names_client(text, len, ")] ");
}

/* kd's lines around a connection, which are neither the target's output nor a stop. */
static bool is_summary(const char *line, size_t len) {
	static const char *const starts[] = {"***", "Response ", "Deferred ", "OK ", "Error ",
		path_line, "Executable search path is:", "Windows ",
		"Product: ", "Built by: ", "Edition build lab: ", "Machine Name:", "Kernel base = ",
		"Debug session time: ", "System Uptime: ", "KDTARGET: ", "Connected to ",
		"Loading ", "Kernel Debugger ", "Waiting to reconnect", "Shutdown occurred",
		"... Retry sending ", "The transport connection ", "please try resync ",
		"Unable to read "};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (text_starts(line, len, starts[i])) {
			return true;
		}
	}
	return len == 0;
}

static void arm_after_boot(struct session *s) {
	bool wanted = s->want_arm && s->set.arm_at != ARM_AT_MANUAL;

	s->arm_due_ms = 0;
	if (wanted) {
		s->arm_due_ms =
			s->now_ms + (s->set.arm_at == ARM_AT_AFTER ? s->set.arm_after_ms : 0);
	} else if (s->disarm_wanted) {
		s->arm_due_ms = s->now_ms + s->set.settle_ms;
	}
}

static void say_reboot(struct session *s, struct actions *out) {
	s->boot++;
	session_say(out, "reboot", s->shut_down ? ",\"orderly\":true" : ",\"orderly\":false");
}

/* A connection is believed: is it the system that was there before, and what of arming it? */
static void know_target(struct session *s, struct actions *out) {
	bool is_new = s->heard[0] && strcmp(s->heard, s->target) != 0;
	char why[220];
	struct text t;

	if (!is_new) {
		return;
	}
	if (s->target[0]) {
		text_init(&t, why, sizeof(why));
		text_put(&t, s->heard);
		text_put(&t, " in place of ");
		text_put(&t, s->target);
		session_alarm(out, "another target", why);
	}
	memcpy(s->target, s->heard, sizeof(s->target));
	symbols_forget(&s->symbols);
	for (size_t i = 0; i < s->set.arm_count; i++) {
		const char *instead = target_lacks(s->target, s->set.arm[i]);

		if (instead) {
			session_alarm(out, "the breakpoint will not be hit", instead);
			return;
		}
	}
}

/* What was in the target is gone with it (kd-facts 8.4). */
static void forget_target(struct session *s) {
	s->boot_doubted = false;
	hit_booted(&s->pool);
	s->dirty = s->break_pending;
}

void session_rebooted(struct session *s, bool proved, struct actions *out) {
	bool asked = s->arm == ARM_ARMING && s->want_arm;

	if (!s->shut_down && s->hits > 0) {
		session_gap(s, s->last_output_ms,
			"the target went without a word: a hit at that moment may be missing");
	}
	say_reboot(s, out);
	know_target(s, out);
	s->reboot_ms = s->return_due_ms = 0;
	s->shut_down = s->resuming = s->proved = false;
	bugcheck_forget(&s->bugcheck);
	hit_forget(&s->pool);
	if (s->symbols.state == SYMBOLS_GIVEN_UP) {
		symbols_forget(&s->symbols);
	}
	s->candidate = false;
	s->boot_doubted = true;
	if (proved) {
		forget_target(s);
	}
	script_drop(&s->script);
	if (s->disarm_wanted && !s->dirty) {
		s->disarm_wanted = false;
		session_set_arm(s, ARM_DISARMED, "the target has booted", out);
	} else if (s->arm != ARM_DISARMED) {
		session_set_arm(s, ARM_UNARMED, "", out);
	}
	arm_after_boot(s);
	if (asked && s->arm_due_ms == 0) { /* an operator's, not done yet */
		s->arm_due_ms = s->now_ms + s->set.arm_after_ms;
	}
	if (s->break_pending) {
		s->break_ms = s->now_ms;
		session_enter(
			s, SESSION_BREAKING, "connected, the break request is still out", out);
	} else {
		session_enter(s, SESSION_RUNNING, "connection established again", out);
	}
	if (s->going_down && !s->break_pending) {
		session_take_down(s, out);
	}
}

/* The first connection of this kd: a target that was running, booting or frozen. */
static void first_connected(struct session *s, struct actions *out) {
	bool asked = s->arm == ARM_ARMING && s->want_arm;

	s->connected = s->kd_reached = true;
	s->lost_halt_ms = 0;
	know_target(s, out);
	s->return_due_ms = 0;
	s->shut_down = false;
	if (s->boot == 0) {
		s->boot = 1;
	}
	if (s->break_pending) {
		s->break_ms = s->now_ms;
		session_enter(
			s, SESSION_BREAKING, "connected, the break request is still out", out);
	} else if (s->state == SESSION_LAUNCHING || s->state == SESSION_WAITING) {
		session_enter(s, SESSION_RUNNING, "connection established", out);
		if (!s->going_down) {
			arm_after_boot(s);
			if (asked && s->arm_due_ms == 0) { /* an operator's, not done yet */
				s->arm_due_ms = s->now_ms + s->set.arm_after_ms;
			}
		} else {
			session_take_down(s, out);
		}
	}
}

static void established(struct session *s, struct actions *out) {
	if (s->state == SESSION_DETACHING) {
		return; /* kd has been told to end */
	}
	if (!s->connected) {
		first_connected(s, out);
		return;
	}
	if (session_typing(s)) {
		session_rebooted(s, true, out); /* a halted target prints nothing: kd said this */
		return;
	}
	if (s->shut_down && s->state == SESSION_WAITING && s->last_output_ms <= s->since_ms &&
		s->now_ms - s->since_ms >= s->set.settle_ms) {
		session_rebooted(s, false, out); /* down, and silent since */
		return;
	}
	s->reboot_ms = s->now_ms;
	if (s->connected_ms == 0) {
		s->reboot_quiet = s->now_ms - s->last_output_ms >= s->set.settle_ms;
	}
}

/* kd's own summary behind a boot that was believed before it, and nothing was typed since. */
static void boot_is_proved(struct session *s, struct actions *out) {
	if (s->state != SESSION_RUNNING || s->arm == ARM_ARMED || s->arm == ARM_PARTIAL) {
		return;
	}
	forget_target(s);
	if (s->disarm_wanted) {
		s->disarm_wanted = false;
		s->arm_due_ms = 0;
		session_set_arm(s, ARM_DISARMED, "the target has booted", out);
	}
}

static void keep_path(struct session *s, const struct kd_event *e, struct actions *out) {
	const char *path = e->text + sizeof(path_line) - 1;
	size_t len = e->len - (sizeof(path_line) - 1);
	struct text t;

	while (len > 0 && (path[len - 1] == ' ' || path[len - 1] == '\r')) {
		len--;
	}
	if (s->symbol_path[0] && strlen(s->symbol_path) == len &&
		memcmp(s->symbol_path, path, len) == 0) {
		if (s->reboot_ms && s->state != SESSION_DETACHING) {
			session_rebooted(s, true, out);
		} else if (s->boot_doubted) {
			boot_is_proved(s, out);
		}
	} else if (!s->symbol_path[0] || session_typing(s)) { /* the rest may be a DbgPrint */
		text_init(&t, s->symbol_path, sizeof(s->symbol_path));
		text_put_n(&t, path, len);
	}
}

static void shutdown_line(struct session *s, struct actions *out) {
	if (s->state != SESSION_RUNNING && s->state != SESSION_BREAKING &&
		s->state != SESSION_UNKNOWN && s->state != SESSION_HALTED) {
		return;
	}
	if (session_typing(s)) {
		script_drop(&s->script);
	} else if (s->resuming) {
		session_seen_running(s, "it went down after g", out);
	}
	if (s->state == SESSION_DETACHING) {
		return;
	}
	s->shut_down = true;
	s->reboot_ms = 0; /* what seemed to be a boot before it is over, whatever it was */
	s->return_due_ms = s->now_ms + s->set.return_max_ms;
	session_enter(s, SESSION_WAITING, "Shutdown occurred", out);
	if (s->going_down && !s->break_pending) {
		s->state_deadline_ms = s->now_ms + s->set.settle_ms;
	}
}

/* Output that is not kd's: no machine is down while its DbgPrint is heard. */
static void other_output(struct session *s, struct actions *out) {
	s->reboot_quiet = false;
	if (s->shut_down && s->state == SESSION_WAITING && !s->reboot_ms) {
		s->shut_down = false;
		s->return_due_ms = 0;
		s->break_ms = s->now_ms; /* a break that is out has its whole time again */
		session_enter(s, s->break_pending ? SESSION_BREAKING : SESSION_RUNNING,
			"output after the shutdown line: it was not kd's", out);
		if (s->going_down && s->state == SESSION_RUNNING) {
			session_take_down(s, out);
		}
	} else if (s->state == SESSION_UNKNOWN && !s->break_pending && s->lost_running) {
		session_enter(s, SESSION_RUNNING, "output: the transport is not lost", out);
		if (s->going_down) {
			session_take_down(s, out);
		}
	}
}

/* --- the other lines
 * ------------------------------------------------------------------------------ */

static void keep_target(struct session *s, const struct kd_event *e) {
	static const char head[] = "Connected to ", tail[] = " target";
	size_t skip = sizeof(head) - 1;
	ptrdiff_t end = text_find(e->text, e->len, tail);
	struct text t;

	s->connected_ms = s->now_ms;
	s->reboot_quiet = s->now_ms - s->last_output_ms >= s->set.settle_ms;
	if (end > (ptrdiff_t)skip) {
		text_init(&t, s->heard, sizeof(s->heard));
		text_put_n(&t, e->text + skip, (size_t)end - skip);
	}
}

static void client_joined(struct session *s, const struct kd_event *e, struct actions *out) {
	char buffer[400];
	struct text t;

	text_init(&t, s->client, sizeof(s->client));
	text_put_n(&t, e->who, e->who_len);
	s->clients_seen++;
	s->dirty = true; /* whoever can type can set a breakpoint */
	text_init(&t, buffer, sizeof(buffer));
	text_put(&t, ",\"who\":\"");
	text_put_json(&t, e->who, e->who_len);
	text_put(&t, "\"");
	session_say(out, "client_connected", buffer);
}

/* It becomes an event at the stop: any DbgPrint can say so. */
static void bugcheck(struct session *s, const struct kd_event *e) {
	if (!session_typing(s)) { /* else: text of a command */
		bugcheck_told(&s->bugcheck, e);
	}
}

/*
 * It may stand there still, or stand now, at a hit: the RESET of a new kd brings that stop back. A
 * quiet target shows nothing, so this is not waited for longer than a kd that does not answer.
 */
static void transport_lost(struct session *s, struct actions *out) {
	bool running = s->state == SESSION_RUNNING;

	if (s->state != SESSION_RUNNING && s->state != SESSION_HALTED) {
		return; /* a break has its own deadline */
	}
	script_drop(&s->script);
	s->resuming = false;
	session_alarm(out, "transport lost", "cable, power or a target that hangs");
	session_enter(s, SESSION_UNKNOWN, "kd says that the transport is lost", out);
	session_gap(s, s->now_ms, "the transport was lost");
	s->lost_running = running; /* then further output is enough: any DbgPrint says that line */
	s->hang_ms = s->now_ms + s->set.halt_max_ms;
	session_ask(s, true, out);
}

static void waiting_line(struct session *s, struct actions *out) {
	s->kd_reached = true;
	if (s->state == SESSION_LAUNCHING) {
		session_enter(s, SESSION_WAITING, "Waiting to reconnect...", out);
		session_break_waiting(s, out);
	}
}

static void command_error(struct session *s, const char *what, const struct kd_event *e) {
	if (s->state != SESSION_HALTED) {
		return;
	}
	s->list_cut = s->list_cut || script_listing(&s->script);
	if (s->owner == OWNER_HIT) {
		session_set_why(s, what);
	}
	if (s->script.sent && s->script.job == JOB_ARM) {
		script_fail(&s->script, what, e->text, e->len);
	}
}

static bool ends_with_word(const char *text, size_t len, const char *word) {
	size_t n = strlen(word);

	return len > n && memcmp(text + len - n, word, n) == 0 &&
	       (text[len - n - 1] == ' ' || text[len - n - 1] == ']');
}

static bool resumes(const struct kd_event *e) {
	static const char *const words[] = {"g", "gc", "gh", "gn"};
	bool found = false;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		found = found || ends_with_word(e->text, e->len, words[i]);
	}
	return found;
}

static enum client_clears clears_of(const struct session *s, const struct kd_event *e) {
	return s->set.pool.wanted ? CLIENT_CLEARS_NONE /* the tag is no breakpoint */
				  : client_clears(e->text, e->len, s->set.arm_count);
}

static void teammate_cleared(struct session *s, enum client_clears what, struct actions *out) {
	switch (what) {
	case CLIENT_CLEARS_ALL:
		s->want_arm = s->no_evidence = false;
		session_set_arm(s, ARM_DISARMED, "a teammate cleared the breakpoints", out);
		break;
	case CLIENT_CLEARS_SOME:
		session_some_gone(s, "a teammate cleared one of the breakpoints", out);
		break;
	case CLIENT_CLEARS_NONE:
		break;
	}
}

/*
 * kd shows a teammate's command behind the teammate's name (kd-facts 9.2); no prompt follows. Where
 * it seems to run, that is a stop whose prompt was typed over before it could be proved.
 */
/* It may be a DbgPrint still; and a stop that is proved soon says that it is none. */
static void keep_clears(struct session *s, const struct kd_event *e) {
	enum client_clears what = clears_of(s, e);

	if (what != CLIENT_CLEARS_NONE && s->cleared != CLIENT_CLEARS_ALL) {
		s->cleared = what;
		s->cleared_ms = s->now_ms;
	}
}

void session_take_clears(struct session *s, struct actions *out) {
	if (s->now_ms - s->cleared_ms <= 2 * s->set.break_timeout_ms) {
		teammate_cleared(s, s->cleared, out);
	}
	s->cleared = CLIENT_CLEARS_NONE;
}

static void teammate_typed(struct session *s, const struct kd_event *e, struct actions *out) {
	if (s->clients_seen == 0 || !is_typed(e->text, e->len)) {
		return;
	}
	if (session_free(s) || s->state == SESSION_BREAKING) {
		keep_clears(s, e);
	}
	if (session_free(s) && !resumes(e)) {
		s->candidate = true;
		session_ask(s, true, out);
		return;
	}
	if (s->state != SESSION_HALTED || session_in_hit(s)) {
		return;
	}
	teammate_cleared(s, clears_of(s, e), out);
	if (resumes(e)) {
		script_drop(&s->script);
		s->resuming = true;
		s->second_stop = false;
		s->resume_ms = s->now_ms;
		halts_go(&s->halts, s->now_ms);
	}
}

/* Other text behind a hit's first line: the target runs, or the breakpoint prints no stack first.
 */
static void text_of_hit(struct session *s, const struct kd_event *e) {
	bool header = text_find(e->text, e->len, "RetAddr") >= 0 ||
		      text_find(e->text, e->len, "Call Site") >= 0;

	if (session_in_hit(s) && !header && text_find(e->text, e->len, "Breakpoint ") != 0) {
		s->hit_stack = true;
	}
}

/* How long kd takes for the least of commands, while it does nothing else. */
static void measure_reply(struct session *s) {
	uint64_t ms = s->now_ms - s->prove.asked_ms;

	if (session_typing(s) && s->asked_at_prompt && ms > s->reply_ms) {
		s->reply_ms = ms;
	}
}

/* kd tells of its clients right behind a prompt, and gives no new one. */
static bool tells_of_client(const char *text, size_t len) {
	return is_typed(text, len) || names_client(text, len, ") connected at ");
}

static void line(struct session *s, const struct kd_event *e, bool summary, struct actions *out) {
	bool stays = e->len == 0 || tells_of_client(e->text, e->len);

	s->candidate = e->behind_prompt && stays && s->candidate;
	s->proved = false;
	if (text_starts(e->text, e->len, path_line)) {
		keep_path(s, e, out);
	}
	if (prove_line(&s->prove, e->text, e->len)) {
		measure_reply(s);
		return;
	}
	s->bugcheck.bytes += e->len + 2;
	session_limit_analysis(s, out);
	if (!session_typing(s)) {
		bugcheck_line(&s->bugcheck, e->text, e->len);
	}
	session_command_line(s, e->text, e->len, out);
	session_guard_line(s, e->text, e->len);
	if (script_listing(&s->script)) {
		arm_check_row(&s->check, e->text, e->len);
	}
	if (s->script.job == JOB_SYMBOLS && script_own_sent(&s->script)) {
		symbols_line(&s->symbols, e->text, e->len);
	} else if (script_own_sent(&s->script)) {
		hit_value(&s->pool, e->text, e->len);
	} else {
		hit_line(&s->pool, e->text, e->len);
	}
	if (s->stop_told && !session_typing(s) &&
		arm_is_place(s->set.arm, s->set.arm_count, e->text, e->len)) {
		s->hit_left = true;
	}
	teammate_typed(s, e, out);
	if (!summary) {
		text_of_hit(s, e);
		other_output(s, out);
	}
}

static void take_line(struct session *s, const struct kd_event *e, struct actions *out) {
	bool summary = is_summary(e->text, e->len) || tells_of_client(e->text, e->len);

	halts_text(&s->halts, s->now_ms);
	line(s, e, summary, out);
	if (!summary) {
		s->last_output_ms = s->now_ms;
		s->connected_ms = 0;
	}
}

void session_console(struct session *s, const struct kd_event *e, struct actions *out) {
	if (!s->kd_up) {
		return;
	}
	switch (e->kind) {
	case KD_PROMPT:
		if (!e->user_mode) {
			session_prompt(s, out);
		}
		break;
	case KD_BP_HIT:
		other_output(s, out); /* no machine that is down hits anything */
		session_hit(s, e->id, true, out);
		break;
	case KD_STACK_BEGIN:
		other_output(s, out);
		session_hit(s, 0, false, out);
		break;
	case KD_BUGCHECK:
		bugcheck(s, e);
		break;
	case KD_CONNECTED:
		keep_target(s, e);
		break;
	case KD_ESTABLISHED:
		established(s, out);
		break;
	case KD_WAITING:
		waiting_line(s, out);
		break;
	case KD_SHUTDOWN:
		shutdown_line(s, out);
		break;
	case KD_TRANSPORT_LOST:
		transport_lost(s, out);
		break;
	case KD_CLIENT_CONNECTED:
		client_joined(s, e, out);
		break;
	case KD_BP_ERROR:
		command_error(s, "the breakpoint cannot be resolved", e);
		break;
	case KD_BP_DEFERRED:
		command_error(s, "the breakpoint is only deferred", e);
		break;
	case KD_SYNTAX_ERROR:
		command_error(s, "a bad command", e);
		break;
	case KD_INTERRUPTED:
		session_hit_cut(s, out);
		command_error(s, "the command was interrupted", e);
		break;
	case KD_BREAK_IN:
		bugcheck_forget(&s->bugcheck); /* that line was the target's own */
		hit_forget(&s->pool);
		s->other_stop = true;
		s->hit_left = s->stop_told = false;
		break;
	case KD_EXCEPTION:
		s->hit_left = false;
		s->stop_told = true;
		if (!session_typing(s)) {
			hit_exception(&s->pool, e);
		}
		s->other_stop = true;
		break;
	case KD_LINE:
		take_line(s, e, out);
		break;
	case KD_STACK:
		halts_text_over(&s->halts);
		s->hit_over_ms = session_in_hit(s) ? s->now_ms : 0;
		break;
	case KD_PORT_OPENED:
	case KD_BANNER:
	case KD_SERVER_STARTED:
	case KD_INIT_FAILED:
	case KD_TARGET_REFRESH:
	case KD_TRANSPORT_RETRY:
	case KD_BP_REDEFINED:
	case KD_SYMBOL_ERROR:
	case KD_QUIT:
	case KD_EVENT_KINDS:
		break;
	}
}
