#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "report/fold.h"

#define MINUTE INT64_C(60000000)

/* The frames of "root;...;leaf". */
static void add_hit(struct fold *f, const char *folded, const struct fold_hit *hit) {
	uint32_t frames[64];
	size_t count = 0;
	for (size_t end = strlen(folded); end > 0;) {
		size_t start = end;
		while (start > 0 && folded[start - 1] != ';') {
			start--;
		}
		frames[count++] = fold_frame(f, folded + start, end - start);
		end = start > 0 ? start - 1 : 0;
	}
	fold_add(f, frames, count, hit);
}

static void add(struct fold *f, const char *folded) {
	struct fold_hit hit = {.time_us = FOLD_NO_TIME, .weight = 1};
	add_hit(f, folded, &hit);
}

static void add_at(struct fold *f, const char *folded, int64_t time_us, uint32_t boot) {
	struct fold_hit hit = {time_us, boot, 0, 1};
	add_hit(f, folded, &hit);
}

static void expect_stack(const struct fold *f, size_t i, const char *folded, uint64_t count) {
	char text[256] = "";
	const struct fold_stack *s = &f->stacks[i];
	for (size_t k = 0; k < s->frame_count; k++) {
		strcat(text, k ? ";" : "");
		strcat(text, fold_frame_text(f, s->frames[k]).at);
	}
	assert_string_equal(text, folded);
	assert_int_equal(s->count, count);
}

static void equal_stacks_are_counted_once(void **state) {
	struct fold f = {0};
	(void)state;
	add(&f, "a;b");
	add(&f, "a;bc");
	add(&f, "a;b");
	add(&f, "b;a");
	assert_int_equal(f.count, 3);
	assert_int_equal(f.total, 4);
	assert_int_equal(f.frame_count, 3);
	assert_int_equal(f.interval_us, 0);
	expect_stack(&f, 0, "a;b", 2);
	fold_finish(&f);
}

static void most_frequent_first_ties_by_text(void **state) {
	static const char *const added[] = {
		"b", "a", "c", "c", "a;b", "a;b;c", "a!;b", "a;c", "a;b\xff;a", "a:"};
	static const char *const sorted[] = {
		"c", "a", "a!;b", "a:", "a;b", "a;b;c", "a;b\xff;a", "a;c", "b"};
	struct fold f = {0};
	(void)state;
	for (size_t i = 0; i < 10; i++) {
		add(&f, added[i]);
	}
	fold_sort(&f);
	assert_int_equal(f.count, 9);
	for (size_t i = 0; i < 9; i++) {
		expect_stack(&f, i, sorted[i], i == 0 ? 2 : 1);
	}
	fold_finish(&f);
}

static void many_stacks(void **state) {
	struct fold f = {0};
	char name[32];
	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 20000; i++) {
			(void)snprintf(name, sizeof(name), "root;mod!fn%u", i);
			add(&f, name);
		}
	}
	assert_int_equal(f.count, 20000);
	assert_int_equal(f.total, 60000);
	for (size_t i = 0; i < f.count; i++) {
		assert_int_equal(f.stacks[i].count, 3);
	}
	fold_finish(&f);
}

static void what_has_no_room_keeps_its_module(void **state) {
	struct fold f = {.stacks_max = 10};
	char name[64];
	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "nt!a%u;drv!b;nt!c", i);
		add(&f, name);
	}
	assert_int_equal(f.total, 10000);
	assert_int_equal(f.merged, 10000 - 10);
	assert_int_equal(f.count, 11);
	fold_sort(&f);
	expect_stack(&f, 0, "(other stacks);drv!b", 9990);
	fold_finish(&f);

	f = (struct fold){.stacks_max = 10};
	for (unsigned i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "nt!a;drv!b%u;nt!c", i);
		add(&f, name);
	}
	assert_int_equal(f.total, 10000);
	assert_true(f.count < 1100);
	assert_true(f.frame_count < 1100);
	uint64_t sum = 0;
	for (size_t i = 0; i < f.count; i++) {
		sum += f.stacks[i].count;
	}
	assert_int_equal(sum, 10000);
	fold_finish(&f);
}

static void times_and_boots(void **state) {
	struct fold f = {0};
	(void)state;
	add_at(&f, "a", 5 * MINUTE, 2);
	add_at(&f, "a", 3 * MINUTE, 1);
	add_at(&f, "b", 3 * MINUTE + 1, 1);
	add(&f, "b");
	assert_int_equal(f.stacks[0].first_us, 3 * MINUTE);
	assert_int_equal(f.stacks[0].last_us, 5 * MINUTE);
	assert_int_equal(f.last_us, 5 * MINUTE);
	assert_int_equal(f.interval_us, MINUTE / 60);
	assert_int_equal(fold_tally_get(&f.intervals, 180), 2);
	assert_int_equal(fold_tally_get(&f.boots, 1), 2);
	assert_int_equal(fold_tally_get(&f.boots, 0), 1);
	assert_int_equal(fold_tally_get(&f.stacks[0].boots, 2), 1);
	assert_int_equal(fold_tally_get(&f.stacks[0].boots, 9), 0);
	fold_finish(&f);
}

