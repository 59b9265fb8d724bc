/* The system seam of the stand-in for kd, on Linux. */
#include "tests/bench/kd_os.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MAX = 32 };

static int break_pipe[2] = {-1, -1};

uint64_t os_now_us(void) {
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

void os_time_text(char *out, size_t cap) {
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	struct tm tm;
	localtime_r(&ts.tv_sec, &tm);
	char day[32];
	strftime(day, sizeof day, "%a %b %e %H:%M:%S", &tm);
	long minutes = labs(tm.tm_gmtoff) / 60;
	snprintf(out, cap, "%s.%03ld %d (UTC %c %ld:%02ld)", day, ts.tv_nsec / 1000000,
		tm.tm_year + 1900, tm.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void on_break(int sig) {
	(void)sig;
	int saved = errno;
	ssize_t ignored = write(break_pipe[1], "b", 1);
	(void)ignored;
	errno = saved;
}

void os_catch_break(void) {
	if (pipe2(break_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
		os_die(1);
	}
	struct sigaction action = {.sa_handler = on_break, .sa_flags = SA_RESTART};
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

bool os_take_break(void) {
	char byte;
	return read(break_pipe[0], &byte, 1) == 1;
}

void os_wait(struct os_ready *set, size_t count, int64_t timeout_us) {
	struct pollfd fds[WAIT_MAX] = {{.fd = break_pipe[0], .events = POLLIN}};
	for (size_t i = 0; i < count && i + 1 < WAIT_MAX; i++) {
		fds[i + 1] = (struct pollfd){.fd = set[i].fd, .events = POLLIN};
		set[i].ready = false;
	}
	struct timespec ts = {
		.tv_sec = timeout_us / 1000000, .tv_nsec = timeout_us % 1000000 * 1000};
	if (ppoll(fds, (nfds_t)(count + 1), timeout_us < 0 ? NULL : &ts, NULL) <= 0) {
		return;
	}
	for (size_t i = 0; i < count && i + 1 < WAIT_MAX; i++) {
		set[i].ready = fds[i + 1].revents != 0;
	}
}

static speed_t speed_of(unsigned baud) {
	static const struct {
		unsigned baud;
		speed_t speed;
	} table[] = {{9600, B9600}, {19200, B19200}, {38400, B38400}, {57600, B57600},
		{115200, B115200}, {230400, B230400}, {460800, B460800}, {921600, B921600}};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (table[i].baud == baud) {
			return table[i].speed;
		}
	}
	return B19200;
}

/* The device behind \\.\com1, COM1 or com1 stands in BENCH_COM1. */
static const char *device_of(const char *port) {
	char name[80] = "BENCH_";
	if (strncmp(port, "\\\\.\\", 4) == 0) {
		port += 4;
	}
	size_t used = strlen(name);
	while (*port != '\0' && used + 1 < sizeof name) {
		name[used++] = (char)toupper((unsigned char)*port++);
	}
	name[used] = '\0';
	return getenv(name);
}

unsigned os_serial_open(const char *port, unsigned baud, int *fd) {
	const char *device = device_of(port);
	if (device == NULL) {
		return OS_ABSENT;
	}
	*fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0) {
		return errno == ENOENT || errno == ENXIO || errno == EIO ? OS_ABSENT : OS_DENIED;
	}
	struct termios tio;
	if (flock(*fd, LOCK_EX | LOCK_NB) != 0 || tcgetattr(*fd, &tio) != 0) {
		close(*fd);
		return OS_DENIED;
	}
	/* No TIOCEXCL: the target keeps the pty open, so the mark would outlive a kd that died. */
	cfmakeraw(&tio);
	tio.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&tio, speed_of(baud));
	tcsetattr(*fd, TCSANOW, &tio);
	tcflush(*fd, TCIFLUSH); /* nobody received what came while the port was closed */
	return OS_OK;
}

ptrdiff_t os_read(int fd, void *bytes, size_t cap) {
	ssize_t n = read(fd, bytes, cap);
	if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
		return -1;
	}
	return n < 0 ? 0 : n;
}

bool os_write(int fd, const void *bytes, size_t len, bool wait) {
	const char *at = bytes;
	while (len > 0) {
		ssize_t n = write(fd, at, len);
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN && wait) {
			poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			return false;
		}
	}
	return true;
}

void os_close(int fd) {
	if (fd >= 0) {
		close(fd);
	}
}

int os_log_open(const char *path, bool append) {
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0644);
}

static void pipe_address(struct sockaddr_un *addr, const char *name) {
	const char *dir = getenv("BENCH_PIPE_DIR");
	*addr = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(addr->sun_path, sizeof addr->sun_path, "%s/%.40s.pipe", dir != NULL ? dir : "/tmp",
		name);
}

int os_pipe_connect(const char *name) {
	struct sockaddr_un addr;
	pipe_address(&addr, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof addr) != 0) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

int os_pipe_serve(const char *name, bool *busy) {
	int other = os_pipe_connect(name);
	*busy = other >= 0;
	if (*busy) {
		close(other);
		return -1;
	}
	os_pipe_remove(name);
	struct sockaddr_un addr;
	pipe_address(&addr, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 &&
		(bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(fd, 8) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

int os_pipe_accept(int server) {
	return accept4(server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

void os_pipe_remove(const char *name) {
	struct sockaddr_un addr;
	pipe_address(&addr, name);
	unlink(addr.sun_path);
}

void os_host(char *out, size_t cap) {
	if (gethostname(out, cap) != 0) {
		snprintf(out, cap, "HOST");
	}
	out[cap - 1] = '\0';
	for (char *c = out; *c != '\0'; c++) {
		*c = (char)toupper((unsigned char)*c);
	}
}

void os_who(char *out, size_t cap) {
	char host[65];
	os_host(host, sizeof host);
	const char *user = getenv("USER");
	snprintf(out, cap, "%s\\%s", host, user != NULL ? user : "user");
}

bool os_claim(const char *path) {
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	os_close(fd);
	return fd >= 0;
}

bool os_exists(const char *path) {
	return access(path, F_OK) == 0;
}

void os_hang(void) {
	signal(SIGINT, SIG_IGN);
	for (;;) {
		pause();
	}
}

void os_die(int code) {
	_exit(code);
}
