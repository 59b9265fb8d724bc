#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/pattern.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void what_matches(void **state) {
	static const struct {
		const char *pattern, *text;
		bool matches;
	} rows[] = {
		{"drv", "mydrv!Work", true},
		{"DRV!w", "mydrv!Work", true},
		{"^drv", "mydrv!Work", false},
		{"^my", "mydrv!Work", true},
		{"work$", "mydrv!Work", true},
		{"wor$", "mydrv!Work", false},
		{"m.drv", "mydrv!Work", true},
		{"a|drv", "mydrv!Work", true},
		{"a|b$", "mydrv!Work", false},
		{"^x|^my", "mydrv!Work", true},
		{"y*d+r?v", "mydrv!Work", true},
		{"mx*y", "mydrv", true},
		{"mx+y", "mydrv", false},
		{"^.*k$", "mydrv!Work", true},
		{"[a-c]+!", "abc!x", true},
		{"[^a-c]!", "abc!x", false},
		{"[]x]!", "a]!", true},
		{"a\\.b", "axb", false},
		{"a\\.b", "a.b", true},
		{"\\(x\\)", "f(x)", true},
		{"a$b", "a$b", true},
		{"^$", "", true},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_null(pattern_fault(rows[i].pattern));
		assert_int_equal(pattern_matches(rows[i].pattern, rows[i].text), rows[i].matches);
	}
}

static void what_is_no_pattern(void **state) {
	static const char *const rows[] = {
		"", "[a", "a\\", "(a)", "*a", "a**", "a|*", "^*", "a{2}", "[]", "[^]"};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_non_null(pattern_fault(rows[i]));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_matches),
		cmocka_unit_test(what_is_no_pattern),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
