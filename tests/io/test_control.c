/* The control socket: clients, verbs under way, events, and those who misbehave. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "io/control.h"
#include "io/control_call.h"
#include "tests/io/fixture.h"

#define STATUS "{\"version\":1,\"verb\":\"status\"}\n"
#define FOLLOW "{\"version\":1,\"verb\":\"events\",\"follow\":true}\n"
#define HALT "{\"version\":1,\"verb\":\"break\",\"session\":\"web1\"}\n"

struct test {
	struct fixture f;
	char path[128];
	struct control *control;
	uv_timer_t pulse; /* so that the loop comes round while a test looks at its sockets */
	struct request taken;
	unsigned begun, refused;
	int begin_code, progress_code;
	uint64_t limit_ms, left;
};

/* --- a host that does what the test says --------------------------------------------------------
 */

static json_t *host_status(void *data, const char *session) {
	(void)data;
	return *session && strcmp(session, "web1") != 0 ? NULL
							: json_pack("[{s:s}]", "name", "web1");
}

static int host_begin(void *data, const struct request *r, char *why) {
	struct test *t = data;

	t->taken = *r;
	t->begun++;
	snprintf(why, CONTROL_WHY, "the host says no");
	return t->begin_code;
}

static int host_progress(void *data, const struct request *r, char *why) {
	struct test *t = data;

	(void)r;
	snprintf(why, CONTROL_WHY, "the host is sorry");
	return t->progress_code;
}

static int host_attach(void *data, const struct request *r, char *why) {
	struct test *t = data;

	t->taken = *r;
	snprintf(why, CONTROL_WHY, "the host says no");
	return t->begin_code;
}

static void host_left(void *data, uint64_t client, const char *session) {
	struct test *t = data;

	(void)session;
	t->left = client;
}

static const char *host_screen(void *data, const char *session, size_t *len) {
	(void)data;
	(void)session;
	*len = 8;
	return "0: kd> \xff";
}

static void host_refused(void *data, const char *who, const char *why) {
	struct test *t = data;

	(void)why;
	t->refused += who[0] != '\0';
}

static uint64_t host_limit(void *data, const struct request *r) {
	struct test *t = data;

	(void)r;
	return t->limit_ms;
}

static json_t *host_told(void *data, const struct request *r) {
	(void)data;
	return r->verb == REQUEST_RELOAD ? json_pack("{s:[]}", "reload") : NULL;
}

static const struct control_host host = {host_status, host_begin, host_progress, host_attach,
	host_left, host_screen, host_refused, host_limit, host_told};

static int try_open(struct test *t, struct control **out) {
	struct control_options options = {
		.path = t->path, .clients_max = 3, .host = &host, .data = t};

	return control_open(&t->f.loop, &options, out);
}

static void on_pulse(uv_timer_t *timer) {
	(void)timer;
}

static int set_up(void **state) {
	struct test *t = calloc(1, sizeof(*t));

	fixture_init(&t->f);
	snprintf(t->path, sizeof(t->path), "%s/control", t->f.folder);
	t->progress_code = -1;
	t->limit_ms = 60000;
	uv_timer_init(&t->f.loop, &t->pulse);
	uv_timer_start(&t->pulse, on_pulse, 1, 1);
	assert_int_equal(try_open(t, &t->control), 0);
	*state = t;
	return 0;
}

static int tear_down(void **state) {
	struct test *t = *state;

	control_close(t->control);
	uv_close((uv_handle_t *)&t->pulse, NULL);
	fixture_finish(&t->f);
	free(t);
	return 0;
}

/* --- clients ------------------------------------------------------------------------------------
 */

