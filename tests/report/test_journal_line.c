#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "report/journal_line.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define STAMP "2026-11-23T23:45:12.345678Z "

static void lines_taken_apart(void **state) {
	static const struct {
		const char *line, *text;
		char kind;
	} rows[] = {
		{STAMP "1 < 0: kd> \\", "0: kd> \\", '<'},
		{STAMP "18446744073709551616 > g", "g", '>'},
		{STAMP "7 * {}", "{}", '*'},
		{STAMP "7 ! ", "", '!'},
		{STAMP "7 <", "", '<'},
		{STAMP "7 <  a", " a", '<'},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct journal_line j;
		assert_true(journal_line_parse(rows[i].line, strlen(rows[i].line), &j));
		assert_int_equal(j.kind, rows[i].kind);
		assert_int_equal(j.len, strlen(rows[i].text));
		assert_memory_equal(j.text, rows[i].text, j.len);
	}
}

static void lines_of_no_journal(void **state) {
	static const char *const rows[] = {"", "0: kd> kb", "2026-11-23T23:45:12.345678Z", STAMP,
		STAMP "1", STAMP "1 ", STAMP "x < a", STAMP " < a", STAMP "1 ? a", STAMP "1 <a",
		"2026-11-23 23:45:12.345678Z 1 < a", "2026-11-23T23:45:12.34567Z 1 < a"};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct journal_line j;
		assert_false(journal_line_parse(rows[i], strlen(rows[i]), &j));
	}
}

static void texts_decoded(void **state) {
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", "\n"},
		{"abc", "abc\n"},
		{"0: kd> \\", "0: kd> "},
		{"\\", ""},
		{"a\\x09b\\x1B\\x7f", "a\tb\x1b\x7f\n"},
		{"c:\\\\debug\\\\x64", "c:\\debug\\x64\n"},
		{"a\\\\", "a\\\n"},
		{"a\\\\\\", "a\\"},
		/* not what we write, so left as it is */
		{"a\\xg0\\q\\x1", "a\\xg0\\q\\x1\n"},
	};
	char out[64];
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = journal_line_decode(rows[i].in, strlen(rows[i].in), out);
		assert_int_equal(len, strlen(rows[i].out));
		assert_memory_equal(out, rows[i].out, len);
	}
}

static void times(void **state) {
	(void)state;
	assert_int_equal(journal_line_time("1970-01-01T00:00:00.000000Z 1 < "), 0);
	assert_int_equal(journal_line_time("1970-01-02T00:00:01.000002Z 1 < "), 86401000002);
	assert_int_equal(journal_line_time("2000-02-29T12:00:00.000000Z 1 < "), 951825600000000);
	assert_int_equal(journal_line_time("2026-11-23T23:45:12.345678Z 1 < "), 1795477512345678);
}

static void members_of_events(void **state) {
	static const char text[] = "{\"event\":\"gap\",\"why\":\"bytes\",\"bytes\": 12,\"boot\":3,"
				   "\"factor\":0.25}";
	struct journal_line j = {'!', text, sizeof(text) - 1};
	char out[8];
	(void)state;
	assert_true(journal_member_number(&j, "bytes", -1) == 12);
	assert_true(journal_member_number(&j, "factor", -1) == 0.25);
	assert_true(journal_member_number(&j, "why", -1) == -1);
	assert_true(journal_member_number(&j, "none", -1) == -1);
	journal_member_string(&j, "event", out, sizeof(out));
	assert_string_equal(out, "gap");
	journal_member_string(&j, "event", out, 3);
	assert_string_equal(out, "ga");
	journal_member_string(&j, "boot", out, sizeof(out));
	assert_string_equal(out, "");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_taken_apart),
		cmocka_unit_test(lines_of_no_journal),
		cmocka_unit_test(texts_decoded),
		cmocka_unit_test(times),
		cmocka_unit_test(members_of_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
