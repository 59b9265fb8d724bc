/* Stories of the session machine, in virtual time, with a kd that answers from drive.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/drive.h"

#define SHUTDOWN \
	"Shutdown occurred at (Mon Nov 23 23:45:12.000 2026)...unloading all symbol tables.\r\n"
#define MINUTE 60000
#define CRASH \
	"*** Fatal System Error: 0x000000d1\r\n                       (0x1,0x2,0x3,0x4)\r\n\r\n" \
	"Break instruction exception - code 80000003 (first chance)\r\n\r\n" \
	"A fatal system error has occurred.\r\nnt!DbgBreakPointWithStatus:\r\n0: kd> "

static struct session_settings set;
static struct drive d;

static int fresh(void **state) {
	(void)state;
	set = drive_settings();
	return 0;
}

static void saw(const char *words) {
	if (!drive_saw(&d, words)) {
		print_error("not seen: %s\nin: %s\n", words, d.seen);
		fail();
	}
}

static void never(const char *words) {
	if (drive_saw(&d, words)) {
		print_error("seen: %s\nin: %s\n", words, d.seen);
		fail();
	}
}

static void is(enum session_state state, enum session_arm arm) {
	assert_string_equal(session_state_name(d.s.state), session_state_name(state));
	assert_string_equal(session_arm_name(d.s.arm), session_arm_name(arm));
}

static void pass(uint64_t ms) {
	assert_true(drive_pass(&d, ms));
}

static void connects(void) {
	drive_feed(&d, DRIVE_CONNECT);
}

static void new_kd(void) {
	drive_in(&d, IN_KD_ENDED);
	pass(10000);
	drive_launch(&d);
}

/* The end of a detach: kd obeys the quit line or is ended. */
static void ended(enum session_result result) {
	is(SESSION_DETACHING, d.s.arm);
	drive_in(&d, IN_KD_ENDED);
	assert_int_equal(d.s.state, SESSION_STOPPED);
	assert_string_equal(session_result_name(d.s.result), session_result_name(result));
	assert_int_equal(d.ends, 1);
}

/* --- arming */

static void arming_from_a_quiet_running_server(void **state) {
	(void)state;
	drive_up(&d, &set);
	is(SESSION_RUNNING, ARM_ARMED);
	saw("break(arm: kd has started); BREAK 0;");
	saw("halt_begin(arming); > bp nt!MmAllocateSpecialPool \";kb;g\"; > .echo; > bl; > .echo; > g; halt_end(arming); armed;");
	assert_int_equal(d.breaks, 1);
	assert_int_equal(d.s.boot, 1);
	assert_string_equal(d.s.target, "Windows 10 19041 x64");
	assert_int_equal(session_verb_done(&d.s, IN_ARM), 0);
}

static void partial(const char *reply, const char *rows, const char *why) {
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	d.reply = reply;
	d.rows = rows;
	connects();
	drive_stop(&d);
	pass(5000);
	is(SESSION_RUNNING, ARM_PARTIAL);
	saw(why);
	saw("> g;");
	assert_int_equal(session_verb_done(&d.s, IN_ARM), 1);
}

static void half_armed_is_partial_and_says_why(void **state) {
	(void)state;
	partial("Couldn't resolve error at 'nt!MmAllocateSpecialPool'\r\n", "",
		"partial(the breakpoint cannot be resolved");
	partial("Bp expression 'x!y' could not be resolved, adding deferred bp\r\n",
		" 0 eu             0001 (0001) (nt!MmAllocateSpecialPool)\r\n",
		"partial(the breakpoint is only deferred");
	partial("^ Syntax error in 'bp'\r\n", "", "partial(a bad command");
	partial(" \r\n", "", "partial(bl does not list it");
}

static void a_redefined_breakpoint_is_judged_by_the_list(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	d.reply = "breakpoint 0 redefined\r\n";
	d.rows = DRIVE_ROW;
	connects();
	drive_stop(&d);
	pass(5000);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void arm_at_says_when(void **state) {
	static const struct {
		enum session_arm_at at;
		uint64_t early, late;
		bool comes;
	} rows[] = {{ARM_AT_BOOT, 0, 10, true}, {ARM_AT_AFTER, 89000, 91000, true},
		{ARM_AT_MANUAL, 0, 10 * MINUTE, false}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		set.arm_at = rows[i].at;
		drive_init(&d, &set);
		drive_in(&d, IN_START);
		drive_in(&d, IN_PORT_FREE);
		drive_in(&d, IN_KD_STARTED);
		connects(); /* with no break before it: a target that boots */
		pass(rows[i].early);
		assert_int_equal(d.breaks, rows[i].early ? 0 : rows[i].comes && !rows[i].early);
		pass(rows[i].late - rows[i].early);
		assert_int_equal(d.breaks, rows[i].comes);
	}
}

static void found_halted(void **state) {
	(void)state;
	for (int resume = 0; resume < 2; resume++) {
		set.on_found = resume ? FOUND_RESUME : FOUND_ARM;
		drive_init(&d, &set);
		drive_in(&d, IN_START);
		drive_in(&d, IN_PORT_FREE);
		drive_in(&d, IN_KD_STARTED);
		drive_feed(&d, DRIVE_CONNECT "0: kd> ");
		pass(200);
		drive_kd(&d);
		pass(5000);
		saw("halt_begin(found)");
		is(SESSION_RUNNING, resume ? ARM_UNARMED : ARM_ARMED);
		assert_int_equal(d.breaks, 0);
	}
}

static void an_arm_that_takes_too_long_still_lets_go(void **state) {
	(void)state;
	set.halt_max_ms = 300000;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_feed(&d, "0: kd> ");
	drive_kd_once(&d); /* the nonce; then the command hangs past arm_max */
	pass(61000);
	drive_kd_once(&d); /* asked again when it was overdue */
	drive_kd(&d);
	pass(5000);
	is(SESSION_RUNNING, ARM_PARTIAL);
	saw("a command did not end within command_timeout");
	never("> bl;");
}

/* --- reboots */

static void orderly_reboot_arms_again(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_clear(&d);
	drive_feed(&d, SHUTDOWN "Waiting to reconnect...\r\n");
	is(SESSION_WAITING, ARM_ARMED);
	pass(30000);
	connects();
	is(SESSION_RUNNING, ARM_UNARMED);
	assert_int_equal(d.s.boot, 2);
	pass(91000);
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	saw("reboot; break(arm: the target has booted); BREAK 0;");
}

static void power_cut_told_by_the_search_path(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, "chatter\r\n");
	connects();
	assert_int_equal(d.s.boot, 2);
	is(SESSION_RUNNING, ARM_UNARMED);
}

static void power_cut_told_by_silence(void **state) {
	(void)state;
	drive_up(&d, &set);
	pass(MINUTE);
	drive_feed(&d, "Connected to Windows 10 19041 x64 target at (noon), ptr64 TRUE\r\n"
		       "Kernel Debugger connection established.\r\n");
	assert_int_equal(d.s.boot, 1);
	pass(3000);
	assert_int_equal(d.s.boot, 2);
}

