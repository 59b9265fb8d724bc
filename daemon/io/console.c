#include "io/console.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct console {
	uv_loop_t *loop;
	uv_file file;
	uv_fs_t req;
	char *front, *back; /* filled; being written */
	size_t front_len, back_len, back_done;
	uint64_t lost_lines;
	bool writing;
	void (*done)(void *data);
	void *data;
	char first[CONSOLE_BYTES], second[CONSOLE_BYTES];
};

struct console *console_create(uv_loop_t *loop, uv_file file) {
	struct console *c = calloc(1, sizeof(*c));

	if (c) {
		c->loop = loop;
		c->file = file;
		c->front = c->first;
		c->back = c->second;
	}
	return c;
}

static void start_write(struct console *c);

static void on_written(uv_fs_t *req) {
	struct console *c = req->data;
	ssize_t result = req->result;

	uv_fs_req_cleanup(req);
	c->writing = false;
	/* A file that refuses is given up for this buffer: there is no better place to complain. */
	c->back_done = result < 0 ? c->back_len : c->back_done + (size_t)result;
	start_write(c);
}

static void swap_buffers(struct console *c) {
	char *empty = c->back;

	c->back = c->front;
	c->back_len = c->front_len;
	c->back_done = 0;
	c->front = empty;
	c->front_len = 0;
	if (c->lost_lines > 0) {
		c->front_len = (size_t)snprintf(c->front, CONSOLE_BYTES,
			"livedebug: %" PRIu64 " lines did not fit\n", c->lost_lines);
		c->lost_lines = 0;
	}
}

static void start_write(struct console *c) {
	uv_buf_t buf;

	if (c->writing) {
		return;
	}
	if (c->back_done == c->back_len) {
		swap_buffers(c);
	}
	if (c->back_len > c->back_done) {
		buf = uv_buf_init(c->back + c->back_done, (unsigned)(c->back_len - c->back_done));
		c->req.data = c;
		c->writing = uv_fs_write(c->loop, &c->req, c->file, &buf, 1, -1, on_written) == 0;
	} else if (c->done) {
		void (*done)(void *data) = c->done;
		void *data = c->data;

		free(c);
		done(data);
	}
}

void console_line(struct console *c, const char *format, ...) {
	char line[CONSOLE_LINE];
	size_t len;
	va_list args;
	int made;

	va_start(args, format);
	made = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (made < 0) {
		return;
	}
	len = (size_t)made < sizeof(line) - 2 ? (size_t)made : sizeof(line) - 2;
	line[len++] = '\n';
	if (c->lost_lines > 0 || c->front_len + len > CONSOLE_BYTES) {
		c->lost_lines++;
		return;
	}
	memcpy(c->front + c->front_len, line, len);
	c->front_len += len;
	start_write(c);
}

void console_close(struct console *c, void (*done)(void *data), void *data) {
	c->done = done;
	c->data = data;
	start_write(c);
}
