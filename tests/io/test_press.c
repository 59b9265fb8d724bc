/* io/press: done is told once, at the end of the program; never behind a cancel. */
#include "io/press.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

static void count(void *data) {
	++*(int *)data;
}

static void done_when_it_ends(void **state) {
	const char *const words[] = {"/bin/true", NULL};
	struct press *p = NULL;
	uv_loop_t loop;
	int done = 0;

	(void)state;
	uv_loop_init(&loop);
	assert_int_equal(press_start(&loop, words, count, &done, &p), 0);
	assert_int_equal(done, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(done, 1);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void cancel_ends_it_without_a_word(void **state) {
	const char *const words[] = {"/bin/sleep", "1000", NULL};
	struct press *p = NULL;
	uv_loop_t loop;
	int done = 0;

	(void)state;
	uv_loop_init(&loop);
	assert_int_equal(press_start(&loop, words, count, &done, &p), 0);
	press_cancel(p);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(done, 0);
	assert_int_equal(uv_loop_close(&loop), 0);
	press_cancel(NULL);
}

static void program_that_is_not_there(void **state) {
	const char *const words[] = {"/nonexistent/press", NULL};
	struct press *p = NULL;
	uv_loop_t loop;
	int done = 0;

	(void)state;
	uv_loop_init(&loop);
	assert_int_equal(press_start(&loop, words, count, &done, &p), UV_ENOENT);
	assert_null(p);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(done, 0);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(done_when_it_ends),
		cmocka_unit_test(cancel_ends_it_without_a_word),
		cmocka_unit_test(program_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
