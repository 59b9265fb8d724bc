/* Stories of the session machine: the computer sleeps, its battery ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/story.h"

#define HOUR_MS 3600000

static void slept(void) {
	d.now += HOUR_MS;
	drive_input(
		&d, &(struct session_input){.kind = IN_SLEPT, .now_ms = d.now, .value = HOUR_MS});
}

static void kd_and_port_are_lost_and_it_arms_again(void **state) {
	(void)state;
	drive_up(&d, &set);
	is(SESSION_RUNNING, ARM_ARMED);
	drive_clear(&d);
	slept();
	is(SESSION_UNKNOWN, ARM_ARMED);
	saw("kill");
	never("write");
	new_kd();
	is(SESSION_WAITING, ARM_UNARMED);
	assert_true(d.s.break_pending); /* for arming: the breakpoints of before are looked at */
}

static void the_halt_it_slept_through_counts(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	assert_int_equal(d.s.state, SESSION_HALTED);
	drive_clear(&d);
	slept();
	assert_true(d.s.halts.owner_ms[OWNER_OPERATOR] >= HOUR_MS);
	is(SESSION_UNKNOWN, ARM_ARMED);
	saw("kill");
}

static void without_a_kd_nothing_is_lost(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_in(&d, IN_PORT_ABSENT);
	drive_clear(&d);
	slept();
	is(SESSION_PORT, ARM_UNARMED);
	never("kill");
	drive_in(&d, IN_TICK);
	saw("port"); /* it is looked for at once: its time is over */
}

static void a_battery_disarms_as_a_guard_with_its_reason(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_clear(&d);
	drive_input(&d, &(struct session_input){.kind = IN_DISARM,
				.now_ms = d.now,
				.text = "disarm: the computer's battery is at 15 %"});
	saw("battery is at 15 %");
	assert_string_equal(session_owner_name(d.s.owner), "guard");
	drive_stop(&d);
	pass(MINUTE);
	assert_string_equal(session_arm_name(d.s.arm), "disarmed");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		STORY(kd_and_port_are_lost_and_it_arms_again),
		STORY(the_halt_it_slept_through_counts),
		STORY(without_a_kd_nothing_is_lost),
		STORY(a_battery_disarms_as_a_guard_with_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
