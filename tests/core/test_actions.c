#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/actions.h"

static void what_does_not_fit_is_left_out(void **state) {
	static struct actions a;
	static char big[9000];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	actions_clear(&a);
	actions_add_text(&a, ACT_WRITE, big, NULL);
	actions_add_text(&a, ACT_WRITE, big, NULL);
	actions_add_text(&a, ACT_WRITE, "y", NULL);
	assert_int_equal(a.count, 2);
	assert_int_equal(a.list[0].len, sizeof(big) - 1);
	assert_true(a.list[1].len < sizeof(big) - 1);
	assert_int_equal(a.list[1].text[a.list[1].len], 0);
	for (int i = 0; i < 2 * ACTIONS_MAX; i++) {
		actions_add(&a, ACT_KILL, 0);
		actions_add_text(&a, ACT_WRITE, "z", NULL);
	}
	assert_int_equal(a.count, ACTIONS_MAX);
	actions_clear(&a);
	assert_int_equal(a.count, 0);
}

static void head_and_tail_in_order(void **state) {
	static struct actions a;

	(void)state;
	actions_clear(&a);
	actions_add_text(&a, ACT_WRITE, "bc", " *");
	actions_add(&a, ACT_BREAK, 1);
	actions_add_text(&a, ACT_EVENT, NULL, "tail");
	assert_string_equal(a.list[0].text, "bc *");
	assert_int_equal(a.list[1].value, 1);
	assert_null(a.list[1].text);
	assert_string_equal(a.list[2].text, "tail");
}

static void every_action_has_a_name(void **state) {
	(void)state;
	for (int i = 0; i < ACTION_KINDS; i++) {
		assert_true(strlen(action_name((enum action_kind)i)) > 3);
	}
	assert_string_equal(action_name(ACTION_KINDS), "?");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_is_left_out),
		cmocka_unit_test(head_and_tail_in_order),
		cmocka_unit_test(every_action_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
