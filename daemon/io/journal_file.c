#include "io/journal_file.h"

#include <stdlib.h>

#include "io/record.h"
#include "os/os.h"

#define TAIL_BYTES (256 * 1024) /* several times the longest record */

void journal_file_close(uv_file file) {
	uv_fs_t req;

	(void)uv_fs_close(NULL, &req, file, NULL);
	uv_fs_req_cleanup(&req);
}

static int64_t look(struct journal_file *f) {
	uv_fs_t req;
	int error = uv_fs_fstat(NULL, &req, f->file, NULL);

	f->bytes = error ? 0 : req.statbuf.st_size;
	f->changed_s = error ? 0 : req.statbuf.st_mtim.tv_sec;
	uv_fs_req_cleanup(&req);
	return error ? error : (int64_t)f->bytes;
}

static int read_at(uv_file file, char *bytes, size_t len, int64_t offset) {
	size_t done = 0;

	while (done < len) {
		uv_buf_t buf = uv_buf_init(bytes + done, (unsigned)(len - done));
		uv_fs_t req;
		int got = uv_fs_read(NULL, &req, file, &buf, 1, offset + (int64_t)done, NULL);

		uv_fs_req_cleanup(&req);
		if (got <= 0) {
			return got < 0 ? got : UV_EOF;
		}
		done += (size_t)got;
	}
	return 0;
}

static int read_end(struct journal_file *f) {
	int64_t size = look(f);
	size_t len = size > TAIL_BYTES ? TAIL_BYTES : (size_t)size;
	char *bytes;
	int error;

	if (size <= 0) {
		return (int)size;
	}
	bytes = malloc(len);
	if (!bytes) {
		return UV_ENOMEM;
	}
	error = read_at(f->file, bytes, len, size - (int64_t)len);
	if (error == 0) {
		record_find_end(bytes, len, (int64_t)len == size, &f->seq, &f->torn_bytes);
	}
	free(bytes);
	return error;
}

int journal_file_open(const char *path, struct journal_file *out) {
	struct journal_file f = {0};
	uv_fs_t req;
	int error;

	f.file = uv_fs_open(
		NULL, &req, path, UV_FS_O_RDWR | UV_FS_O_CREAT | UV_FS_O_APPEND, 0600, NULL);
	uv_fs_req_cleanup(&req);
	if (f.file < 0) {
		return f.file;
	}
	error = os_lock_file(f.file);
	if (error == 0) {
		error = read_end(&f);
	}
	if (error) {
		journal_file_close(f.file);
		return error;
	}
	*out = f;
	return 0;
}
