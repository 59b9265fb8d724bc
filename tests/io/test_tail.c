/* A journal read beside its daemon: whole lines, once each, over any rotation. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <utime.h>

#include "io/record.h"
#include "io/tail.h"
#include "tests/io/fixture.h"

struct test {
	struct fixture f;
	char path[128];
	struct tail *tail;
	char seen[4096]; /* seq of each line, blanks between */
	size_t most;     /* lines wanted; 0: all */
	size_t lines;
};

static bool on_line(void *data, const char *line, size_t len) {
	struct test *t = data;
	struct record r;
	size_t used = strlen(t->seen);

	if (record_read(line, len, &r)) {
		snprintf(t->seen + used, sizeof(t->seen) - used, "%s%u", used ? " " : "",
			(unsigned)r.seq);
	} else {
		snprintf(t->seen + used, sizeof(t->seen) - used, "%s?", used ? " " : "");
	}
	return ++t->lines != t->most;
}

static void add(const char *path, unsigned from, unsigned to) {
	FILE *file = fopen(path, "ab");

	assert_non_null(file);
	for (unsigned seq = from; seq <= to; seq++) {
		fprintf(file, "2026-11-23T23:45:%02u.000000Z %u < a line\n", seq % 60, seq);
	}
	fclose(file);
}

/* As the daemon does: the old file has its last number, a new one takes its place. */
static void rotate(struct test *t, unsigned seq) {
	char name[160];

	snprintf(name, sizeof(name), "%s.%012u", t->path, seq);
	assert_int_equal(rename(t->path, name), 0);
}

static void expect(struct test *t, const char *seen) {
	assert_true(tail_read(t->tail, on_line, t));
	assert_string_equal(t->seen, seen);
	t->seen[0] = '\0';
}

static int set_up(void **state) {
	struct test *t = calloc(1, sizeof(*t));

	fixture_init(&t->f);
	snprintf(t->path, sizeof(t->path), "%s/web1.journal", t->f.folder);
	*state = t;
	return 0;
}

static int tear_down(void **state) {
	struct test *t = *state;

	tail_close(t->tail);
	fixture_finish(&t->f);
	free(t);
	return 0;
}

static void whole_lines_once_each(void **state) {
	struct test *t = *state;
	FILE *file;

	add(t->path, 1, 3);
	assert_int_equal(tail_open(t->path, 0, 0, &t->tail), 0);
	expect(t, "1 2 3");
	expect(t, "");
	file = fopen(t->path, "ab");
	fputs("2026-11-23T23:45:04.000000Z 4 < ha", file);
	fflush(file);
	expect(t, "");
	fputs("lf\ntorn by a crash\n", file);
	fclose(file);
	expect(t, "4 ?");
}

static void rotated_files_come_first_in_their_order(void **state) {
	struct test *t = *state;

	for (unsigned seq = 1; seq < 12; seq++) {
		add(t->path, seq, seq);
		rotate(t, seq);
	}
	add(t->path, 12, 12);
	assert_int_equal(tail_open(t->path, 0, 0, &t->tail), 0);
	expect(t, "1 2 3 4 5 6 7 8 9 10 11 12");
}

static void rotation_under_a_reader_loses_nothing(void **state) {
	struct test *t = *state;

	add(t->path, 1, 2);
	assert_int_equal(tail_open(t->path, 0, 0, &t->tail), 0);
	expect(t, "1 2");
	add(t->path, 3, 4); /* not read before its file has another name */
	rotate(t, 4);
	expect(t, "3 4"); /* the new file is not there yet */
	add(t->path, 5, 6);
	rotate(t, 6);
	add(t->path, 7, 7);
	rotate(t, 7);
	add(t->path, 8, 8);
	expect(t, "5 6 7 8");
	add(t->path, 9, 9);
	expect(t, "9");
}

static void what_is_too_old_is_not_even_opened(void **state) {
	struct test *t = *state;
	struct utimbuf old = {.actime = 1000, .modtime = 1000};
	char name[160];

	add(t->path, 1, 1);
	rotate(t, 1);
	snprintf(name, sizeof(name), "%s.%012d", t->path, 1);
	assert_int_equal(utime(name, &old), 0);
	add(t->path, 2, 2);
	rotate(t, 2);
	add(t->path, 3, 3);
	assert_int_equal(tail_open(t->path, 2000 * 1000000LL, 0, &t->tail), 0);
	expect(t, "2 3");
}

static void last_bytes_begin_at_a_line(void **state) {
	struct test *t = *state;

	add(t->path, 1, 9);
	assert_int_equal(tail_open(t->path, 0, 100, &t->tail), 0);
	expect(t, "8 9");
	tail_close(t->tail);
	t->tail = NULL;
	assert_int_equal(tail_open(t->path, 0, 100000, &t->tail), 0);
	expect(t, "1 2 3 4 5 6 7 8 9");
}

static void reader_may_have_enough(void **state) {
	struct test *t = *state;

	add(t->path, 1, 9);
	t->most = 4;
	assert_int_equal(tail_open(t->path, 0, 0, &t->tail), 0);
	assert_false(tail_read(t->tail, on_line, t));
	assert_string_equal(t->seen, "1 2 3 4");
}

static void no_file_is_an_error(void **state) {
	struct test *t = *state;

	assert_int_equal(tail_open(t->path, 0, 0, &t->tail), UV_ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(whole_lines_once_each),
		TEST(rotated_files_come_first_in_their_order),
		TEST(rotation_under_a_reader_loses_nothing),
		TEST(what_is_too_old_is_not_even_opened),
		TEST(last_bytes_begin_at_a_line),
		TEST(reader_may_have_enough),
		TEST(no_file_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
