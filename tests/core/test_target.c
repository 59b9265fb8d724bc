#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/target.h"

static void the_build_is_the_last_number(void **state) {
	static const struct {
		const char *name;
		uint32_t build;
	} rows[] = {{"Windows 10 19041 x64", 19041}, {"Windows 7 7601 x64", 7601},
		{"Windows XP 2600 x86 compatible", 2600},
		{"Windows 10 17125 ARM 64-bit (AArch64)", 17125}, {"Windows", 0}, {"", 0},
		{"Windows 10 99999999999 x64", 10}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(target_build(rows[i].name), rows[i].build);
	}
}

static void the_heap_backed_pool_lacks_the_function(void **state) {
	static const char seed[] = "bp nt!MmAllocateSpecialPool \";kb;g\"";

	(void)state;
	assert_null(target_lacks("Windows 10 17763 x64", seed));
	assert_non_null(target_lacks("Windows 10 18362 x64", seed));
	assert_null(target_lacks("Windows 10 18362 x64", "bp nt!ExAllocateHeapSpecialPool"));
	assert_null(target_lacks("", seed));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_build_is_the_last_number),
		cmocka_unit_test(the_heap_backed_pool_lacks_the_function),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
