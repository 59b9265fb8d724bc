#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/bugcheck.h"

static void the_first_line_counts_until_it_is_forgotten(void **state) {
	struct kd_event first = {.code = 0xd1, .params = {1, 2}, .param_count = 2};
	struct kd_event second = {.code = 0x50};
	struct bugcheck b = {0};
	char members[200];
	struct text t;

	(void)state;
	bugcheck_told(&b, &first);
	bugcheck_told(&b, &second);
	text_init(&t, members, sizeof(members));
	bugcheck_put(&b, &t);
	assert_string_equal(members, ",\"code\":\"0x000000d1\",\"params\":[\"0x0000000000000001\","
				     "\"0x0000000000000002\"]");
	bugcheck_forget(&b);
	assert_false(b.told);
	bugcheck_told(&b, &second);
	assert_int_equal(b.code, 0x50);
	assert_int_equal(b.param_count, 0);
}

static void a_crash_that_kd_only_found(void **state) {
	struct kd_event event = {.code = 0xd1};
	struct bugcheck b = {0};
	char members[200];
	struct text t;

	(void)state;
	bugcheck_line(&b, "A fatal", 7);
	assert_false(b.told);
	bugcheck_line(&b, "A fatal system error has occurred.", 34);
	assert_true(b.told);
	text_init(&t, members, sizeof(members));
	bugcheck_put(&b, &t);
	assert_string_equal(members, ",\"code\":null,\"params\":[]");
	bugcheck_told(&b, &event); /* the code comes all the same */
	bugcheck_line(&b, "A fatal system error has occurred.", 34);
	assert_true(b.has_code && b.code == 0xd1);
}

static void time_and_bytes_have_an_end(void **state) {
	struct bugcheck_recipe recipe = {.analyze = true, .max_ms = 1000, .max_bytes = 9999};
	struct bugcheck b = {.bytes = 9999};

	(void)state;
	assert_null(bugcheck_spent(&b, &recipe, 5000, 5999));
	assert_non_null(bugcheck_spent(&b, &recipe, 5000, 6000));
	b.bytes++;
	assert_non_null(bugcheck_spent(&b, &recipe, 5000, 5000));
}

static void the_budget_is_a_time_and_perhaps_a_size(void **state) {
	static const char *const bad[] = {"", "30", "99ms", "2h", "30s,", "30s, 1", "30s, 1023B",
		"30s, 0K", "30s, 17M", "30s, 99999999999999999999K", "256K", "30s 1K x"};
	struct bugcheck_recipe recipe = {0};

	(void)state;
	assert_true(bugcheck_parse_max("30s", &recipe));
	assert_true(recipe.max_ms == 30000 && recipe.max_bytes == BUGCHECK_BYTES);
	assert_true(bugcheck_parse_max("1h,16M", &recipe));
	assert_true(recipe.max_ms == 3600000 && recipe.max_bytes == 16 << 20);
	assert_true(bugcheck_parse_max("100ms 1K", &recipe));
	assert_true(recipe.max_ms == 100 && recipe.max_bytes == 1024);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(bugcheck_parse_max(bad[i], &recipe));
	}
	assert_true(recipe.max_ms == 100 && recipe.max_bytes == 1024);
}

static void a_recipe_is_at_most_two_commands(void **state) {
	struct bugcheck_recipe plain = {0}, all = {.analyze = true, .reboot = true};

	(void)state;
	assert_null(bugcheck_command(&plain));
	assert_string_equal(bugcheck_end(&plain), "g");
	assert_string_equal(bugcheck_command(&all), "!analyze -v");
	assert_string_equal(bugcheck_end(&all), ".reboot");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_counts_until_it_is_forgotten),
		cmocka_unit_test(a_crash_that_kd_only_found),
		cmocka_unit_test(time_and_bytes_have_an_end),
		cmocka_unit_test(the_budget_is_a_time_and_perhaps_a_size),
		cmocka_unit_test(a_recipe_is_at_most_two_commands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
