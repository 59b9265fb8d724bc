/* Files of 12 MiB, long enough for three threads; what happens to them while they are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "cli/report_input.h"

#define SIZE (12 << 20)
#define HEADER "ChildEBP RetAddr  \n"
#define ROW "f64138c0 8048b640 nt!Leaf+0x1\n"

static char path[512], moved[520];

static int make_folder(void **state) {
	const char *folder = getenv("TEST_TMP");
	(void)state;
	(void)snprintf(path, sizeof(path), "%s/report-input-%d.log", folder ? folder : "/tmp",
		(int)getpid());
	(void)snprintf(moved, sizeof(moved), "%s.old", path);
	return 0;
}

static int remove_files(void **state) {
	(void)state;
	(void)remove(path);
	(void)remove(moved);
	return 0;
}

/* Stacks of one to five rows in turn: how many. */
static uint64_t write_log(uint64_t size) {
	FILE *file = fopen(path, "wb");
	uint64_t stacks = 0;
	assert_non_null(file);
	for (uint64_t len = 0; len < size; stacks++) {
		len += (uint64_t)fprintf(file, HEADER "%s%s%s%s" ROW "Breakpoint 0 hit\n",
			stacks % 5 > 0 ? ROW : "", stacks % 5 > 1 ? ROW : "",
			stacks % 5 > 2 ? ROW : "", stacks % 5 > 3 ? ROW : "");
	}
	assert_int_equal(fclose(file), 0);
	return stacks;
}

static struct report_reader *new_reader(void) {
	struct report_reader *r = malloc(sizeof(*r));
	assert_non_null(r);
	report_reader_init(r);
	return r;
}

static void done_with(struct report_reader *r) {
	report_reader_finish(r);
	free(r);
}

static void all_threads_together_read_it_once(void **state) {
	uint64_t stacks = write_log(SIZE);
	(void)state;
	for (size_t threads = 0; threads <= 4; threads++) {
		struct report_reader *r = new_reader();
		assert_int_equal(
			report_input_read(r, path, &(struct report_input){.threads = threads}), 0);
		assert_int_equal(r->fold.total, stacks);
		assert_int_equal(r->fold.count, 5);
		assert_int_equal(r->facts.log_count, 1);
		assert_in_range(r->facts.bytes, SIZE, SIZE + 1000);
		done_with(r);
	}
}

/* What the progress callback does, once. */
static int (*action)(void);

static int cut(void) {
	return truncate(path, SIZE / 3 + 7);
}

static int empty(void) {
	return truncate(path, 0);
}

static int rotate(void) {
	FILE *file = rename(path, moved) == 0 ? fopen(path, "wb") : NULL;
	return file && fputs(HEADER ROW, file) >= 0 ? fclose(file) : -1;
}

static int append(void) {
	FILE *file = fopen(path, "ab");
	return file && fputs(HEADER ROW HEADER ROW, file) >= 0 ? fclose(file) : -1;
}

static void act(void *data, const char *name, uint64_t done, uint64_t total) {
	(void)data;
	assert_string_equal(name, path);
	assert_true(done > 0 && total >= SIZE);
	if (action) {
		assert_int_equal(action(), 0);
		action = NULL;
	}
}

static uint64_t read_while(int (*what)(void), size_t threads) {
	struct report_reader *r = new_reader();
	struct report_input input = {threads, act, NULL};
	action = what;
	assert_int_equal(report_input_read(r, path, &input), 0);
	assert_null(action);
	uint64_t total = r->fold.total;
	done_with(r);
	return total;
}

static void a_file_that_becomes_shorter(void **state) {
	(void)state;
	for (size_t threads = 1; threads <= 4; threads += 3) {
		uint64_t stacks = write_log(SIZE);
		uint64_t got = read_while(cut, threads);
		assert_in_range(got, stacks / 4, stacks / 2);
		write_log(SIZE);
		got = read_while(empty, threads);
		assert_in_range(got, 1, stacks / 20);
	}
}

static void a_file_that_is_rotated_or_grows(void **state) {
	(void)state;
	for (size_t threads = 1; threads <= 4; threads += 3) {
		uint64_t stacks = write_log(SIZE);
		assert_int_equal(read_while(rotate, threads), stacks);
		stacks = write_log(SIZE);
		assert_int_equal(read_while(append, threads), stacks + 2);
	}
}

static void what_cannot_be_read(void **state) {
	struct report_reader *r = new_reader();
	struct report_input input = {.threads = 4};
	(void)state;
	assert_int_equal(report_input_read(r, "none.log", &input), UV_ENOENT);
	assert_int_equal(report_input_read(r, ".", &input), UV_EISDIR);
	assert_int_equal(r->fold.total, 0);
	done_with(r);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_threads_together_read_it_once),
		cmocka_unit_test(a_file_that_becomes_shorter),
		cmocka_unit_test(a_file_that_is_rotated_or_grows),
		cmocka_unit_test(what_cannot_be_read),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_files);
}
