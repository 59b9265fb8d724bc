#include "io/tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "core/text.h"
#include "io/record.h"
#include "io/rotated.h"

#define PATH_BYTES 4096
#define CHUNK (64 * 1024)

struct tail {
	char path[PATH_BYTES], folder[PATH_BYTES];
	struct rotated *old; /* to be read before the journal itself, oldest first */
	size_t old_count, old_next;
	uv_file file; /* -1: none open */
	bool is_newest;
	int64_t offset;
	uint64_t last_seq; /* of the last line that was handed on */
	bool skip;         /* the rest of a line whose begin was not read */
	char *line;
	size_t len, cap;
};

/* --- files -------------------------------------------------------------------------------------
 */

static uv_file open_file(const char *path) {
	uv_fs_t req;
	int file = uv_fs_open(NULL, &req, path, UV_FS_O_RDONLY, 0, NULL);

	uv_fs_req_cleanup(&req);
	return file;
}

static void close_file(struct tail *t) {
	uv_fs_t req;

	if (t->file >= 0) {
		(void)uv_fs_close(NULL, &req, t->file, NULL);
		uv_fs_req_cleanup(&req);
	}
	t->file = -1;
}

static bool stat_path(const char *path, uv_stat_t *st) {
	uv_fs_t req;
	int error = uv_fs_stat(NULL, &req, path, NULL);

	*st = req.statbuf;
	uv_fs_req_cleanup(&req);
	return error == 0;
}

static bool stat_open(uv_file file, uv_stat_t *st) {
	uv_fs_t req;
	int error = uv_fs_fstat(NULL, &req, file, NULL);

	*st = req.statbuf;
	uv_fs_req_cleanup(&req);
	return error == 0;
}

static int64_t changed_us(const uv_stat_t *st) {
	return (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
}

/* An old file's whole path; one that does not fit is no file that can be opened. */
static const char *old_path(const struct tail *t, size_t i, char path[PATH_BYTES]) {
	struct text whole;

	text_init(&whole, path, PATH_BYTES);
	text_put(&whole, t->folder);
	text_put(&whole, "/");
	text_put(&whole, t->old[i].name);
	return whole.cut ? "" : path;
}

/* Rotated files that have records behind `seq` and were written to after `since_us`. */
static void find_old(struct tail *t, uint64_t behind, int64_t since_us) {
	char path[PATH_BYTES];
	uv_stat_t st;

	free(t->old);
	t->old_next = 0;
	t->old_count = rotated_list(t->path, behind, &t->old);
	while (t->old_next < t->old_count && since_us > 0 &&
		stat_path(old_path(t, t->old_next, path), &st) && changed_us(&st) < since_us) {
		t->old_next++;
	}
}

/* The next file to read; false: it is not there now. */
static bool open_next(struct tail *t) {
	char path[PATH_BYTES];

	t->is_newest = t->old_next == t->old_count;
	t->file = open_file(t->is_newest ? t->path : old_path(t, t->old_next++, path));
	t->offset = 0;
	t->len = 0;
	t->skip = false;
	return t->file >= 0;
}

int tail_open(const char *path, int64_t since_us, uint64_t last_bytes, struct tail **out) {
	struct tail *t = calloc(1, sizeof(*t));
	uv_stat_t st;
	uv_file file;

	if (!t || (size_t)snprintf(t->path, sizeof(t->path), "%s", path) >= sizeof(t->path)) {
		free(t);
		return t ? UV_ENAMETOOLONG : UV_ENOMEM;
	}
	rotated_folder(path, t->folder, sizeof(t->folder));
	file = open_file(path);
	if (file < 0) {
		free(t);
		return file;
	}
	t->file = file;
	if (last_bytes > 0) {
		t->is_newest = true;
		if (stat_open(file, &st) && st.st_size > last_bytes) {
			t->offset = (int64_t)(st.st_size - last_bytes);
			t->skip = true;
		}
	} else {
		close_file(t);
		find_old(t, 0, since_us);
	}
	*out = t;
	return 0;
}

/* --- lines -------------------------------------------------------------------------------------
 */

static bool room(struct tail *t) {
	size_t cap = t->cap ? t->cap * 2 : CHUNK * 2;
	char *line;

	if (t->cap - t->len >= CHUNK) {
		return true;
	}
	line = realloc(t->line, cap);
	if (line) {
		t->line = line;
		t->cap = cap;
	}
	return line != NULL;
}

static bool hand_on(struct tail *t, tail_line_fn *line, void *data) {
	size_t at = 0;
	const char *end;
	bool more = true;

	while (more && (end = memchr(t->line + at, '\n', t->len - at)) != NULL) {
		size_t len = (size_t)(end - (t->line + at));
		struct record r;

		if (!t->skip) {
			if (record_read(t->line + at, len, &r)) {
				t->last_seq = r.seq;
			}
			more = line(data, t->line + at, len);
		}
		t->skip = false;
		at += len + 1;
	}
	memmove(t->line, t->line + at, t->len - at);
	t->len -= at;
	return more;
}

/* Up to the end of the open file as it is now. */
static bool read_file(struct tail *t, tail_line_fn *line, void *data) {
	for (;;) {
		uv_buf_t buf;
		uv_fs_t req;
		int got;

		if (!room(t)) {
			return false;
		}
		buf = uv_buf_init(t->line + t->len, CHUNK);
		got = (int)uv_fs_read(NULL, &req, t->file, &buf, 1, t->offset, NULL);
		uv_fs_req_cleanup(&req);
		if (got <= 0) {
			return true;
		}
		t->offset += got;
		t->len += (size_t)got;
		if (!hand_on(t, line, data)) {
			return false;
		}
	}
}

/* Has the journal been given another file since this one was opened? */
static bool was_rotated(const struct tail *t) {
	uv_stat_t now, ours;

	return stat_path(t->path, &now) && stat_open(t->file, &ours) &&
	       (now.st_ino != ours.st_ino || now.st_dev != ours.st_dev);
}

bool tail_read(struct tail *t, tail_line_fn *line, void *data) {
	for (;;) {
		if (t->file < 0 && !open_next(t)) {
			return true;
		}
		bool rotated = t->is_newest && was_rotated(t); /* before its end is read */

		if (!read_file(t, line, data)) {
			return false;
		}
		if (t->is_newest && !rotated) {
			return true;
		}
		close_file(t);
		if (rotated) { /* and perhaps more than once */
			find_old(t, t->last_seq, 0);
		}
	}
}

void tail_close(struct tail *t) {
	if (t) {
		close_file(t);
		free(t->old);
		free(t->line);
		free(t);
	}
}
