#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/units.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void sizes_and_their_units(void **state) {
	static const struct {
		const char *text;
		uint64_t bytes; /* 77: refused */
	} rows[] = {
		{"0B", 0},
		{"1B", 1},
		{"64K", 65536},
		{"256M", 268435456},
		{"1G", 1073741824},
		{"18446744073709551615B", UINT64_MAX},
		{"18446744073709551616B", 77},
		{"17179869184G", 77},
		{"1", 77},
		{"", 77},
		{"M", 77},
		{"1 M", 77},
		{"1m", 77},
		{"1MB", 77},
		{"-1M", 77},
		{"1.5M", 77},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t got = 77;
		assert_int_equal(units_parse_size(rows[i].text, &got), rows[i].bytes != 77);
		assert_true(got == rows[i].bytes);
	}
}

static void a_size_is_written_in_the_largest_unit_that_divides_it(void **state) {
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {{0, "0B"}, {1, "1B"}, {1000, "1000B"}, {65536, "64K"}, {1048577, "1048577B"},
		{1048576, "1M"}, {3221225472, "3G"}};
	char out[32];
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		units_format_size(rows[i].bytes, out, sizeof(out));
		assert_string_equal(out, rows[i].text);
	}
}

static void numbers_are_digits_only(void **state) {
	static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "0x10", "1.0",
		"18446744073709551616", "99999999999999999999999"};
	uint64_t got = 77;
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(units_parse_number(bad[i], &got));
		assert_true(got == 77);
	}
	assert_true(units_parse_number("0019200", &got));
	assert_true(got == 19200);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_and_their_units),
		cmocka_unit_test(a_size_is_written_in_the_largest_unit_that_divides_it),
		cmocka_unit_test(numbers_are_digits_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
