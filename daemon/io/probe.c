#include "io/probe.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "os/os.h"

struct asked {
	uv_loop_t loop;
	uv_timer_t timer;
	uv_process_t process;
	uv_pipe_t output;
	uv_tcp_t tcp;
	char *line;
	size_t cap, len;
	int answer;
	bool line_whole;
};

static void close_if_open(uv_handle_t *handle, void *data) {
	(void)data;
	if (!uv_is_closing(handle)) {
		uv_close(handle, NULL);
	}
}

static int begin(struct asked *a, uint64_t ms, uv_timer_cb over) {
	int error = uv_loop_init(&a->loop);

	if (error) {
		return error;
	}
	a->loop.data = a;
	(void)uv_timer_init(&a->loop, &a->timer);
	return uv_timer_start(&a->timer, over, ms, 0);
}

static int end(struct asked *a) {
	(void)uv_run(&a->loop, UV_RUN_DEFAULT);
	uv_walk(&a->loop, close_if_open, NULL);
	(void)uv_run(&a->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&a->loop);
	return a->answer;
}

static void give_up(uv_timer_t *timer) {
	struct asked *a = timer->loop->data;

	a->answer = UV_ETIMEDOUT;
	uv_stop(timer->loop);
}

/* --- a program ---------------------------------------------------------------------------------
 */

static void kill_program(uv_timer_t *timer) {
	struct asked *a = timer->loop->data;

	a->answer = UV_ETIMEDOUT;
	(void)uv_process_kill(&a->process, SIGKILL);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
	static char room[512];

	(void)handle;
	(void)suggested;
	*buf = uv_buf_init(room, sizeof(room));
}

static void on_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
	struct asked *a = stream->loop->data;

	for (ssize_t i = 0; i < n && !a->line_whole; i++) {
		char c = buf->base[i];

		if (c == '\n') {
			a->line_whole = a->len > 0;
		} else if (c != '\r' && a->len + 1 < a->cap) {
			a->line[a->len++] = c;
		}
	}
	a->line[a->len] = '\0';
	if (n < 0) {
		uv_close((uv_handle_t *)stream, NULL);
	}
}

static void on_exit(uv_process_t *process, int64_t status, int signal) {
	struct asked *a = process->loop->data;

	(void)status;
	(void)signal;
	uv_close((uv_handle_t *)process, NULL);
	uv_close((uv_handle_t *)&a->timer, NULL);
}

int probe_program(const char *program, const char *argument, uint64_t ms, char *line, size_t cap) {
	struct asked a = {.line = line, .cap = cap};
	char words[2][4096], *args[] = {words[0], words[1], NULL};
	uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE}, {.flags = UV_IGNORE}};
	uv_process_options_t options = {.file = program,
		.args = args,
		.exit_cb = on_exit,
		.stdio = stdio,
		.stdio_count = 3,
		.flags = UV_PROCESS_WINDOWS_HIDE};
	int error = begin(&a, ms, kill_program);

	snprintf(words[0], sizeof(words[0]), "%s", program);
	snprintf(words[1], sizeof(words[1]), "%s", argument);
	line[0] = '\0';
	if (error) {
		return error;
	}
	(void)uv_pipe_init(&a.loop, &a.output, 0);
	stdio[1].data.stream = (uv_stream_t *)&a.output;
	a.answer = uv_spawn(&a.loop, &a.process, &options);
	if (a.answer == 0) {
		(void)uv_read_start((uv_stream_t *)&a.output, on_room, on_output);
	} else {
		(void)uv_timer_stop(&a.timer);
	}
	return end(&a);
}

/* --- a server ----------------------------------------------------------------------------------
 */

static void on_connect(uv_connect_t *request, int status) {
	struct asked *a = request->handle->loop->data;

	if (status != UV_ECANCELED) {
		a->answer = status;
		uv_stop(request->handle->loop);
	}
}

int probe_tcp(const char *host, const char *service, uint64_t ms) {
	struct asked a = {.answer = UV_ETIMEDOUT};
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	uv_getaddrinfo_t names;
	uv_connect_t request;
	int error = begin(&a, ms, give_up);

	if (error) {
		return error;
	}
	/* Without a callback: blocks, for as long as the system's resolver does. */
	error = uv_getaddrinfo(&a.loop, &names, NULL, host, service, &hints);
	if (error == 0) {
		(void)uv_tcp_init(&a.loop, &a.tcp);
		error = uv_tcp_connect(&request, &a.tcp, names.addrinfo->ai_addr, on_connect);
		uv_freeaddrinfo(names.addrinfo);
	}
	if (error) {
		a.answer = error;
		(void)uv_timer_stop(&a.timer);
	}
	return end(&a);
}

/* --- a folder ----------------------------------------------------------------------------------
 */

int probe_folder(const char *path, uint64_t *free_bytes) {
	uv_fs_t request;
	/* F_OK to X_OK are the same numbers everywhere; 2 is "may be written". */
	int error = uv_fs_access(NULL, &request, path, 2, NULL);

	uv_fs_req_cleanup(&request);
	if (error) {
		return error;
	}
	error = uv_fs_statfs(NULL, &request, path, NULL);
	if (error == 0) {
		const uv_statfs_t *disk = request.ptr;

		*free_bytes = disk->f_bavail * disk->f_bsize;
	}
	uv_fs_req_cleanup(&request);
	return error;
}
