#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "report/trend.h"

#define SECOND INT64_C(1000000)
#define SPAN 240 /* intervals of a second */

/* A tally of `hits(i)` in interval i. */
static struct trend trend_of(uint64_t (*hits)(int64_t i)) {
	struct fold_tally_item items[SPAN];
	struct fold_tally t = {items, 0, SPAN};
	struct trend_parts p;
	for (int64_t i = 0; i < SPAN; i++) {
		uint64_t count = hits(i);
		if (count > 0) {
			items[t.count++] = (struct fold_tally_item){i - 100, count};
		}
	}
	trend_cut(&p, -100 * SECOND, (SPAN - 101) * SECOND, SECOND, TREND_PARTS);
	trend_add(&p, &t);
	return trend_fit(&p);
}

static uint64_t rising(int64_t i) {
	return (uint64_t)i / 20;
}
static uint64_t falling(int64_t i) {
	return rising(SPAN - 1 - i);
}
static uint64_t level(int64_t i) {
	return i % 3 == 0;
}
static uint64_t burst(int64_t i) {
	return i > 200 && i < 208 ? 40 : 0;
}
static uint64_t few(int64_t i) {
	return i > SPAN - 5;
}
static uint64_t slightly(int64_t i) {
	return 100 + (uint64_t)i / 10; /* certain, but not half as much again */
}

static void the_rule(void **state) {
	(void)state;
	struct trend t = trend_of(rising);
	assert_int_equal(t.kind, TREND_GROWS);
	assert_true(t.from >= 0 && t.from < 40);
	assert_true(t.to > 680 && t.to < 740); /* 12 hits a second */
	t = trend_of(falling);
	assert_int_equal(t.kind, TREND_FALLS);
	assert_true(t.to < 40 && t.from > 680);
	assert_int_equal(trend_of(level).kind, TREND_STEADY);
	assert_int_equal(trend_of(burst).kind, TREND_STEADY);
	assert_int_equal(trend_of(slightly).kind, TREND_STEADY);
	assert_int_equal(trend_of(few).kind, TREND_UNKNOWN);
}

static uint64_t by_chance(int64_t i) {
	(void)i;
	return (uint64_t)(rand() % 4 == 0);
}

/* A steady rate with the irregularity of chance must seldom pass for a trend. */
static void chance_is_no_trend(void **state) {
	size_t wrong = 0;
	(void)state;
	srand(1);
	for (int i = 0; i < 1000; i++) {
		wrong += trend_of(by_chance).kind != TREND_STEADY;
	}
	assert_true(wrong <= 5);
}

static void parts_cover_the_span(void **state) {
	struct trend_parts p;
	(void)state;
	for (int64_t n = 1; n < 200; n++) {
		double minutes = 0;
		trend_cut(&p, -7 * SECOND, (n - 8) * SECOND, SECOND, 24);
		for (size_t i = 0; i < p.count; i++) {
			assert_true(p.minutes[i] > 0);
			minutes += p.minutes[i];
		}
		assert_true(minutes * 60 > (double)n - 0.01 && minutes * 60 < (double)n + 0.01);
	}
	trend_cut(&p, FOLD_NO_TIME, FOLD_NO_TIME, 0, 24);
	assert_int_equal(p.count, 0);
	assert_int_equal(trend_fit(&p).kind, TREND_UNKNOWN);
}

static void each_hit_is_in_its_part(void **state) {
	struct trend_parts p;
	(void)state;
	for (int64_t n = 1; n < 100; n++) {
		double seen[TREND_PARTS_MAX] = {0};
		trend_cut(&p, 0, (n - 1) * SECOND, SECOND, 24);
		for (int64_t i = -1; i <= n; i++) {
			struct fold_tally_item item = {i, 1};
			struct fold_tally t = {&item, 1, 1};
			trend_add(&p, &t);
		}
		assert_int_equal(p.total, n); /* those outside are left out */
		for (size_t i = 0; i < p.count; i++) {
			seen[i] = p.hits[i] - p.minutes[i] * 60;
			assert_true(seen[i] > -0.001 && seen[i] < 0.001);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rule),
		cmocka_unit_test(chance_is_no_trend),
		cmocka_unit_test(parts_cover_the_span),
		cmocka_unit_test(each_hit_is_in_its_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