static void a_refresh_or_a_retry_is_neither_stop_nor_boot(void **state) {
	static const char lines[] = "KDTARGET: Refreshing KD connection\r\n"
				    "... Retry sending the same data packet for 64 times.\r\n";

	(void)state;
	drive_up(&d, &set);
	drive_clear(&d);
	drive_feed(&d, lines);
	pass(MINUTE);
	is(SESSION_RUNNING, ARM_ARMED);
	drive_feed(&d, SHUTDOWN);
	drive_feed(&d, "KDTARGET: Refreshing KD connection\r\n"); /* of the next boot */
	is(SESSION_WAITING, ARM_ARMED);
	assert_string_equal(d.seen, "");
	assert_int_equal(d.s.boot, 1);
}

static void a_faked_reboot_is_not_one(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, "chatter\r\nKernel Debugger connection established.\r\n"
		       "Symbol search path is: guessed\r\nchatter\r\n");
	pass(MINUTE);
	assert_int_equal(d.s.boot, 1);
	drive_feed(&d, SHUTDOWN);
	is(SESSION_WAITING, ARM_ARMED);
	drive_feed(&d, "still here\r\n");
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.breaks, 1);
}

static void reboot_in_the_middle_of_arming(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_feed(&d, "0: kd> ");
	drive_kd_once(&d);
	is(SESSION_HALTED, ARM_ARMING);
	connects();
	is(SESSION_RUNNING, ARM_UNARMED);
	pass(91000);
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void away_for_ten_hours(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, SHUTDOWN);
	drive_clear(&d);
	pass(36000000);
	assert_string_equal(d.seen, "not_back; ALARM not back;");
	connects();
	assert_int_equal(d.s.boot, 2);
}

static void a_shutdown_right_after_g(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_stop(&d);
	drive_feed(&d, SHUTDOWN);
	is(SESSION_WAITING, ARM_ARMED);
}

/* --- text that is not kd's */

static void a_flood_of_fakes(void **state) {
	unsigned writes, breaks;

	(void)state;
	drive_up(&d, &set);
	writes = d.writes;
	breaks = d.breaks;
	for (int second = 0; second < 600; second++) {
		drive_feed(&d, "0: kd> \r\n0: kd> ");
		pass(200);
		drive_feed(&d, "LD-0123456789abcdef\r\n0: kd> ");
		pass(500);
		drive_feed(&d, "\r\nMicrosoft (R) Windows Debugger Version 10.0\r\n");
		pass(300);
	}
	assert_int_equal(d.s.state, SESSION_RUNNING);
	assert_int_equal(d.breaks, breaks);
	assert_int_equal(d.writes - writes, 1); /* never answered, so never another */
	drive_feed(&d, DRIVE_HIT);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.s.hits, 1);
}

static void an_unasked_nonce_is_a_stop_detector(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, "0: kd> ");
	pass(200);
	pass(10 * MINUTE);
	drive_clear(&d);
	drive_feed(&d, "\r\nsomething stopped\r\n0: kd> ");
	drive_kd(&d);
	saw("halt_begin(found); > g;");
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
}

/* --- break-ins that are not answered */

static void an_unanswered_break_is_not_repeated(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_BREAK);
	drive_clear(&d);
	pass(29000);
	assert_string_equal(d.seen, "");
	pass(2000);
	assert_string_equal(d.seen, "break(the method before did not work); BREAK 1;");
	pass(30000);
	saw("ALARM break-in unanswered");
	assert_int_equal(d.s.state, SESSION_UNKNOWN);
	assert_int_equal(session_verb(&d.s, IN_ARM), 5);
	assert_int_equal(session_verb_done(&d.s, IN_BREAK), 5);
	pass(30000);
	saw("ALARM kd replaced");
	assert_int_equal(d.kills, 1);
	assert_int_equal(d.breaks, 3);
	new_kd();
	assert_int_equal(d.breaks, 4);
	connects();
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void a_swallowed_break_is_known_by_a_hit(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_ARM);
	pass(62000);
	assert_int_equal(d.s.state, SESSION_UNKNOWN);
	drive_clear(&d);
	drive_feed(&d, DRIVE_HIT);
	pass(MINUTE);
	is(SESSION_RUNNING, ARM_ARMING);
	never("BREAK");
	pass(6 * MINUTE);
	saw("BREAK 0");
}

static void a_break_that_cannot_be_sent(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_BREAK);
	drive_in(&d, IN_BREAK_FAILED);
	pass(10);
	saw("ALARM break-in not sent; break(the method before did not work); BREAK 1;");
	drive_in(&d, IN_BREAK_FAILED);
	pass(10);
	assert_int_equal(d.s.state, SESSION_UNKNOWN);
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	drive_in(&d, IN_BREAK_FAILED);
	saw("BREAK 1;");
	drive_in(&d, IN_BREAK_FAILED);
	pass(36000000);
	assert_int_equal(d.breaks, 2);
}

static void the_deadline_is_always_ahead(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_BREAK);
	for (int i = 0; i < 50; i++) {
		pass(7 * MINUTE);
		if (d.kills) {
			d.kills = 0;
			new_kd();
		}
	}
}

/* --- kd hangs and dies */

static void kd_hangs_in_a_command(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_feed(&d, "0: kd> ");
	drive_kd_once(&d);
	pass(59000);
	assert_int_equal(d.kills, 0);
	pass(2000);
	assert_int_equal(d.kills, 1);
	new_kd();
	connects();
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.breaks, 2);
}

static void kd_hangs_in_a_hit(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, "Breakpoint 0 hit\r\n");
	pass(62000);
	assert_int_equal(d.kills, 1);
	assert_int_equal(d.s.state, SESSION_UNKNOWN);
	new_kd();
	assert_int_equal(d.breaks, 2);
}

static void kd_dies(void **state) {
	(void)state;
	for (int when = 0; when < 3; when++) {
		drive_up(&d, &set);
		if (when == 1) {
			drive_in(&d, IN_BREAK);
			drive_stop(&d);
		} else if (when == 2) {
			drive_in(&d, IN_ARM);
			drive_feed(&d, "0: kd> ");
			drive_kd_once(&d);
		}
		drive_clear(&d);
		drive_in(&d, IN_KD_ENDED);
		is(SESSION_BACKOFF, ARM_UNARMED);
		saw("ALARM kd ended");
		pass(5000);
		drive_launch(&d);
		connects();
		drive_stop(&d);
		pass(3000);
		is(SESSION_RUNNING, ARM_ARMED);
	}
}

static void kd_dies_in_a_halt_and_the_next_finds_nothing(void **state) {
	(void)state;
	for (int found = 0; found < 2; found++) {
		drive_up(&d, &set);
		drive_in(&d, IN_BREAK);
		drive_stop(&d);
		new_kd();
		if (found) {
			connects();
			drive_stop(&d);
		}
		pass(2 * MINUTE);
		assert_int_equal(drive_saw(&d, "ALARM the target may stand halted;"), !found);
	}
}

