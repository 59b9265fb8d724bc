#include "io/control_client.h"

#include <stdlib.h>
#include <string.h>

#include "io/control.h"

struct send {
	uv_write_t req;
	struct control_client *client;
	char bytes[];
};

static void on_closed(uv_handle_t *handle) {
	struct control_client *c = handle->data;

	if (--c->open_handles == 0) {
		c->events->gone(c);
		free(c);
	}
}

static void watch_idle(struct control_client *c);

void control_client_drop(struct control_client *c, bool when_sent) {
	if (c->is_dropped) {
		return;
	}
	if (when_sent && uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) > 0) {
		c->drop_when_sent = true;
		watch_idle(c);
		return;
	}
	c->is_dropped = true;
	c->is_pending = c->follows = false;
	uv_close((uv_handle_t *)&c->pipe, on_closed);
	uv_close((uv_handle_t *)&c->timer, on_closed);
}

static void on_sent(uv_write_t *req, int status) {
	struct send *s = req->data;
	struct control_client *c = s->client;
	bool is_last = uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) == 0;

	if (status < 0 || (c->drop_when_sent && is_last)) {
		control_client_drop(c, false);
	}
	free(s);
}

/* One answer of any length is always taken: a status of many sessions is longer than the limit. */
bool control_client_has_room(const struct control_client *c, size_t len) {
	size_t queued = uv_stream_get_write_queue_size((const uv_stream_t *)&c->pipe);

	return queued == 0 || queued + len <= CONTROL_SEND_BYTES;
}

void control_client_send(struct control_client *c, const char *bytes, size_t len) {
	struct send *s;
	uv_buf_t buf;

	if (c->is_dropped) {
		return;
	}
	s = control_client_has_room(c, len) ? malloc(sizeof(*s) + len) : NULL;
	if (!s) {
		control_client_drop(c, false);
		return;
	}
	memcpy(s->bytes, bytes, len);
	s->client = c;
	s->req.data = s;
	buf = uv_buf_init(s->bytes, (unsigned)len);
	if (uv_write(&s->req, (uv_stream_t *)&c->pipe, &buf, 1, on_sent) != 0) {
		free(s);
		control_client_drop(c, false);
	}
}

/* Lines one by one; what is behind a verb under way waits for its end. */
static void take_lines(struct control_client *c) {
	size_t at = 0;

	while (!c->is_pending && !c->is_dropped && !c->drop_when_sent) {
		const char *end = memchr(c->in + at, '\n', c->in_len - at);

		if (!end) {
			break;
		}
		size_t len = (size_t)(end - (c->in + at));
		c->events->line(c, c->in + at, len);
		at += len + 1;
	}
	memmove(c->in, c->in + at, c->in_len - at);
	c->in_len -= at;
}

static void on_timer(uv_timer_t *timer);

/* Who waits for an answer has a limit of its own, who follows is no trouble. */
static void watch_idle(struct control_client *c) {
	bool is_served = c->follows && !c->drop_when_sent;

	if (c->is_dropped || c->is_pending) {
		return;
	}
	if (c->idle_ms == 0 || is_served) {
		uv_timer_stop(&c->timer);
	} else {
		uv_timer_start(&c->timer, on_timer, c->idle_ms, 0);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
	struct control_client *c = handle->data;

	(void)suggested;
	*buf = uv_buf_init(c->in + c->in_len, (unsigned)(sizeof(c->in) - c->in_len));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf) {
	struct control_client *c = stream->data;

	(void)buf;
	if (got < 0) {
		control_client_drop(c, false);
		return;
	}
	c->in_len += (size_t)got;
	take_lines(c);
	watch_idle(c);
	if (c->in_len == sizeof(c->in)) {
		static const char answer[] =
			"{\"version\":1,\"ok\":false,\"code\":2,\"error\":\"request too long\"}\n";

		(void)uv_read_stop(stream);
		control_client_send(c, answer, sizeof(answer) - 1);
		control_client_drop(c, true);
	}
}

int control_client_read(struct control_client *c) {
	watch_idle(c);
	return uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
}

static void end_idle(struct control_client *c) {
	static const char answer[] =
		"{\"version\":1,\"ok\":false,\"code\":8,\"error\":\"nothing was asked for too "
		"long: ask again on another connection\"}\n";

	if (!c->drop_when_sent) {
		control_client_send(c, answer, sizeof(answer) - 1);
	}
	control_client_drop(c, false); /* what it did not read by now, it will not */
}

static void on_timer(uv_timer_t *timer) {
	struct control_client *c = timer->data;

	if (c->is_pending) {
		c->events->late(c);
	} else {
		end_idle(c);
	}
}

void control_client_wait(struct control_client *c, uint64_t limit_ms) {
	c->is_pending = true;
	uv_timer_start(&c->timer, on_timer, limit_ms, 0);
}

void control_client_resume(struct control_client *c) {
	c->is_pending = false;
	if (!c->is_dropped) {
		uv_timer_stop(&c->timer);
		take_lines(c);
		watch_idle(c);
	}
}

int control_client_accept(uv_stream_t *server, const struct control_client_events *events,
	void *owner, struct control_client **out) {
	struct control_client *c = calloc(1, sizeof(*c));
	int error;

	if (!c) {
		return UV_ENOMEM;
	}
	c->events = events;
	c->owner = owner;
	uv_pipe_init(server->loop, &c->pipe, 0);
	uv_timer_init(server->loop, &c->timer);
	c->pipe.data = c->timer.data = c;
	c->open_handles = 2;
	error = uv_accept(server, (uv_stream_t *)&c->pipe);
	if (error) {
		control_client_drop(c, false);
		return error;
	}
	*out = c;
	return 0;
}
