/* The driver with a machine of the test's own in place of the core's: this program's session_*().
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>

#include "io/driver.h"
#include "io/statefile.h"
#include "os/os.h"
#include "tests/io/fixture.h"

#define WANTED_MAX 8
#define STRING(text) ((char *)(text))

/* What the machine was told, and what it answers to one kind of input. */
struct machine {
	char told[4096];
	size_t depth, deepest; /* of session_step(), one inside another */
	uint64_t deadline_ms;
	unsigned ticks;
	struct wanted {
		enum session_input_kind on;
		enum action_kind kind;
		const char *text;
	} wanted[WANTED_MAX];
	size_t count;
	enum session_input_kind last; /* when it is told this, the test goes on */
	struct test *test;
};

struct test {
	struct fixture f;
	struct profile profile;
	struct driver *driver;
	char self[4096], log[128], state[128];
	uv_timer_t timer;
};

static struct machine machine; /* one a test; the driver owns the real session */

static const char *input_name(enum session_input_kind kind) {
	static const char *const names[SESSION_INPUTS] = {[IN_START] = "start",
		[IN_STOP] = "stop",
		[IN_PORT_FREE] = "free",
		[IN_PORT_ABSENT] = "absent",
		[IN_PORT_BUSY] = "busy",
		[IN_KD_STARTED] = "started",
		[IN_KD_FAILED] = "failed",
		[IN_KD_ENDED] = "ended",
		[IN_BREAK_FAILED] = "break failed",
		[IN_CONSOLE] = "console",
		[IN_TICK] = "tick",
		[IN_HOLD] = "hold",
		[IN_EVIDENCE_LOST] = "evidence lost"};

	return names[kind] ? names[kind] : "?";
}

void session_init(struct session *s, const struct session_settings *set) {
	memset(s, 0, sizeof(*s));
	s->set = *set;
}

static void note(const struct session_input *in) {
	size_t len = strlen(machine.told);
	char *at = machine.told + len;
	size_t cap = sizeof(machine.told) - len;

	if (in->kind == IN_CONSOLE && in->event->kind != KD_LINE) {
		snprintf(at, cap, "%s;", kd_event_name(in->event->kind));
	} else if (in->kind == IN_TICK) {
		machine.ticks++;
	} else if (in->kind != IN_CONSOLE) {
		snprintf(at, cap, "%s%s%s;", input_name(in->kind), in->text ? " " : "",
			in->text ? in->text : "");
	}
}

void session_step(struct session *s, const struct session_input *in, struct actions *out) {
	(void)s;
	machine.depth++;
	machine.deepest = machine.depth > machine.deepest ? machine.depth : machine.deepest;
	out->count = 0;
	note(in);
	for (size_t i = 0; i < machine.count; i++) {
		const struct wanted *w = &machine.wanted[i];
		bool is_console = in->kind == IN_CONSOLE && in->event->kind != KD_PROMPT;

		if (w->on == in->kind && !is_console) {
			out->list[out->count++] = (struct action){.kind = w->kind,
				.text = w->text,
				.len = w->text ? strlen(w->text) : 0};
		}
	}
	machine.depth--;
}

void session_adjust(struct session *s, const struct session_settings *set) {
	s->set = *set;
}

void session_renew(struct session *s, const struct session_settings *set) {
	s->set = *set;
}

uint64_t session_deadline(const struct session *s) {
	(void)s;
	return machine.deadline_ms ? machine.deadline_ms : UINT64_MAX;
}

static void want(enum session_input_kind on, enum action_kind kind, const char *text) {
	machine.wanted[machine.count++] = (struct wanted){on, kind, text};
}

/* --- the fixture --------------------------------------------------------------------------------
 */

static void on_event(void *data, struct driver *d, char kind, const char *json, size_t len) {
	(void)data;
	(void)d;
	(void)kind;
	(void)json;
	(void)len;
}

