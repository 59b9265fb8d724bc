#include "io/control_call.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "os/os.h"

#define LINE_FIRST 65536
#define LINE_MAX_BYTES (16 * 1024 * 1024) /* a status of very many sessions */

struct call {
	uv_loop_t loop;
	uv_pipe_t pipe;
	uv_connect_t connect;
	uv_write_t write;
	uv_timer_t silence;
	uint64_t silence_ms;
	const char *path;
	char *request;
	control_line_fn *line;
	void *data;
	char *in;
	size_t len, cap;
	int result;
};

static void finish(struct call *c, int result) {
	if (!uv_is_closing((uv_handle_t *)&c->pipe)) {
		c->result = result;
		uv_close((uv_handle_t *)&c->pipe, NULL);
		uv_close((uv_handle_t *)&c->silence, NULL);
	}
}

static void on_silence(uv_timer_t *timer) {
	finish(timer->data, UV_ETIMEDOUT);
}

static void hear(struct call *c) {
	if (c->silence_ms > 0) {
		uv_timer_start(&c->silence, on_silence, c->silence_ms, 0);
	}
}

static bool grow(struct call *c) {
	size_t cap = c->cap ? c->cap * 2 : LINE_FIRST;
	char *in = cap <= LINE_MAX_BYTES ? realloc(c->in, cap) : NULL;

	if (in) {
		c->in = in;
		c->cap = cap;
	}
	return in != NULL;
}

/* No buffer (too long a line, no memory) reaches on_read as UV_ENOBUFS. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
	struct call *c = handle->data;

	(void)suggested;
	*buf = c->len == c->cap && !grow(c)
		       ? uv_buf_init(NULL, 0)
		       : uv_buf_init(c->in + c->len, (unsigned)(c->cap - c->len));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf) {
	struct call *c = stream->data;
	size_t at = 0;
	const char *end;

	(void)buf;
	if (got < 0) {
		finish(c, (int)got);
		return;
	}
	hear(c);
	c->len += (size_t)got;
	while ((end = memchr(c->in + at, '\n', c->len - at)) != NULL) {
		size_t len = (size_t)(end - (c->in + at));

		if (!c->line(c->data, c->in + at, len)) {
			finish(c, 0);
			return;
		}
		at += len + 1;
	}
	memmove(c->in, c->in + at, c->len - at);
	c->len -= at;
}

/* A daemon that refuses us at once may have answered before it heard what we ask. */
static void on_written(uv_write_t *req, int status) {
	(void)req;
	(void)status;
}

static void on_connect(uv_connect_t *req, int status) {
	struct call *c = req->data;
	uv_stream_t *stream = (uv_stream_t *)&c->pipe;
	uv_buf_t buf = uv_buf_init(c->request, (unsigned)strlen(c->request));

	if (status == 0 && !os_peer_is_daemon(&c->pipe, c->path)) {
		status = UV_EPERM;
	}
	if (status == 0) {
		status = uv_write(&c->write, stream, &buf, 1, on_written);
	}
	if (status == 0) {
		status = uv_read_start(stream, on_alloc, on_read);
	}
	if (status != 0) {
		finish(c, status);
	}
}

int control_call(const char *path, const struct request *r, uint64_t silence_ms,
	control_line_fn *line, void *data) {
	struct call c = {.path = path,
		.silence_ms = silence_ms,
		.request = request_format(r),
		.line = line,
		.data = data,
		.result = UV_EOF};

	if (!c.request || uv_loop_init(&c.loop) != 0) {
		free(c.request);
		return UV_ENOMEM;
	}
	uv_pipe_init(&c.loop, &c.pipe, 0);
	uv_timer_init(&c.loop, &c.silence);
	c.pipe.data = c.connect.data = c.silence.data = &c;
	hear(&c);
	uv_pipe_connect(&c.connect, &c.pipe, path, on_connect);
	uv_run(&c.loop, UV_RUN_DEFAULT);
	uv_loop_close(&c.loop);
	free(c.request);
	free(c.in);
	return c.result;
}
