#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "config/cross.h"

static void expect(char *got, const char *wanted) {
	assert_string_equal(got, wanted);
	free(got);
}

static void ports(void **state) {
	(void)state;
	expect(cross_port_name("COM1"), "com1");
	expect(cross_port_name("\\\\.\\Com1"), "com1");
}

static void pipes(void **state) {
	(void)state;
	expect(cross_pipe_name("npipe:pipe=X"), "npipe:x");
	expect(cross_pipe_name("npipe:hidden,pipe=X,server=y"), "npipe:x");
	expect(cross_pipe_name("NPIPE:PIPE=x"), "npipe:x");
	expect(cross_pipe_name("npipe:"), "npipe:");
	expect(cross_pipe_name("npipe:,"), "npipe:,");
	expect(cross_pipe_name("tcp:Port=5"), "tcp:port=5");
}

static void log_files(void **state) {
	(void)state;
	expect(cross_log_name(NULL, "a.log"), "a.log");
	expect(cross_log_name(NULL, "./a.log"), "a.log");
	expect(cross_log_name(NULL, "A.log"), "A.log");
	expect(cross_log_name("/w", "a.log"), "/w/a.log");
	expect(cross_log_name("/w/", ".//./a.log"), "/w/a.log");
	expect(cross_log_name("/w", "/x//y/./a"), "/x/y/a");
	expect(cross_log_name("/w", "C:\\Debug\\.\\A.log"), "c:/debug/a.log");
	expect(cross_log_name("c:\\debug", "A.log"), "c:/debug/a.log");
	expect(cross_log_name(NULL, "c:/debug/a.log"), "c:/debug/a.log");
	expect(cross_log_name(NULL, "a/.b"), "a/.b");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports),
		cmocka_unit_test(pipes),
		cmocka_unit_test(log_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
