#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "report/fold.h"

static void equal_stacks_are_counted_once(void **state) {
	struct fold f = {0};
	(void)state;
	fold_add(&f, "a;b", 3);
	fold_add(&f, "a;bc", 3);
	fold_add(&f, "a;bc", 4);
	assert_int_equal(f.count, 2);
	assert_int_equal(f.total, 3);
	assert_string_equal(f.entries[0].folded, "a;b");
	assert_int_equal(f.entries[0].count, 2);
	fold_finish(&f);
}

static void most_frequent_first_ties_by_text(void **state) {
	static const char *const added[] = {"b", "a", "c", "c", "a;b"};
	static const char *const sorted[] = {"c", "a", "a;b", "b"};
	struct fold f = {0};
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		fold_add(&f, added[i], strlen(added[i]));
	}
	fold_sort(&f);
	assert_int_equal(f.count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(f.entries[i].folded, sorted[i]);
	}
	fold_finish(&f);
}

static void many_stacks(void **state) {
	struct fold f = {0};
	char name[32];
	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 20000; i++) {
			int len = snprintf(name, sizeof(name), "root;mod!fn%u", i);
			fold_add(&f, name, (size_t)len);
		}
	}
	assert_int_equal(f.count, 20000);
	assert_int_equal(f.total, 60000);
	for (size_t i = 0; i < f.count; i++) {
		assert_int_equal(f.entries[i].count, 3);
	}
	fold_finish(&f);
}

static void nothing(void **state) {
	struct fold f = {0};
	(void)state;
	fold_sort(&f);
	fold_finish(&f);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_stacks_are_counted_once),
		cmocka_unit_test(most_frequent_first_ties_by_text),
		cmocka_unit_test(many_stacks),
		cmocka_unit_test(nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
