/*
 * The least that a libuv program can do: a prompt at the end of what was read, and the next command
 * is written at once. It looks at nothing else and keeps nothing.
 *
 *     latency-bare COUNT KD: `.echo N` and `r` by turns, COUNT of each, then `g`
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static const char prompt[] = "kd> ";

struct bare {
	uv_process_t process;
	uv_pipe_t in, out;
	uv_write_t write;
	unsigned long count, turn;
	char line[64], buffer[65536];
};

static void on_closed(uv_handle_t *handle) {
	(void)handle;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
	struct bare *b = handle->data;

	(void)suggested;
	*buf = uv_buf_init(b->buffer, sizeof(b->buffer));
}

static void next_command(struct bare *b) {
	const char *text = b->turn % 2 ? "r\n" : b->line;
	uv_buf_t buf;

	if (b->turn >= 2 * b->count) {
		text = "g\n\x02\n";
	} else if (b->turn % 2 == 0) {
		snprintf(b->line, sizeof(b->line), ".echo %lu\n", b->turn);
	}
	b->turn++;
	buf = uv_buf_init((char *)text, (unsigned)strlen(text));
	(void)uv_write(&b->write, (uv_stream_t *)&b->in, &buf, 1, NULL);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf) {
	struct bare *b = stream->data;
	ssize_t len = sizeof(prompt) - 1;

	if (got < 0) {
		uv_close((uv_handle_t *)&b->in, on_closed);
		uv_close((uv_handle_t *)&b->out, on_closed);
	} else if (got >= len && memcmp(buf->base + got - len, prompt, (size_t)len) == 0) {
		next_command(b);
	}
}

static void on_ended(uv_process_t *process, int64_t status, int number) {
	(void)status;
	(void)number;
	uv_close((uv_handle_t *)process, on_closed);
}

int main(int argc, char **argv) {
	static struct bare b;
	uv_loop_t *loop = uv_default_loop();
	uv_stdio_container_t stdio[3] = {
		{.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&b.in},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&b.out},
		{.flags = UV_INHERIT_FD, .data.fd = 2},
	};
	uv_process_options_t options = {.exit_cb = on_ended, .stdio_count = 3, .stdio = stdio};
	char *args[2] = {NULL, NULL};

	if (argc != 3) {
		fprintf(stderr, "usage: latency-bare COUNT KD\n");
		return 2;
	}
	b.count = strtoul(argv[1], NULL, 10);
	options.file = args[0] = argv[2];
	options.args = args;
	uv_pipe_init(loop, &b.in, 0);
	uv_pipe_init(loop, &b.out, 0);
	b.out.data = &b;
	if (uv_spawn(loop, &b.process, &options) != 0 ||
		uv_read_start((uv_stream_t *)&b.out, on_alloc, on_read) != 0) {
		fprintf(stderr, "latency-bare: cannot start %s\n", argv[2]);
		return 1;
	}
	return uv_run(loop, UV_RUN_DEFAULT);
}
