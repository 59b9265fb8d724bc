/* The state file, folders, and an old log moved aside. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "io/files.h"
#include "io/statekeeper.h"
#include "tests/io/fixture.h"

struct test {
	struct fixture f;
	char path[128];
};

static int set_up(void **state) {
	struct test *t = calloc(1, sizeof(*t));

	fixture_init(&t->f);
	snprintf(t->path, sizeof(t->path), "%s/web1.state", t->f.folder);
	*state = t;
	return 0;
}

static int tear_down(void **state) {
	struct test *t = *state;

	fixture_finish(&t->f);
	free(t);
	return 0;
}

static void absent_or_broken_state_is_clean(void **state) {
	struct test *t = *state;
	struct statefile s;

	assert_false(statefile_load(t->path, 1000, &s));
	assert_false(s.running || s.dirty || s.death_count);
	fixture_write(t->path, "{\"running\": tr");
	assert_false(statefile_load(t->path, 1000, &s));
	assert_false(s.running || s.dirty || s.death_count);
}

static void daemon_that_died_is_noticed_once(void **state) {
	struct test *t = *state;
	struct statefile s = {.running = true,
				 .disarmed = true,
				 .pool_edited = true,
				 .pool_old = 0xffffff0f,
				 .armed_at = 1234567890123,
				 .hits = 999,
				 .target = "Windows 7 7601 x64",
				 .deaths = {100, 900},
				 .death_count = 2},
			 next;

	assert_int_equal(statefile_save(t->path, &s), 0);
	assert_true(statefile_load(t->path, 1000, &next));
	assert_true(next.dirty);
	assert_true(next.armed_at == s.armed_at && next.hits == 999);
	assert_false(next.running);
	assert_int_equal(next.death_count, 3);
	assert_int_equal(statefile_recent(&next, 1000, 600), 2);
	assert_true(next.disarmed && next.pool_edited && next.pool_old == 0xffffff0f);
	assert_string_equal(next.target, "Windows 7 7601 x64");
	assert_int_equal(statefile_save(t->path, &next), 0);
	assert_false(statefile_load(t->path, 1001, &s));
	assert_true(s.dirty);
	assert_int_equal(s.death_count, 3);
}

static void only_the_last_deaths_are_kept(void **state) {
	struct test *t = *state;
	struct statefile s = {.running = true, .death_count = STATEFILE_DEATHS};

	assert_int_equal(statefile_save(t->path, &s), 0);
	assert_true(statefile_load(t->path, 77, &s));
	assert_int_equal(s.death_count, STATEFILE_DEATHS);
	assert_int_equal(s.deaths[STATEFILE_DEATHS - 1], 77);
}

static void on_closed(void *data) {
	fixture_done(data);
}

static void keeper_writes_the_last_word(void **state) {
	struct test *t = *state;
	struct statefile s;
	struct statekeeper *k = statekeeper_create(&t->f.loop, t->path, &s);

	assert_non_null(k);
	statekeeper_set(k, true, true);
	statekeeper_set(k, false, true);
	statekeeper_set(k, false, false);
	statekeeper_set(k, true, true);
	statekeeper_close(k, on_closed, &t->f);
	fixture_run(&t->f);
	assert_true(statefile_load(t->path, 5, &s));
	k = statekeeper_create(&t->f.loop, t->path, &s);
	assert_true(s.dirty);
	assert_int_equal(s.death_count, 1);
	statekeeper_close(k, on_closed, &t->f);
	fixture_run(&t->f);
	assert_false(statefile_load(t->path, 5, &s)); /* told, and so not running any more */
	assert_int_equal(s.death_count, 1);
}

static void makes_folders(void **state) {
	struct test *t = *state;
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/a/b/c", t->f.folder);
	assert_int_equal(files_make_folder(path), 0);
	assert_int_equal(files_make_folder(path), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	fixture_write(t->path, "a file");
	snprintf(path, sizeof(path), "%s/below", t->path);
	assert_int_equal(files_make_folder(path), UV_ENOTDIR);
}

static void check_file(const char *path, const char *suffix, const char *want) {
	char name[256];
	size_t len;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	char *text = fixture_read(name, &len);
	assert_string_equal(text, want);
	free(text);
}

static unsigned moved(const char *path, uint64_t least) {
	unsigned number = 99;

	assert_int_equal(files_move_aside(path, least, &number), 0);
	return number;
}

static void old_logs_are_never_overwritten(void **state) {
	struct test *t = *state;

	assert_int_equal(moved(t->path, 0), 0);
	fixture_write(t->path, "");
	assert_int_equal(moved(t->path, 0), 0);
	fixture_write(t->path, "first");
	assert_int_equal(moved(t->path, 6), 0);
	assert_int_equal(moved(t->path, 5), 1);
	fixture_write(t->path, "second");
	assert_int_equal(moved(t->path, 0), 2);
	assert_int_not_equal(access(t->path, F_OK), 0);
	check_file(t->path, ".1", "first");
	check_file(t->path, ".2", "second");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(absent_or_broken_state_is_clean, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			daemon_that_died_is_noticed_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_the_last_deaths_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keeper_writes_the_last_word, set_up, tear_down),
		cmocka_unit_test_setup_teardown(makes_folders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(old_logs_are_never_overwritten, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
