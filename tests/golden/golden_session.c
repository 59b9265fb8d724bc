/*
 * Every state of the session machine against every input. Each state is reached by a path of
 * inputs from the start; each line is one input in that state and what became of it.
 */
#include "tests/support/drive.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct session_settings set;
static struct drive d;

static void up_plain(void) {
	set.arm_at = ARM_AT_MANUAL;
	drive_up(&d, &set);
}

static void up_armed(void) {
	drive_up(&d, &set);
}

static void at_stopped(void) {
	drive_init(&d, &set);
}
static void at_stopped_dirty(void) {
	set.dirty_start = true;
	drive_init(&d, &set);
}
static void at_stopped_dirty_deaths(void) {
	set.past_deaths = 3;
	at_stopped_dirty();
}
static void at_port(void) {
	drive_init(&d, &set);
	drive_in(&d, IN_START);
}
static void at_port_retry(void) {
	at_port();
	drive_in(&d, IN_PORT_ABSENT);
}
static void at_port_down(void) {
	set.dirty_start = true;
	at_port();
	drive_in(&d, IN_STOP);
}
static void at_launching(void) {
	at_port();
	drive_in(&d, IN_PORT_FREE);
}
static void at_launching_up(void) {
	at_launching();
	drive_in(&d, IN_KD_STARTED);
}
static void at_launching_down(void) {
	at_launching_up();
	drive_in(&d, IN_STOP);
}
static void at_waiting(void) {
	set.arm_at = ARM_AT_MANUAL;
	at_port();
	drive_launch(&d);
}
static void at_waiting_break(void) {
	at_port();
	drive_launch(&d);
}
static void at_waiting_break_down(void) {
	at_waiting_break();
	drive_in(&d, IN_STOP);
}
static void at_waiting_shut_down(void) {
	up_armed();
	drive_feed(&d,
		"Shutdown occurred at (Mon Nov 23 23:45:12.000 2026)...unloading all symbol tables.\r\n");
	drive_feed(&d, "Waiting to reconnect...\r\n");
}
static void at_waiting_shut_down_stop(void) {
	at_waiting_shut_down();
	drive_in(&d, IN_STOP);
}
static void at_running_unarmed(void) {
	up_plain();
}
static void at_running_armed(void) {
	up_armed();
}
static void at_running_partial(void) {
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	d.reply = "Couldn't resolve error at 'nt!MmAllocateSpecialPool'\r\n";
	drive_feed(&d, DRIVE_CONNECT);
	drive_stop(&d);
	drive_pass(&d, 5000);
}
static void at_running_disarmed(void) {
	up_armed();
	drive_in(&d, IN_DISARM);
	drive_stop(&d);
	drive_pass(&d, 5000);
}
static void at_running_no_evidence(void) {
	up_armed();
	drive_in(&d, IN_EVIDENCE_LOST);
	drive_stop(&d);
	drive_pass(&d, 5000);
}
static void at_breaking_no_evidence(void) {
	up_armed();
	drive_in(&d, IN_EVIDENCE_LOST);
}
static void at_running_arm_due(void) {
	at_port();
	drive_in(&d, IN_PORT_FREE);
	drive_in(&d, IN_KD_STARTED);
	drive_feed(&d, DRIVE_CONNECT);
}
static void at_running_nonce_out(void) {
	up_armed();
	drive_feed(&d, "0: kd> ");
	drive_pass(&d, 500);
}
static void at_running_reboot_maybe(void) {
	up_armed();
	drive_feed(&d, "Kernel Debugger connection established.\r\n");
}
static void at_breaking_arming(void) {
	up_plain();
	drive_in(&d, IN_ARM);
}
static void at_breaking_operator(void) {
	up_armed();
	drive_in(&d, IN_BREAK);
}
static void at_breaking_disarm(void) {
	up_armed();
	drive_in(&d, IN_DISARM);
}
static void at_breaking_last_method(void) {
	at_breaking_operator();
	drive_pass(&d, 31000);
}
static void at_breaking_detach(void) {
	up_armed();
	drive_in(&d, IN_STOP);
}
static void stop_without_answers(void) {
	drive_feed(&d, "0: kd> ");
}
static void at_breaking_prompt(void) {
	at_breaking_arming();
	stop_without_answers();
}
static void at_halted_arming(void) {
	at_breaking_prompt();
	drive_kd_once(&d);
}
static void at_halted_arming_list(void) {
	at_halted_arming();
	while (strcmp(d.write, "bl") != 0 && drive_kd_once(&d)) {
	}
}
static void at_halted_arming_resuming(void) {
	at_breaking_prompt();
	drive_kd(&d);
}
static void at_halted_arming_overdue(void) {
	at_halted_arming();
	drive_pass(&d, 21000);
}
static void at_halted_arming_down(void) {
	at_halted_arming();
	drive_in(&d, IN_STOP);
}
static void at_halted_operator(void) {
	at_breaking_operator();
	drive_stop(&d);
}
static void at_halted_operator_stale(void) {
	at_halted_operator();
	drive_feed(&d, "somebody typed\r\n0: kd> ");
}
static void at_halted_operator_resuming(void) {
	at_halted_operator();
	drive_in(&d, IN_GO);
}
static void at_halted_client(void) {
	up_plain();
	drive_feed(&d,
		"LAPTOP\\ada (npipe \\\\LAPTOP\\pipe\\x) connected at Mon Nov 23 23:45:12 2026\r\n");
	drive_stop(&d);
	drive_pass(&d, 500);
	drive_kd(&d);
}
static void at_halted_found(void) {
	at_port();
	drive_in(&d, IN_PORT_FREE);
	drive_in(&d, IN_KD_STARTED);
	drive_feed(&d, DRIVE_CONNECT "0: kd> ");
	drive_pass(&d, 500);
	drive_kd_once(&d);
}
static void at_halted_hit(void) {
	up_armed();
	drive_feed(&d, DRIVE_HIT);
}
static void at_halted_hit_no_stack(void) {
	up_armed();
	drive_feed(&d, "Breakpoint 0 hit\r\n");
}
static void at_halted_hit_disable(void) {
	at_halted_hit();
	drive_feed(&d, "0: kd> ");
	drive_pass(&d, 500);
	drive_kd_once(&d);
}
static void at_halted_bugcheck(void) {
	up_armed();
	drive_feed(&d, "*** Fatal System Error: 0x000000d1\r\n"
		       "                       (0x1,0x2,0x3,0x4)\r\n\r\n0: kd> ");
	drive_pass(&d, 500);
	drive_kd_once(&d);
}
static void at_halted_detach(void) {
	at_breaking_detach();
	stop_without_answers();
	drive_kd_once(&d);
}
static void at_halted_detach_resuming(void) {
	at_breaking_detach();
	drive_stop(&d);
}
static void at_unknown_break(void) {
	at_breaking_operator();
	drive_pass(&d, 62000);
}
static void at_unknown_lost(void) {
	up_armed();
	drive_feed(&d, "Could not send breakin packet, transport is lost\r\n");
	drive_input(
		&d, &(struct session_input){.kind = IN_CONSOLE,
			    .now_ms = d.now,
			    .event = &(struct kd_event){.kind = KD_TRANSPORT_LOST, .text = ""}});
}
static void at_unknown_replaced(void) {
	at_unknown_break();
	drive_pass(&d, 70000);
}
static void at_unknown_down(void) {
	at_unknown_break();
	drive_in(&d, IN_STOP);
}
static void at_detaching_quit(void) {
	at_halted_detach_resuming();
	drive_pass(&d, 2500);
}
static void at_detaching_hurried(void) {
	up_armed();
	drive_in(&d, IN_HURRY);
}
static void at_backoff(void) {
	up_armed();
	drive_in(&d, IN_KD_ENDED);
}
static void at_backoff_down(void) {
	at_breaking_detach();
	drive_in(&d, IN_KD_ENDED);
}
static void at_backoff_release(void) {
	at_backoff();
	for (int i = 0; i < 2; i++) {
		drive_pass(&d, 10000);
		drive_launch(&d);
		drive_in(&d, IN_KD_ENDED);
	}
}
static void at_stopped_released(void) {
	at_detaching_quit();
	drive_in(&d, IN_KD_ENDED);
}
static void none_running(void) {
	set.prove = false;
	drive_up(&d, &set);
}
static void none_halted(void) {
	none_running();
	drive_in(&d, IN_BREAK);
	stop_without_answers();
}

