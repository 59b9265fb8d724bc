/* libserialport on a pty, under the shim: this program starts itself again with it preloaded. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LIMIT_MS 5000

struct pair {
	int master;
	char path[64];
};

static int open_pair(void **state) {
	static struct pair pair;

	pair.master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(pair.master >= 0);
	assert_int_equal(grantpt(pair.master), 0);
	assert_int_equal(unlockpt(pair.master), 0);
	assert_int_equal(ptsname_r(pair.master, pair.path, sizeof pair.path), 0);
	*state = &pair;
	return 0;
}

static int close_pair(void **state) {
	close(((struct pair *)*state)->master);
	return 0;
}

static struct sp_port *open_port(const char *name) {
	struct sp_port *port;

	assert_int_equal(sp_get_port_by_name(name, &port), SP_OK);
	assert_int_equal(sp_open(port, SP_MODE_READ_WRITE), SP_OK);
	return port;
}

static void exchanges_bytes(void **state) {
	const struct pair *pair = *state;
	struct sp_port *port = open_port(pair->path);
	char got[4] = "";

	assert_int_equal(sp_set_baudrate(port, 115200), SP_OK);
	assert_int_equal(write(pair->master, "i\0\xaa", 3), 3);
	assert_int_equal(sp_blocking_read(port, got, 3, LIMIT_MS), 3);
	assert_memory_equal(got, "i\0\xaa", 3);
	assert_int_equal(sp_blocking_write(port, "b\n\r", 3, LIMIT_MS), 3);
	assert_int_equal(read(pair->master, got, 3), 3);
	assert_memory_equal(got, "b\n\r", 3);
	assert_int_equal(sp_close(port), SP_OK);
	sp_free_port(port);
}

static void sets_each_rate(void **state) {
	static const int rates[] = {9600, 19200, 38400, 57600, 115200, 921600};
	const struct pair *pair = *state;
	struct sp_port *port = open_port(pair->path);

	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
		assert_int_equal(sp_set_baudrate(port, rates[i]), SP_OK);
	assert_int_equal(sp_close(port), SP_OK);
	sp_free_port(port);
}

static void has_modem_lines(void **state) {
	const struct pair *pair = *state;
	struct sp_port *port = open_port(pair->path);
	enum sp_signal lines;

	assert_int_equal(sp_get_signals(port, &lines), SP_OK);
	assert_true((lines & SP_SIG_DSR) != 0);
	assert_int_equal(sp_close(port), SP_OK);
	sp_free_port(port);
}

static void staged_lines_are_read(void **state) {
	const struct pair *pair = *state;
	char file[] = "/tmp/ptyshim-XXXXXX";
	int fd = mkstemp(file);
	enum sp_signal lines;

	assert_int_equal(write(fd, "0\n", 2), 2);
	close(fd);
	setenv("PTYSHIM_LINES", file, 1);
	struct sp_port *port = open_port(pair->path);
	assert_int_equal(sp_get_signals(port, &lines), SP_OK);
	assert_int_equal(lines, 0);
	unsetenv("PTYSHIM_LINES");
	unlink(file);
	assert_int_equal(sp_close(port), SP_OK);
	sp_free_port(port);
}

/* The bench's names are links (/tmp/x/COM1): resolved first, they open. */
static void link_opens_when_resolved(void **state) {
	const struct pair *pair = *state;
	char dir[] = "/tmp/ptyshim-XXXXXX";
	char link[64], real[PATH_MAX];

	assert_non_null(mkdtemp(dir));
	snprintf(link, sizeof link, "%s/COM1", dir);
	assert_int_equal(symlink(pair->path, link), 0);
	assert_non_null(realpath(link, real));
	assert_string_equal(real, pair->path);
	struct sp_port *port = open_port(real);
	assert_int_equal(sp_close(port), SP_OK);
	sp_free_port(port);
	unlink(link);
	rmdir(dir);
}

/* build/tests/bench/test_ptyshim -> build/bench/ptyshim.so */
static void restart_with_shim(char **argv) {
	char self[PATH_MAX], shim[PATH_MAX + 32];

	if (getenv("PTYSHIM_TEST") != NULL || realpath(argv[0], self) == NULL)
		return;
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	snprintf(shim, sizeof shim, "%s/bench/ptyshim.so", self);
	setenv("PTYSHIM_TEST", "1", 1);
	setenv("LD_PRELOAD", shim, 1);
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
	execv(argv[0], argv);
}

int main(int argc, char **argv) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(exchanges_bytes, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(sets_each_rate, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(has_modem_lines, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(staged_lines_are_read, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(link_opens_when_resolved, open_pair, close_pair),
	};

	(void)argc;
	restart_with_shim(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
