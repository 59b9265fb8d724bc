#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"

static char buffer[64];

static struct text fresh(size_t cap) {
	struct text t;

	text_init(&t, buffer, cap);
	return t;
}

static void text_cut_is_marked_and_final(void **state) {
	struct text t = fresh(4);

	(void)state;
	text_put(&t, "ab");
	text_put(&t, "cd");
	text_put(&t, "");
	assert_string_equal(buffer, "abc");
	assert_int_equal(t.len, 3);
	assert_true(t.cut);
	text_put(&t, "e");
	assert_string_equal(buffer, "abc");
}

static void text_of_one_byte_holds_nothing(void **state) {
	struct text t = fresh(1);

	(void)state;
	text_put(&t, "");
	assert_false(t.cut);
	text_put_u64(&t, 7);
	assert_string_equal(buffer, "");
	assert_true(t.cut);
}

static void text_numbers(void **state) {
	struct text t = fresh(sizeof(buffer));

	(void)state;
	text_put_u64(&t, 0);
	text_put(&t, " ");
	text_put_u64(&t, UINT64_MAX);
	text_put(&t, " ");
	text_put_hex(&t, 0, 1);
	text_put(&t, " ");
	text_put_hex(&t, 0xc4, 8);
	text_put(&t, " ");
	text_put_hex(&t, UINT64_MAX, 1);
	assert_string_equal(buffer, "0 18446744073709551615 0 000000c4 ffffffffffffffff");
}

static void json_of(const char *in, size_t len, const char *want) {
	struct text t = fresh(sizeof(buffer));

	text_put_json(&t, in, len);
	assert_string_equal(buffer, want);
}

static void text_json_escapes(void **state) {
	(void)state;
	json_of("a\"b\\c", 5, "a\\\"b\\\\c");
	json_of("\x00\n\x7f", 3, "\\u0000\\u000a\\u007f");
	json_of("\xc3\xa9\xe2\x80\xa6\xf0\x9f\x98\x80", 9, "\xc3\xa9\xe2\x80\xa6\xf0\x9f\x98\x80");
	json_of("\xe9t", 2, "\\u00e9t");                     /* Latin-1 */
	json_of("\xc0\x80", 2, "\\u00c0\\u0080");            /* overlong */
	json_of("\xed\xa0\x80", 3, "\\u00ed\\u00a0\\u0080"); /* surrogate */
	json_of("\xf4\x90\x80\x80", 4, "\\u00f4\\u0090\\u0080\\u0080");
	json_of("\xe2\x80", 2, "\\u00e2\\u0080"); /* ends inside */
}

static void text_json_members(void **state) {
	struct text t = fresh(sizeof(buffer));

	(void)state;
	text_put_member(&t, "why", "a \"b\"\n");
	text_put_member(&t, "who", "");
	assert_string_equal(buffer, ",\"why\":\"a \\\"b\\\"\\u000a\",\"who\":\"\"");
}

static void text_json_never_cuts_an_escape(void **state) {
	struct text t = fresh(6);

	(void)state;
	text_put_json(&t, "a\x01z", 3);
	assert_string_equal(buffer, "a");
	assert_true(t.cut);
	t = fresh(3);
	text_put_json(&t, "\xe2\x80\xa6", 3);
	assert_string_equal(buffer, "");
}

static void text_escaped(void **state) {
	struct text t = fresh(sizeof(buffer));

	(void)state;
	text_put_escaped(&t, "a\\b\x1b[2J\x7f\xe9", 9);
	assert_string_equal(buffer, "a\\\\b\\x1b[2J\\x7f\xe9");
}

static void text_duration_reads(void **state) {
	static const struct {
		const char *in;
		uint64_t ms;
	} good[] = {{"90s", 90000}, {"500ms", 500}, {"60m", 3600000}, {"72h", 259200000},
		{"3d", 259200000}, {"0s", 0}, {"18446744073709551615ms", UINT64_MAX}};
	static const char *const bad[] = {"", "s", "90", " 90s", "90s ", "90 s", "-1s", "1.5s",
		"90S", "18446744073709551616ms", "18446744073709551615s", "1w",
		"99999999999999999999999d"};
	uint64_t ms = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(text_parse_duration(good[i].in, &ms));
		assert_int_equal(ms, good[i].ms);
	}
	ms = 7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(text_parse_duration(bad[i], &ms));
		assert_int_equal(ms, 7);
	}
}

static void text_duration_writes(void **state) {
	struct text t = fresh(sizeof(buffer));
	static const uint64_t ms[] = {90000, 500, 3600000, 86400000, 0, 1001};

	(void)state;
	for (size_t i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		text_put_duration(&t, ms[i]);
		text_put(&t, " ");
	}
	assert_string_equal(buffer, "90s 500ms 1h 1d 0s 1001ms ");
}

static void text_search(void **state) {
	(void)state;
	assert_true(text_starts("abc", 3, "ab"));
	assert_true(text_starts("", 0, ""));
	assert_false(text_starts("ab", 2, "abc"));
	assert_int_equal(text_find("abcabd", 6, "abd"), 3);
	assert_int_equal(text_find("abcabd", 5, "abd"), -1);
	assert_int_equal(text_find("", 0, ""), 0);
	assert_int_equal(text_find("a\0b", 3, "b"), 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_cut_is_marked_and_final),
		cmocka_unit_test(text_of_one_byte_holds_nothing),
		cmocka_unit_test(text_numbers),
		cmocka_unit_test(text_json_escapes),
		cmocka_unit_test(text_json_members),
		cmocka_unit_test(text_json_never_cuts_an_escape),
		cmocka_unit_test(text_escaped),
		cmocka_unit_test(text_duration_reads),
		cmocka_unit_test(text_duration_writes),
		cmocka_unit_test(text_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