/* command_timeout and halt_max are equal by default: kd is asked before it is replaced. */
static void a_slow_command_is_asked_after_before_kd_is_replaced(void **state) {
	(void)state;
	set.command_timeout_ms = set.halt_max_ms;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_feed(&d, "0: kd> ");
	drive_kd_once(&d);
	drive_clear(&d);
	pass(46000);
	assert_string_equal(d.seen, "> .echo;");
	drive_kd(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_PARTIAL);
	assert_int_equal(d.kills, 0);
}

static void three_deaths_mean_release(void **state) {
	(void)state;
	drive_up(&d, &set);
	new_kd();
	new_kd();
	never("ALARM release mode");
	drive_in(&d, IN_KD_ENDED);
	saw("ALARM release mode");
	pass(10000);
	drive_launch(&d);
	connects();
	drive_stop(&d);
	saw("> bc *; > .echo; > bl; > .echo; > g;");
	pass(3000);
	ended(RESULT_RELEASED);
	assert_int_equal(session_exit_code(&d.s), 0);
	drive_in(&d, IN_START);
	assert_false(d.s.release_mode);
}

static void deaths_of_the_daemon_count_too(void **state) {
	(void)state;
	set.past_deaths = 3;
	set.dirty_start = true;
	drive_init(&d, &set);
	d.now = 1000000000;
	drive_in(&d, IN_START);
	saw("ALARM release mode");
	drive_in(&d, IN_STOP); /* now its time runs */
	pass(91000);
	assert_int_equal(d.s.state, SESSION_STOPPED);
}

static void the_port_and_the_start(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_in(&d, IN_PORT_BUSY);
	drive_in(&d, IN_PORT_ABSENT);
	pass(2000);
	saw("check-port; ALARM port busy; check-port;");
	drive_in(&d, IN_PORT_FREE);
	for (int i = 0; i < 8; i++) {
		drive_in(&d, IN_KD_FAILED);
		pass(61000);
		drive_in(&d, IN_PORT_FREE);
	}
	saw("ALARM kd does not stay up");
	drive_in(&d, IN_KD_STARTED);
	pass(31000);
	saw("ALARM kd is silent");
}

/* --- the end */

static void stop_from_armed_clears_first(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_clear(&d);
	drive_in(&d, IN_STOP);
	assert_int_equal(session_shown(&d.s), SESSION_DETACHING);
	assert_int_equal(session_verb_done(&d.s, IN_STOP), -1);
	drive_stop(&d);
	pass(3000);
	saw("detach; break(clean detach); BREAK 0; > .echo; halt_begin(detach); > bc *; > .echo; > bl; > .echo; > g; halt_end(detach); > ^B;");
	pass(3000);
	saw("kill;");
	ended(RESULT_RELEASED);
	saw("released(released); ended;");
	assert_int_equal(session_verb_done(&d.s, IN_STOP), 0);
	assert_string_equal(d.s.why, "no breakpoints, seen running");
}

static void a_list_that_stays_full_is_cleared_twice(void **state) {
	(void)state;
	for (int stays = 0; stays < 2; stays++) {
		drive_up(&d, &set);
		drive_in(&d, IN_STOP);
		drive_clear(&d);
		drive_feed(&d, "0: kd> ");
		while (drive_kd_once(&d)) {
			bool first = !drive_saw(&d, "> bl; > .echo;");
			if (!strcmp(d.write, "bl") && (first || stays)) {
				d.rows = DRIVE_ROW;
			}
		}
		pass(2500);
		assert_string_equal(d.seen,
			"> .echo; halt_begin(detach); > bc *; > .echo; > bl; > .echo; > bc *; > .echo; "
			"> bl; > .echo; > g; halt_end(detach); > ^B;");
		ended(stays ? RESULT_UNKNOWN : RESULT_RELEASED);
	}
}

static void release_of_a_target_that_is_frozen(void **state) {
	(void)state;
	drive_init(&d, &set); /* stopped: no kd, and nothing known */
	drive_in(&d, IN_RELEASE);
	assert_int_equal(session_verb_done(&d.s, IN_RELEASE), -1);
	drive_launch(&d);
	saw("detach; check-port; spawn; break(clean detach); BREAK 0;");
	connects();
	drive_stop(&d);
	pass(2500);
	saw("> bc *; > .echo; > bl; > .echo; > g;");
	never("> bp");
	ended(RESULT_RELEASED);
	assert_int_equal(session_verb_done(&d.s, IN_RELEASE), 0);
	drive_in(&d, IN_RELEASE); /* again; now nothing answers */
	drive_launch(&d);
	pass(91000);
	is(SESSION_DETACHING, d.s.arm);
	drive_in(&d, IN_KD_ENDED);
	assert_int_equal(session_verb_done(&d.s, IN_RELEASE), 5);
	set.arm_at = ARM_AT_MANUAL; /* and of a session that is up, though it has set nothing */
	drive_up(&d, &set);
	drive_in(&d, IN_RELEASE);
	saw("detach; break(clean detach); BREAK 0;");
}

static void stop_at_every_halt(void **state) {
	(void)state;
	for (int when = 0; when < 5; when++) {
		drive_up(&d, &set);
		if (when == 0) { /* an operator's */
			drive_in(&d, IN_BREAK);
			drive_stop(&d);
		} else if (when == 1) { /* a command is under way */
			drive_in(&d, IN_ARM);
			drive_feed(&d, "0: kd> ");
			drive_kd_once(&d);
		} else if (when == 2) { /* g is written */
			drive_in(&d, IN_ARM);
			drive_stop(&d);
		} else if (when == 3) { /* a hit at work */
			drive_feed(&d, DRIVE_HIT);
		} else { /* the break is out */
			drive_in(&d, IN_BREAK);
		}
		drive_clear(&d);
		drive_in(&d, IN_STOP);
		drive_kd(&d);
		pass(2500);
		if (d.s.break_pending) {
			drive_stop(&d);
			pass(2500);
		}
		saw("> bc *;");
		ended(RESULT_RELEASED);
	}
}

static void a_stop_right_after_the_last_g(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_STOP);
	drive_stop(&d);
	drive_clear(&d);
	drive_stop(&d); /* the break that was queued */
	saw("> g;");
	pass(100);
	drive_stop(&d); /* and somebody's own: cleared once more, nothing behind the quit line */
	pass(3000);
	ended(RESULT_RELEASED);
}

static void stop_when_the_target_is_down(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, SHUTDOWN);
	drive_in(&d, IN_STOP); /* the line can be a DbgPrint: a break request tells */
	assert_true(d.s.break_pending);
	pass(2500);
	assert_int_equal(d.s.state, SESSION_WAITING);
	pass(28000);
	ended(RESULT_RELEASED);
	drive_up(&d, &set);
	drive_in(&d, IN_STOP);
	drive_feed(&d, "0: kd> ");
	drive_kd_once(&d);
	drive_feed(&d, SHUTDOWN); /* in the middle of clearing */
	pass(2500);
	ended(RESULT_RELEASED);
}