static int dial(const char *path) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text) {
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* One line, without its newline; "" when the daemon has closed. The loop runs meanwhile. */
static const char *hear(struct test *t, int fd, char line[1024]) {
	uint64_t end = uv_hrtime() + FIXTURE_LIMIT_MS * UINT64_C(1000000);
	size_t len = 0;

	while (uv_hrtime() < end && len < 1023) {
		ssize_t got = recv(fd, line + len, 1, MSG_DONTWAIT);

		if (got == 0 || (got < 0 && errno != EAGAIN)) {
			break;
		}
		if (got < 0) {
			uv_run(&t->f.loop, UV_RUN_ONCE);
		} else if (line[len] == '\n') {
			break;
		} else {
			len++;
		}
	}
	assert_true(uv_hrtime() < end);
	line[len] = '\0';
	return line;
}

static void expect(struct test *t, int fd, const char *want) {
	char line[1024];

	assert_string_equal(hear(t, fd, line), want);
}

static void let_begin(struct test *t, unsigned count) {
	while (t->begun < count) {
		uv_run(&t->f.loop, UV_RUN_ONCE);
	}
}

#define OK "{\"version\":1,\"ok\":true,\"code\":0"
#define SESSIONS ",\"sessions\":[{\"name\":\"web1\"}]}"

static void status_is_answered(void **state) {
	struct test *t = *state;
	int fd = dial(t->path);
	struct stat st;

	assert_int_equal(stat(t->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	say(fd, STATUS "{\"version\":1,\"verb\":\"status\",\"session\":\"none\"}\n" STATUS);
	expect(t, fd, OK SESSIONS);
	expect(t, fd,
		"{\"version\":1,\"ok\":false,\"code\":3,\"error\":\"no session 'none'; "
		"`livedebug status` lists them\"}");
	expect(t, fd, OK SESSIONS);
	close(fd);
}

static void garbage_is_told_and_survived(void **state) {
	struct test *t = *state;
	int fd = dial(t->path);

	say(fd, "\n{\n[1]\n{\"version\":2}\n{\"version\":1,\"verb\":\"rm\"}\n");
	for (int i = 0; i < 3; i++) {
		expect(t, fd,
			"{\"version\":1,\"ok\":false,\"code\":2,\"error\":\"not a JSON object\"}");
	}
	expect(t, fd,
		"{\"version\":1,\"ok\":false,\"code\":2,\"error\":\"version 1 is spoken here\"}");
	expect(t, fd, "{\"version\":1,\"ok\":false,\"code\":2,\"error\":\"no such verb\"}");
	say(fd, STATUS);
	expect(t, fd, OK SESSIONS);
	close(fd);
}

static void who_neither_asks_nor_follows_is_dropped(void **state) {
	struct test *t = *state;
	struct control *c;
	char path[160], line[1024];
	struct control_options options = {
		.path = path, .clients_max = 3, .idle_ms = 100, .host = &host, .data = t};
	int idle, follower, waiting;

	snprintf(path, sizeof(path), "%s/other", t->f.folder);
	assert_int_equal(control_open(&t->f.loop, &options, &c), 0);
	idle = dial(path);
	follower = dial(path);
	waiting = dial(path);
	say(follower, FOLLOW);
	say(waiting, HALT);
	expect(t, follower, OK ",\"count\":0}");
	say(idle, STATUS);
	expect(t, idle, OK SESSIONS);
	assert_non_null(strstr(hear(t, idle, line), "\"code\":8"));
	expect(t, idle, "");
	control_event(c, "web1", "{}", 2); /* the others are still there */
	expect(t, follower, "{}");
	t->progress_code = 0;
	control_stepped(c);
	expect(t, waiting, OK SESSIONS);
	control_close(c);
	close(idle);
	close(follower);
	close(waiting);
}

static void request_without_end_is_dropped(void **state) {
	struct test *t = *state;
	int fd = dial(t->path);
	char block[1024];

	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 64; i++) {
		assert_int_equal(send(fd, block, sizeof(block), MSG_NOSIGNAL), sizeof(block));
	}
	expect(t, fd, "{\"version\":1,\"ok\":false,\"code\":2,\"error\":\"request too long\"}");
	expect(t, fd, "");
	close(fd);
}

static void verb_is_answered_when_done(void **state) {
	struct test *t = *state;
	int first = dial(t->path), second = dial(t->path);

	say(first, HALT STATUS); /* what is behind it waits */
	say(second, HALT);
	let_begin(t, 2);
	control_stepped(t->control);
	t->progress_code = 0;
	control_stepped(t->control);
	expect(t, first, OK SESSIONS);
	expect(t, second, OK SESSIONS);
	expect(t, first, OK SESSIONS);
	assert_int_equal(t->taken.verb, REQUEST_BREAK);
	assert_string_equal(t->taken.session, "web1");
	close(first);
	close(second);
}

static void verb_can_be_refused_fail_and_be_late(void **state) {
	struct test *t = *state;
	int fd = dial(t->path);

	t->begin_code = 4;
	say(fd, HALT);
	expect(t, fd,
		"{\"version\":1,\"ok\":false,\"code\":4,\"error\":\"the host says no\"" SESSIONS);
	t->begin_code = 0;
	t->progress_code = 5;
	say(fd, HALT);
	expect(t, fd,
		"{\"version\":1,\"ok\":false,\"code\":5,\"error\":\"the host is sorry\"" SESSIONS);
	t->progress_code = -1;
	t->limit_ms = 1;
	say(fd, HALT);
	expect(t, fd,
		"{\"version\":1,\"ok\":false,\"code\":8,\"error\":\"not done in time; the daemon "
		"goes on with it\"" SESSIONS);
	say(fd, "{\"version\":1,\"verb\":\"hold\",\"session\":\"web1\",\"for_ms\":5,\"timeout_ms\":2}\n");
	expect(t, fd,
		"{\"version\":1,\"ok\":false,\"code\":8,\"error\":\"not done in time; the daemon "
		"goes on with it\"" SESSIONS);
	assert_int_equal(t->taken.hold_ms, 5);
	close(fd);
}

static void client_may_leave_while_its_verb_runs(void **state) {
	struct test *t = *state;
	int fd = dial(t->path), other = dial(t->path);

	say(fd, HALT);
	let_begin(t, 1);
	close(fd);
	t->progress_code = 0;
	control_stepped(t->control);
	say(other, STATUS);
	expect(t, other, OK SESSIONS);
	close(other);
}

static void event(struct test *t, const char *session, const char *json) {
	control_event(t->control, session, json, strlen(json));
}

static void events_go_to_those_who_follow(void **state) {
	struct test *t = *state;
	int all = dial(t->path), one = dial(t->path), late = dial(t->path);

	say(all, FOLLOW);
	expect(t, all, OK ",\"count\":0}");
	say(one, "{\"version\":1,\"verb\":\"events\",\"follow\":true,\"session\":\"web1\"}\n");
	expect(t, one, OK ",\"count\":0}");
	event(t, "web2", "{\"n\":1}");
	event(t, "web1", "{\"n\":2}");
	expect(t, all, "{\"n\":1}");
	expect(t, all, "{\"n\":2}");
	expect(t, one, "{\"n\":2}");
	say(late, "{\"version\":1,\"verb\":\"events\"}\n");
	expect(t, late, OK ",\"count\":2}");
	expect(t, late, "{\"n\":1}");
	expect(t, late, "{\"n\":2}");
	close(all);
	close(one);
	close(late);
}

/* Longer in all than what may wait for a client, and it cannot read before the last is written. */
static void recent_events_come_whole(void **state) {
	struct test *t = *state;
	int fd = dial(t->path);
	char line[1024], json[1001] = "{\"text\":\"";

	memset(json + 9, 'e', 989);
	memcpy(json + 998, "\"}", 3);
	for (int i = 0; i < CONTROL_RECENT; i++) {
		event(t, "web1", json);
	}
	say(fd, "{\"version\":1,\"verb\":\"events\"}\n");
	expect(t, fd, OK ",\"count\":256}");
	for (int i = 0; i < CONTROL_RECENT; i++) {
		assert_string_equal(hear(t, fd, line), json);
	}
	say(fd, STATUS);
	expect(t, fd, OK SESSIONS);
	close(fd);
}

#define ATTACH "{\"version\":1,\"verb\":\"attach\",\"session\":\"web1\",\"write\":true}\n"

static void viewers_get_the_screen_and_what_follows(void **state) {
	struct test *t = *state;
	int fd = dial(t->path), other = dial(t->path);

	t->begin_code = 4;
	say(other, ATTACH);
	expect(t, other,
		"{\"version\":1,\"ok\":false,\"code\":4,\"error\":\"the host says no\",\"count\":0}");
	t->begin_code = 0;
	say(fd, ATTACH);
	expect(t, fd, OK ",\"count\":0}");
	assert_true(t->taken.write && !t->taken.force && t->taken.client != 0);
	expect(t, fd, "{\"version\":1,\"console\":\"0: kd> ?\"}");
	assert_int_equal(control_viewers(t->control, "web1"), 1);
	control_console(t->control, "web2", "x\n", 2);
	control_console(t->control, "web1", "lm\n", 3);
	expect(t, fd, "{\"version\":1,\"console\":\"lm\\n\"}");
	say(fd, STATUS); /* it goes on following its own */
	expect(t, fd, OK SESSIONS);
	event(t, "web1", "{\"n\":1}");
	expect(t, fd, "{\"n\":1}");
	close(fd);
	while (t->left == 0) {
		uv_run(&t->f.loop, UV_RUN_ONCE);
	}
	assert_int_equal(t->left, t->taken.client);
	close(other);
}

static void viewer_that_does_not_read_gets_a_gap(void **state) {
	struct test *t = *state;
	int fd = dial(t->path);
	static char big[600], line[1024];
	bool gap = false;

	memset(big, 'c', sizeof(big) - 1);
	say(fd, ATTACH);
	expect(t, fd, OK ",\"count\":0}");
	for (int i = 0; i < 2000; i++) {
		control_console(t->control, "web1", big, sizeof(big) - 1);
		uv_run(&t->f.loop, UV_RUN_NOWAIT);
	}
	for (int i = 0; i < 2000 && !gap; i++) {
		(void)hear(t, fd, line);
		control_console(t->control, "web1", "x\n", 2);
		gap = strstr(line, "\"skipped\":") != NULL;
	}
	assert_true(gap);
	close(fd);
}

static void follower_that_does_not_read_is_dropped(void **state) {
	struct test *t = *state;
	int slow = dial(t->path), quick = dial(t->path);
	static char big[4096];
	char line[1024];

	memset(big, 'e', sizeof(big) - 1);
	say(slow, FOLLOW);
	expect(t, slow, OK ",\"count\":0}");
	for (int i = 0; i < 1000; i++) { /* 4 MB: over any socket's buffer and the queue */
		event(t, "web1", big);
		uv_run(&t->f.loop, UV_RUN_NOWAIT);
	}
	say(quick, STATUS);
	expect(t, quick, OK SESSIONS);
	while (*hear(t, slow, line)) { /* until it is closed */
	}
	close(slow);
	close(quick);
}

static void too_many_are_refused(void **state) {
	struct test *t = *state;
	int fd[4];

	for (int i = 0; i < 4; i++) {
		fd[i] = dial(t->path);
		say(fd[i], STATUS);
	}
	expect(t, fd[3],
		"{\"version\":1,\"ok\":false,\"code\":1,\"error\":\"too many clients (clients_max)\"}");
	expect(t, fd[0], OK SESSIONS);
	close(fd[0]);
	close(fd[3]);
	do { /* until its place is free */
		char line[1024];
		fd[0] = dial(t->path);
		say(fd[0], STATUS);
		if (strcmp(hear(t, fd[0], line), OK SESSIONS) == 0) {
			break;
		}
		close(fd[0]);
	} while (true);
	for (int i = 0; i < 3; i++) {
		close(fd[i]);
	}
}

static void second_daemon_is_told_and_harms_nothing(void **state) {
	struct test *t = *state;
	struct control *second = NULL;
	int fd;

	assert_int_equal(try_open(t, &second), UV_EADDRINUSE);
	assert_null(second);
	fd = dial(t->path);
	say(fd, STATUS);
	expect(t, fd, OK SESSIONS);
	close(fd);
}

/* A socket that nobody listens on, as a killed daemon leaves it; and files that are none. */
static void only_a_dead_socket_is_cleared_away(void **state) {
	struct test *t = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct control *second = NULL;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t len;

	snprintf(t->path, sizeof(t->path), "%s/dead", t->f.folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", t->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(try_open(t, &second), 0);
	control_close(second);
	snprintf(t->path, sizeof(t->path), "%s/file", t->f.folder);
	fixture_write(t->path, "precious");
	assert_int_equal(try_open(t, &second), UV_EEXIST);
	char *text = fixture_read(t->path, &len);
	assert_string_equal(text, "precious");
	free(text);
	memset(t->path, 'p', sizeof(t->path) - 1);
	assert_int_equal(try_open(t, &second), UV_ENAMETOOLONG);
}

/* --- the client's side --------------------------------------------------------------------------
 */

struct asker {
	struct test *t;
	int result;
	char answer[256];
};

static bool take_line(void *data, const char *line, size_t len) {
	struct asker *a = data;

	snprintf(a->answer, sizeof(a->answer), "%.*s", (int)len, line);
	return false;
}

static void ask(void *data) {
	struct asker *a = data;
	struct request r = {.verb = REQUEST_STATUS};

	a->result = control_call(a->t->path, &r, FIXTURE_LIMIT_MS, take_line, a);
}

static void client_gets_its_answer(void **state) {
	struct test *t = *state;
	struct asker a = {.t = t, .result = 1};
	uv_thread_t thread;

	assert_int_equal(uv_thread_create(&thread, ask, &a), 0);
	while (*(volatile int *)&a.result == 1) {
		uv_run(&t->f.loop, UV_RUN_ONCE);
	}
	uv_thread_join(&thread);
	assert_int_equal(a.result, 0);
	assert_string_equal(a.answer, OK SESSIONS);
	snprintf(t->path, sizeof(t->path), "%s/none", t->f.folder);
	ask(&a);
	assert_int_equal(a.result, UV_ENOENT);
}

static void requests_read_as_they_were_written(void **state) {
	static const struct request rows[] = {
		{.verb = REQUEST_STATUS},
		{.verb = REQUEST_STATUS, .session = "web1"},
		{.verb = REQUEST_EVENTS, .follow = true},
		{.verb = REQUEST_STOP},
		{.verb = REQUEST_STOP, .session = "web1", .timeout_ms = 17},
		{.verb = REQUEST_HOLD, .session = "web1", .hold_ms = 600000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *line = request_format(&rows[i]);
		struct request r;

		assert_null(request_parse(line, strlen(line), &r));
		assert_int_equal(r.verb, rows[i].verb);
		assert_string_equal(r.session, rows[i].session);
		assert_int_equal(r.follow, rows[i].follow);
		assert_int_equal(r.hold_ms, rows[i].hold_ms);
		assert_int_equal(r.timeout_ms, rows[i].timeout_ms);
		free(line);
	}
}

static void requests_that_lack_something(void **state) {
	static const struct {
		const char *members, *wrong;
	} rows[] = {
		{"\"verb\":\"break\"", "which session?"},
		{"\"verb\":\"stop\"", "which session?"},
		{"\"verb\":\"stop\",\"all\":true,\"session\":\"a\"", "session is not a name"},
		{"\"verb\":\"go\",\"session\":7", "session is not a name"},
		{"\"verb\":\"go\",\"session\":\"\"", "session is not a name"},
		{"\"verb\":\"go\",\"session\":\"123456789012345678901234567890123\"",
			"session's name is too long"},
		{"\"verb\":\"hold\",\"session\":\"a\"", "hold for how long?"},
		{"\"verb\":\"hold\",\"session\":\"a\",\"for_ms\":-1",
			"a time is not a whole number of milliseconds"},
		{"\"verb\":\"hold\",\"verb\":\"go\"", "not a JSON object"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[256];
		struct request r;

		snprintf(line, sizeof(line), "{\"version\":1,%s}", rows[i].members);
		assert_string_equal(request_parse(line, strlen(line), &r), rows[i].wrong);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(status_is_answered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(garbage_is_told_and_survived, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			who_neither_asks_nor_follows_is_dropped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(request_without_end_is_dropped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(verb_is_answered_when_done, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			verb_can_be_refused_fail_and_be_late, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			client_may_leave_while_its_verb_runs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(events_go_to_those_who_follow, set_up, tear_down),
		cmocka_unit_test_setup_teardown(recent_events_come_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			follower_that_does_not_read_is_dropped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			viewers_get_the_screen_and_what_follows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			viewer_that_does_not_read_gets_a_gap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			second_daemon_is_told_and_harms_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			only_a_dead_socket_is_cleared_away, set_up, tear_down),
		cmocka_unit_test_setup_teardown(client_gets_its_answer, set_up, tear_down),
		cmocka_unit_test(requests_read_as_they_were_written),
		cmocka_unit_test(requests_that_lack_something),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
