/* The log's decoder: within its promised room, and the same output however the input is cut. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/log_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t decode(const char *bytes, size_t size, size_t step, char *out) {
	struct log_decode d = {0};
	size_t done = 0;

	for (size_t at = 0; at < size; at += step) {
		size_t part = size - at < step ? size - at : step;
		char *piece = malloc(LOG_DECODE_ROOM(part));
		size_t n = log_decode(&d, bytes + at, part, piece);

		memcpy(out + done, piece, n);
		done += n;
		free(piece);
	}
	return done + log_decode(&d, "", 0, out + done);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	size_t room = LOG_DECODE_ROOM(size) + 16;
	char *whole = malloc(room), *cut = malloc(room);
	size_t whole_len = decode((const char *)data, size, size + 1, whole);

	for (size_t step = 1; step < 4; step++) {
		size_t len = decode((const char *)data, size, step, cut);

		if (len != whole_len || memcmp(whole, cut, len) != 0) {
			abort();
		}
	}
	free(whole);
	free(cut);
	return 0;
}
