/*
 * Stories of the session machine in virtual time, with the kd of drive.h: what is the same in each.
 * A story sets `set` as it needs it and goes on with `d`.
 */
#ifndef TESTS_SUPPORT_STORY_H
#define TESTS_SUPPORT_STORY_H

#include <cmocka.h>

#include "tests/support/drive.h"

#define SHUTDOWN \
	"Shutdown occurred at (Mon Nov 23 23:45:12.000 2026)...unloading all symbol tables.\r\n"
#define MINUTE 60000

static struct session_settings set;
static struct drive d;

static inline int fresh(void **state) {
	(void)state;
	set = drive_settings();
	return 0;
}

static inline void saw(const char *words) {
	if (!drive_saw(&d, words)) {
		print_error("not seen: %s\nin: %s\n", words, d.seen);
		fail();
	}
}

static inline void never(const char *words) {
	if (drive_saw(&d, words)) {
		print_error("seen: %s\nin: %s\n", words, d.seen);
		fail();
	}
}

static inline void is(enum session_state state, enum session_arm arm) {
	assert_string_equal(session_state_name(d.s.state), session_state_name(state));
	assert_string_equal(session_arm_name(d.s.arm), session_arm_name(arm));
}

static inline void pass(uint64_t ms) {
	assert_true(drive_pass(&d, ms));
}

static inline void connects(void) {
	drive_feed(&d, DRIVE_CONNECT);
}

static inline void new_kd(void) {
	drive_in(&d, IN_KD_ENDED);
	pass(10000);
	drive_launch(&d);
}

/* The end of a detach: kd obeys the quit line or is ended. */
static inline void ended(enum session_result result) {
	is(SESSION_DETACHING, d.s.arm);
	drive_in(&d, IN_KD_ENDED);
	assert_int_equal(d.s.state, SESSION_STOPPED);
	assert_string_equal(session_result_name(d.s.result), session_result_name(result));
	assert_int_equal(d.ends, 1);
}

#define STORY(name) cmocka_unit_test_setup(name, fresh)

#endif
