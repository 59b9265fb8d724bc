#include "io/files.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define PATH_BYTES 4096
#define NUMBERS_MAX 100000

static int make_one(const char *path) {
	uv_fs_t req;
	int error = uv_fs_mkdir(NULL, &req, path, 0700, NULL);

	uv_fs_req_cleanup(&req);
	return error;
}

int files_make_folder(const char *path) {
	char part[PATH_BYTES];
	size_t len = strlen(path);
	int error = 0;

	if (len >= sizeof(part)) {
		return UV_ENAMETOOLONG;
	}
	for (size_t i = 1; i <= len; i++) {
		if (path[i] == '/' || path[i] == '\\' || path[i] == '\0') {
			memcpy(part, path, i);
			part[i] = '\0';
			error = make_one(part); /* of those above only the last one's matters */
		}
	}
	return error == UV_EEXIST ? 0 : error;
}

static bool is_there(const char *path, uint64_t *bytes) {
	uv_fs_t req;
	int error = uv_fs_stat(NULL, &req, path, NULL);

	*bytes = error ? 0 : req.statbuf.st_size;
	uv_fs_req_cleanup(&req);
	return error == 0;
}

/* A second name first, then the old one goes: rename would overwrite what came in between. */
static int move(const char *path, const char *to) {
	uv_fs_t req;
	int error = uv_fs_link(NULL, &req, path, to, NULL);

	uv_fs_req_cleanup(&req);
	if (error == UV_EEXIST) {
		return error;
	}
	error = error ? uv_fs_rename(NULL, &req, path, to, NULL)
		      : uv_fs_unlink(NULL, &req, path, NULL);
	uv_fs_req_cleanup(&req);
	return error;
}

int files_move_aside(const char *path, uint64_t least, unsigned *number) {
	char to[PATH_BYTES];
	uint64_t bytes;

	*number = 0;
	if (!is_there(path, &bytes) || bytes == 0 || bytes < least) {
		return 0;
	}
	for (unsigned n = 1; n <= NUMBERS_MAX; n++) {
		uint64_t unused;

		if ((size_t)snprintf(to, sizeof(to), "%s.%u", path, n) >= sizeof(to)) {
			return UV_ENAMETOOLONG;
		}
		if (!is_there(to, &unused)) {
			int error = move(path, to);

			if (error != UV_EEXIST) {
				*number = error ? 0 : n;
				return error;
			}
		}
	}
	return UV_EEXIST;
}
