#include "io/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/child.h"
#include "io/kdcommand.h"
#include "os/os.h"

#define PATH_BYTES 4096
#define LINE_BYTES 120

struct fetch {
	uv_timer_t limit;
	uv_work_t work;
	const struct profile *profile;
	struct child *child;
	fetch_done_fn *done; /* NULL: cancelled */
	void *data;
	bool writing, late;
	int error;
	size_t used;
	char last[LINE_BYTES],
		line[LINE_BYTES]; /* the last whole line that had words; the open one */
	char program[PATH_BYTES], manifest[PATH_BYTES], text[256];
};

/* --- where it is
 * --------------------------------------------------------------------------------- */

static bool is_file(const char *path) {
	uv_fs_t req;
	bool is = uv_fs_stat(NULL, &req, path, NULL) == 0;

	uv_fs_req_cleanup(&req);
	return is;
}

static bool beside_kd(const char *kd, const char *name, char *out, size_t cap) {
	size_t folder = strlen(kd);

	while (folder > 0 && kd[folder - 1] != '/' && kd[folder - 1] != '\\') {
		folder--;
	}
	return (size_t)snprintf(out, cap, "%.*s%s", (int)folder, kd, name) < cap && is_file(out);
}

bool fetch_find(const struct profile *p, char *out, size_t cap) {
	char kd[PATH_BYTES];

	if (!p->symbol_path || strcmp(p->symchk, "off") == 0) {
		return false;
	}
	if (strcmp(p->symchk, "auto") != 0) {
		return (size_t)snprintf(out, cap, "%s", p->symchk) < cap && is_file(out);
	}
	return os_find_kd(p->kd, kd, sizeof(kd)) == 0 &&
	       (beside_kd(kd, "symchk.exe", out, cap) || beside_kd(kd, "symchk", out, cap));
}

/* --- its life
 * ------------------------------------------------------------------------------------ */

static void on_closed(uv_handle_t *handle) {
	free(handle->data);
}

static void let_go(struct fetch *f) {
	child_close(f->child);
	f->child = NULL;
	uv_close((uv_handle_t *)&f->limit, on_closed);
}

static void finish(struct fetch *f, bool ok, const char *why) {
	fetch_done_fn *done = f->done;
	void *data = f->data;

	f->done = NULL;
	if (done) {
		done(data, ok, why);
	}
	let_go(f);
}

static void on_output(void *data, const char *bytes, size_t len) {
	struct fetch *f = data;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n' && f->used > 0) {
			memcpy(f->last, f->line, f->used);
			f->last[f->used] = '\0';
			f->used = 0;
		} else if (bytes[i] != '\n' && bytes[i] != '\r' && f->used + 1 < LINE_BYTES) {
			f->line[f->used++] = bytes[i];
		}
	}
}

static void on_ended(void *data, const char *how) {
	struct fetch *f = data;
	char why[2 * LINE_BYTES];

	if (f->late) {
		snprintf(why, sizeof(why), "symchk took longer than symchk_max");
	} else {
		snprintf(why, sizeof(why), "symchk: %.60s%s%.150s", how, *f->last ? ": " : "",
			f->last);
	}
	finish(f, !f->late && strcmp(how, "exit code 0") == 0, why);
}

static void on_limit(uv_timer_t *timer) {
	struct fetch *f = timer->data;

	f->late = true;
	child_kill(f->child);
}

static int start_child(struct fetch *f) {
	static const struct child_events events = {on_output, on_ended};
	const char *words[OS_LAUNCH_WORDS + 1];
	char launcher[PATH_BYTES];
	size_t count = os_launch_words(words, launcher, sizeof(launcher));
	struct kd_command command;
	uv_env_item_t *items;
	int item_count;
	int error = uv_os_environ(&items, &item_count);

	if (error) {
		return error;
	}
	words[count++] = f->program;
	error = kd_command_symchk(
		&command, f->profile, items, item_count, words, count, f->manifest);
	uv_os_free_environ(items, item_count);
	if (error == 0) {
		error = child_start(f->limit.loop, command.args.at, command.env.at,
			f->profile->work_dir, &events, f, &f->child);
	}
	kd_command_finish(&command);
	return error;
}

/* In a thread. */
static void write_manifest(uv_work_t *work) {
	struct fetch *f = work->data;
	FILE *file = fopen(f->manifest, "w");

	f->error = file && fputs(f->text, file) >= 0 ? 0 : UV_EIO;
	if (file && fclose(file) != 0) {
		f->error = UV_EIO;
	}
}

static void on_written(uv_work_t *work, int status) {
	struct fetch *f = work->data;
	char why[160];
	int error = status ? status : f->error;

	f->writing = false;
	if (!f->done) {
		let_go(f);
		return;
	}
	if (error == 0) {
		error = start_child(f);
	}
	if (error) {
		snprintf(why, sizeof(why), "symchk could not be started: %s", uv_strerror(error));
		finish(f, false, why);
		return;
	}
	uv_timer_start(&f->limit, on_limit, f->profile->symchk_max_ms, 0);
}

int fetch_start(uv_loop_t *loop, const struct profile *p, const char *program, const char *manifest,
	const char *line, fetch_done_fn *done, void *data, struct fetch **out) {
	struct fetch *f = calloc(1, sizeof(*f));
	int error;

	if (!f) {
		return UV_ENOMEM;
	}
	f->profile = p;
	f->done = done;
	f->data = data;
	snprintf(f->program, sizeof(f->program), "%s", program);
	snprintf(f->manifest, sizeof(f->manifest), "%s", manifest);
	snprintf(f->text, sizeof(f->text), "%s\n", line);
	uv_timer_init(loop, &f->limit);
	f->limit.data = f->work.data = f;
	error = uv_queue_work(loop, &f->work, write_manifest, on_written);
	if (error) {
		let_go(f);
		return error;
	}
	f->writing = true;
	*out = f;
	return 0;
}

void fetch_cancel(struct fetch *f) {
	if (!f) {
		return;
	}
	f->done = NULL;
	if (!f->writing) {
		let_go(f); /* what still lives is killed */
	}
}
