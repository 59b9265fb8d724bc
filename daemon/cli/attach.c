#include "cli/attach.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "core/text.h"
#include "os/os.h"

#define IN_BYTES (64 * 1024)

struct attach {
	uv_loop_t loop;
	uv_pipe_t daemon;
	uv_connect_t connect;
	uv_stream_t *input; /* NULL: stdin is not read */
	union {
		uv_tty_t tty;
		uv_pipe_t pipe;
		uv_stream_t stream;
	} in;
	const char *path;
	const struct request *request;
	unsigned unanswered;
	bool attached, leaving, ended;
	int code, error;
	size_t len, typed;
	char answer[IN_BYTES];
	char line[COMMAND_BYTES + 8];
};

static void leave(struct attach *a) {
	if (a->ended) {
		return;
	}
	a->ended = true;
	uv_close((uv_handle_t *)&a->daemon, NULL);
	if (a->input) {
		uv_close((uv_handle_t *)a->input, NULL);
	}
}

/* --- what comes ---------------------------------------------------------------------------------
 */

/* Line ends stay; nothing else that a target or teammate prints may act up on this screen. */
static void print_console(const char *text) {
	char shown[32 * 1024];
	struct text t;

	while (*text) {
		size_t len = strcspn(text, "\r\n");

		text_init(&t, shown, sizeof(shown));
		text_put_shown(&t, text, len);
		fputs(shown, stdout);
		text += len;
		for (; *text == '\r' || *text == '\n'; text++) {
			if (*text == '\n') {
				putchar('\n');
			}
		}
	}
	fflush(stdout);
}

static void print_member(const json_t *root, const char *key) {
	const char *value = json_string_value(json_object_get(root, key));
	char shown[1024];
	struct text t;

	text_init(&t, shown, sizeof(shown));
	text_put_shown(&t, value ? value : "", value ? strlen(value) : 0);
	if (*shown) {
		fprintf(stderr, " %s=%s", key, shown);
	}
}

/* Only what is of interest to someone who watches; the console shows the rest. */
static void print_event(const json_t *root, const char *event) {
	static const char *const shown[] = {"lease", "command", "client_connected", "break", "hold",
		"reboot", "alarm", "armed", "disarmed", "partial", NULL};
	static const char *const members[] = {"what", "who", "from", "text", "cause", "why", NULL};

	for (size_t i = 0; shown[i]; i++) {
		if (strcmp(shown[i], event) == 0) {
			fprintf(stderr, "*** %s:", event);
			for (size_t k = 0; members[k]; k++) {
				print_member(root, members[k]);
			}
			fputc('\n', stderr);
		}
	}
}

static void send_request(struct attach *a, const struct request *r);

static void take_code(struct attach *a, const json_t *root, int code) {
	const char *error = json_string_value(json_object_get(root, "error"));

	a->unanswered -= a->unanswered > 0;
	if (code != 0) {
		fprintf(stderr, "livedebug attach: %s: %s\n", a->request->session,
			error ? error : "failed");
	}
	if (!a->attached) {
		a->attached = code == 0;
		a->code = code;
	}
	if (code != 0 && !a->attached) {
		leave(a);
	}
}

static void take_line(struct attach *a, const char *line, size_t len) {
	json_t *root = json_loadb(line, len, 0, NULL);
	const char *console = json_string_value(json_object_get(root, "console"));
	const char *event = json_string_value(json_object_get(root, "event"));
	const json_t *code = json_object_get(root, "code");
	json_int_t skipped = json_integer_value(json_object_get(root, "skipped"));

	if (console) {
		print_console(console);
	} else if (event) {
		print_event(root, event);
	} else if (code) {
		take_code(a, root, (int)json_integer_value(code));
	} else if (skipped > 0) {
		fprintf(stderr,
			"*** %s: this screen was too slow: %lld bytes left out, see the journal\n",
			a->request->session, (long long)skipped);
	}
	json_decref(root);
	if ((a->leaving && a->unanswered == 0) || ferror(stdout)) {
		leave(a);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
	struct attach *a = handle->data;

	(void)suggested;
	*buf = uv_buf_init(a->answer + a->len, (unsigned)(sizeof(a->answer) - a->len));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf) {
	struct attach *a = stream->data;
	size_t at = 0;
	const char *end;

	(void)buf;
	if (got < 0) {
		a->error = a->attached ? 0 : (int)got;
		leave(a);
		return;
	}
	a->len += (size_t)got;
	while (!a->ended && (end = memchr(a->answer + at, '\n', a->len - at)) != NULL) {
		take_line(a, a->answer + at, (size_t)(end - (a->answer + at)));
		at = (size_t)(end - a->answer) + 1;
	}
	a->len -= at;
	memmove(a->answer, a->answer + at, a->len);
	if (a->len == sizeof(a->answer)) {
		a->len = 0; /* a status of very many sessions behind a verb: only its code counts */
		a->unanswered -= a->unanswered > 0;
	}
}

/* --- what is typed ------------------------------------------------------------------------------
 */

struct sent {
	uv_write_t req;
	char *line;
};

static void on_written(uv_write_t *req, int status) {
	struct sent *s = req->data;

	(void)status;
	free(s->line);
	free(s);
}

static void send_request(struct attach *a, const struct request *r) {
	struct sent *s = calloc(1, sizeof(*s));
	uv_buf_t buf;

	if (s) {
		s->line = request_format(r);
		s->req.data = s;
	}
	if (!s || !s->line) {
		free(s);
		leave(a);
		return;
	}
	buf = uv_buf_init(s->line, (unsigned)strlen(s->line));
	if (uv_write(&s->req, (uv_stream_t *)&a->daemon, &buf, 1, on_written) != 0) {
		on_written(&s->req, 0);
		leave(a);
		return;
	}
	a->unanswered++;
}

/* `g`, :break and :go are the daemon's verbs; the rest is kd's. */
static void type_line(struct attach *a, const char *line) {
	struct request r = {.verb = REQUEST_CMD};

	if (!*line) {
		return;
	}
	if (strcmp(line, ":quit") == 0) {
		leave(a);
		return;
	}
	r.verb = strcmp(line, ":break") == 0                          ? REQUEST_BREAK
		 : strcmp(line, ":go") == 0 || strcmp(line, "g") == 0 ? REQUEST_GO
								      : REQUEST_CMD;
	if (r.verb == REQUEST_CMD && *line == ':' && strncmp(line, ":force ", 7) != 0) {
		fprintf(stderr, "livedebug attach: %s: there are :break :go :force :quit\n",
			a->request->session);
		return;
	}
	snprintf(r.session, sizeof(r.session), "%s", a->request->session);
	snprintf(r.text, sizeof(r.text), "%s", line);
	send_request(a, &r);
}

static void on_type_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
	struct attach *a = handle->data;

	(void)suggested;
	*buf = uv_buf_init(a->line + a->typed, (unsigned)(sizeof(a->line) - 1 - a->typed));
}

