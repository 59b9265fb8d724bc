/* New values in a session that goes on, and in its next life. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/reload.h"
#include "tests/support/story.h"

static void halt_that_is_under_way_keeps_its_time_the_next_has_the_new(void **state) {
	struct session_settings other;

	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	is(SESSION_HALTED, ARM_ARMED);
	other = set;
	other.halt_max_ms = set.halt_max_ms / 10;
	session_adjust(&d.s, &other);
	pass(other.halt_max_ms * 2);
	is(SESSION_HALTED, ARM_ARMED);
	pass(set.halt_max_ms);
	drive_kd(&d);
	pass(set.settle_ms * 2);
	is(SESSION_RUNNING, ARM_ARMED);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	is(SESSION_HALTED, ARM_ARMED);
	pass(other.halt_max_ms + set.settle_ms * 2);
	drive_kd(&d);
	pass(set.settle_ms * 2);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void manual_that_becomes_boot_arms_at_the_next_one_only(void **state) {
	struct session_settings other;
	unsigned breaks;

	(void)state;
	set.arm_at = ARM_AT_MANUAL;
	drive_up(&d, &set);
	is(SESSION_RUNNING, ARM_UNARMED);
	breaks = d.breaks;
	other = set;
	other.arm_at = ARM_AT_BOOT;
	session_adjust(&d.s, &other);
	pass(10 * MINUTE);
	assert_int_equal(d.breaks, breaks); /* a file is no operator (rule 1) */
	drive_feed(&d, SHUTDOWN);
	pass(set.settle_ms);
	connects();
	pass(set.settle_ms);
	assert_int_equal(d.breaks, breaks + 1);
}

static void disarmed_stays_so_whatever_the_file_says(void **state) {
	struct session_settings other;

	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_DISARM);
	drive_stop(&d);
	drive_kd(&d);
	pass(set.settle_ms * 2);
	is(SESSION_RUNNING, ARM_DISARMED);
	other = set;
	other.arm_at = ARM_AT_MANUAL;
	session_adjust(&d.s, &other);
	other.arm_at = ARM_AT_BOOT;
	session_adjust(&d.s, &other);
	assert_false(d.s.want_arm);
}

static void next_life_has_the_new_values_and_the_old_counts(void **state) {
	struct session_settings other;

	(void)state;
	drive_up(&d, &set);
	d.s.hits = 7;
	drive_in(&d, IN_STOP);
	drive_stop(&d);
	drive_kd(&d);
	pass(set.settle_ms * 2);
	ended(RESULT_RELEASED);
	other = set;
	other.halt_max_ms = 1234;
	other.disarmed = true;
	session_renew(&d.s, &other);
	assert_int_equal(d.s.hits, 7);
	assert_int_equal(d.s.set.halt_max_ms, 1234);
	is(SESSION_STOPPED, ARM_DISARMED);
	assert_int_equal(d.s.result, RESULT_RELEASED);
	assert_false(d.s.want_arm);
	drive_in(&d, IN_START);
	drive_launch(&d);
	is(SESSION_WAITING, ARM_DISARMED);
}

static void how_a_session_stands(void **state) {
	(void)state;
	drive_up(&d, &set);
	assert_int_equal(reload_stand_of(&d.s), RELOAD_UP);
	drive_in(&d, IN_STOP);
	assert_int_equal(reload_stand_of(&d.s), RELOAD_DOWN); /* a person's word, being done */
	drive_in(&d, IN_HURRY);
	drive_in(&d, IN_KD_ENDED);
	assert_int_equal(d.s.state, SESSION_STOPPED);
	assert_int_equal(reload_stand_of(&d.s), RELOAD_STUCK);
	drive_init(&d, &set);
	assert_int_equal(reload_stand_of(&d.s), RELOAD_DOWN);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		STORY(halt_that_is_under_way_keeps_its_time_the_next_has_the_new),
		STORY(manual_that_becomes_boot_arms_at_the_next_one_only),
		STORY(disarmed_stays_so_whatever_the_file_says),
		STORY(next_life_has_the_new_values_and_the_old_counts),
		STORY(how_a_session_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
