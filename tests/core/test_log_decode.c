#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/log_decode.h"

/* Decode in pieces of `step` bytes, each into a buffer of just the promised size. */
static void decode_in(const char *in, size_t len, size_t step, const char *want, size_t want_len) {
	struct log_decode d = {0};
	char got[256], out[LOG_DECODE_ROOM(64)];
	size_t done = 0, n;

	for (size_t at = 0; at < len; at += step) {
		n = log_decode(&d, in + at, len - at < step ? len - at : step, out);
		assert_true(n <= LOG_DECODE_ROOM(step));
		memcpy(got + done, out, n);
		done += n;
	}
	n = log_decode(&d, "", 0, out);
	memcpy(got + done, out, n);
	done += n;
	assert_int_equal(done, want_len);
	assert_memory_equal(got, want, want_len);
}

static void decode(const char *in, size_t len, const char *want, size_t want_len) {
	for (size_t step = 1; step <= 7; step++) {
		decode_in(in, len, step, want, want_len);
	}
	decode_in(in, len, 64, want, want_len);
}

#define DECODE(in, want) decode(in, sizeof(in) - 1, want, sizeof(want) - 1)

static void log_decode_bytes_stay(void **state) {
	(void)state;
	DECODE("kd> \x80\xff\0x", "kd> \x80\xff\0x");
	DECODE("", "");
	DECODE("\xff", "\xff");
	DECODE("\xef\xbb", "\xef\xbb");
	DECODE("\xef\xbbx", "\xef\xbbx");
	DECODE("\xfe\xff\0k", "\xfe\xff\0k");
}

static void log_decode_marks_are_dropped(void **state) {
	(void)state;
	DECODE("\xef\xbb\xbfkd>", "kd>");
	DECODE("\xef\xbb\xbf\xef\xbb\xbf", "\xef\xbb\xbf");
	DECODE("\xff\xfe", "");
}

static void log_decode_utf16(void **state) {
	(void)state;
	DECODE("\xff\xfek\0d\0\xe9\0\x26\x20\x3d\xd8\x00\xde",
		"kd\xc3\xa9\xe2\x80\xa6\xf0\x9f\x98\x80");
	DECODE("\xff\xfe\x3d\xd8k\0", "\xef\xbf\xbdk"); /* lone surrogates */
	DECODE("\xff\xfe\x00\xdek\0", "\xef\xbf\xbdk");
	DECODE("\xff\xfek\0d", "k\xef\xbf\xbd"); /* half a character */
	DECODE("\xff\xfek\0\x3d\xd8", "k\xef\xbf\xbd");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_decode_bytes_stay),
		cmocka_unit_test(log_decode_marks_are_dropped),
		cmocka_unit_test(log_decode_utf16),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
