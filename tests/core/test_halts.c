/* Halts: what is counted, for whom, and within which minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/halts.h"

#define SHARE 200
#define START 5000000

static struct halts h;
static struct halts_span span;

static int fresh(void **state) {
	(void)state;
	halts_init(&h, SHARE);
	return 0;
}

static void halt(enum halt_owner owner, uint64_t from, uint64_t to) {
	halts_begin(&h, owner, from);
	assert_true(halts_end(&h, to, &span));
}

static void a_halt_is_its_owners(void **state) {
	(void)state;
	halt(OWNER_OPERATOR, START, START + 700);
	halt(OWNER_ARMING, START + 1000, START + 1300);
	assert_int_equal(h.total_ms, 1000);
	assert_int_equal(h.count, 2);
	assert_int_equal(h.owner_ms[OWNER_OPERATOR], 700);
	assert_int_equal(h.owner_count[OWNER_ARMING], 1);
	assert_int_equal(h.longest_ms, 700);
	assert_int_equal(h.longest_owner, OWNER_OPERATOR);
	assert_false(span.estimated);
	assert_false(halts_end(&h, START + 2000, &span));
}

static void a_hit_is_its_text_and_the_wires_share(void **state) {
	(void)state;
	halts_begin(&h, OWNER_HIT, START);
	halts_text(&h, START + 300);
	assert_int_equal(halts_open_ms(&h, START + 400), 400);
	halts_text_over(&h);
	halts_text(&h, START + 1900); /* the running target's */
	assert_true(halts_end(&h, START + 3000, &span));
	assert_true(span.estimated);
	assert_int_equal(span.ms, 300 + SHARE);
	assert_int_equal(halts_hit_mean_ms(&h), 300 + SHARE);
	assert_int_equal(h.hit_longest_ms, 300 + SHARE);
}

static void hits_in_a_row_do_not_overlap(void **state) {
	(void)state;
	halts_begin(&h, OWNER_HIT, START);
	halts_text(&h, START + 100);
	assert_true(halts_end(&h, START + 150, &span)); /* the next one is there */
	assert_int_equal(span.ms, 150);
}

static void a_hit_that_does_not_resume_lasts_until_g(void **state) {
	(void)state;
	halts_begin(&h, OWNER_HIT, START);
	halts_text(&h, START + 100);
	halts_stays(&h);
	halts_go(&h, START + 5000);
	assert_true(halts_end(&h, START + 7000, &span));
	assert_int_equal(span.ms, 5000);
	assert_false(span.estimated);
	assert_int_equal(halts_hit_mean_ms(&h), 0);
}

static void the_last_g_counts(void **state) {
	(void)state;
	halts_begin(&h, OWNER_OPERATOR, START);
	halts_go(&h, START + 100);
	halts_go(&h, START + 600); /* it stood again at once */
	assert_true(halts_end(&h, START + 2600, &span));
	assert_int_equal(span.ms, 600);
}

static void the_last_minute_forgets(void **state) {
	(void)state;
	halt(OWNER_HIT, START, START + SHARE);
	halt(OWNER_CLIENT, START + 10000, START + 16000);
	assert_int_equal(halts_last_minute(&h, START + 20000), 6000 + SHARE);
	assert_int_equal(halts_hits_last_minute(&h, START + 20000), SHARE);
	assert_int_equal(halts_last_minute(&h, START + 73000), 2000);
	assert_int_equal(halts_last_minute(&h, START + 200000), 0);
	assert_int_equal(halts_last_hour(&h, START + 200000), 6000 + SHARE);
	assert_int_equal(halts_last_hour(&h, START + 3800000), 0);
	assert_int_equal(h.total_ms, 6000 + SHARE);
}

static void an_open_halt_is_in_the_last_minute(void **state) {
	(void)state;
	halts_begin(&h, OWNER_OPERATOR, START);
	assert_int_equal(halts_last_minute(&h, START + 30000), 30000);
	assert_int_equal(halts_last_minute(&h, START + 90000), 59000 + START % 1000);
	assert_true(halts_end(&h, START + 90000, &span));
	assert_int_equal(halts_last_minute(&h, START + 90000), 59000);
	assert_int_equal(halts_last_hour(&h, START + 90000), 90000);
}

static void a_halt_of_days_fills_the_hour_only(void **state) {
	(void)state;
	halt(OWNER_FOUND, START, START + 200000000);
	assert_in_range(halts_last_hour(&h, START + 200000000), 3540000, 3600000);
	assert_int_equal(h.longest_ms, 200000000);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_halt_is_its_owners, fresh),
		cmocka_unit_test_setup(a_hit_is_its_text_and_the_wires_share, fresh),
		cmocka_unit_test_setup(hits_in_a_row_do_not_overlap, fresh),
		cmocka_unit_test_setup(a_hit_that_does_not_resume_lasts_until_g, fresh),
		cmocka_unit_test_setup(the_last_g_counts, fresh),
		cmocka_unit_test_setup(the_last_minute_forgets, fresh),
		cmocka_unit_test_setup(an_open_halt_is_in_the_last_minute, fresh),
		cmocka_unit_test_setup(a_halt_of_days_fills_the_hour_only, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
