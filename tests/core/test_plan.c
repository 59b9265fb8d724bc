/* The wire's formula against the table of the protocol notes; what a profile's plan says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/plan.h"

static void the_bytes_of_a_hit(void **state) {
	static const struct {
		unsigned frames;
		uint64_t bytes;
	} rows[] = {{0, 2892}, {5, 3550}, {10, 4208}, {20, 5524}, {50, 9472}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(plan_bytes(rows[i].frames, 1), rows[i].bytes);
	}
	assert_int_equal(plan_wire_us(5524, 19200), 2877083);
	assert_int_equal(plan_wire_us(5524, 0), 0);
}

static void frames_of_a_command(void **state) {
	(void)state;
	assert_int_equal(plan_frames("bp a!b \";kb;g\""), PLAN_FRAMES);
	assert_int_equal(plan_frames("bp a!b \";kb 5;g\""), 5);
	assert_int_equal(plan_frames("bp a!b \"kbn10;g\""), 10);
	assert_int_equal(plan_frames("bp a!b \"g\""), 0);
	assert_int_equal(plan_frames("bp a!b"), 0);
}

static const char *const arm[] = {"bp nt!MmAllocateSpecialPool \";kb;g\""};

static void what_would_make_it_cheaper(void **state) {
	struct plan_wish w = {.baud = 19200, .arm = arm, .arm_count = 1, .rate = 10, .act_pm = 300};
	struct plan p;

	(void)state;
	plan_make(&p, &w);
	assert_int_equal(p.duty_pm, 479);
	assert_int_equal(p.act_rate, 6);
	assert_int_equal(p.shorter, 10);
	assert_true(p.shorter_us < p.halt_us && p.faster_us < p.shorter_us);
	assert_false(p.sample);
	w.rate = 60000;
	plan_make(&p, &w);
	assert_int_equal(p.duty_pm, 1000);
	assert_true(p.sample);
}

static void hits_that_were_seen_correct_it(void **state) {
	struct plan_wish w = {
		.baud = 115200, .arm = arm, .arm_count = 1, .measured_ms = 900, .hits = 40};
	struct plan p;

	(void)state;
	plan_make(&p, &w);
	assert_true(p.calibrated);
	assert_int_equal(p.halt_us, 900000);
	assert_int_equal(p.model_us, 479513);
	assert_int_equal(p.faster_us, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_of_a_hit),
		cmocka_unit_test(frames_of_a_command),
		cmocka_unit_test(what_would_make_it_cheaper),
		cmocka_unit_test(hits_that_were_seen_correct_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
