/* The journal: order, restarts, gaps, a disk that refuses. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/evidence.h"
#include "io/journal.h"
#include "io/record.h"
#include "tests/io/fixture.h"

#define SMALL_BUFFER 65536

struct test {
	struct fixture f;
	char path[128];
	struct journal *journal;
	char events[4096];
	uint64_t unwritten;
	uv_timer_t timer;
	uint64_t log_max, free_bytes;
	size_t keep;
	unsigned looks, told_before; /* deletions that were on record while the file was there */
	bool writable;
	bool (*wait_look)(struct test *t);
};

static void old_path(const struct test *t, uint64_t seq, char *out, size_t cap) {
	snprintf(out, cap, "%s.%012llu", t->path, (unsigned long long)seq);
}

static void on_event(void *data, char kind, const char *json, size_t len) {
	struct test *t = data;
	char old[300];

	snprintf(t->events + strlen(t->events), sizeof(t->events) - strlen(t->events), "%c%.*s\n",
		kind, (int)len, json);
	if (strstr(t->events, "\"event\":\"deleted\"")) {
		old_path(t, 1, old, sizeof(old));
		t->told_before += access(old, F_OK) == 0;
	}
}

static void on_looked(void *data, bool writable, uint64_t free_bytes) {
	struct test *t = data;

	t->looks++;
	t->writable = writable;
	t->free_bytes = free_bytes;
	if (t->wait_look && t->wait_look(t)) {
		t->wait_look = NULL;
		fixture_done(&t->f);
	}
}

static int try_open(struct test *t, uint64_t rate, size_t buffer) {
	struct journal_options options = {.path = t->path,
		.looked = on_looked,
		.session = "web1",
		.limits = {.rate = rate, .log_max = t->log_max, .keep = t->keep},
		.upkeep_ms = 20,
		.buffer_bytes = buffer,
		.event = on_event,
		.data = t};

	return journal_open(&t->f.loop, &options, &t->journal);
}

static void open_journal(struct test *t, uint64_t rate, size_t buffer) {
	assert_int_equal(try_open(t, rate, buffer), 0);
}

static void on_closed(void *data, uint64_t unwritten) {
	struct test *t = data;

	t->unwritten = unwritten;
	fixture_done(&t->f);
}

static void close_journal(struct test *t) {
	journal_close(t->journal, on_closed, t);
	fixture_run(&t->f);
}

static int set_up(void **state) {
	struct test *t = calloc(1, sizeof(*t));

	t->keep = EVIDENCE_KEEP_ALL;
	fixture_init(&t->f);
	snprintf(t->path, sizeof(t->path), "%s/web1.journal", t->f.folder);
	*state = t;
	return 0;
}

static int tear_down(void **state) {
	struct test *t = *state;

	fixture_finish(&t->f);
	free(t);
	return 0;
}

static void say(struct test *t, const char *text) {
	journal_from_kd(t->journal, text, strlen(text));
}

static void hear(struct test *t, const char *text) {
	journal_to_kd(t->journal, text, strlen(text));
}

/* Every line a record, seq rising by one; kinds and texts are as `want`, "< text" a line. */
static void check_journal(struct test *t, const char *want) {
	size_t len, n = 0;
	char *text = fixture_read(t->path, &len);
	char *seen = calloc(1, len + 1);
	uint64_t last = 0;

	for (const char *at = text; *at;) {
		const char *end = strchr(at, '\n');
		struct record r;

		assert_non_null(end);
		if (record_read(at, (size_t)(end - at), &r)) {
			assert_true(last == 0 || r.seq == last + 1);
			last = r.seq;
			at = r.text - 2;
		}
		n += (size_t)sprintf(seen + n, "%.*s\n", (int)(end - at), at);
		at = end + 1;
	}
	assert_string_equal(seen, want);
	free(seen);
	free(text);
}

static bool journal_has(struct test *t, const char *what) {
	size_t len;
	char *text = fixture_read(t->path, &len);
	bool has = strstr(text, what) != NULL;

	free(text);
	return has;
}

static void keeps_order(void **state) {
	struct test *t = *state;

	open_journal(t, UINT64_MAX, 0);
	say(t, "Waiting to re");
	say(t, "connect...\r\n\nkd> ");
	hear(t, ".echo a\n");
	say(t, "a\nkd> ");
	close_journal(t);
	check_journal(t, "< Waiting to reconnect...\n< \n< kd> \\\n> .echo a\n< a\n< kd> \\\n");
	assert_int_equal(t->unwritten, 0);
}

