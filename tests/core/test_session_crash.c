/* Stories of a target that crashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/story.h"

#define CRASH \
	"*** Fatal System Error: 0x000000d1\r\n                       (0x1,0x2,0x3,0x4)\r\n\r\n" \
	"Break instruction exception - code 80000003 (first chance)\r\n\r\n" \
	"A fatal system error has occurred.\r\nnt!DbgBreakPointWithStatus:\r\n0: kd> "

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
			saw("break(the analysis printed more than bugcheck_max); BREAK 0;");
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

int main(void) {
	const struct CMUnitTest tests[] = {
		STORY(a_bugcheck_is_recorded_and_resumed),
		STORY(a_bugcheck_is_one_event_at_its_stop),
		STORY(a_bugcheck_told_before_a_break_in_is_none),
		STORY(a_crash_before_kd_was_there),
		STORY(a_bugcheck_is_analyzed_within_its_budget),
		STORY(a_bugcheck_is_answered_by_a_reboot),
		STORY(a_faked_bugcheck_does_not_cost_the_arming),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
