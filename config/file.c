#include "config/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int read_all(FILE *f, char *buffer, size_t *len) {
	errno = 0;
	size_t got = fread(buffer, 1, TEXT_FILE_MAX + 1, f);
	if (ferror(f)) {
		return errno ? errno : EIO;
	}
	if (got > TEXT_FILE_MAX) {
		return EFBIG;
	}
	*len = got;
	return 0;
}

int text_file_read(const char *path, char **bytes, size_t *len) {
	FILE *f = fopen(path, "rb");
	if (!f) {
		return errno;
	}
	char *buffer = malloc(TEXT_FILE_MAX + 1);
	int failure = buffer ? read_all(f, buffer, len) : ENOMEM;
	fclose(f);
	if (failure) {
		free(buffer);
		return failure;
	}
	*bytes = buffer;
	return 0;
}