static void on_stepped(void *data, struct driver *d) {
	struct test *t = data;
	char name[32];

	(void)d;
	snprintf(name, sizeof(name), "%s", input_name(machine.last));
	if (strstr(machine.told, name)) {
		fixture_done(&t->f);
	}
}

static void on_console(void *data, struct driver *d, const char *bytes, size_t len) {
	(void)data;
	(void)d;
	(void)bytes;
	(void)len;
}

static void on_command(void *data, uint64_t id, const char *line, int code, const char *why) {
	(void)data;
	(void)id;
	(void)line;
	(void)code;
	(void)why;
}

static const struct driver_events events = {on_event, on_console, on_command, on_stepped};

static int set_up(void **state) {
	struct test *t = calloc(1, sizeof(*t));
	size_t len = sizeof(t->self);

	machine = (struct machine){.test = t};
	fixture_init(&t->f);
	assert_int_equal(uv_exepath(t->self, &len), 0);
	snprintf(t->log, sizeof(t->log), "%s/kd.log", t->f.folder);
	snprintf(t->state, sizeof(t->state), "%s/web1.state", t->f.folder);
	t->profile = (struct profile){.name = STRING("web1"),
		.kd = t->self,
		.kd_args = STRING("kd"),
		.port = STRING("/dev/no-such-port"),
		.baud_rate = 19200,
		.log_file = t->log,
		.journal_rate = UINT64_MAX};
	*state = t;
	return 0;
}

static void open_driver(struct test *t) {
	struct driver_options options = {
		.profile = &t->profile, .state_dir = t->f.folder, .events = &events, .data = t};
	char why[256];

	assert_int_equal(driver_open(&t->f.loop, &options, &t->driver, why, sizeof(why)), 0);
}

static void run_until(struct test *t, enum session_input_kind last) {
	machine.last = last;
	driver_input(t->driver, IN_START, 0);
	if (!strstr(machine.told, input_name(last))) {
		fixture_run(&t->f);
	}
}

static void on_closed(void *data, uint64_t unwritten) {
	struct test *t = data;

	assert_int_equal(unwritten, 0);
	fixture_done(&t->f);
}

static void close_driver(struct test *t) {
	driver_close(t->driver, on_closed, t);
	t->driver = NULL;
	fixture_run(&t->f);
}

static int tear_down(void **state) {
	struct test *t = *state;

	if (t->driver) {
		close_driver(t);
	}
	fixture_finish(&t->f);
	free(t);
	return 0;
}

/* A kd that says one prompt, answers one line, and ends. */
static int be_kd(void) {
	char line[64] = "";

	printf("Waiting to reconnect...\nkd> ");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin)) {
		printf("said %skd> ", line);
	}
	return 7;
}

/* --- the tests ----------------------------------------------------------------------------------
 */

static void port_is_looked_at(void **state) {
	struct test *t = *state;

	open_driver(t);
	want(IN_START, ACT_CHECK_PORT, NULL);
	run_until(t, IN_PORT_ABSENT);
	assert_string_equal(
		machine.told, "start;absent /dev/no-such-port: No such file or directory;");
}

/* Answers that come at once wait for their turn; the actions behind them come first. */
static void machine_is_never_entered_twice(void **state) {
	struct test *t = *state;

	t->profile.kd = STRING("/no/such/kd");
	open_driver(t);
	want(IN_START, ACT_BREAK, NULL);
	want(IN_START, ACT_SPAWN, NULL);
	want(IN_START, ACT_BREAK, NULL);
	want(IN_START, ACT_WRITE, "g\n"); /* to nobody */
	want(IN_KD_FAILED, ACT_BREAK, NULL);
	run_until(t, IN_KD_FAILED);
	assert_string_equal(machine.told,
		"start;break failed no such process;"
		"failed kd '/no/such/kd': no such file or directory;"
		"break failed no such process;break failed no such process;");
	assert_int_equal(machine.deepest, 1);
}