static void stop_that_nobody_answers(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_STOP);
	pass(61000);
	assert_int_equal(d.s.state, SESSION_UNKNOWN);
	pass(30000);
	ended(RESULT_UNKNOWN);
	assert_int_equal(session_exit_code(&d.s), 5);
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	drive_in(&d, IN_STOP); /* a break is out, the target is off */
	pass(31000);
	ended(RESULT_UNKNOWN);
}

static void stop_without_kd(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_in(&d, IN_STOP);
	assert_int_equal(d.s.result, RESULT_RELEASED);
	drive_up(&d, &set);
	drive_in(&d, IN_KD_ENDED);
	drive_clear(&d);
	drive_in(&d, IN_STOP);
	saw("detach; check-port;");
	drive_launch(&d);
	saw("break(clean detach); BREAK 0;");
	connects();
	drive_stop(&d);
	pass(3000);
	ended(RESULT_RELEASED);
	drive_in(&d, IN_STOP);
	assert_int_equal(d.ends, 2);
}

static void hurry_says_what_it_leaves(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_HURRY);
	drive_in(&d, IN_HURRY);
	ended(RESULT_UNKNOWN);
	drive_up(&d, &set);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	drive_in(&d, IN_HURRY);
	ended(RESULT_HALTED);
	assert_int_equal(session_exit_code(&d.s), 1);
	set.arm_at = ARM_AT_MANUAL;
	drive_up(&d, &set);
	drive_in(&d, IN_STOP);
	drive_in(&d, IN_HURRY);
	ended(RESULT_RELEASED);
}

/* --- people */

static void disarmed_stays_disarmed(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_DISARM);
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_DISARMED);
	assert_int_equal(session_verb_done(&d.s, IN_DISARM), 0);
	connects(); /* a reboot */
	pass(10 * MINUTE);
	is(SESSION_RUNNING, ARM_DISARMED);
	new_kd();
	connects();
	pass(10 * MINUTE);
	is(SESSION_RUNNING, ARM_DISARMED);
	assert_int_equal(d.breaks, 2);
	drive_in(&d, IN_ARM);
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void disarmed_in_an_earlier_life(void **state) {
	(void)state;
	set.disarmed = true;
	for (int died = 0; died < 2; died++) {
		set.dirty_start = died;
		drive_init(&d, &set);
		drive_in(&d, IN_START);
		drive_launch(&d);
		connects();
		if (died) { /* it may have left a breakpoint behind */
			saw("break(disarm)");
			drive_stop(&d);
			saw("> bc *;");
		}
		pass(10 * MINUTE);
		is(SESSION_RUNNING, ARM_DISARMED);
		assert_int_equal(d.breaks, died);
		connects();
		pass(10 * MINUTE);
		is(SESSION_RUNNING, ARM_DISARMED);
		drive_in(&d, IN_ARM);
		drive_stop(&d);
		pass(3000);
		is(SESSION_RUNNING, ARM_ARMED);
	}
}

static void disarmed_while_a_break_for_arming_is_out(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	drive_in(&d, IN_DISARM);
	connects();
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_DISARMED);
	never("> bp");
}

static void disarmed_while_kd_is_down(void **state) {
	(void)state;
	for (int boots = 0; boots < 2; boots++) {
		drive_up(&d, &set);
		drive_in(&d, IN_KD_ENDED);
		drive_in(&d, IN_DISARM);
		pass(10000);
		drive_in(&d, IN_PORT_FREE);
		drive_in(&d, IN_KD_STARTED);
		if (!boots) {
			drive_feed(&d, "Waiting to reconnect...\r\n");
		}
		connects();
		pass(3000);
		drive_stop(&d);
		pass(3000);
		is(SESSION_RUNNING, ARM_DISARMED);
	}
}

static void disarmed_in_the_middle_of_arming(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_feed(&d, "0: kd> ");
	drive_kd_once(&d);
	drive_in(&d, IN_DISARM);
	drive_kd(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_DISARMED);
	drive_up(&d, &set);
	drive_in(&d, IN_DISARM);
	connects(); /* booted before the stop came */
	is(SESSION_BREAKING, d.s.arm);
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_DISARMED);
}

static void an_operators_halt_has_a_deadline(void **state) {
	(void)state;
	drive_up(&d, &set);
	assert_int_equal(session_verb(&d.s, IN_GO), 4);
	drive_in(&d, IN_GO);
	drive_in(&d, IN_HOLD);
	drive_in(&d, IN_BREAK);
	assert_int_equal(session_verb_done(&d.s, IN_BREAK), -1);
	drive_stop(&d);
	assert_int_equal(session_verb_done(&d.s, IN_BREAK), 0);
	pass(30000);
	drive_in(&d, IN_HOLD); /* two minutes from now */
	pass(119000);
	assert_int_equal(d.s.state, SESSION_HALTED);
	pass(1000);
	drive_kd(&d);
	pass(3000);
	saw("ALARM halt over");
	is(SESSION_RUNNING, ARM_ARMED);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	drive_in(&d, IN_GO);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(session_verb_done(&d.s, IN_GO), 0);
}

static void hold_has_its_own_limit(void **state) {
	(void)state;
	set.hold_max_ms = 70000;
	drive_up(&d, &set);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	pass(30000);
	drive_in(&d, IN_HOLD);
	pass(41000);
	saw("ALARM halt over");
}

static void arm_and_disarm_at_an_operators_halt(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	drive_in(&d, IN_DISARM);
	drive_kd(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_DISARMED);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	drive_in(&d, IN_ARM);
	drive_kd(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void the_queued_break_after_g(void **state) {
	unsigned breaks;

	(void)state;
	drive_up(&d, &set);
	breaks = d.breaks;
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	drive_in(&d, IN_GO);
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.breaks, breaks + 1);
}

static void a_bugcheck_is_recorded_and_resumed(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d,
		"*** Fatal System Error: 0x000000d1\r\n                       (0x1,0x2,0x3,0x4)\r\n\r\n0: kd> ");
	pass(200);
	drive_kd(&d);
	saw("> .echo; halt_begin(bugcheck); bugcheck; > g;");
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void crashes(void) {
	drive_feed(&d, CRASH);
	pass(200);
	drive_kd_once(&d); /* the nonce */
}

static void a_bugcheck_is_one_event_at_its_stop(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, "*** Fatal System Error: 0x00000001\r\n      (0x1)\r\n\r\nchatter\r\n");
	drive_feed(&d, "*** Fatal System Error: 0x00000002\r\n      (0x1)\r\n\r\nchatter\r\n");
	never("bugcheck");
	drive_feed(&d, DRIVE_HIT); /* it runs: those were the target's own words */
	pass(3000);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	saw("halt_begin(operator)");
	never("bugcheck");
	drive_in(&d, IN_GO);
	pass(3000);
	drive_clear(&d);
	crashes();
	saw("halt_begin(bugcheck); bugcheck; > g;");
}