#define PATH(name) \
	{ #name, at_##name }
static const struct path {
	const char *name;
	void (*go)(void);
} paths[] = {
	PATH(stopped),
	PATH(stopped_dirty),
	PATH(stopped_dirty_deaths),
	PATH(port),
	PATH(port_retry),
	PATH(port_down),
	PATH(launching),
	PATH(launching_up),
	PATH(launching_down),
	PATH(waiting),
	PATH(waiting_break),
	PATH(waiting_break_down),
	PATH(waiting_shut_down),
	PATH(waiting_shut_down_stop),
	PATH(running_unarmed),
	PATH(running_armed),
	PATH(running_partial),
	PATH(running_disarmed),
	PATH(running_no_evidence),
	PATH(breaking_no_evidence),
	PATH(running_arm_due),
	PATH(running_nonce_out),
	PATH(running_reboot_maybe),
	PATH(breaking_arming),
	PATH(breaking_operator),
	PATH(breaking_disarm),
	PATH(breaking_last_method),
	PATH(breaking_detach),
	PATH(breaking_prompt),
	PATH(halted_arming),
	PATH(halted_arming_list),
	PATH(halted_arming_resuming),
	PATH(halted_arming_overdue),
	PATH(halted_arming_down),
	PATH(halted_operator),
	PATH(halted_operator_stale),
	PATH(halted_operator_resuming),
	PATH(halted_client),
	PATH(halted_found),
	PATH(halted_hit),
	PATH(halted_hit_no_stack),
	PATH(halted_hit_disable),
	PATH(halted_bugcheck),
	PATH(halted_detach),
	PATH(halted_detach_resuming),
	PATH(unknown_break),
	PATH(unknown_lost),
	PATH(unknown_replaced),
	PATH(unknown_down),
	PATH(detaching_quit),
	PATH(detaching_hurried),
	PATH(backoff),
	PATH(backoff_down),
	PATH(backoff_release),
	PATH(stopped_released),
	{"none_running", none_running},
	{"none_halted", none_halted},
};

static const char *const input_names[SESSION_INPUTS] = {
	[IN_START] = "start",
	[IN_STOP] = "stop",
	[IN_HURRY] = "hurry",
	[IN_PORT_FREE] = "port free",
	[IN_PORT_ABSENT] = "port absent",
	[IN_PORT_BUSY] = "port busy",
	[IN_KD_STARTED] = "kd started",
	[IN_KD_FAILED] = "kd failed",
	[IN_KD_ENDED] = "kd ended",
	[IN_BREAK_FAILED] = "break failed",
	[IN_CONSOLE] = "console",
	[IN_TICK] = "tick",
	[IN_BREAK] = "break",
	[IN_GO] = "go",
	[IN_ARM] = "arm",
	[IN_DISARM] = "disarm",
	[IN_HOLD] = "hold",
	[IN_COMMAND] = "command",
	[IN_SLEPT] = "slept",
	[IN_RELEASE] = "release",
	[IN_FETCHED] = "fetched",
	[IN_EVIDENCE_LOST] = "evidence lost",
	[IN_EVIDENCE_BACK] = "evidence back",
};

static void begin(const struct path *path) {
	set = drive_settings();
	path->go();
	drive_clear(&d);
}

/* Inputs that change nothing come together, at the end of their state. */
static char before[200], idle[4000];

static void put(const char *path, const char *input, bool possible) {
	char now[200];
	size_t len = strlen(idle);

	snprintf(now, sizeof(now), "%s %s %s%s%s", session_state_name(d.s.state),
		session_arm_name(d.s.arm), session_owner_name(d.s.owner),
		d.s.going_down ? " down" : "", d.s.break_pending ? " pending" : "");
	if (!possible || (!strcmp(now, before) && !d.seen[0])) {
		snprintf(idle + len, sizeof(idle) - len, "%s%s", len ? ", " : "", input);
	} else {
		printf("%-22s %-18s -> %s | %s\n", path, input, now, d.seen);
	}
}

static void put_first(const char *path) {
	before[0] = idle[0] = '\0';
	put(path, "(as it is)", true);
	snprintf(before, sizeof(before), "%s %s %s%s%s", session_state_name(d.s.state),
		session_arm_name(d.s.arm), session_owner_name(d.s.owner),
		d.s.going_down ? " down" : "", d.s.break_pending ? " pending" : "");
}

static void console(enum kd_event_kind kind, const char *text) {
	struct kd_event e = {.kind = kind, .line = 1, .text = text, .len = strlen(text)};

	if (kind == KD_CLIENT_CONNECTED) {
		e.who = text;
		e.who_len = 3;
	}
	drive_emit(&d, &e);
}

static void events(const struct path *path) {
	static const char *const lines[] = {"a line of output", "    Symbol search path is: x",
		"Symbol search path is: SRV*c:\\websymbols", "LD-0123456789abcdef", "g"};

	for (int kind = 0; kind < KD_LINE; kind++) {
		begin(path);
		console((enum kd_event_kind)kind, kind == KD_CLIENT_CONNECTED
							  ? "ada (npipe x) connected at noon"
							  : "some text");
		put(path->name, kd_event_name((enum kd_event_kind)kind), true);
	}
	for (size_t i = 0; i < COUNT(lines); i++) {
		begin(path);
		console(KD_LINE, lines[i]);
		put(path->name, lines[i] + strspn(lines[i], " "), true);
	}
	begin(path);
	bool out = d.s.prove.outstanding;
	console(KD_LINE, d.s.prove.nonce);
	console(KD_PROMPT, "0: kd> ");
	put(path->name, "proved prompt", out);
}

static void ticks(const struct path *path) {
	uint64_t next;
	char name[40];

	begin(path);
	drive_in(&d, IN_TICK);
	put(path->name, "tick early", true);
	begin(path);
	next = session_deadline(&d.s);
	if (next == UINT64_MAX) {
		snprintf(name, sizeof(name), "tick, none is due");
		d.now += 36000000;
	} else {
		snprintf(name, sizeof(name), "tick at +%llu", (unsigned long long)(next - d.now));
		d.now = next;
	}
	drive_in(&d, IN_TICK);
	put(path->name, name, true);
}

int main(void) {
	for (size_t i = 0; i < COUNT(paths); i++) {
		begin(&paths[i]);
		put_first(paths[i].name);
		for (int kind = 0; kind < SESSION_INPUTS; kind++) {
			if (kind != IN_CONSOLE && kind != IN_TICK) {
				begin(&paths[i]);
				drive_in(&d, (enum session_input_kind)kind);
				put(paths[i].name, input_names[kind], true);
			}
		}
		events(&paths[i]);
		ticks(&paths[i]);
		printf("%-22s no change: %s\n\n", paths[i].name, idle);
	}
	return 0;
}
