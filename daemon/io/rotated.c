#include "io/rotated.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define PATH_BYTES 4096

/* The number in the name; false: the file is none of this journal's. */
static bool number_of(const char *name, const char *base, uint64_t *seq) {
	size_t len = strlen(base);
	char *end;

	if (strncmp(name, base, len) != 0 || name[len] != '.' || name[len + 1] < '0' ||
		name[len + 1] > '9') {
		return false;
	}
	*seq = strtoull(name + len + 1, &end, 10);
	return *end == '\0' || *end == '-';
}

const char *rotated_base(const char *path) {
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void rotated_folder(const char *path, char *folder, size_t cap) {
	size_t len = (size_t)(rotated_base(path) - path);

	snprintf(folder, cap, "%.*s", (int)(len ? len : 1), len ? path : ".");
}

static int by_number(const void *a, const void *b) {
	const struct rotated *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq ? 1 : strcmp(x->name, y->name);
}

static bool add(struct rotated **list, size_t count, const char *name, uint64_t seq) {
	struct rotated *more = realloc(*list, (count + 1) * sizeof(*more));

	if (!more) {
		return false;
	}
	*list = more;
	more[count].seq = seq;
	snprintf(more[count].name, ROTATED_NAME, "%s", name);
	return true;
}

size_t rotated_list(const char *path, uint64_t seq, struct rotated **out) {
	char folder[PATH_BYTES];
	size_t count = 0;
	uv_dirent_t entry;
	uv_fs_t req;
	uint64_t number;

	*out = NULL;
	rotated_folder(path, folder, sizeof(folder));
	if (uv_fs_scandir(NULL, &req, folder, 0, NULL) > 0) {
		while (uv_fs_scandir_next(&req, &entry) == 0) {
			if (number_of(entry.name, rotated_base(path), &number) && number > seq) {
				count += add(out, count, entry.name, number);
			}
		}
	}
	uv_fs_req_cleanup(&req);
	if (count > 1) {
		qsort(*out, count, sizeof(**out), by_number);
	}
	return count;
}
