#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/names.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void good_names(void **state) {
	static const char *const good[] = {"a", "livedebug", "Rack_7-b", "0", "com", "com10",
		"comx", "lpt", "console", "nul1", "default1", "abcdefghijklmnopqrstuvwxyz012345"};
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_null(session_name_fault(good[i]));
	}
}

static void bad_names(void **state) {
	static const char *const bad[] = {"", " ", "a b", "a.b", "a/b", "\xc3\xa4", "con", "CON",
		"Prn", "aux", "nul", "com0", "COM1", "com9", "LPT1", "lpt0", "daemon", "Default",
		"abcdefghijklmnopqrstuvwxyz0123456"};
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_non_null(session_name_fault(bad[i]));
	}
}

static void names_compare_without_case(void **state) {
	(void)state;
	assert_true(names_equal("Rack", "rACK"));
	assert_true(names_equal("", ""));
	assert_false(names_equal("rack", "rack1"));
	assert_false(names_equal("rack1", "rack"));
	assert_false(names_equal("[", "{"));
}

static const char *nearest_of(const char *wanted) {
	static const char *const known[] = {"port", "port_device", "baud_rate", "log_file"};
	struct nearest n;
	nearest_init(&n, wanted);
	for (size_t i = 0; i < COUNT(known); i++) {
		nearest_try(&n, known[i]);
	}
	return n.name;
}

static void the_nearest_name(void **state) {
	(void)state;
	assert_string_equal(nearest_of("prot"), "port");
	assert_string_equal(nearest_of("baudrate"), "baud_rate");
	assert_string_equal(nearest_of("Log_File"), "log_file");
	assert_null(nearest_of("colour"));
	assert_null(nearest_of("portportportportportportportportportportportport"));
	assert_null(nearest_of(""));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_names),
		cmocka_unit_test(bad_names),
		cmocka_unit_test(names_compare_without_case),
		cmocka_unit_test(the_nearest_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
