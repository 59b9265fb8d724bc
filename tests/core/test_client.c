#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/client.h"

#define WHO "[LAPTOP\\ada (npipe \\\\LAPTOP\\pipe\\x)] "

static void whose_breakpoints_a_command_clears(void **state) {
	static const struct {
		const char *line;
		size_t ours;
		enum client_clears clears;
	} rows[] = {{WHO "bc *", 1, CLIENT_CLEARS_ALL}, {WHO "bd *", 3, CLIENT_CLEARS_ALL},
		{WHO "bd 0", 1, CLIENT_CLEARS_ALL}, {WHO "bd 0", 2, CLIENT_CLEARS_SOME},
		{WHO "bc 0-1", 2, CLIENT_CLEARS_ALL}, {WHO "bc 1,0", 2, CLIENT_CLEARS_ALL},
		{WHO "bc 1", 1, CLIENT_CLEARS_NONE},
		{WHO "bc 99999999999999999999", 1, CLIENT_CLEARS_NONE},
		{WHO "k;bd 0", 1, CLIENT_CLEARS_ALL}, {WHO "bl", 1, CLIENT_CLEARS_NONE},
		{WHO ".echo abc 0", 1, CLIENT_CLEARS_NONE}, {WHO "bd", 1, CLIENT_CLEARS_NONE},
		{WHO "bc 2 - 70", 64, CLIENT_CLEARS_SOME}, {WHO "be *", 1, CLIENT_CLEARS_NONE},
		{"", 1, CLIENT_CLEARS_NONE}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum client_clears got =
			client_clears(rows[i].line, strlen(rows[i].line), rows[i].ours);

		if (got != rows[i].clears) {
			print_error("%s: %d\n", rows[i].line, got);
		}
		assert_int_equal(got, rows[i].clears);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(whose_breakpoints_a_command_clears)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