static void a_bugcheck_told_before_a_break_in_is_none(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, "*** Fatal System Error: 0x00000001\r\n      (0x1)\r\n\r\nchatter\r\n");
	drive_in(&d, IN_BREAK);
	drive_feed(&d, "Break instruction exception - code 80000003 (first chance)\r\n"
		       "*   You are seeing this message because you pressed either   *\r\n0: kd> ");
	drive_kd(&d);
	saw("halt_begin(operator)");
	never("bugcheck");
}

static void a_crash_before_kd_was_there(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_in(&d, IN_PORT_FREE);
	drive_in(&d, IN_KD_STARTED);
	drive_feed(&d, DRIVE_CONNECT
		"Break instruction exception - code 80000003 (first chance)\r\n\r\n"
		"A fatal system error has occurred.\r\nnt!DbgBreakPointWithStatus:\r\n0: kd> ");
	pass(200);
	drive_kd(&d);
	saw("halt_begin(bugcheck); bugcheck; > g;");
	never("> bp");
}

static void a_bugcheck_is_analyzed_within_its_budget(void **state) {
	static char line[1000];

	(void)state;
	memset(line, 'x', sizeof(line) - 3);
	memcpy(line + sizeof(line) - 3, "\r\n", 3);
	set.on_bugcheck.analyze = true;
	set.on_bugcheck.max_ms = 15000;
	for (int how = 0; how < 3; how++) {
		drive_up(&d, &set);
		crashes();
		saw("> !analyze -v;");
		drive_clear(&d);
		if (how == 1) {
			pass(14000);
			assert_string_equal(d.seen, "");
			pass(1000);
			saw("break(the analysis took longer than bugcheck_max); BREAK 0;");
		} else if (how == 2) {
			for (int i = 0; i < 300; i++) {
				drive_feed(&d, line);
			}
			saw("break(the analysis printed more than 256 KB); BREAK 0;");
		}
		drive_kd(&d);
		saw("> g;");
		if (how) { /* the break came late: it strikes again */
			drive_stop(&d);
		}
		pass(3000);
		is(SESSION_RUNNING, ARM_ARMED);
		assert_int_equal(d.breaks, how ? 2 : 1);
	}
}

static void a_bugcheck_is_answered_by_a_reboot(void **state) {
	(void)state;
	set.on_bugcheck.reboot = true;
	drive_up(&d, &set);
	crashes();
	saw("halt_begin(bugcheck); bugcheck; > .reboot;");
	drive_feed(&d, SHUTDOWN);
	is(SESSION_WAITING, ARM_ARMED);
	never("> g; halt_end(bugcheck)");
}

static void a_faked_bugcheck_does_not_cost_the_arming(void **state) {
	(void)state;
	set.arm_at = ARM_AT_MANUAL;
	drive_up(&d, &set);
	drive_in(&d, IN_ARM);
	drive_feed(&d,
		"*** Fatal System Error: 0x000000d1\r\n                       (0x1,0x2,0x3,0x4)\r\n\r\n");
	drive_stop(&d);
	pass(100000);
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void a_teammates_stop(void **state) {
	static const char join[] =
		"LAPTOP\\ada (npipe \\\\LAPTOP\\pipe\\x) connected at Mon Nov 23 23:45:12 2026\r\n";

	(void)state;
	for (int goes = 0; goes < 6; goes++) {
		drive_up(&d, &set);
		drive_feed(&d, join);
		if (goes >= 4) { /* somebody else came later */
			drive_feed(&d,
				"LAPTOP\\bob (tcp 10.0.0.2:9) connected at Mon Nov 23 23:45:12 2026\r\n");
		}
		drive_feed(&d, "0: kd> ");
		pass(200);
		drive_kd(&d);
		assert_int_equal(d.s.owner, OWNER_CLIENT);
		if (goes == 1) {
			drive_feed(&d, "[LAPTOP\\ada (npipe \\\\LAPTOP\\pipe\\x)] g\r\n");
		} else if (goes == 2 || goes == 4) {
			drive_feed(&d, "[LAPTOP\\ada (npipe \\\\LAPTOP\\pipe\\x)] bc *\r\n");
		} else if (goes == 3) {
			drive_feed(&d, "[LAPTOP\\ada (npipe \\\\LAPTOP\\pipe\\x)] bd 0\r\n");
		} else if (goes == 5) { /* a breakpoint of their own */
			drive_feed(&d, "[LAPTOP\\ada (npipe \\\\LAPTOP\\pipe\\x)] bc 1\r\n");
		}
		pass(61000);
		drive_kd(&d);
		pass(3000);
		is(SESSION_RUNNING, goes >= 2 && goes < 5 ? ARM_DISARMED : ARM_ARMED);
	}
}

static void a_hit_that_does_not_go_on(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, DRIVE_HIT "^ Syntax error in ';kb;gg'\r\n0: kd> ");
	pass(200);
	drive_kd(&d);
	saw("halt_begin(hit)");
	saw("> bd 0; > .echo; > g;");
	pass(3000);
	is(SESSION_RUNNING, ARM_PARTIAL);
}

/* The queued break strikes behind the first hit: the breakpoint's own command is not to blame. */
static void a_late_break_behind_a_hit(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, DRIVE_HIT "Break instruction exception - code 80000003 (first chance)\r\n"
				 "nt!DbgBreakPointWithStatus:\r\n0: kd> ");
	pass(200);
	drive_kd(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void operators_during_a_hit(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, DRIVE_HIT);
	drive_clear(&d);
	drive_in(&d, IN_BREAK);
	saw("halt_end(hit); BREAK 0;");
	drive_feed(&d, DRIVE_HIT);
	assert_int_equal(d.s.hits, 2);
	drive_stop(&d);
	assert_int_equal(d.s.owner, OWNER_OPERATOR);
}

/* --- nt!PoolHitTag */

#define TAG 0x206b6444
#define POOL_STOP(place) \
	"Break instruction exception - code 80000003 (first chance)\r\n" place ":\r\n" \
	"fffff800`01003c81 cc              int     3\r\n0: kd> "
#define ALLOCATION POOL_STOP("nt!ExAllocatePoolWithTag+0x881")
#define FREE POOL_STOP("nt!ExFreePoolWithTag+0x649")

static void pool_up(void) {
	set.arm_count = 0;
	set.pool = (struct hit_settings){.wanted = true, .tag = TAG, .frames = 20};
	drive_up(&d, &set);
}

static void the_tag_is_written_and_read_back(void **state) {
	(void)state;
	pool_up();
	saw("halt_begin(arming); > dd nt!PoolHitTag L1; > .echo; > ed nt!PoolHitTag 0x206b6444; > .echo; "
	    "> dd nt!PoolHitTag L1; > .echo; > bl; > .echo; > g; halt_end(arming); armed;");
	is(SESSION_RUNNING, ARM_ARMED);
	assert_true(d.s.pool.edited);
	assert_int_equal(d.tag, TAG);
}