static char *texts_of_journal(struct test *t) {
	char path[160];
	size_t len;

	snprintf(path, sizeof(path), "%s/web1.journal", t->f.folder);
	char *text = fixture_read(path, &len);
	char *to = text;

	for (const char *at = text; *at;) {
		at += 28 + strcspn(at + 28, " ") + 1;
		size_t line = strcspn(at, "\n") + 1;

		memmove(to, at, line);
		to += line;
		at += line;
	}
	*to = '\0';
	return text;
}

static void kd_is_driven_and_all_is_journalled(void **state) {
	struct test *t = *state;

	open_driver(t);
	want(IN_START, ACT_SPAWN, NULL);
	want(IN_CONSOLE, ACT_WRITE, "hello\n"); /* at each prompt; the second time in vain */
	run_until(t, IN_KD_ENDED);
	assert_string_equal(machine.told, "start;started;waiting;prompt;prompt;ended exit code 7;");
	close_driver(t);
	char *text = texts_of_journal(t);
	assert_string_equal(text, "< Waiting to reconnect...\n< kd> \\\n> hello\n"
				  "< said hello\n< kd> \\\n> hello\n");
	free(text);
}

static void state_says_whether_a_target_may_be_touched(void **state) {
	struct test *t = *state;
	struct statefile s;

	open_driver(t);
	want(IN_START, ACT_SPAWN, NULL);
	want(IN_CONSOLE, ACT_WRITE, "hello\n");
	run_until(t, IN_KD_ENDED);
	close_driver(t);
	assert_true(statefile_load(t->state, 5, &s));
	assert_true(s.dirty);
	machine.told[0] = '\0';
	open_driver(t);
	assert_true(driver_session(t->driver)->set.dirty_start);
	want(IN_KD_ENDED, ACT_ENDED, NULL);
	run_until(t, IN_KD_ENDED);
	close_driver(t);
	assert_false(statefile_load(t->state, 5, &s));
	assert_true(s.dirty); /* its result is not `released` */
}

static void on_timer(uv_timer_t *timer) {
	fixture_done(timer->data);
}

static void deadline_in_the_past_does_not_spin(void **state) {
	struct test *t = *state;

	open_driver(t);
	machine.deadline_ms = 1;
	machine.last = IN_PORT_BUSY;
	driver_input(t->driver, IN_START, 0);
	uv_timer_init(&t->f.loop, &t->timer);
	t->timer.data = &t->f;
	uv_timer_start(&t->timer, on_timer, 50, 0);
	fixture_run(&t->f);
	uv_close((uv_handle_t *)&t->timer, NULL);
	assert_in_range(machine.ticks, 1, 60);
}

static void second_driver_is_refused(void **state) {
	struct test *t = *state;
	struct driver_options options = {
		.profile = &t->profile, .state_dir = t->f.folder, .events = &events, .data = t};
	struct driver *second = NULL;
	char why[256];

	open_driver(t);
	assert_int_equal(driver_open(&t->f.loop, &options, &second, why, sizeof(why)), UV_EBUSY);
	assert_non_null(strstr(why, "another livedebug has it"));
	assert_null(second);
}

int main(int argc, char **argv) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(port_is_looked_at, set_up, tear_down),
		cmocka_unit_test_setup_teardown(machine_is_never_entered_twice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			kd_is_driven_and_all_is_journalled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			state_says_whether_a_target_may_be_touched, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			deadline_in_the_past_does_not_spin, set_up, tear_down),
		cmocka_unit_test_setup_teardown(second_driver_is_refused, set_up, tear_down),
	};

	if (argc > 1 && strcmp(argv[1], "_launch") == 0) {
		return os_launch(argc - 1, argv + 1);
	}
	if (argc > 1 && strcmp(argv[1], "kd") == 0) {
		return be_kd();
	}
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
