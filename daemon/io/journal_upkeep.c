#include "io/journal_upkeep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/evidence.h"
#include "io/journal_file.h"

#define DIGITS 12     /* so that names sort as the numbers do */
#define SAME_NAME 100 /* tries for a name that is free */

/* --- small calls ------------------------------------------------------------------------------ */

static int look_at(const char *path, uv_stat_t *st) {
	uv_fs_t req;
	int error = uv_fs_stat(NULL, &req, path, NULL);

	*st = req.statbuf;
	uv_fs_req_cleanup(&req);
	return error;
}

static int look_inside(uv_file file, uv_stat_t *st) {
	uv_fs_t req;
	int error = uv_fs_fstat(NULL, &req, file, NULL);

	*st = req.statbuf;
	uv_fs_req_cleanup(&req);
	return error;
}

static int move(const char *from, const char *to) {
	uv_fs_t req;
	int error = uv_fs_rename(NULL, &req, from, to, NULL);

	uv_fs_req_cleanup(&req);
	return error;
}

static void sync_file(uv_file file) {
	uv_fs_t req;

	(void)uv_fs_fdatasync(NULL, &req, file, NULL); /* what fails for good fails to be written */
	uv_fs_req_cleanup(&req);
}

/* --- rotated files ---------------------------------------------------------------------------- */

/* On the disk of the file's folder. */
static uint64_t room_of(const char *path) {
	char folder[UPKEEP_PATH];
	uint64_t bytes = UINT64_MAX;
	uv_fs_t req;

	rotated_folder(path, folder, sizeof(folder));
	if (uv_fs_statfs(NULL, &req, folder, NULL) == 0) {
		const uv_statfs_t *s = req.ptr;

		bytes = (uint64_t)s->f_bavail * s->f_bsize;
	}
	uv_fs_req_cleanup(&req);
	return bytes;
}

uint64_t journal_upkeep_last_seq(const char *path) {
	struct rotated *list;
	size_t count = rotated_list(path, 0, &list);
	uint64_t seq = count ? list[count - 1].seq : 0;

	free(list);
	return seq;
}

/* Those that are too many, to be deleted once that is journalled. */
static void find_old(struct journal_upkeep *u) {
	struct rotated *list;
	size_t count = rotated_list(u->path, 0, &list);
	size_t many = evidence_expired(count, u->keep);

	u->old_count = many < UPKEEP_OLD_MAX ? many : UPKEEP_OLD_MAX;
	for (size_t i = 0; list && i < u->old_count; i++) {
		memcpy(u->old[i], list[i].name, UPKEEP_NAME);
	}
	free(list);
}

static void delete_old(struct journal_upkeep *u) {
	char folder[UPKEEP_PATH], path[UPKEEP_PATH + UPKEEP_NAME];

	rotated_folder(u->path, folder, sizeof(folder));
	for (size_t i = 0; i < u->old_count; i++) {
		uv_fs_t req;
		int error;

		snprintf(path, sizeof(path), "%s/%s", folder, u->old[i]);
		error = uv_fs_unlink(NULL, &req, path, NULL);
		u->delete_error = error && error != UV_ENOENT ? error : u->delete_error;
		uv_fs_req_cleanup(&req);
	}
	u->old_count = 0;
}

/* --- the file --------------------------------------------------------------------------------- */

static void open_fresh(struct journal_upkeep *u) {
	struct journal_file f;

	u->error = journal_file_open(u->path, &f);
	if (u->error == 0) {
		u->fresh = f.file;
	}
}

static int free_name(const struct journal_upkeep *u, char *name, size_t cap) {
	uv_stat_t st;

	for (unsigned i = 0; i < SAME_NAME; i++) {
		int n = snprintf(name, cap, "%s.%0*" PRIu64, u->path, DIGITS, u->seq);

		if (i > 0) {
			snprintf(name + n, cap - (size_t)n, "-%u", i);
		}
		if (look_at(name, &st) == UV_ENOENT) {
			return 0;
		}
	}
	return UV_EEXIST;
}

/* What fails is undone: the old file then goes on. */
static void rotate(struct journal_upkeep *u) {
	char name[UPKEEP_PATH + 64];
	uv_stat_t st;

	u->rotate_error = free_name(u, name, sizeof(name));
	if (u->rotate_error == 0) {
		u->rotate_error = move(u->path, name);
	}
	if (u->rotate_error) {
		return;
	}
	open_fresh(u);
	if (u->fresh < 0) {
		u->rotate_error = u->error;
		u->error = 0;
		if (look_at(u->path, &st) == UV_ENOENT) {
			(void)move(name, u->path);
		}
		return;
	}
	snprintf(u->rotated, sizeof(u->rotated), "%.*s", UPKEEP_NAME - 1, rotated_base(name));
	find_old(u);
}

uint64_t journal_upkeep_room(const char *path, const char *log_file) {
	uint64_t room = room_of(path);
	uint64_t log_room = *log_file ? room_of(log_file) : UINT64_MAX;

	return room < log_room ? room : log_room;
}

void journal_upkeep_run(struct journal_upkeep *u) {
	uv_stat_t there, ours;
	int error = look_at(u->path, &there);

	u->error = u->rotate_error = u->delete_error = 0;
	u->fresh = -1;
	u->rotated[0] = '\0';
	if (u->sync || u->rotate) {
		sync_file(u->file);
	}
	if (u->delete) {
		delete_old(u);
	}
	u->bytes = look_inside(u->file, &ours) == 0 ? ours.st_size : 0;
	u->gone = error != 0 || there.st_ino != ours.st_ino || there.st_dev != ours.st_dev;
	if (u->gone) {
		open_fresh(u);
	} else if (u->rotate) {
		rotate(u);
	}
	if (u->fresh >= 0) {
		journal_file_close(u->file);
	}
	u->free_bytes = journal_upkeep_room(u->path, u->log_file);
}