static void a_tag_that_cannot_be_written_is_partial(void **state) {
	(void)state;
	set.arm_count = 0;
	set.pool = (struct hit_settings){.wanted = true, .tag = TAG, .frames = 20};
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_feed(&d, "0: kd> ");
	while (d.write[0] && strcmp(d.write, "g") != 0) {
		if (d.write[0] == 'e') {
			d.write[0] = '\0';
			drive_feed(&d, "Memory access error at ''\r\n0: kd> ");
		} else {
			drive_kd_once(&d);
		}
	}
	pass(5000);
	is(SESSION_RUNNING, ARM_PARTIAL);
	saw("partial(nt!PoolHitTag does not hold what was written)");
}

static void each_stop_gets_its_stack_and_goes_on(void **state) {
	(void)state;
	pool_up();
	drive_stop(&d); /* the break that was queued: not a hit, resumed as found */
	pass(200);
	drive_kd(&d);
	pass(3000);
	drive_clear(&d);
	for (int i = 0; i < 3; i++) {
		drive_feed(&d, i == 1 ? FREE : ALLOCATION);
		drive_kd(&d);
	}
	assert_string_equal(d.seen,
		"> .echo; halt_begin(hit); hit; > kb 14; > .echo; > g; "
		"> .echo; halt_end(hit); halt_begin(hit); hit; > kb 14; > .echo; > g; "
		"> .echo; halt_end(hit); halt_begin(hit); hit; > kb 14; > .echo; > g;");
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.s.hits, 3);
	assert_int_equal(d.breaks, 1);
}

static void other_stops_are_no_hits(void **state) {
	static const char *const stops[] = {POOL_STOP("nt!DbgBreakPointWithStatus"),
		POOL_STOP("netfoo!Assert+0x12"), POOL_STOP("netfoo!FreeAll+0x12"),
		"nt!ExFreePoolWithTag+0x649:\r\n0: kd> ",
		"Break instruction exception - code 80000003 (first chance)\r\n"
		"*   You are seeing this message because you pressed either   *\r\n"
		"nt!ExAllocatePoolWithTag+0x881:\r\n0: kd> ",
		"Access violation - code c0000005 (first chance)\r\nnt!ExAllocatePoolWithTag+0x1:\r\n0: kd> "};

	(void)state;
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		pool_up();
		pass(10000);
		drive_feed(&d, stops[i]);
		pass(200);
		drive_kd(&d);
		pass(3000);
		assert_int_equal(d.s.hits, 0);
		never("> kb");
		is(SESSION_RUNNING, ARM_ARMED);
	}
	fresh(NULL);
	drive_up(&d, &set); /* without the method it is somebody's */
	pass(10000);
	drive_feed(&d, ALLOCATION);
	pass(200);
	drive_kd(&d);
	assert_int_equal(d.s.hits, 0);
}

static void the_old_value_is_put_back(void **state) {
	(void)state;
	for (int how = 0; how < 3; how++) {
		drive_clear(&d);
		pool_up();
		d.tag = TAG;
		drive_clear(&d);
		drive_in(&d, how ? IN_STOP : IN_DISARM);
		drive_feed(&d, how == 2 ? ALLOCATION : "0: kd> ");
		drive_kd(&d);
		pass(2500);
		if (how == 2) {
			saw("hit; > kb 14; > .echo; > ed");
		}
		saw("> ed nt!PoolHitTag 0xffffff0f; > .echo; > dd nt!PoolHitTag L1; > .echo; > bc *; "
		    "> .echo; > bl; > .echo; > g;");
		assert_int_equal(d.tag, 0xffffff0f);
		assert_false(d.s.pool.edited);
		if (how) {
			ended(RESULT_RELEASED);
		} else {
			is(SESSION_RUNNING, ARM_DISARMED);
		}
	}
}

static void an_edit_that_stays_is_not_released(void **state) {
	(void)state;
	pool_up();
	drive_in(&d, IN_STOP);
	drive_feed(&d, "0: kd> ");
	while (d.write[0] && strcmp(d.write, "g") != 0) {
		if (d.write[0] == 'e') {
			d.write[0] = '\0';
			drive_feed(&d, "0: kd> ");
		} else {
			drive_kd_once(&d);
		}
	}
	pass(2500);
	ended(RESULT_UNKNOWN);
}

static void the_edit_of_an_earlier_life_is_undone(void **state) {
	(void)state;
	set.arm_count = 0;
	set.dirty_start = true;
	set.past_deaths = 3;
	set.pool = (struct hit_settings){
		.wanted = true, .tag = TAG, .frames = 20, .edited = true, .old = 0x31323334};
	drive_init(&d, &set);
	d.now = 1000000000;
	d.tag = TAG;
	drive_in(&d, IN_START);
	saw("ALARM release mode");
	drive_launch(&d);
	connects();
	drive_stop(&d);
	pass(2500);
	saw("> ed nt!PoolHitTag 0x31323334;");
	ended(RESULT_RELEASED);
	set.past_deaths = 0; /* and where it is armed again, what is put back later is known */
	drive_init(&d, &set);
	d.tag = TAG;
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_stop(&d);
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.s.pool.old, 0x31323334);
}

static void a_boot_takes_the_edit_away(void **state) {
	(void)state;
	pool_up();
	connects();
	assert_false(d.s.pool.edited);
	pass(91000);
	d.tag = 0xffffff0f;
	drive_stop(&d);
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.tag, TAG);
}

static void a_hit_at_an_operators_halt_is_marked(void **state) {
	(void)state;
	pool_up();
	drive_in(&d, IN_BREAK);
	drive_feed(&d, ALLOCATION);
	drive_kd(&d);
	assert_int_equal(d.s.owner, OWNER_OPERATOR);
	assert_int_equal(d.s.hits, 1);
	saw("hit; ALARM ;"); /* the gap */
}

/* In a storm the target is never seen running: the guard acts at one of the stops. */
static void a_storm_of_tags_is_paused_and_goes_on_later(void **state) {
	(void)state;
	set.guard = (struct guard_settings){.hits_per_minute = 5, .hold_off_ms = 300000};
	pool_up();
	for (int i = 0; i < 40 && d.tag == TAG; i++) {
		drive_feed(&d, ALLOCATION);
		drive_kd(&d);
		pass(10);
	}
	assert_int_equal(d.tag, 0xffffff0f);
	saw("storm");
	saw("hit; > kb 14; > .echo; > ed nt!PoolHitTag 0xffffff0f;");
	assert_true(d.s.hits < 20);
	pass(3000);
	is(SESSION_RUNNING, ARM_PAUSED);
	assert_int_equal(d.breaks, 1);
	pass(300000);
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.tag, TAG);
}

static void enough_tags_are_disarmed_at_one_of_their_stops(void **state) {
	(void)state;
	set.guard = (struct guard_settings){.stop_hits = 3};
	pool_up();
	for (int i = 0; i < 10 && d.tag == TAG; i++) {
		drive_feed(&d, ALLOCATION);
		drive_kd(&d);
		pass(10);
	}
	pass(3000);
	assert_int_equal(d.tag, 0xffffff0f);
	is(SESSION_RUNNING, ARM_DISARMED);
	assert_true(d.s.hits >= 3 && d.s.hits <= 4);
	assert_int_equal(d.breaks, 1);
}

