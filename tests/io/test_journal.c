/* The journal: order, restarts, gaps, a disk that refuses. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

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
};

static void on_event(void *data, char kind, const char *json, size_t len) {
	struct test *t = data;

	snprintf(t->events + strlen(t->events), sizeof(t->events) - strlen(t->events), "%c%.*s\n",
		kind, (int)len, json);
}

static int try_open(struct test *t, uint64_t rate, size_t buffer) {
	struct journal_options options = {.path = t->path,
		.session = "web1",
		.rate = rate,
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
