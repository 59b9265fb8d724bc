/* Stories of the session machine, in virtual time, with a kd that answers from drive.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/story.h"

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
	pass(MINUTE); /* kd was asked nothing: all is as it was, and kd stays */
	assert_int_equal(d.s.state, SESSION_RUNNING);
	never("kill");
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	drive_in(&d, IN_BREAK_FAILED);
	saw("BREAK 1;");
	drive_in(&d, IN_BREAK_FAILED);
	pass(4 * MINUTE);
	assert_int_equal(d.breaks, 2);
	pass(2 * MINUTE); /* the hold-off is over; from then on it is pending */
	assert_int_equal(d.breaks, 3);
	pass(36000000);
	assert_int_equal(d.breaks, 3);
}

static void a_detach_tries_again_when_a_break_cannot_be_sent(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_STOP);
	drive_in(&d, IN_BREAK_FAILED);
	drive_in(&d, IN_BREAK_FAILED);
	drive_clear(&d);
	pass(6000);
	saw("break(clean detach); BREAK 0;");
	drive_stop(&d);
	pass(5000);
	ended(RESULT_RELEASED);
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
		STORY(a_detach_tries_again_when_a_break_cannot_be_sent),
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
		STORY(the_transport_is_lost),
		STORY(prove_none_breaks_in_and_resumes_only),
		STORY(verbs_are_refused_with_a_code),
		STORY(everything_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
