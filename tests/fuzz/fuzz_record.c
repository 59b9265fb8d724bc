/* The end of a journal is any bytes; what is written as a record reads back byte for byte. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const char *bytes, size_t len, bool is_partial) {
	char *out = malloc(RECORD_ROOM(len));
	char *back = malloc(RECORD_ROOM(len));
	size_t n = record_write(out, "2026-11-23T23:45:12.345678Z", 5, '<', bytes, len, is_partial);
	struct record r;

	if (n > RECORD_ROOM(len) || memchr(out, '\n', n) != out + n - 1 ||
		!record_read(out, n - 1, &r) || r.is_partial != is_partial ||
		record_unescape(r.text, r.len, back) != len || memcmp(back, bytes, len) != 0) {
		abort();
	}
	free(out);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	uint64_t seq;
	size_t torn;

	record_find_end((const char *)data, size, size % 2, &seq, &torn);
	if (torn > size) {
		abort();
	}
	check_round_trip((const char *)data, size, size % 3 == 0);
	return 0;
}
