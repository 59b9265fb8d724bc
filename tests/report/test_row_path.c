#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "report/row_path.h"

/* Walk a stack of symbols; the number that is known at its end, which it has from then on. */
static uint32_t walk(
	struct row_path *p, const uint32_t *symbols, uint32_t stack, size_t *foreseen) {
	row_path_begin(p);
	*foreseen = 0;
	for (; *symbols; symbols++) {
		uint32_t node = row_path_expected(p);
		*foreseen += node != 0 && row_path_symbol(p, node) == *symbols;
		row_path_step(p, *symbols);
	}
	uint32_t known = row_path_stack(p);
	if (known == ROW_PATH_NONE) {
		row_path_set_stack(p, stack);
	}
	return known;
}

static void expect_walk(struct row_path *p, const uint32_t *symbols, uint32_t stack, uint32_t known,
	size_t foreseen) {
	size_t got;
	assert_int_equal(walk(p, symbols, stack, &got), known);
	assert_int_equal(got, foreseen);
}

static void the_last_way_is_expected(void **state) {
	static const uint32_t a[] = {1, 2, 3, 4, 0}, b[] = {1, 2, 5, 0}, shorter[] = {1, 2, 0};
	static const uint32_t longer[] = {1, 2, 5, 6, 0};
	struct row_path p = {.at = ROW_PATH_NONE};
	(void)state;
	assert_int_equal(row_path_expected(&p), 0);
	assert_int_equal(row_path_stack(&p), ROW_PATH_NONE);
	expect_walk(&p, a, 10, ROW_PATH_NONE, 0);
	expect_walk(&p, a, 0, 10, 4);
	expect_walk(&p, b, 11, ROW_PATH_NONE, 2);
	expect_walk(&p, b, 0, 11, 3);
	expect_walk(&p, a, 0, 10, 3);
	expect_walk(&p, shorter, 12, ROW_PATH_NONE, 2);
	expect_walk(&p, longer, 13, ROW_PATH_NONE, 2);
	expect_walk(&p, shorter, 0, 12, 2);
	expect_walk(&p, longer, 0, 13, 4);
	expect_walk(&p, b, 0, 11, 3);
	expect_walk(&p, a, 0, 10, 3);
	row_path_begin(&p);
	row_path_leave(&p);
	row_path_step(&p, 1);
	assert_int_equal(row_path_stack(&p), ROW_PATH_NONE);
	row_path_forget(&p);
	expect_walk(&p, a, 20, ROW_PATH_NONE, 0);
	expect_walk(&p, a, 0, 20, 4);
	row_path_finish(&p);
}

/* More than it has room for: what it says is right or nothing. */
static void many_stacks_are_told_apart(void **state) {
	struct row_path p = {.at = ROW_PATH_NONE};
	uint32_t found = 0;
	(void)state;
	for (uint32_t i = 0; i < 200000; i++) {
		uint32_t which = i % 20011,
			 symbols[5] = {which % 7 + 1, which % 1000 + 1, which + 1};
		size_t foreseen;
		symbols[3] = which % 3;
		uint32_t known = walk(&p, symbols, which, &foreseen);
		assert_true(known == which || known == ROW_PATH_NONE);
		found += known == which;
		assert_true(p.count <= ROW_PATH_NODES);
	}
	assert_true(found > 100000);
	row_path_finish(&p);
}

static void when_it_is_full_it_begins_anew(void **state) {
	struct row_path p = {.at = ROW_PATH_NONE};
	uint32_t symbols[3] = {1, 0, 0};
	size_t foreseen;
	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		symbols[1] = i + 1;
		assert_int_equal(walk(&p, symbols, i, &foreseen), ROW_PATH_NONE);
	}
	assert_int_equal(walk(&p, symbols, 0, &foreseen), 99999);
	symbols[1] = 1;
	assert_int_equal(walk(&p, symbols, 7, &foreseen), ROW_PATH_NONE);
	assert_int_equal(walk(&p, symbols, 0, &foreseen), 7);
	row_path_finish(&p);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_way_is_expected),
		cmocka_unit_test(many_stacks_are_told_apart),
		cmocka_unit_test(when_it_is_full_it_begins_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
