/*
 * Preload shim: libserialport opens a pty as if it were a serial port. Linux only, tests only.
 *
 * libserialport wants two things that a pty has not: an entry in /sys/class/tty, which it looks
 * for by lstat or readlink, and modem lines, which it reads when it opens the port. Ports must be
 * named by their real path (/dev/pts/N): it strips /dev/ and would not find a link elsewhere; a
 * caller resolves such a link first. Lines can be staged: PTYSHIM_LINES names a file that holds a
 * decimal TIOCM_ mask.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/serial.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not in every libc header; the symbols are what old and new callers are linked to. */
int ioctl(int fd, unsigned long request, ...);
int lstat(const char *path, struct stat *st);
int __lxstat(int version, const char *path, struct stat *st);
ssize_t readlink(const char *path, char *out, size_t size);

typedef int ioctl_fn(int, unsigned long, ...);
typedef int lstat_fn(const char *, struct stat *);
typedef int lxstat_fn(int, const char *, struct stat *);
typedef ssize_t readlink_fn(const char *, char *, size_t);

/* POSIX has dlsym give functions as a data pointer. */
#define NEXT(type, name) (__extension__(type *) dlsym(RTLD_NEXT, name))

static const char *existing(const char *path) {
	static const char ptys[] = "/sys/class/tty/pts/";

	return path != NULL && strncmp(path, ptys, sizeof ptys - 1) == 0 ? "/proc/self" : path;
}

static int staged_lines(void) {
	const char *path = getenv("PTYSHIM_LINES");
	int lines = TIOCM_CTS | TIOCM_DSR | TIOCM_CAR | TIOCM_DTR | TIOCM_RTS;
	FILE *file = path != NULL ? fopen(path, "re") : NULL;

	if (file != NULL) {
		if (fscanf(file, "%d", &lines) != 1)
			lines = 0;
		fclose(file);
	}
	return lines;
}

/* 0: answered; -1: not one of ours. */
static int answer(unsigned long request, void *arg) {
	switch (request) {
	case TIOCMGET:
		*(int *)arg = staged_lines();
		return 0;
	case TIOCMSET:
	case TIOCMBIS:
	case TIOCMBIC:
		return 0;
	case TIOCGICOUNT:
		memset(arg, 0, sizeof(struct serial_icounter_struct));
		return 0;
	default:
		return -1;
	}
}

int ioctl(int fd, unsigned long request, ...) {
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	ioctl_fn *next = NEXT(ioctl_fn, "ioctl");
	int result = next(fd, request, arg);
	int error = errno;
	if (result == -1 && (error == ENOTTY || error == EINVAL) && isatty(fd) &&
		answer(request, arg) == 0)
		return 0;
	errno = error;
	return result;
}

int lstat(const char *path, struct stat *st) {
	lstat_fn *next = NEXT(lstat_fn, "lstat");

	return next(existing(path), st);
}

int __lxstat(int version, const char *path, struct stat *st) {
	lxstat_fn *next = NEXT(lxstat_fn, "__lxstat");

	return next(version, existing(path), st);
}

ssize_t readlink(const char *path, char *out, size_t size) {
	readlink_fn *next = NEXT(readlink_fn, "readlink");

	return next(existing(path), out, size);
}
