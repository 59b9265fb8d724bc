/* Who has the serial device? Locks are advisory here: kd's stand-ins and this program take them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "os/os.h"

/* The process that holds a lock on this file, from /proc/locks; 0: not known. */
static int lock_holder(const struct stat *st) {
	FILE *locks = fopen("/proc/locks", "re");
	char line[256];
	int holder = 0;

	while (locks && holder == 0 && fgets(line, sizeof(line), locks)) {
		unsigned major_id = 0, minor_id = 0;
		unsigned long inode = 0;
		int pid = 0;

		if (sscanf(line, "%*d: %*s %*s %*s %d %x:%x:%lu", &pid, &major_id, &minor_id,
			    &inode) == 4 &&
			inode == st->st_ino && major_id == major(st->st_dev) &&
			minor_id == minor(st->st_dev)) {
			holder = pid;
		}
	}
	if (locks) {
		fclose(locks);
	}
	return holder;
}

/* "held by kd (process 4711)" as far as it is known. */
static void tell_holder(int fd, char *why, size_t cap) {
	char path[64], name[64] = "another program";
	struct stat st;
	int pid = fstat(fd, &st) == 0 ? lock_holder(&st) : 0;
	FILE *comm;

	if (pid <= 0) {
		snprintf(why, cap, "held by another program");
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	comm = fopen(path, "re");
	if (comm) {
		if (fgets(name, sizeof(name), comm)) {
			name[strcspn(name, "\n")] = '\0';
		}
		fclose(comm);
	}
	snprintf(why, cap, "held by %s (process %d)", name, pid);
}

/* Root may open a port that is marked exclusive, so the mark is asked for too. */
static bool is_held(int fd) {
	int exclusive = 0;

#ifdef TIOCGEXCL
	if (ioctl(fd, TIOCGEXCL, &exclusive) != 0) {
		exclusive = 0;
	}
#endif
	return exclusive || (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK);
}

static int fail(int error, const char *device, char *why, size_t cap) {
	const char *hint = error == EACCES ? "; is this user in the device's group (dialout)?" : "";

	snprintf(why, cap, "%s: %s%s", device, strerror(error), hint);
	return uv_translate_sys_error(error);
}

int os_port_probe(const char *device, char *real, size_t real_cap, char *why, size_t why_cap) {
	char path[PATH_MAX];
	int fd, error = 0;

	if (!realpath(device, path)) {
		return fail(errno, device, why, why_cap);
	}
	if ((size_t)snprintf(real, real_cap, "%s", path) >= real_cap) {
		return fail(ENAMETOOLONG, device, why, why_cap);
	}
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		return fail(errno, device, why, why_cap);
	}
	if (!isatty(fd)) {
		error = fail(ENOTTY, device, why, why_cap);
	} else if (is_held(fd)) {
		tell_holder(fd, why, why_cap);
		error = UV_EBUSY;
	}
	close(fd);
	return error;
}

int os_port_hold(const void *handle, bool hold) {
	int fd = *(const int *)handle;

	if (!hold) {
		(void)ioctl(fd, TIOCNXCL);
		(void)flock(fd, LOCK_UN);
		return 0;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || ioctl(fd, TIOCEXCL) != 0) {
		return errno == EWOULDBLOCK ? UV_EBUSY : uv_translate_sys_error(errno);
	}
	return 0;
}

/* Named pipes are Windows' and Wine's. */
int os_pipe_probe(const char *name) {
	(void)name;
	return UV_ENOTSUP;
}

int os_lock_file(uv_file file) {
	if (flock(file, LOCK_EX | LOCK_NB) == 0) {
		return 0;
	}
	return errno == EWOULDBLOCK ? UV_EBUSY : uv_translate_sys_error(errno);
}
