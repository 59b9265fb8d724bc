#include "io/reread.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/strings.h"
#include "os/os.h"

struct reread {
	uv_work_t work;
	const char *path;
	const char *const *sets;
	size_t set_count;
	struct config config;
	struct string_list lines;
	reread_done_fn *done;
	void *data;
};

static void on_error(void *data, const char *line) {
	struct reread *r = data;

	string_list_add(&r->lines, string_copy(line));
}

/* In a thread. */
static void read_file(uv_work_t *work) {
	struct reread *r = work->data;
	char line[1024];
	int error = os_check_profile(r->path);

	if (error) {
		snprintf(line, sizeof(line), "%s: %s; chown root, chmod go-w", r->path,
			error == UV_EPERM ? "others than root can write this file or its folder"
					  : uv_strerror(error));
		on_error(r, line);
		return;
	}
	config_load(&r->config, r->path, r->sets, r->set_count, on_error, r);
}

static void on_read(uv_work_t *work, int status) {
	struct reread *r = work->data;

	if (status != 0) {
		on_error(r, uv_strerror(status));
	}
	r->done(r->data, &r->config, &r->lines);
	config_finish(&r->config);
	string_list_clear(&r->lines);
	free(r);
}

int reread_start(uv_loop_t *loop, const char *path, const char *const *sets, size_t set_count,
	reread_done_fn *done, void *data) {
	struct reread *r = calloc(1, sizeof(*r));
	int error;

	if (!r) {
		return UV_ENOMEM;
	}
	*r = (struct reread){
		.path = path, .sets = sets, .set_count = set_count, .done = done, .data = data};
	r->work.data = r;
	error = uv_queue_work(loop, &r->work, read_file, on_read);
	if (error) {
		free(r);
	}
	return error;
}
