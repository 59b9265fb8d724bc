#include "io/press.h"

#include <stdlib.h>

struct press {
	uv_process_t process;
	uv_timer_t limit;
	unsigned open_handles;
	press_done_fn *done; /* NULL: nobody waits */
	void *data;
};

static void on_closed(uv_handle_t *handle) {
	struct press *p = handle->data;

	if (--p->open_handles == 0) {
		free(p);
	}
}

static void on_exit_of_it(uv_process_t *process, int64_t status, int signal) {
	struct press *p = process->data;

	(void)status; /* no key pressed: kd does not answer, which has a deadline */
	(void)signal;
	uv_close((uv_handle_t *)&p->process, on_closed);
	uv_close((uv_handle_t *)&p->limit, on_closed);
	if (p->done) {
		p->done(p->data);
	}
}

static void on_limit(uv_timer_t *timer) {
	struct press *p = timer->data;

	(void)uv_process_kill(&p->process, SIGKILL);
}

int press_start(uv_loop_t *loop, const char *const *words, press_done_fn *done, void *data,
	struct press **out) {
	uv_process_options_t options = {
		.exit_cb = on_exit_of_it,
		.file = words[0],
		.args = (char **)words,
		.flags = UV_PROCESS_WINDOWS_HIDE_CONSOLE, /* not detached: that would be another
							     group */
	};
	struct press *p = calloc(1, sizeof(*p));
	int error;

	if (!p) {
		return UV_ENOMEM;
	}
	p->done = done;
	p->data = data;
	uv_timer_init(loop, &p->limit);
	error = uv_spawn(loop, &p->process, &options);
	p->process.data = p->limit.data = p;
	p->open_handles = p->process.type == UV_PROCESS ? 2 : 1;
	if (error) {
		if (p->process.type == UV_PROCESS) {
			uv_close((uv_handle_t *)&p->process, on_closed);
		}
		uv_close((uv_handle_t *)&p->limit, on_closed);
		return error;
	}
	uv_timer_start(&p->limit, on_limit, PRESS_MAX_MS, 0);
	*out = p;
	return 0;
}

void press_cancel(struct press *p) {
	if (p) {
		p->done = NULL;
		(void)uv_process_kill(&p->process, SIGKILL);
	}
}