static void is_for_its_user_only(void **state) {
	struct test *t = *state;
	struct stat st;

	open_journal(t, UINT64_MAX, 0);
	assert_int_equal(try_open(t, UINT64_MAX, 0), UV_EBUSY);
	close_journal(t);
	assert_int_equal(stat(t->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void goes_on_after_a_restart(void **state) {
	struct test *t = *state;

	open_journal(t, UINT64_MAX, 0);
	say(t, "one\n");
	close_journal(t);
	open_journal(t, UINT64_MAX, 0);
	say(t, "two\n");
	close_journal(t);
	check_journal(t, "< one\n< two\n");
}

static void marks_a_torn_record(void **state) {
	struct test *t = *state;

	fixture_write(t->path, "2026-11-23T23:45:12.345678Z 41 < whole\n"
			       "2026-11-23T23:45:12.345679Z 42 < to");
	open_journal(t, UINT64_MAX, 0);
	say(t, "new\n");
	close_journal(t);
	assert_true(journal_has(t, " 42 < to\n"));
	assert_true(journal_has(t, "Z 43 ! {\"time\":\""));
	assert_true(
		journal_has(t, "\"event\":\"gap\",\"reason\":\"a record was torn when the daemon "
			       "died\",\"bytes\":35}\n"));
	assert_true(journal_has(t, "Z 44 < new\n"));
}

static void event_has_its_members(void **state) {
	struct test *t = *state;

	open_journal(t, UINT64_MAX, 0);
	journal_event(t->journal, '*', 3, "\"event\":\"armed\",\"n\":1");
	close_journal(t);
	assert_true(journal_has(t, "Z 1 * {\"time\":\""));
	assert_true(
		journal_has(t, "\",\"session\":\"web1\",\"seq\":1,\"boot\":3,\"event\":\"armed\","
			       "\"n\":1}\n"));
	assert_non_null(strstr(t->events, "*{\"time\":"));
}

static void on_check(uv_timer_t *timer) {
	struct test *t = timer->data;

	if (journal_has(t, "kd> \\\n")) {
		uv_close((uv_handle_t *)timer, NULL);
		fixture_done(&t->f);
	}
}

static void quiet_prompt_is_journalled(void **state) {
	struct test *t = *state;

	open_journal(t, UINT64_MAX, 0);
	say(t, "kd> ");
	uv_timer_init(&t->f.loop, &t->timer);
	t->timer.data = t;
	uv_timer_start(&t->timer, on_check, 5, 5);
	fixture_run(&t->f);
	say(t, "more\n");
	close_journal(t);
	check_journal(t, "< kd> \\\n< more\n");
}

/* Nothing runs between: all goes into the buffers, or is counted. */
static void overflow_is_a_gap(void **state) {
	struct test *t = *state;
	char line[1001], want[128];
	uint64_t kept = 0, lost;
	size_t len;

	memset(line, 'x', 999);
	memcpy(line + 999, "\n", 2);
	open_journal(t, UINT64_MAX, SMALL_BUFFER);
	for (int i = 0; i < 200; i++) {
		say(t, line);
	}
	lost = journal_lost_bytes(t->journal);
	assert_true(lost > 0);
	close_journal(t);
	snprintf(want, sizeof(want), "\"reason\":\"the disk does not keep up\",\"bytes\":%llu}\n",
		(unsigned long long)lost);
	assert_true(journal_has(t, want));
	char *text = fixture_read(t->path, &len);
	for (char *at = text; (at = strstr(at, " < xxx")); at++) {
		kept += 999;
	}
	assert_int_equal(kept + lost, 200 * 999);
	free(text);
}

static void line_without_end_is_cut_not_lost(void **state) {
	struct test *t = *state;
	char *big = malloc(JOURNAL_LINE_BYTES + 11);

	memset(big, 'y', JOURNAL_LINE_BYTES + 9);
	memcpy(big + JOURNAL_LINE_BYTES + 9, "\n", 2);
	open_journal(t, UINT64_MAX, 0);
	say(t, big);
	close_journal(t);
	assert_true(journal_has(t, "yyyy\\\n"));
	assert_true(journal_has(t, " 2 < yyyyyyyyy\n"));
	free(big);
}

static void rate_is_a_gap(void **state) {
	struct test *t = *state;

	open_journal(t, 10, 0);
	say(t, "123456789\n");
	say(t, "this is too much\n");
	journal_event(t->journal, '*', 0, "\"event\":\"state\"");
	close_journal(t);
	assert_true(journal_has(t, "< 123456789\n"));
	assert_false(journal_has(t, "too much\n"));
	assert_true(journal_has(t, "\"event\":\"state\""));
	assert_true(journal_has(t, "\"reason\":\"more than journal_rate\",\"bytes\":17}"));
}

static void on_trouble(uv_timer_t *timer) {
	struct test *t = timer->data;

	if (journal_trouble(t->journal)) {
		uv_timer_stop(timer);
		fixture_done(&t->f);
	}
}

/* A limit on the file's size stands for a full disk. */
static void full_disk_is_waited_for(void **state) {
	struct test *t = *state;
	struct rlimit was, tight;

	signal(SIGXFSZ, SIG_IGN);
	open_journal(t, UINT64_MAX, 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	tight = (struct rlimit){.rlim_cur = 20, .rlim_max = was.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	say(t, "kept for later\n");
	uv_timer_init(&t->f.loop, &t->timer);
	t->timer.data = t;
	uv_timer_start(&t->timer, on_trouble, 1, 1);
	fixture_run(&t->f);
	uv_close((uv_handle_t *)&t->timer, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	say(t, "and this\n");
	close_journal(t);
	check_journal(t, "< kept for later\n< and this\n");
	assert_int_equal(t->unwritten, 0);
}

static void disk_that_stays_full_is_told(void **state) {
	struct test *t = *state;
	struct rlimit was, tight;

	signal(SIGXFSZ, SIG_IGN);
	open_journal(t, UINT64_MAX, 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	tight = (struct rlimit){.rlim_cur = 0, .rlim_max = was.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	say(t, "lost\n");
	close_journal(t);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(t->unwritten, strlen("2026-11-23T23:45:12.345678Z 1 < lost\n"));
}

/* --- the file itself */

static void look_until(struct test *t, bool (*so)(struct test *t)) {
	t->wait_look = so;
	fixture_run(&t->f);
}

static void look_twice(struct test *t) {
	t->looks = 0;
	while (t->looks < 2) {
		uv_run(&t->f.loop, UV_RUN_ONCE);
	}
}

static bool has_rotated(struct test *t) {
	return journal_has(t, "\"event\":\"rotated\",\"file\":\"web1.journal.");
}

/* A record of about 130 bytes; that of a rotation itself is about 160. */
#define LONG \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
#define LOG_MAX 400

static void check_old(struct test *t, uint64_t seq, const char *want) {
	char old[300];

	old_path(t, seq, old, sizeof(old));
	snprintf(t->path, sizeof(t->path), "%.127s", old);
	check_journal(t, want);
}

static void big_file_is_rotated_and_numbers_go_on(void **state) {
	struct test *t = *state;

	t->log_max = LOG_MAX;
	open_journal(t, UINT64_MAX, 0);
	say(t, LONG LONG LONG);
	journal_mark(t->journal);
	look_twice(t);
	assert_false(has_rotated(t));
	say(t, "four\n");
	journal_mark(t->journal);
	look_until(t, has_rotated);
	say(t, "five\n");
	close_journal(t);
	assert_true(journal_has(t, "Z 5 * {"));
	assert_true(journal_has(t, "Z 6 < five\n"));
	check_old(t, 4, "< " LONG "< " LONG "< " LONG "< four\n");
}

/* The change of the file waits for a mark, and is made there though more was written at once. */
static void no_hit_is_cut_by_a_rotation(void **state) {
	struct test *t = *state;

	t->log_max = LOG_MAX;
	open_journal(t, UINT64_MAX, 0);
	say(t, "Breakpoint 0 hit\n" LONG LONG LONG); /* due */
	look_twice(t);
	assert_false(has_rotated(t));
	say(t, "its end\n");
	journal_mark(t->journal);
	say(t, "Breakpoint 1 hit\nRetAddr\n");
	look_until(t, has_rotated);
	close_journal(t);
	assert_true(journal_has(t, "Z 6 < Breakpoint 1 hit\n"));
	check_old(t, 5, "< Breakpoint 0 hit\n< " LONG "< " LONG "< " LONG "< its end\n");
}

/* Nothing but rubbish for hours: at one and a half times its size it is cut anywhere. */
static void a_file_without_a_mark_is_rotated_late(void **state) {
	struct test *t = *state;

	t->log_max = LOG_MAX;
	open_journal(t, UINT64_MAX, 0);
	say(t, "Breakpoint 0 hit\n" LONG LONG LONG LONG LONG);
	look_until(t, has_rotated);
	close_journal(t);
	assert_true(journal_has(t, "Z 7 * {"));
}

static bool first_is_deleted(struct test *t) {
	char old[300];

	old_path(t, 1, old, sizeof(old));
	return access(old, F_OK) != 0;
}

static void only_so_many_old_files_stay_and_the_rest_is_told(void **state) {
	struct test *t = *state;
	char old[300];

	for (uint64_t seq = 1; seq <= 3; seq++) {
		old_path(t, seq, old, sizeof(old));
		fixture_write(old, "2026-11-23T23:45:12.345678Z 1 < old\n");
	}
	snprintf(old, sizeof(old), "%s.txt", t->path);
	fixture_write(old, "not ours");
	t->log_max = LOG_MAX;
	t->keep = 2;
	open_journal(t, UINT64_MAX, 0);
	say(t, LONG LONG LONG LONG LONG); /* numbers go on behind the old files' */
	look_until(t, has_rotated);
	look_until(t, first_is_deleted);
	assert_int_equal(t->told_before, 2);
	close_journal(t);
	assert_true(
		journal_has(t, "\"event\":\"deleted\",\"file\":\"web1.journal.000000000001\"}"));
	assert_true(
		journal_has(t, "\"event\":\"deleted\",\"file\":\"web1.journal.000000000002\"}"));
	for (uint64_t seq = 1; seq <= 8; seq++) {
		bool there = seq == 3 || seq == 8;

		old_path(t, seq, old, sizeof(old));
		assert_int_equal(access(old, F_OK) == 0, there);
	}
	snprintf(old, sizeof(old), "%s.txt", t->path);
	assert_int_equal(access(old, F_OK), 0);
}

static bool was_written(struct test *t) {
	return journal_has(t, "\n");
}

static bool is_back(struct test *t) {
	return access(t->path, F_OK) == 0 && journal_has(t, "is gone\",\"bytes\":");
}

static void deleted_file_is_a_gap_and_made_anew(void **state) {
	struct test *t = *state;

	open_journal(t, UINT64_MAX, 0);
	say(t, "lost\n");
	look_until(t, was_written);
	assert_int_equal(unlink(t->path), 0);
	look_until(t, is_back);
	say(t, "after\n");
	close_journal(t);
	assert_true(journal_has(t, "\"bytes\":37}\n"));
	assert_true(journal_has(t, "Z 3 < after\n"));
}

/* Root is let into any folder: another user's eyes are needed. */
static void as_user(bool other, const char *folder) {
	if (getuid() == 0) {
		assert_int_equal(seteuid(other ? 65534 : 0), 0);
	} else {
		assert_int_equal(chmod(folder, other ? 0500 : 0700), 0);
	}
}

static bool told_it_grows(struct test *t) {
	return strstr(t->events, "cannot be rotated and grows on") != NULL;
}

static void folder_that_may_not_be_written_costs_the_rotation_only(void **state) {
	struct test *t = *state;
	const char *at;

	t->log_max = LOG_MAX;
	assert_int_equal(chmod(t->f.folder, 0755), 0);
	open_journal(t, UINT64_MAX, 0);
	as_user(true, t->f.folder);
	say(t, LONG LONG LONG LONG LONG);
	look_until(t, told_it_grows);
	look_twice(t);
	at = strstr(t->events, "cannot be rotated");
	assert_null(strstr(at + 1, "cannot be rotated")); /* once */
	assert_null(journal_trouble(t->journal));
	say(t, "goes on\n");
	as_user(false, t->f.folder);
	look_until(t, has_rotated);
	assert_int_equal(journal_lost_bytes(t->journal), 0);
	close_journal(t);
}

static bool is_unwritable(struct test *t) {
	return !t->writable;
}

static bool is_writable(struct test *t) {
	return t->writable;
}

/* The folder away stands for a drive that was pulled. */
static void vanished_place_is_waited_for(void **state) {
	struct test *t = *state;
	char folder[128], away[160];

	snprintf(folder, sizeof(folder), "%s/drive", t->f.folder);
	snprintf(away, sizeof(away), "%s/away", t->f.folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	snprintf(t->path, sizeof(t->path), "%s/drive/web1.journal", t->f.folder);
	open_journal(t, UINT64_MAX, 0);
	say(t, "before\n");
	look_until(t, was_written);
	assert_int_equal(rename(folder, away), 0);
	look_until(t, is_unwritable);
	assert_non_null(journal_trouble(t->journal));
	say(t, "meanwhile\n");
	assert_int_equal(mkdir(folder, 0700), 0);
	look_until(t, is_writable);
	assert_null(journal_trouble(t->journal));
	close_journal(t);
	assert_true(journal_has(t, "< meanwhile\n"));
	assert_true(journal_has(t, "is gone\",\"bytes\":"));
	assert_true(t->free_bytes < UINT64_MAX);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keeps_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_for_its_user_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(goes_on_after_a_restart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(marks_a_torn_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(event_has_its_members, set_up, tear_down),
		cmocka_unit_test_setup_teardown(quiet_prompt_is_journalled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(overflow_is_a_gap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			line_without_end_is_cut_not_lost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rate_is_a_gap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(full_disk_is_waited_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(disk_that_stays_full_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			big_file_is_rotated_and_numbers_go_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_hit_is_cut_by_a_rotation, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_file_without_a_mark_is_rotated_late, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			only_so_many_old_files_stay_and_the_rest_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			deleted_file_is_a_gap_and_made_anew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(vanished_place_is_waited_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			folder_that_may_not_be_written_costs_the_rotation_only, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
