#include "io/password.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "os/os.h"

/* One more than is allowed, a line's end, a NUL. */
#define LINE_BYTES (PASSWORD_MAX + 4)

static bool is_good(const char *word) {
	size_t len = strlen(word);

	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)word[i])) {
			return false;
		}
	}
	return len > 0 && len <= PASSWORD_MAX;
}

/* The file's first bytes into `line`; 0 or a UV_E code. */
static int read_start(const char *path, char line[LINE_BYTES]) {
	uv_fs_t req;
	uv_buf_t buf = uv_buf_init(line, LINE_BYTES - 1);
	int file = uv_fs_open(NULL, &req, path, UV_FS_O_RDONLY, 0, NULL);
	int got;

	uv_fs_req_cleanup(&req);
	if (file < 0) {
		return file;
	}
	got = uv_fs_read(NULL, &req, file, &buf, 1, 0, NULL);
	uv_fs_req_cleanup(&req);
	uv_fs_close(NULL, &req, file, NULL);
	uv_fs_req_cleanup(&req);
	line[got > 0 ? got : 0] = '\0';
	return got < 0 ? got : 0;
}

static const char *fault_of(const char *path, char line[LINE_BYTES]) {
	int error = os_check_private(path);

	if (error == UV_EPERM) {
		return "others may read it; chmod 600 it";
	}
	if (error == 0) {
		error = read_start(path, line);
	}
	if (error) {
		return uv_strerror(error);
	}
	line[strcspn(line, "\r\n")] = '\0';
	return is_good(line) ? NULL : "its first line must be 1 to 12 letters and digits";
}

bool password_read(const char *path, char out[PASSWORD_MAX + 1], char *why, size_t cap) {
	char line[LINE_BYTES] = "";
	const char *fault = fault_of(path, line);

	if (fault) {
		snprintf(why, cap, "password_file %.120s: %s", path, fault);
	} else {
		memcpy(out, line, strlen(line) + 1);
	}
	memset(line, 0, sizeof(line));
	return !fault;
}
