/* The port before kd starts: on ptys, under the bench's shim. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "io/preflight.h"
#include "tests/io/fixture.h"

struct test {
	struct fixture f;
	int master;
	char pty[64];
	enum preflight_answer answer;
	char why[256];
	unsigned answers;
};

static int set_up(void **state) {
	struct test *t = calloc(1, sizeof(*t));

	fixture_init(&t->f);
	t->master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(t->master >= 0);
	assert_int_equal(grantpt(t->master), 0);
	assert_int_equal(unlockpt(t->master), 0);
	assert_int_equal(ptsname_r(t->master, t->pty, sizeof(t->pty)), 0);
	*state = t;
	return 0;
}

static int tear_down(void **state) {
	struct test *t = *state;

	close(t->master);
	fixture_finish(&t->f);
	free(t);
	return 0;
}

static void on_answer(void *data, enum preflight_answer answer, const char *why) {
	struct test *t = data;

	t->answers++;
	t->answer = answer;
	snprintf(t->why, sizeof(t->why), "%s", why);
	fixture_done(&t->f);
}

static void ask(struct test *t, const char *device) {
	struct preflight *p;

	assert_int_equal(preflight_start(&t->f.loop, device, on_answer, t, &p), 0);
	fixture_run(&t->f);
}

/* The whole of it needs the shim; without it this cannot be tested. */
static void need_shim(void) {
	if (!getenv("LD_PRELOAD")) {
		skip();
	}
}

/* Nothing of ours is left on it: neither lock nor mark nor byte. */
static void free_port_is_free_and_is_left_so(void **state) {
	struct test *t = *state;
	int exclusive = 1, waiting = 1;

	need_shim();
	ask(t, t->pty);
	assert_string_equal(t->why, "");
	assert_int_equal(t->answer, PREFLIGHT_FREE);
	int fd = open(t->pty, O_RDWR | O_NOCTTY);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(ioctl(fd, TIOCGEXCL, &exclusive), 0);
	assert_int_equal(exclusive, 0);
	assert_int_equal(ioctl(t->master, FIONREAD, &waiting), 0);
	assert_int_equal(waiting, 0);
	close(fd);
}

static void link_is_followed(void **state) {
	struct test *t = *state;
	char link[128];

	need_shim();
	snprintf(link, sizeof(link), "%s/COM1", t->f.folder);
	assert_int_equal(symlink(t->pty, link), 0);
	ask(t, link);
	assert_int_equal(t->answer, PREFLIGHT_FREE);
}

static void absent_port_is_told(void **state) {
	struct test *t = *state;

	ask(t, "/dev/no-such-port");
	assert_int_equal(t->answer, PREFLIGHT_ABSENT);
	assert_string_equal(t->why, "/dev/no-such-port: No such file or directory");
}

static void holder_is_named_and_left_alone(void **state) {
	struct test *t = *state;
	int fd = open(t->pty, O_RDWR | O_NOCTTY);
	struct termios before = {0}, after = {0};
	char who[64];

	assert_int_equal(tcgetattr(fd, &before), 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	ask(t, t->pty);
	assert_int_equal(t->answer, PREFLIGHT_BUSY);
	snprintf(who, sizeof(who), "process %d", (int)getpid());
	if (strstr(t->why, "process")) { /* where /proc/locks may be read */
		assert_non_null(strstr(t->why, who));
	} else {
		assert_string_equal(t->why, "held by another program");
	}
	assert_int_equal(tcgetattr(fd, &after), 0);
	assert_memory_equal(&before, &after, sizeof(before));
	close(fd);
}

static void exclusive_mark_counts(void **state) {
	struct test *t = *state;
	int fd = open(t->pty, O_RDWR | O_NOCTTY);

	assert_int_equal(ioctl(fd, TIOCEXCL), 0);
	ask(t, t->pty);
	assert_int_equal(t->answer, PREFLIGHT_BUSY);
	close(fd);
}

static void file_is_no_port(void **state) {
	struct test *t = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/file", t->f.folder);
	fixture_write(path, "text");
	ask(t, path);
	assert_int_equal(t->answer, PREFLIGHT_ABSENT);
	assert_non_null(strstr(t->why, "Inappropriate ioctl"));
}

static void cancelled_gives_no_answer(void **state) {
	struct test *t = *state;
	struct preflight *p;

	assert_int_equal(preflight_start(&t->f.loop, t->pty, on_answer, t, &p), 0);
	preflight_cancel(p);
	uv_run(&t->f.loop, UV_RUN_DEFAULT);
	assert_int_equal(t->answers, 0);
}

/* build/tests/io/test_preflight -> build/bench/ptyshim.so */
static void restart_with_shim(char **argv) {
	char self[PATH_MAX], shim[PATH_MAX + 32];

	if (getenv("PTYSHIM_TEST") || !realpath(argv[0], self)) {
		return;
	}
	for (int i = 0; i < 3; i++) {
		*strrchr(self, '/') = '\0';
	}
	snprintf(shim, sizeof(shim), "%s/bench/ptyshim.so", self);
	if (access(shim, R_OK) != 0) {
		return;
	}
	setenv("PTYSHIM_TEST", "1", 1);
	setenv("LD_PRELOAD", shim, 1);
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
	execv(argv[0], argv);
}

int main(int argc, char **argv) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			free_port_is_free_and_is_left_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(link_is_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(absent_port_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(holder_is_named_and_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(exclusive_mark_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(file_is_no_port, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cancelled_gives_no_answer, set_up, tear_down),
	};

	(void)argc;
	restart_with_shim(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
