#include "tests/bench/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Bytes nobody read for so long were never received: a wire keeps nothing. */
#define STALE_WALL (500 * MS)

static uint64_t wall_now(void) {
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

/* The slave stays open here, so that a host that closes it does not hang the line up. */
static int open_pair(struct target_serial *s) {
	struct termios mode;

	s->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (s->master < 0 || grantpt(s->master) < 0 || unlockpt(s->master) < 0)
		return -1;
	if (ptsname_r(s->master, s->path, sizeof s->path) != 0)
		return -1;
	s->slave = open(s->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s->slave < 0 || tcgetattr(s->slave, &mode) < 0)
		return -1;
	cfmakeraw(&mode);
	return tcsetattr(s->slave, TCSANOW, &mode);
}

int serial_open(struct target_serial *s, const char *link, unsigned long baud) {
	s->master = s->slave = -1;
	s->byte_time = 10 * SECOND / baud;
	if (open_pair(s) < 0) {
		perror("target: pty");
		return -1;
	}
	(void)unlink(link);
	if (symlink(s->path, link) < 0) {
		perror(link);
		return -1;
	}
	s->link = link;
	return 0;
}

void serial_close(struct target_serial *s) {
	if (s->link != NULL)
		(void)unlink(s->link);
	if (s->slave >= 0)
		close(s->slave);
	if (s->master >= 0)
		close(s->master);
}

uint64_t serial_idle_at(const struct target_serial *s) {
	if (s->out_at == s->out_end)
		return s->out_due;
	return s->out_due + (s->out_end - s->out_at - 1) * s->byte_time;
}

void serial_drop(struct target_serial *s) {
	s->out_at = s->out_end = 0;
	s->in_at = s->in_end = 0;
}

void serial_send(struct target *t, const uint8_t *bytes, size_t len) {
	struct target_serial *s = &t->serial;

	if (s->out_at == s->out_end) {
		s->out_at = s->out_end = 0;
		s->out_due = (s->out_due > t->now ? s->out_due : t->now) + s->byte_time;
	}
	memmove(s->out, s->out + s->out_at, s->out_end - s->out_at);
	s->out_end -= s->out_at;
	s->out_at = 0;
	if (len > sizeof s->out - s->out_end)
		len = sizeof s->out - s->out_end;
	memcpy(s->out + s->out_end, bytes, len);
	s->out_end += len;
}

static void drop_stale(struct target_serial *s) {
	int unread = 0;
	uint64_t wall = wall_now();

	if (wall - s->written_wall > STALE_WALL && ioctl(s->slave, FIONREAD, &unread) == 0 &&
		unread > 0)
		(void)tcflush(s->slave, TCIFLUSH);
	s->written_wall = wall;
}

/* What the pty cannot take is lost, as on a wire. */
void serial_write_due(struct target *t) {
	struct target_serial *s = &t->serial;

	if (s->out_at == s->out_end || s->out_due > t->now)
		return;
	size_t n = 1 + (size_t)((t->now - s->out_due) / s->byte_time);
	if (n > s->out_end - s->out_at)
		n = s->out_end - s->out_at;
	if (t->now >= t->mute_until) {
		drop_stale(s);
		ssize_t written = write(s->master, s->out + s->out_at, n);
		(void)written;
	}
	s->out_at += n;
	/* at the end of the queue: when the line became free */
	s->out_due += (s->out_at == s->out_end ? n - 1 : n) * s->byte_time;
}

/* Bytes written by the host at once arrive one after the other. */
void serial_read(struct target *t) {
	struct target_serial *s = &t->serial;

	if (s->in_at == s->in_end) {
		s->in_at = s->in_end = 0;
		s->in_due = (s->in_due > t->now ? s->in_due : t->now) + s->byte_time;
	}
	memmove(s->in, s->in + s->in_at, s->in_end - s->in_at);
	s->in_end -= s->in_at;
	s->in_at = 0;
	ssize_t n = read(s->master, s->in + s->in_end, sizeof s->in - s->in_end);
	if (n > 0)
		s->in_end += (size_t)n;
}