/* --- symbols */

#define LIST(kind) "0: kd> fffff800`01000000 fffff800`01800000   nt         (" kind " symbols)\r\n"
#define IMAGE \
	"    CODEVIEW    25, 19c65c,  19bc5c RSDS - GUID: {0123ABCD-4567-89AB-CDEF-0123456789AB}\r\n" \
	"      Age: 2, Pdb: ntkrnlmp.pdb\r\n"

/* kd at a prompt, with or without the symbols. */
static void answers_about_symbols(const char *list) {
	while (d.write[0] && strcmp(d.write, "g") != 0) {
		bool lists = !strncmp(d.write, "lm ", 3), tells = !strncmp(d.write, "!lmi", 4);

		if (lists || tells) {
			d.write[0] = '\0';
			drive_feed(&d, lists ? list : IMAGE);
			drive_feed(&d, "0: kd> ");
		} else {
			drive_kd_once(&d);
		}
	}
}

static void symbols_up(const char *list) {
	set.can_fetch = true;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_feed(&d, "0: kd> ");
	answers_about_symbols(list);
	pass(2500);
}

static void fetch_ends(bool ok) {
	drive_input(&d, &(struct session_input){.kind = IN_FETCHED,
				.now_ms = d.now,
				.value = ok,
				.text = ok ? NULL : "symchk: exit code 1: no network"});
}

static void symbols_that_are_there_cost_no_second_halt(void **state) {
	(void)state;
	symbols_up(LIST("pdb"));
	saw("halt_begin(arming); > ld nt; > .echo; > lm m nt; > .echo; > !lmi nt; > .echo; > bp nt!MmAllocateSpecialPool "
	    "\";kb;g\"; > .echo; > bl; > .echo; > g; halt_end(arming); armed;");
	assert_int_equal(d.breaks, 1);
	never("fetch;");
}

