/* Stories of operators and teammates: what they halt, hold, arm and disarm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/story.h"

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

/* Rule 3: a hit has a deadline also while its text goes on; once in a hold-off is enough. */
static void a_hit_whose_text_does_not_end(void **state) {
	static const char *const arm[] = {"bp nt!MmAllocateSpecialPool \"!process 0 7;kb;g\""};

	(void)state;
	set.arm = arm;
	set.guard.hold_off_ms = 5 * MINUTE;
	drive_init(&d, &set);
	d.reply = " \r\n"; /* so that bl lists these */
	d.rows =
		"     0 e fffff800`01003000     0001 (0001) nt!MmAllocateSpecialPool \"!process 0 7;kb;g\"\r\n";
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_stop(&d);
	pass(3000);
	drive_clear(&d);
	drive_feed(&d, "Breakpoint 0 hit\r\n");
	for (int i = 0; i < 59; i++) {
		drive_feed(&d, "    THREAD fffffa8006a25060\r\n");
		pass(1000);
	}
	never("BREAK");
	drive_feed(&d, "    THREAD fffffa8006a25060\r\n");
	pass(1000);
	saw("ALARM halt over; break(a hit's text goes on past halt_max);");
	assert_int_equal(d.s.owner, OWNER_GUARD);
	drive_stop(&d);
	saw("> g;");
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	drive_clear(&d);
	drive_feed(&d, "Breakpoint 0 hit\r\n");
	for (int i = 0; i < 200; i++) {
		drive_feed(&d, "    THREAD fffffa8006a25060\r\n");
		pass(1000);
	}
	never("BREAK");
	for (int i = 0; i < 200 && d.breaks < 3; i++) {
		drive_feed(&d, "    THREAD fffffa8006a25060\r\n");
		pass(1000);
	}
	assert_int_equal(d.breaks, 3);
}

/* Where the breakpoint prints its stack and nothing else, any other line is the running target's.
 */
static void a_target_that_talks_behind_a_hit_runs(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_clear(&d);
	drive_feed(&d, DRIVE_HIT);
	is(SESSION_HALTED, ARM_ARMED);
	for (int i = 0; i < 100; i++) {
		drive_feed(&d, "MyDriver: still here\r\n");
		pass(1000);
		assert_true(i <= STACK_NOISE_MAX + 2 || d.s.state == SESSION_RUNNING);
	}
	never("BREAK");
	assert_true(d.s.halts.longest_ms < 20000);
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
			saw("break(an operator asked to disarm)");
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

/* Nothing can be kept: disarmed, and armed again when it can; unless people disarmed meanwhile. */
static void disarmed_while_evidence_cannot_be_kept(void **state) {
	(void)state;
	for (int person = 0; person < 2; person++) {
		drive_up(&d, &set);
		drive_clear(&d);
		drive_in(&d, IN_EVIDENCE_LOST);
		saw("ALARM evidence cannot be kept; break(disarm: evidence cannot be kept)");
		assert_int_equal(d.s.owner, OWNER_GUARD);
		drive_stop(&d);
		pass(3000);
		is(SESSION_RUNNING, ARM_DISARMED);
		assert_false(d.s.dirty);
		drive_in(&d, IN_EVIDENCE_LOST); /* told again: nothing more to do */
		connects();                     /* nor does a boot arm */
		pass(10 * MINUTE);
		is(SESSION_RUNNING, ARM_DISARMED);
		assert_int_equal(d.breaks, 2);
		if (person) {
			drive_in(&d, IN_DISARM);
		}
		drive_in(&d, IN_EVIDENCE_BACK);
		if (!person) {
			drive_stop(&d);
		}
		pass(3000);
		is(SESSION_RUNNING, person ? ARM_DISARMED : ARM_ARMED);
	}
}

/* It is a machine's doing: a person's halt is left to him, and a session that is down waits. */
static void evidence_lost_at_a_persons_halt_and_while_stopped(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	drive_clear(&d);
	drive_in(&d, IN_EVIDENCE_LOST);
	is(SESSION_HALTED, ARM_ARMED);
	assert_int_equal(d.s.owner, OWNER_OPERATOR);
	drive_in(&d, IN_GO);
	pass(3000);
	saw("break(disarm: evidence cannot be kept)");
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_DISARMED);

	drive_init(&d, &set);
	drive_in(&d, IN_EVIDENCE_LOST);
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	pass(10 * MINUTE);
	is(SESSION_RUNNING, ARM_DISARMED);
	assert_int_equal(d.breaks, 0);
	drive_in(&d, IN_EVIDENCE_BACK);
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
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

int main(void) {
	const struct CMUnitTest tests[] = {
		STORY(disarmed_stays_disarmed),
		STORY(disarmed_while_a_break_for_arming_is_out),
		STORY(disarmed_while_kd_is_down),
		STORY(disarmed_in_the_middle_of_arming),
		STORY(an_operators_halt_has_a_deadline),
		STORY(hold_has_its_own_limit),
		STORY(arm_and_disarm_at_an_operators_halt),
		STORY(the_queued_break_after_g),
		STORY(a_teammates_stop),
		STORY(a_hit_that_does_not_go_on),
		STORY(a_late_break_behind_a_hit),
		STORY(operators_during_a_hit),
		STORY(a_hit_whose_text_does_not_end),
		STORY(a_target_that_talks_behind_a_hit_runs),
		STORY(disarmed_in_an_earlier_life),
		STORY(disarmed_while_evidence_cannot_be_kept),
		STORY(evidence_lost_at_a_persons_halt_and_while_stopped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
