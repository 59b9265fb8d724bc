/* The journal's records as text. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "io/record.h"

#define STAMP "2026-11-23T23:45:12.345678Z"

static void stamps_dates(void **state) {
	static const struct {
		int64_t seconds;
		int32_t us;
		const char *text;
	} rows[] = {
		{0, 0, "1970-01-01T00:00:00.000000Z"},
		{951782399, 999999, "2000-02-28T23:59:59.999999Z"},
		{951782400, 1, "2000-02-29T00:00:00.000001Z"},
		{1795477512, 345678, "2026-11-23T23:45:12.345678Z"},
		{4107542400, 0, "2100-03-01T00:00:00.000000Z"},
		{253402300799, 0, "9999-12-31T23:59:59.000000Z"},
	};
	char out[RECORD_STAMP + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		record_stamp(rows[i].seconds, rows[i].us, out);
		assert_string_equal(out, rows[i].text);
	}
}

static void writes(char kind, const char *bytes, size_t len, bool partial, const char *want) {
	char out[RECORD_ROOM(64)];
	size_t n = record_write(out, STAMP, 7, kind, bytes, len, partial);

	assert_true(n <= RECORD_ROOM(len));
	assert_int_equal(out[n - 1], '\n');
	out[n - 1] = '\0';
	assert_string_equal(out, want);
}

static void escapes_what_is_not_text(void **state) {
	(void)state;
	writes('<', "Opened \\\\.\\com1", 15, false, STAMP " 7 < Opened \\x5c\\x5c.\\x5ccom1");
	writes('>', "\x02", 1, false, STAMP " 7 > \\x02");
	writes('<', "a\0b\x7f", 4, false, STAMP " 7 < a\\x00b\\x7f");
	writes('<', "\xc3\xa4\xff\xc3", 4, false, STAMP " 7 < \xc3\xa4\\xff\\xc3");
	writes('<', "\xed\xa0\x80\xc0\x80", 5, false, STAMP " 7 < \\xed\\xa0\\x80\\xc0\\x80");
	writes('<', "\xf0\x9f\x98\x80\xf4\x90\x80\x80", 8, false,
		STAMP " 7 < \xf0\x9f\x98\x80\\xf4\\x90\\x80\\x80");
	writes('<', "0: kd> ", 7, true, STAMP " 7 < 0: kd> \\");
	writes('<', "", 0, false, STAMP " 7 < ");
}

static void reads_back_every_byte(void **state) {
	char all[256], out[RECORD_ROOM(256)], back[sizeof(out)];
	struct record r;

	(void)state;
	for (int i = 0; i < 256; i++) {
		all[i] = (char)i;
	}
	size_t n =
		record_write(out, STAMP, UINT64_C(9999999999999999999) / 10, '<', all, 256, true);

	assert_true(record_read(out, n - 1, &r));
	assert_true(r.is_partial);
	assert_true(r.seq == UINT64_C(999999999999999999));
	assert_int_equal(record_unescape(r.text, r.len, back), 256);
	assert_memory_equal(back, all, 256);
}

static void refuses_other_lines(void **state) {
	static const char *const bad[] = {"", STAMP, STAMP " ", STAMP " 7", STAMP " 7 <",
		STAMP " x < text", STAMP "  < text", STAMP " 7 ? text", STAMP "_7 < text",
		"2026-11-23 23:45:12.345678Z 7 < text", STAMP " 77777777777777777777 < text"};
	struct record r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(record_read(bad[i], strlen(bad[i]), &r));
	}
	assert_true(record_read(STAMP " 7 < ", strlen(STAMP " 7 < "), &r));
	assert_int_equal(r.len, 0);
}

static void finds_the_end(void **state) {
	static const struct {
		const char *text;
		bool is_whole;
		uint64_t seq;
		size_t torn;
	} rows[] = {
		{"", true, 0, 0},
		{STAMP " 3 < a\n" STAMP " 4 * {}\n", true, 4, 0},
		{STAMP " 3 < a\n" STAMP " 4 * {", true, 4, 33},
		{STAMP " 3 < a\n" STAMP " 41", true, 3, 30},
		{STAMP " 9 < cut off line\n" STAMP " 4 * {}\n", false, 4, 0},
		{"garbage\n", true, 0, 0},
		{"torn", true, 0, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t seq;
		size_t torn;

		record_find_end(rows[i].text, strlen(rows[i].text), rows[i].is_whole, &seq, &torn);
		assert_int_equal(seq, rows[i].seq);
		assert_int_equal(torn, rows[i].torn);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_dates),
		cmocka_unit_test(escapes_what_is_not_text),
		cmocka_unit_test(reads_back_every_byte),
		cmocka_unit_test(refuses_other_lines),
		cmocka_unit_test(finds_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