static void intervals_grow_with_the_span(void **state) {
	struct fold f = {0};
	(void)state;
	for (int64_t i = 0; i < 40000; i++) {
		add_at(&f, i % 2 ? "a" : "b", i * MINUTE - 10, 1);
	}
	assert_int_equal(f.interval_us, 60 * MINUTE);
	assert_true(f.intervals.count <= FOLD_INTERVALS);
	assert_int_equal(fold_tally_get(&f.intervals, -1), 1);
	assert_int_equal(fold_tally_get(&f.intervals, 7), 60);
	assert_int_equal(fold_tally_get(&f.stacks[0].intervals, 7), 30);
	add_at(&f, "a", INT64_C(1000000) * MINUTE * 60, 1);
	assert_true(f.intervals.count <= FOLD_INTERVALS);
	fold_finish(&f);
}

static void two_folds_are_as_one(void **state) {
	struct fold one = {0}, first = {0}, second = {0};
	char name[32];
	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		struct fold_hit hit = {(int64_t)i * MINUTE, i / 1000, 0, 1 + i % 3};
		struct fold *part = i < 1234 ? &first : &second;
		(void)snprintf(name, sizeof(name), "r%u;f%u", i % 7, i * i % 50);
		hit.source = fold_source(part, i % 2 ? "x" : "y", 1);
		add_hit(part, name, &hit);
		hit.source = fold_source(&one, i % 2 ? "x" : "y", 1);
		add_hit(&one, name, &hit);
	}
	fold_merge(&first, &second, 0);
	fold_sort(&one);
	fold_sort(&first);
	assert_int_equal(first.count, one.count);
	assert_int_equal(first.total, one.total);
	assert_int_equal(first.interval_us, one.interval_us);
	for (size_t i = 0; i < one.count; i++) {
		const struct fold_stack *a = &one.stacks[i], *b = &first.stacks[i];
		assert_int_equal(a->count, b->count);
		assert_true(a->weight == b->weight);
		assert_int_equal(a->first_us, b->first_us);
		assert_int_equal(a->last_us, b->last_us);
		assert_int_equal(a->boots.count, b->boots.count);
		assert_memory_equal(
			a->boots.items, b->boots.items, a->boots.count * sizeof(*a->boots.items));
		assert_int_equal(a->intervals.count, b->intervals.count);
		assert_memory_equal(a->intervals.items, b->intervals.items,
			a->intervals.count * sizeof(*a->intervals.items));
		assert_int_equal(fold_tally_get(&a->sources, fold_source(&one, "x", 1)),
			fold_tally_get(&b->sources, fold_source(&first, "x", 1)));
	}
	fold_finish(&one);
	fold_finish(&first);
	fold_finish(&second);
}

/* Hits without a clock are put by; the sums know of them at once, the stacks when they are asked.
 */
static void hits_that_look_alike(void **state) {
	struct fold f = {0};
	struct fold_hit hit = {FOLD_NO_TIME, 0, 0, 1};
	uint32_t frame = fold_frame(&f, "a", 1);
	(void)state;
	size_t stack = fold_add(&f, &frame, 1, &hit);
	for (uint32_t i = 0; i < 10; i++) {
		hit.boot = i < 5 ? 0 : 1;
		hit.weight = i < 5 ? 1 : 2;
		fold_add_again(&f, stack, &hit);
	}
	fold_add_again(&f, stack, &(struct fold_hit){MINUTE, 7, 0, 1});
	assert_int_equal(f.total, 12);
	assert_true(f.weight == 1 + 5 + 10 + 1);
	fold_settle(&f);
	fold_settle(&f);
	assert_int_equal(f.stacks[0].count, 12);
	assert_true(f.stacks[0].weight == f.weight);
	assert_int_equal(fold_tally_get(&f.stacks[0].boots, 0), 6);
	assert_int_equal(fold_tally_get(&f.stacks[0].boots, 1), 5);
	assert_int_equal(fold_tally_get(&f.boots, 7), 1);
	assert_int_equal(f.stacks[0].first_us, MINUTE);
	fold_finish(&f);
}

static void nothing(void **state) {
	struct fold f = {0}, other = {0};
	(void)state;
	fold_merge(&f, &other, 0);
	fold_sort(&f);
	assert_int_equal(f.count, 0);
	fold_finish(&f);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_stacks_are_counted_once),
		cmocka_unit_test(most_frequent_first_ties_by_text),
		cmocka_unit_test(many_stacks),
		cmocka_unit_test(what_has_no_room_keeps_its_module),
		cmocka_unit_test(times_and_boots),
		cmocka_unit_test(intervals_grow_with_the_span),
		cmocka_unit_test(two_folds_are_as_one),
		cmocka_unit_test(hits_that_look_alike),
		cmocka_unit_test(nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
