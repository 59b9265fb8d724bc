#include "io/statefile.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 4096

static void add_death(struct statefile *s, int64_t when) {
	if (s->death_count == STATEFILE_DEATHS) {
		memmove(s->deaths, s->deaths + 1, sizeof(s->deaths) - sizeof(s->deaths[0]));
		s->death_count--;
	}
	s->deaths[s->death_count++] = when;
}

bool statefile_load(const char *path, int64_t now, struct statefile *out) {
	json_t *root = json_load_file(path, 0, NULL);
	json_t *deaths = json_object_get(root, "deaths");
	bool died = json_is_true(json_object_get(root, "running"));
	const char *target = json_string_value(json_object_get(root, "target"));
	json_t *item;
	size_t i;

	*out = (struct statefile){.died = died,
		.dirty = died || json_is_true(json_object_get(root, "dirty")),
		.disarmed = json_is_true(json_object_get(root, "disarmed")),
		.pool_edited = json_is_true(json_object_get(root, "pool_edited")),
		.pool_old = (uint32_t)json_integer_value(json_object_get(root, "pool_old")),
		.armed_at = json_integer_value(json_object_get(root, "armed_at")),
		.hits = (uint64_t)json_integer_value(json_object_get(root, "hits"))};
	if (target) {
		snprintf(out->target, sizeof(out->target), "%s", target);
	}
	json_array_foreach(deaths, i, item) {
		add_death(out, json_integer_value(item));
	}
	if (died) {
		add_death(out, now);
	}
	json_decref(root);
	return died;
}

unsigned statefile_recent(const struct statefile *s, int64_t now, int64_t seconds) {
	unsigned n = 0;

	for (size_t i = 0; i < s->death_count; i++) {
		n += s->deaths[i] <= now && now - s->deaths[i] < seconds;
	}
	return n;
}

static int write_text(uv_file file, const char *text) {
	uv_buf_t buf = uv_buf_init((char *)text, (unsigned)strlen(text));
	uv_fs_t req;
	int wrote = uv_fs_write(NULL, &req, file, &buf, 1, 0, NULL);

	uv_fs_req_cleanup(&req);
	return wrote < 0 ? wrote : (size_t)wrote == buf.len ? 0 : UV_ENOSPC;
}

/* Written beside it and renamed: a full disk leaves the old one whole. */
static int replace(const char *path, const char *text) {
	char fresh[PATH_BYTES];
	uv_fs_t req;
	uv_file file;
	int error;

	if ((size_t)snprintf(fresh, sizeof(fresh), "%s.new", path) >= sizeof(fresh)) {
		return UV_ENAMETOOLONG;
	}
	file = uv_fs_open(
		NULL, &req, fresh, UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_TRUNC, 0600, NULL);
	uv_fs_req_cleanup(&req);
	if (file < 0) {
		return file;
	}
	error = write_text(file, text);
	(void)uv_fs_close(NULL, &req, file, NULL);
	uv_fs_req_cleanup(&req);
	if (error == 0) {
		error = uv_fs_rename(NULL, &req, fresh, path, NULL);
		uv_fs_req_cleanup(&req);
	}
	return error;
}

int statefile_save(const char *path, const struct statefile *s) {
	json_t *deaths = json_array();
	json_t *root;
	char *text;
	int error;

	for (size_t i = 0; i < s->death_count; i++) {
		json_array_append_new(deaths, json_integer(s->deaths[i]));
	}
	root = json_pack("{s:b, s:b, s:b, s:b, s:I, s:I, s:I, s:o}", "running", s->running, "dirty",
		s->dirty, "disarmed", s->disarmed, "pool_edited", s->pool_edited, "pool_old",
		(json_int_t)s->pool_old, "armed_at", (json_int_t)s->armed_at, "hits",
		(json_int_t)s->hits, "deaths", deaths);
	if (*s->target) { /* the target's words: what is not UTF-8 is left out */
		json_object_set_new(root, "target", json_string(s->target));
	}
	text = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	if (!text) {
		return UV_ENOMEM;
	}
	error = replace(path, text);
	free(text);
	return error;
}