static void symbols_are_fetched_while_the_target_runs(void **state) {
	(void)state;
	symbols_up(LIST("export"));
	is(SESSION_RUNNING, ARM_ARMING);
	saw("> !lmi nt; > .echo; > g; symbols; fetch; halt_end(arming);");
	pass(10 * MINUTE);
	assert_int_equal(d.breaks, 1); /* it waits for symchk, whatever is due */
	drive_clear(&d);
	fetch_ends(true);
	saw("symbols; break(arm: symbols are there); BREAK 0;");
	drive_feed(&d, "0: kd> ");
	answers_about_symbols(LIST("pdb"));
	pass(2500);
	saw("> .reload /f nt; > .echo; > lm m nt; > .echo; > !lmi nt; > .echo; > bp");
	is(SESSION_RUNNING, ARM_ARMED);
	connects(); /* a boot of the same system: they are in the store */
	pass(91000);
	drive_stop(&d);
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void symbols_are_given_up_after_three_tries(void **state) {
	(void)state;
	symbols_up(LIST("export"));
	fetch_ends(false);
	fetch_ends(false); /* late, of nobody */
	pass(11000);
	fetch_ends(false);
	pass(MINUTE);
	drive_clear(&d);
	fetch_ends(false);
	assert_string_equal(d.seen,
		"ALARM no symbols; partial(no symbols for nt: symchk: exit code 1: no network);");
	is(SESSION_RUNNING, ARM_PARTIAL);
	pass(10 * MINUTE);
	assert_int_equal(d.breaks, 1);
	drive_in(&d, IN_ARM); /* somebody asks again */
	drive_feed(&d, "0: kd> ");
	answers_about_symbols(LIST("pdb"));
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void symbols_that_kd_does_not_find_are_given_up_too(void **state) {
	(void)state;
	symbols_up(LIST("export"));
	for (int i = 0; i < 3; i++) {
		is(SESSION_RUNNING, ARM_ARMING);
		fetch_ends(true);
		drive_feed(&d, "0: kd> ");
		answers_about_symbols(LIST("export"));
		pass(2500);
	}
	is(SESSION_RUNNING, ARM_PARTIAL);
	saw("partial(no symbols for nt: symchk fetched, and kd does not find them)");
	assert_int_equal(d.breaks, 4);
}

static void what_comes_while_symbols_are_fetched(void **state) {
	(void)state;
	symbols_up(LIST("export"));
	drive_in(&d, IN_DISARM);
	fetch_ends(true);
	if (d.s.break_pending) {
		drive_stop(&d);
	}
	pass(10 * MINUTE);
	is(SESSION_RUNNING, ARM_DISARMED);
	assert_true(d.breaks <= 2);
	symbols_up(LIST("export"));
	connects(); /* a boot */
	pass(10 * MINUTE);
	assert_int_equal(d.breaks, 1);
	fetch_ends(true);
	drive_feed(&d, "0: kd> ");
	answers_about_symbols(LIST("pdb"));
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
	symbols_up(LIST("export"));
	drive_in(&d, IN_STOP); /* and nobody waits for symchk */
	drive_stop(&d);
	pass(2500);
	ended(RESULT_RELEASED);
	fetch_ends(true);
	assert_int_equal(d.s.state, SESSION_STOPPED);
}

/* --- what kind of target */

#define CONNECT_TO(system) \
	"Connected to " system " target at (noon), ptr64 TRUE\r\n" \
	"Kernel Debugger connection established.\r\n" DRIVE_PATH

static void another_target_is_an_alarm_before_arming(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_clear(&d);
	connects();
	never("ALARM");
	drive_feed(&d, "Connected to Windows 3 1 x86 target\r\n"); /* a DbgPrint */
	never("ALARM");
	drive_feed(&d, CONNECT_TO("Windows 7 7601 x86 compatible"));
	saw("reboot; ALARM another target;");
	pass(91000);
	saw("ALARM another target; break(arm: the target has booted);");
	set.target = "Windows 10 19041 x64"; /* and over a restart of ours */
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	drive_feed(&d, CONNECT_TO("Windows 7 7601 x86 compatible"));
	saw("ALARM another target;");
}

static void a_build_that_lacks_the_function_is_told(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	drive_feed(&d, CONNECT_TO("Windows 10 17763 x64"));
	never("ALARM the breakpoint");
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	drive_feed(&d, CONNECT_TO("Windows 10 18362 x64"));
	saw("ALARM the breakpoint will not be hit;");
	assert_non_null(strstr(d.out.arena, "ExAllocateHeapSpecialPool"));
}

/* --- the link */

static void the_transport_is_lost(void **state) {
	struct kd_event lost = {.kind = KD_TRANSPORT_LOST, .text = ""};

	(void)state;
	drive_up(&d, &set);
	drive_emit(&d, &lost);
	assert_int_equal(d.s.state, SESSION_UNKNOWN);
	drive_feed(&d, DRIVE_HIT);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	drive_emit(&d, &lost);
	pass(61000);
	assert_int_equal(d.kills, 1);
}

/* --- another console */

static void prove_none_breaks_in_and_resumes_only(void **state) {
	(void)state;
	set.prove = false;
	drive_up(&d, &set);
	assert_int_equal(d.breaks, 0);
	assert_int_equal(session_verb(&d.s, IN_ARM), 4);
	drive_in(&d, IN_BREAK);
	drive_feed(&d, "0: kd> ");
	assert_int_equal(d.s.state, SESSION_HALTED);
	pass(61000);
	pass(3000);
	is(SESSION_RUNNING, ARM_UNARMED);
	drive_in(&d, IN_BREAK);
	drive_feed(&d, "0: kd> ");
	drive_in(&d, IN_STOP);
	pass(3000);
	ended(RESULT_RELEASED);
	never(".echo");
	never("bc *");
	assert_int_equal(d.breaks, 2);
}

/* --- verbs and names */

static void verbs_are_refused_with_a_code(void **state) {
	(void)state;
	drive_init(&d, &set);
	assert_int_equal(session_verb(&d.s, IN_BREAK), 4);
	assert_int_equal(session_verb(&d.s, IN_ARM), 4);
	assert_int_equal(session_verb(&d.s, IN_STOP), 0);
	assert_int_equal(session_verb(&d.s, IN_START), 0);
	assert_int_equal(session_verb_done(&d.s, IN_START), 1);
	assert_int_equal(session_exit_code(&d.s), 0);
	for (int kind = 0; kind < SESSION_INPUTS; kind++) {
		drive_in(&d, kind == IN_START || kind == IN_CONSOLE
				     ? IN_TICK
				     : (enum session_input_kind)kind);
		(void)session_verb_done(&d.s, (enum session_input_kind)kind);
	}
	assert_int_equal(session_verb(&d.s, IN_TICK), 2);
	assert_int_equal(session_verb(&d.s, SESSION_INPUTS), 2);
	assert_int_equal(session_verb_done(&d.s, IN_TICK), 2);
	assert_int_equal(session_verb_done(&d.s, IN_HOLD), 0);
	drive_up(&d, &set);
	assert_int_equal(session_exit_code(&d.s), 5);
	assert_int_equal(session_verb_done(&d.s, IN_DISARM), -1);
	drive_in(&d, IN_STOP);
	assert_int_equal(session_verb(&d.s, IN_START), 4);
}

static void everything_has_a_name(void **state) {
	(void)state;
	assert_string_equal(session_state_name(SESSION_STATES), "?");
	assert_string_equal(session_arm_name(ARM_STATES), "?");
	assert_string_equal(session_owner_name(HALT_OWNERS), "?");
	assert_string_equal(session_result_name((enum session_result)99), "?");
	assert_string_equal(session_result_name(RESULT_NONE), "none");
	assert_string_equal(script_job_name(SCRIPT_JOBS), "?");
}

#define STORY(name) cmocka_unit_test_setup(name, fresh)

int main(void) {
	const struct CMUnitTest tests[] = {
		STORY(arming_from_a_quiet_running_server),
		STORY(half_armed_is_partial_and_says_why),
		STORY(a_redefined_breakpoint_is_judged_by_the_list),
		STORY(arm_at_says_when),
		STORY(found_halted),
		STORY(an_arm_that_takes_too_long_still_lets_go),
		STORY(orderly_reboot_arms_again),
		STORY(power_cut_told_by_the_search_path),
		STORY(power_cut_told_by_silence),
		STORY(a_refresh_or_a_retry_is_neither_stop_nor_boot),
		STORY(a_faked_reboot_is_not_one),
		STORY(reboot_in_the_middle_of_arming),
		STORY(away_for_ten_hours),
		STORY(a_shutdown_right_after_g),
		STORY(a_flood_of_fakes),
		STORY(an_unasked_nonce_is_a_stop_detector),
		STORY(an_unanswered_break_is_not_repeated),
		STORY(a_swallowed_break_is_known_by_a_hit),
		STORY(a_break_that_cannot_be_sent),
		STORY(the_deadline_is_always_ahead),
		STORY(kd_hangs_in_a_command),
		STORY(kd_hangs_in_a_hit),
		STORY(kd_dies),
		STORY(kd_dies_in_a_halt_and_the_next_finds_nothing),
		STORY(a_slow_command_is_asked_after_before_kd_is_replaced),
		STORY(three_deaths_mean_release),
		STORY(deaths_of_the_daemon_count_too),
		STORY(the_port_and_the_start),
		STORY(stop_from_armed_clears_first),
		STORY(a_list_that_stays_full_is_cleared_twice),
		STORY(release_of_a_target_that_is_frozen),
		STORY(stop_at_every_halt),
		STORY(a_stop_right_after_the_last_g),
		STORY(stop_when_the_target_is_down),
		STORY(stop_that_nobody_answers),
		STORY(stop_without_kd),
		STORY(hurry_says_what_it_leaves),
		STORY(disarmed_stays_disarmed),
		STORY(disarmed_while_a_break_for_arming_is_out),
		STORY(disarmed_while_kd_is_down),
		STORY(disarmed_in_the_middle_of_arming),
		STORY(an_operators_halt_has_a_deadline),
		STORY(hold_has_its_own_limit),
		STORY(arm_and_disarm_at_an_operators_halt),
		STORY(the_queued_break_after_g),
		STORY(a_bugcheck_is_recorded_and_resumed),
		STORY(a_bugcheck_is_one_event_at_its_stop),
		STORY(a_bugcheck_told_before_a_break_in_is_none),
		STORY(a_crash_before_kd_was_there),
		STORY(a_bugcheck_is_analyzed_within_its_budget),
		STORY(a_bugcheck_is_answered_by_a_reboot),
		STORY(a_faked_bugcheck_does_not_cost_the_arming),
		STORY(a_teammates_stop),
		STORY(a_hit_that_does_not_go_on),
		STORY(a_late_break_behind_a_hit),
		STORY(operators_during_a_hit),
		STORY(the_tag_is_written_and_read_back),
		STORY(a_tag_that_cannot_be_written_is_partial),
		STORY(each_stop_gets_its_stack_and_goes_on),
		STORY(other_stops_are_no_hits),
		STORY(the_old_value_is_put_back),
		STORY(an_edit_that_stays_is_not_released),
		STORY(the_edit_of_an_earlier_life_is_undone),
		STORY(a_boot_takes_the_edit_away),
		STORY(a_hit_at_an_operators_halt_is_marked),
		STORY(symbols_that_are_there_cost_no_second_halt),
		STORY(symbols_are_fetched_while_the_target_runs),
		STORY(symbols_are_given_up_after_three_tries),
		STORY(symbols_that_kd_does_not_find_are_given_up_too),
		STORY(what_comes_while_symbols_are_fetched),
		STORY(a_storm_of_tags_is_paused_and_goes_on_later),
		STORY(enough_tags_are_disarmed_at_one_of_their_stops),
		STORY(another_target_is_an_alarm_before_arming),
		STORY(a_build_that_lacks_the_function_is_told),
		STORY(disarmed_in_an_earlier_life),
		STORY(the_transport_is_lost),
		STORY(prove_none_breaks_in_and_resumes_only),
		STORY(verbs_are_refused_with_a_code),
		STORY(everything_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
