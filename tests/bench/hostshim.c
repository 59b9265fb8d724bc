/*
 * For LD_PRELOAD: a computer that sleeps and a system log that can be read.
 *
 * HOSTSHIM_SLEPT   a file: the milliseconds that the computer has slept; CLOCK_BOOTTIME goes ahead
 * by so much HOSTSHIM_SYSLOG  a file that gets what syslog(3) is given: priority, a blank, the text
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

typedef int clock_fn(clockid_t id, struct timespec *t);

static long long slept_ms(void) {
	const char *path = getenv("HOSTSHIM_SLEPT");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char text[32] = "";

	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) < 0) {
			text[0] = '\0';
		}
		close(fd);
	}
	return atoll(text);
}

int clock_gettime(clockid_t id, struct timespec *t) {
	static union {
		void *any;
		clock_fn *call;
	} real;
	int result;

	if (!real.any) {
		real.any = dlsym(RTLD_NEXT, "clock_gettime");
	}
	result = real.call(id, t);
	if (result == 0 && id == CLOCK_BOOTTIME) {
		t->tv_sec += (time_t)(slept_ms() / 1000);
	}
	return result;
}

/* The wall clock goes with it, as in any sleep. */
int gettimeofday(struct timeval *t, void *zone) {
	struct timespec now = {0};

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec + (time_t)(slept_ms() / 1000);
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

void syslog(int priority, const char *format, ...) {
	const char *path = getenv("HOSTSHIM_SYSLOG");
	int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : -1;
	va_list args;

	if (fd >= 0) {
		va_start(args, format);
		dprintf(fd, "%d ", priority);
		vdprintf(fd, format, args);
		dprintf(fd, "\n");
		va_end(args);
		close(fd);
	}
}
