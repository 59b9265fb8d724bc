/* A child: output, input, break, end. The children are this program itself with another argv. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "io/child.h"
#include "os/os.h"
#include "tests/io/fixture.h"

#define FLOOD_BYTES (8U * 1024 * 1024)

struct test {
	struct fixture f;
	struct child *child;
	char output[65536];
	size_t len, total;
	char how[64];
	const char *wanted; /* stop the run when the output has this in it */
	unsigned ends;
	uv_check_t check;
};

/* --- the children ------------------------------------------------------------------------------
 */

static int child_echo(void) {
	char line[256];

	while (fgets(line, sizeof(line), stdin)) {
		printf("got %s", line);
		fflush(stdout);
		if (strcmp(line, "quit\n") == 0) {
			return 3;
		}
	}
	return 0;
}

static int child_flood(void) {
	static char block[4096];

	memset(block, 'f', sizeof(block));
	for (unsigned i = 0; i < FLOOD_BYTES / sizeof(block); i++) {
		fwrite(block, 1, sizeof(block), stdout);
	}
	return 0;
}

static void say_interrupted(int number) {
	(void)number;
	(void)!write(2, "interrupted\n", 12);
	_exit(0);
}

static int child_interruptible(void) {
	signal(SIGINT, say_interrupted);
	puts("ready");
	fflush(stdout);
	while (pause() != 0) {
	}
	return 1;
}

static int child_deaf(void) {
	puts("ready");
	fflush(stdout);
	while (pause() != 0) {
	}
	return 1;
}

/* It leaves behind a process that has the pipe. */
static int child_holder(void) {
	if (fork() == 0) {
		child_deaf();
	}
	return 0;
}

static int child_group(void) {
	int number = 0;

	prctl(PR_GET_PDEATHSIG, &number);
	printf("leads %d dies %d\n", getpgrp() == getpid(), number);
	return 0;
}

static int be_child(const char *what) {
	return strcmp(what, "echo") == 0            ? child_echo()
	       : strcmp(what, "flood") == 0         ? child_flood()
	       : strcmp(what, "interruptible") == 0 ? child_interruptible()
	       : strcmp(what, "deaf") == 0          ? child_deaf()
	       : strcmp(what, "holder") == 0        ? child_holder()
						    : child_group();
}

/* --- the fixture -------------------------------------------------------------------------------
 */

static void on_output(void *data, const char *bytes, size_t len) {
	struct test *t = data;
	size_t room = sizeof(t->output) - 1 - t->len;
	size_t kept = len < room ? len : room;

	memcpy(t->output + t->len, bytes, kept);
	t->len += kept;
	t->total += len;
	if (t->wanted && strstr(t->output, t->wanted)) {
		t->wanted = NULL;
		fixture_done(&t->f);
	}
}

static void on_ended(void *data, const char *how) {
	struct test *t = data;

	t->ends++;
	snprintf(t->how, sizeof(t->how), "%s", how);
	child_close(t->child);
	t->child = NULL;
	fixture_done(&t->f);
}

static const struct child_events events = {on_output, on_ended};

static int set_up(void **state) {
	struct test *t = calloc(1, sizeof(*t));

	fixture_init(&t->f);
	*state = t;
	return 0;
}

static int tear_down(void **state) {
	struct test *t = *state;

	child_close(t->child);
	fixture_finish(&t->f);
	free(t);
	return 0;
}

/* Through the launcher, as the daemon does it. */
static int start(struct test *t, const char *what) {
	char buffer[4096], self[4096];
	const char *words[OS_LAUNCH_WORDS + 4];
	size_t n = os_launch_words(words, buffer, sizeof(buffer));
	size_t len = sizeof(self);
	extern char **environ;

	assert_int_equal(uv_exepath(self, &len), 0);
	words[n++] = self;
	words[n++] = "child";
	words[n++] = what;
	words[n] = NULL;
	return child_start(&t->f.loop, (char **)words, environ, NULL, &events, t, &t->child);
}

static void wait_for(struct test *t, const char *text) {
	if (!strstr(t->output, text)) {
		t->wanted = text;
		fixture_run(&t->f);
	}
}

/* --- the tests ---------------------------------------------------------------------------------
 */

static void writes_in_order_and_tells_the_code(void **state) {
	struct test *t = *state;

	assert_int_equal(start(t, "echo"), 0);
	for (int i = 0; i < 100; i++) {
		char line[16];
		int len = snprintf(line, sizeof(line), "%d\n", i);

		assert_int_equal(child_write(t->child, line, (size_t)len), 0);
	}
	assert_int_equal(child_write(t->child, "quit\n", 5), 0);
	fixture_run(&t->f);
	assert_string_equal(t->how, "exit code 3");
	assert_int_equal(strncmp(t->output, "got 0\ngot 1\ngot 2\n", 18), 0);
	assert_non_null(strstr(t->output, "got 98\ngot 99\ngot quit\n"));
}

