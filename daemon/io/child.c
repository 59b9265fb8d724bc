#include "io/child.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/press.h"
#include "os/os.h"

struct child {
	uv_process_t process;
	uv_pipe_t in, out;
	uv_idle_t resume; /* reading goes on in the next turn */
	uv_timer_t drain;
	unsigned open_handles;
	const struct child_events *events;
	void *data;
	bool exited, at_end, closed;
	int64_t status;
	int signal;
	struct press *press; /* a break key is on its way: writes are held back */
	struct write *held, **held_end;
	size_t held_bytes;
	char buffer[CHILD_READ_BYTES];
};

struct write {
	uv_write_t req;
	struct write *next;
	size_t len;
	char bytes[];
};

static void drop_held(struct child *c) {
	while (c->held) {
		struct write *w = c->held;

		c->held = w->next;
		free(w);
	}
	c->held_end = &c->held;
	c->held_bytes = 0;
}

static void on_closed(uv_handle_t *handle) {
	struct child *c = handle->data;

	if (--c->open_handles == 0) {
		free(c);
	}
}

static void close_handle(struct child *c, uv_handle_t *handle) {
	handle->data = c;
	if (!uv_is_closing(handle)) {
		uv_close(handle, on_closed);
	}
}

static void end_if_done(struct child *c) {
	char how[64];

	if (c->closed || !c->exited || !c->at_end) {
		return;
	}
	if (c->signal) {
		snprintf(how, sizeof(how), "signal %d", c->signal);
	} else {
		snprintf(how, sizeof(how), "exit code %" PRId64, c->status);
	}
	uv_timer_stop(&c->drain);
	c->events->ended(c->data, how);
}

static void end_output(struct child *c) {
	uv_idle_stop(&c->resume);
	(void)uv_read_stop((uv_stream_t *)&c->out);
	c->at_end = true;
	end_if_done(c);
}

/* Whatever kd started and left behind may hold the port as well as the pipe. */
static void on_drain(uv_timer_t *timer) {
	struct child *c = timer->data;

	(void)os_kill(c->process.pid);
	end_output(c);
}

static void on_process_exit(uv_process_t *process, int64_t status, int signal) {
	struct child *c = process->data;

	c->exited = true;
	c->status = status;
	c->signal = signal;
	press_cancel(c->press);
	c->press = NULL;
	drop_held(c);
	if (!c->closed && !c->at_end) {
		uv_timer_start(&c->drain, on_drain, CHILD_DRAIN_MS, 0);
	}
	end_if_done(c);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
	struct child *c = handle->data;

	(void)suggested;
	*buf = uv_buf_init(c->buffer, sizeof(c->buffer));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf);

static void on_resume(uv_idle_t *idle) {
	struct child *c = idle->data;

	uv_idle_stop(idle);
	if (uv_read_start((uv_stream_t *)&c->out, on_alloc, on_read) != 0) {
		end_output(c);
	}
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf) {
	struct child *c = stream->data;

	if (got < 0) {
		end_output(c);
		return;
	}
	/* libuv would read a full pipe up to 32 times a turn. */
	if ((size_t)got == sizeof(c->buffer)) {
		(void)uv_read_stop(stream);
		uv_idle_start(&c->resume, on_resume);
	}
	if (got > 0) {
		c->events->output(c->data, buf->base, (size_t)got);
	}
}

static void init_handles(struct child *c, uv_loop_t *loop) {
	uv_pipe_init(loop, &c->in, 0);
	uv_pipe_init(loop, &c->out, 0);
	uv_idle_init(loop, &c->resume);
	uv_timer_init(loop, &c->drain);
	c->process.data = c->in.data = c->out.data = c->resume.data = c->drain.data = c;
	c->open_handles = 5;
}

static int spawn(struct child *c, uv_loop_t *loop, char **args, char **env, const char *folder) {
	uv_process_options_t options = {
		.exit_cb = on_process_exit,
		.file = args[0],
		.args = args,
		.env = env,
		.cwd = folder,
	};
	int error = os_spawn(loop, &c->process, &options, &c->in, &c->out);

	c->exited = error != 0;
	if (c->process.type != UV_PROCESS) {
		c->open_handles--; /* there is no process handle to close */
	}
	return error;
}

int child_start(uv_loop_t *loop, char **args, char **env, const char *folder,
	const struct child_events *events, void *data, struct child **out) {
	struct child *c = calloc(1, sizeof(*c));
	int error;

	if (!c) {
		return UV_ENOMEM;
	}
	c->events = events;
	c->data = data;
	c->held_end = &c->held;
	init_handles(c, loop);
	error = spawn(c, loop, args, env, folder);
	if (error == 0) {
		error = uv_read_start((uv_stream_t *)&c->out, on_alloc, on_read);
	}
	if (error) {
		child_close(c);
		return error;
	}
	*out = c;
	return 0;
}

static void on_written(uv_write_t *req, int status) {
	(void)status; /* a kd that is gone is told by its exit */
	free(req->data);
}

static int send_now(struct child *c, struct write *w) {
	uv_buf_t buf = uv_buf_init(w->bytes, (unsigned)w->len);
	int error;

	w->req.data = w;
	error = uv_write(&w->req, (uv_stream_t *)&c->in, &buf, 1, on_written);
	if (error) {
		free(w);
	}
	return error;
}

int child_write(struct child *c, const char *bytes, size_t len) {
	size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&c->in) + c->held_bytes;
	struct write *w = queued + len > CHILD_QUEUE_BYTES ? NULL : malloc(sizeof(*w) + len);

	if (!w) {
		return queued + len > CHILD_QUEUE_BYTES ? UV_ENOBUFS : UV_ENOMEM;
	}
	memcpy(w->bytes, bytes, len);
	w->len = len;
	w->next = NULL;
	if (!c->press) {
		return send_now(c, w);
	}
	*c->held_end = w;
	c->held_end = &w->next;
	c->held_bytes += len;
	return 0;
}

static void on_pressed(void *data) {
	struct child *c = data;
	struct write *next;

	c->press = NULL;
	for (struct write *w = c->held; w; w = next) {
		next = w->next;
		(void)send_now(c, w); /* a kd that is gone is told by its exit */
	}
	c->held = NULL;
	drop_held(c);
}

int child_break(struct child *c, const char *method) {
	const char *words[OS_BREAK_WORDS + 1] = {NULL};
	char buffer[OS_BREAK_BYTES];
	size_t n;

	if (c->exited) {
		return UV_ESRCH;
	}
	if (c->press) {
		return UV_EBUSY;
	}
	n = os_break_words(words, buffer, sizeof(buffer), c->process.pid, method);
	return n > 0 ? press_start(c->process.loop, words, on_pressed, c, &c->press)
		     : os_break(c->process.pid, method);
}

void child_kill(struct child *c) {
	if (!c->exited) {
		(void)os_kill(c->process.pid);
	}
}

int child_pid(const struct child *c) {
	return c->process.pid;
}

void child_close(struct child *c) {
	if (!c || c->closed) {
		return;
	}
	c->closed = true;
	press_cancel(c->press);
	c->press = NULL;
	drop_held(c);
	child_kill(c);
	close_handle(c, (uv_handle_t *)&c->in);
	close_handle(c, (uv_handle_t *)&c->out);
	close_handle(c, (uv_handle_t *)&c->resume);
	close_handle(c, (uv_handle_t *)&c->drain);
	if (c->process.type == UV_PROCESS) {
		close_handle(c, (uv_handle_t *)&c->process);
	}
}
