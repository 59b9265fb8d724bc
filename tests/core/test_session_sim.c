/* What the simulator (tests/sim) found, each as a short story. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/story.h"

#define WHO "DESK\\ada (npipe \\\\DESK\\pipe\\livedebug)"
#define JOINS WHO " connected at Mon Nov 23 23:45:12 2026\r\n"
#define STOP \
	"Break instruction exception - code 80000003 (first chance)\r\n" \
	"nt!DbgBreakPointWithStatus:\r\n0: kd> "

/* The line stands behind the prompt, and kd gives no new one. */
static void a_client_joins_right_behind_a_stop(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, STOP);
	drive_feed(&d, JOINS);
	pass(200);
	drive_kd(&d);
	assert_int_equal(d.s.state, SESSION_HALTED);
}

/* The nonce of the minute went to the kd before. */
static void a_new_kd_shows_a_stop_at_once(void **state) {
	(void)state;
	set.on_found = FOUND_RESUME;
	set.arm_at = ARM_AT_MANUAL;
	drive_up(&d, &set);
	drive_feed(&d, "0: kd> "); /* a DbgPrint, or a stop that kd did not survive */
	pass(200);
	new_kd();
	connects();
	drive_feed(&d, STOP);
	pass(200);
	drive_kd(&d);
	saw("halt_begin(found)");
}

static void a_prompt_is_asked_for_when_the_minute_is_over(void **state) {
	(void)state;
	drive_up(&d, &set);
	d.s.prove.limited = true; /* one was asked just now, in vain, and is gone */
	d.s.prove.asked_ms = d.now;
	drive_clear(&d);
	drive_feed(&d, STOP);
	pass(200);
	never("> .echo");
	pass(MINUTE);
	drive_kd(&d);
	assert_int_equal(d.s.state, SESSION_HALTED);
}

/* The break-in to arm came late: it is found, resumed, and still to be armed. */
static void a_late_stop_does_not_end_the_wish_to_arm(void **state) {
	(void)state;
	set.on_found = FOUND_RESUME;
	set.halt_max_ms = 300000;
	drive_up(&d, &set);
	drive_in(&d, IN_ARM);
	pass(61000);
	assert_int_equal(d.s.state, SESSION_UNKNOWN);
	drive_stop(&d);
	pass(5000);
	assert_int_equal(d.s.state, SESSION_RUNNING);
	drive_clear(&d);
	pass(6 * MINUTE);
	saw("BREAK 0");
}

static void a_kd_that_is_replaced_says_nothing_more(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_COMMAND);
	drive_feed(&d, STOP);
	d.write[0] = '\0'; /* and then nothing */
	while (!d.kills) {
		pass(1000);
	}
	assert_int_equal(d.s.state, SESSION_UNKNOWN);
	drive_feed(&d, "words of a command\r\n0: kd> ");
	assert_int_equal(d.s.state, SESSION_UNKNOWN);
}

static void an_interrupted_list_is_not_an_empty_one(void **state) {
	bool cut = false;

	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_STOP);
	drive_clear(&d);
	drive_feed(&d, STOP);
	while (drive_kd_once(&d)) {
		if (!strcmp(d.write, "bl")) {
			d.rows = cut ? "" : "    ^ User interrupted operation error in 'bl'\r\n";
			cut = true;
		}
	}
	pass(5000);
	saw("> bl; > .echo; > bc *; > .echo; > bl;"); /* once more */
	ended(RESULT_RELEASED);
}

/* It stands while the end of the answer to our own nonce is on its way. */
static void a_nonces_answer_without_its_prompt_is_no_running_target(void **state) {
	char nonce[40];

	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	drive_in(&d, IN_GO);
	drive_kd(&d);
	pass(1000);
	drive_feed(&d, STOP);
	snprintf(nonce, sizeof(nonce), "%.30s\r\n", d.write + 6);
	pass(1900);
	drive_feed(&d, nonce);
	pass(1500);
	assert_int_equal(d.s.state, SESSION_HALTED);
}

/* A DbgPrint of a hit's first line must not make a quiet kd's stacks count for nothing. */
static void a_faked_hit_does_not_hide_the_real_ones(void **state) {
	const char *stack = strchr(DRIVE_HIT, '\n') + 1;

	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, "Breakpoint 0 hit\r\nhello\r\n");
	pass(5000);
	drive_feed(&d, stack);
	pass(5000);
	drive_feed(&d, stack);
	assert_int_equal(d.s.hits, 3);
}

static void a_teammates_disarm_outlasts_the_job_under_way(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, JOINS);
	drive_in(&d, IN_ARM);
	drive_clear(&d);
	drive_feed(&d, STOP);
	while (strncmp(d.write, "bp ", 3) != 0) {
		assert_true(drive_kd_once(&d));
	}
	drive_feed(&d, "[" WHO "] bc *\r\n");
	drive_kd(&d);
	pass(5000);
	is(SESSION_RUNNING, ARM_DISARMED);
	never("armed;");
}

static void a_hit_that_a_break_cuts_counts_once(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_feed(&d, "Breakpoint 0 hit\r\n");
	drive_in(&d, IN_BREAK);
	drive_feed(&d, "    ^ User interrupted operation error in ';kb;g'\r\n"
		       "nt!MmAllocateSpecialPool:\r\n0: kd> ");
	drive_kd(&d);
	assert_int_equal(d.s.state, SESSION_HALTED);
	assert_int_equal(d.s.hits, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		STORY(a_client_joins_right_behind_a_stop),
		STORY(a_new_kd_shows_a_stop_at_once),
		STORY(a_prompt_is_asked_for_when_the_minute_is_over),
		STORY(a_late_stop_does_not_end_the_wish_to_arm),
		STORY(a_kd_that_is_replaced_says_nothing_more),
		STORY(an_interrupted_list_is_not_an_empty_one),
		STORY(a_nonces_answer_without_its_prompt_is_no_running_target),
		STORY(a_faked_hit_does_not_hide_the_real_ones),
		STORY(a_teammates_disarm_outlasts_the_job_under_way),
		STORY(a_hit_that_a_break_cuts_counts_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