static void leads_a_group_and_dies_with_us(void **state) {
	struct test *t = *state;

	assert_int_equal(start(t, "group"), 0);
	fixture_run(&t->f);
	assert_string_equal(t->output, "leads 1 dies 9\n");
}

static void break_reaches_it(void **state) {
	struct test *t = *state;

	assert_int_equal(start(t, "interruptible"), 0);
	wait_for(t, "ready\n");
	assert_int_equal(child_break(t->child, "no such"), UV_ENOTSUP);
	assert_int_equal(child_break(t->child, "sigint"), 0);
	fixture_run(&t->f);
	assert_string_equal(t->output, "ready\ninterrupted\n");
	assert_string_equal(t->how, "exit code 0");
}

static void kill_ends_it(void **state) {
	struct test *t = *state;

	assert_int_equal(start(t, "deaf"), 0);
	wait_for(t, "ready\n");
	child_kill(t->child);
	fixture_run(&t->f);
	assert_string_equal(t->how, "signal 9");
}

static void pipe_left_open_is_not_waited_for(void **state) {
	struct test *t = *state;

	assert_int_equal(start(t, "holder"), 0);
	fixture_run(&t->f);
	assert_string_equal(t->how, "exit code 0");
	assert_int_equal(t->ends, 1);
}

static void all_output_comes_before_the_end(void **state) {
	struct test *t = *state;

	assert_int_equal(start(t, "flood"), 0);
	fixture_run(&t->f);
	assert_int_equal(t->total, FLOOD_BYTES);
}

struct turns {
	struct test *t;
	size_t seen, most;
};

static void on_turn(uv_check_t *check) {
	struct turns *turns = check->data;
	size_t got = turns->t->total - turns->seen;

	turns->most = got > turns->most ? got : turns->most;
	turns->seen = turns->t->total;
}

static void flood_has_a_bounded_share(void **state) {
	struct test *t = *state;
	struct turns turns = {.t = t};

	uv_check_init(&t->f.loop, &t->check);
	t->check.data = &turns;
	uv_check_start(&t->check, on_turn);
	assert_int_equal(start(t, "flood"), 0);
	fixture_run(&t->f);
	uv_close((uv_handle_t *)&t->check, NULL);
	assert_true(turns.most > 0 && turns.most <= CHILD_READ_BYTES);
}

static void one_that_does_not_read_has_a_bounded_queue(void **state) {
	struct test *t = *state;
	char block[4096];
	int error = 0;
	size_t queued = 0;

	memset(block, 'q', sizeof(block));
	assert_int_equal(start(t, "deaf"), 0);
	while ((error = child_write(t->child, block, sizeof(block))) == 0) {
		queued += sizeof(block);
	}
	assert_int_equal(error, UV_ENOBUFS);
	assert_true(queued <= CHILD_QUEUE_BYTES + 65536);
	child_kill(t->child);
	fixture_run(&t->f);
}

static void missing_program_is_told(void **state) {
	struct test *t = *state;
	char none[] = "/no/such/program";
	char *args[] = {none, NULL};
	extern char **environ;

	assert_int_equal(
		child_start(&t->f.loop, args, environ, NULL, &events, t, &t->child), UV_ENOENT);
	assert_null(t->child);
}

static void launcher_tells_what_it_cannot_start(void **state) {
	struct test *t = *state;
	char buffer[4096];
	const char *words[OS_LAUNCH_WORDS + 2];
	size_t n = os_launch_words(words, buffer, sizeof(buffer));
	extern char **environ;

	words[n++] = "/no/such/kd";
	words[n] = NULL;
	assert_int_equal(
		child_start(&t->f.loop, (char **)words, environ, NULL, &events, t, &t->child), 0);
	fixture_run(&t->f);
	assert_string_equal(t->how, "exit code 127");
	assert_non_null(strstr(t->output, "cannot start /no/such/kd: No such file"));
}

static void close_while_it_runs_leaves_nothing(void **state) {
	struct test *t = *state;

	assert_int_equal(start(t, "deaf"), 0);
	wait_for(t, "ready\n");
	child_close(t->child);
	t->child = NULL;
	assert_int_equal(t->ends, 0);
}

int main(int argc, char **argv) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			writes_in_order_and_tells_the_code, set_up, tear_down),
		cmocka_unit_test_setup_teardown(leads_a_group_and_dies_with_us, set_up, tear_down),
		cmocka_unit_test_setup_teardown(break_reaches_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(kill_ends_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			pipe_left_open_is_not_waited_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_output_comes_before_the_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(flood_has_a_bounded_share, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			one_that_does_not_read_has_a_bounded_queue, set_up, tear_down),
		cmocka_unit_test_setup_teardown(missing_program_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			launcher_tells_what_it_cannot_start, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			close_while_it_runs_leaves_nothing, set_up, tear_down),
	};

	if (argc > 1 && strcmp(argv[1], "_launch") == 0) {
		return os_launch(argc - 1, argv + 1);
	}
	if (argc > 2 && strcmp(argv[1], "child") == 0) {
		return be_child(argv[2]);
	}
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