static void on_typed(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf) {
	struct attach *a = stream->data;
	char *end;

	(void)buf;
	if (got < 0) { /* answers that are to come are waited for */
		(void)uv_read_stop(stream);
		a->leaving = true;
		if (a->unanswered == 0) {
			leave(a);
		}
		return;
	}
	a->typed += (size_t)got;
	while (!a->ended && (end = memchr(a->line, '\n', a->typed)) != NULL) {
		size_t len = (size_t)(end - a->line);

		*end = '\0';
		a->line[len > 0 && a->line[len - 1] == '\r' ? len - 1 : len] = '\0';
		type_line(a, a->line);
		a->typed -= len + 1;
		memmove(a->line, end + 1, a->typed);
	}
	if (a->typed == sizeof(a->line) - 1) {
		fprintf(stderr, "livedebug attach: %s: the line is too long: not typed\n",
			a->request->session);
		a->typed = 0;
	}
}

/* A file (or /dev/null) is no stream to libuv, and is there at once. */
static void type_file(struct attach *a) {
	while (!a->ended && fgets(a->line, sizeof(a->line), stdin)) {
		a->line[strcspn(a->line, "\r\n")] = '\0';
		type_line(a, a->line);
	}
	a->leaving = true;
}

static void open_input(struct attach *a) {
	uv_handle_type type = uv_guess_handle(0);
	int error = UV_ENOTSUP;

	if (type != UV_TTY && type != UV_NAMED_PIPE) {
		type_file(a);
		return;
	}
	if (type == UV_TTY) {
		error = uv_tty_init(&a->loop, &a->in.tty, 0, 1);
	} else {
		uv_pipe_init(&a->loop, &a->in.pipe, 0);
		error = uv_pipe_open(&a->in.pipe, 0);
	}
	if (error) {
		fprintf(stderr, "livedebug attach: %s: stdin cannot be read: %s\n",
			a->request->session, uv_strerror(error));
		leave(a);
		return;
	}
	a->input = &a->in.stream;
	a->input->data = a;
	(void)uv_read_start(a->input, on_type_alloc, on_typed);
}

static void on_connect(uv_connect_t *req, int status) {
	struct attach *a = req->data;

	if (status == 0 && !os_peer_is_daemon(&a->daemon, a->path)) {
		status = UV_EPERM;
	}
	if (status == 0) {
		status = uv_read_start((uv_stream_t *)&a->daemon, on_alloc, on_read);
	}
	if (status != 0) {
		a->error = status;
		leave(a);
		return;
	}
	send_request(a, a->request);
	if (a->request->write && !a->ended) {
		open_input(a);
	}
}

int attach_run(const char *path, const struct request *r, int *error) {
	struct attach *a = calloc(1, sizeof(*a));
	int code;

	*error = UV_ENOMEM;
	if (!a || uv_loop_init(&a->loop) != 0) {
		free(a);
		return -1;
	}
	a->path = path;
	a->request = r;
	a->code = -1;
	uv_pipe_init(&a->loop, &a->daemon, 0);
	a->daemon.data = a->connect.data = a;
	uv_pipe_connect(&a->connect, &a->daemon, path, on_connect);
	uv_run(&a->loop, UV_RUN_DEFAULT);
	uv_loop_close(&a->loop);
	code = a->code;
	*error = a->error ? a->error : UV_EOF;
	free(a);
	return code;
}
