/* What the tests of io share: a loop that must be left clean, a folder, files. */
#ifndef LIVEDEBUG_TESTS_IO_FIXTURE_H
#define LIVEDEBUG_TESTS_IO_FIXTURE_H

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define FIXTURE_LIMIT_MS 20000 /* then the test fails instead of hanging */

struct fixture {
	uv_loop_t loop;
	uv_timer_t limit;
	bool done, is_late;
	char folder[64];
};

static inline void fixture_on_limit(uv_timer_t *timer) {
	struct fixture *f = timer->data;

	f->is_late = true;
	uv_stop(timer->loop);
}

static inline void fixture_init(struct fixture *f) {
	memset(f, 0, sizeof(*f));
	assert_int_equal(uv_loop_init(&f->loop), 0);
	uv_timer_init(&f->loop, &f->limit);
	f->limit.data = f;
	snprintf(f->folder, sizeof(f->folder), "/tmp/livedebug-io-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
}

/* Run until somebody calls fixture_done(). */
static inline void fixture_run(struct fixture *f) {
	f->done = false;
	uv_timer_start(&f->limit, fixture_on_limit, FIXTURE_LIMIT_MS, 0);
	while (!f->done && !f->is_late) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	uv_timer_stop(&f->limit);
	assert_false(f->is_late);
}

static inline void fixture_done(struct fixture *f) {
	f->done = true;
}

static inline int fixture_remove(const char *path, const struct stat *st, int type, struct FTW *w) {
	(void)st;
	(void)type;
	(void)w;
	return remove(path);
}

/* Every handle must be closed by now, or about to be. */
static inline void fixture_finish(struct fixture *f) {
	uv_close((uv_handle_t *)&f->limit, NULL);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	nftw(f->folder, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* The whole file, NUL-terminated, malloc'd; "" if there is none. */
static inline char *fixture_read(const char *path, size_t *len) {
	FILE *file = fopen(path, "rb");
	char *text = calloc(1, 1);

	*len = 0;
	if (file) {
		fseek(file, 0, SEEK_END);
		*len = (size_t)ftell(file);
		rewind(file);
		free(text);
		text = calloc(1, *len + 1);
		assert_int_equal(fread(text, 1, *len, file), *len);
		fclose(file);
	}
	return text;
}

static inline void fixture_write(const char *path, const char *text) {
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

#endif
