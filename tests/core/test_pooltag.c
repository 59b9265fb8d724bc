#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/pooltag.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void tags_and_numbers_both_ways(void **state) {
	static const struct {
		const char *in, *text;
		uint32_t value;
		unsigned blanks;
	} rows[] = {
		{"Ddk ", "Ddk ", 0x206b6444, 0},
		{"Ddk", "Ddk ", 0x206b6444, 1},
		{"0x206b6444", "Ddk ", 0x206b6444, 0},
		{"0X206B6444", "Ddk ", 0x206b6444, 0},
		{"ddk ", "ddk ", 0x206b6464, 0},
		{"Tag1", "Tag1", 0x31676154, 0},
		{"a", "a   ", 0x20202061, 3},
		{" kdD", " kdD", 0x44646b20, 0},
		{"0x", "0x  ", 0x20207830, 2},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pooltag tag;
		assert_int_equal(pooltag_parse(rows[i].in, &tag), POOLTAG_OK);
		assert_int_equal(tag.value, rows[i].value);
		assert_string_equal(tag.text, rows[i].text);
		assert_int_equal(tag.blanks_added, rows[i].blanks);
		assert_true(tag.is_text);
		assert_false(tag.is_size);
	}
}

static void what_is_refused_leaves_the_tag_alone(void **state) {
	static const struct {
		const char *in;
		enum pooltag_fault fault;
	} rows[] = {
		{"", POOLTAG_EMPTY},
		{"Ddk  ", POOLTAG_TOO_LONG},
		{"a\tb", POOLTAG_NOT_PRINTABLE},
		{"\xc3\xa4", POOLTAG_NOT_PRINTABLE},
		{"0xg", POOLTAG_BAD_NUMBER},
		{"0x123456789", POOLTAG_BAD_NUMBER},
		{"0x20 b", POOLTAG_BAD_NUMBER},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pooltag tag = {.value = 77};
		assert_int_equal(pooltag_parse(rows[i].in, &tag), rows[i].fault);
		assert_int_equal(tag.value, 77);
		assert_true(*pooltag_fault_text(rows[i].fault));
	}
}

static void wildcards_sizes_and_bytes(void **state) {
	struct pooltag tag;
	(void)state;
	assert_int_equal(pooltag_parse("Dd?*", &tag), POOLTAG_OK);
	assert_true(tag.has_wildcard);
	assert_int_equal(pooltag_parse("0x2a", &tag), POOLTAG_OK);
	assert_true(tag.has_wildcard && tag.is_size && !tag.is_text);
	assert_int_equal(pooltag_parse("0xfff", &tag), POOLTAG_OK);
	assert_true(tag.is_size && !tag.is_text);
	assert_string_equal(tag.text, "....");
	assert_int_equal(pooltag_parse("0x1000", &tag), POOLTAG_OK);
	assert_false(tag.is_size);
	assert_int_equal(pooltag_parse("0x0f414243", &tag), POOLTAG_OK);
	assert_string_equal(tag.text, "CBA.");
	assert_false(tag.is_text);
}

static void reversed_for_ed(void **state) {
	struct pooltag tag;
	char out[POOLTAG_CHARS + 1];
	(void)state;
	assert_int_equal(pooltag_parse("Ddk", &tag), POOLTAG_OK);
	pooltag_reversed(&tag, out);
	assert_string_equal(out, " kdD");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_and_numbers_both_ways),
		cmocka_unit_test(what_is_refused_leaves_the_tag_alone),
		cmocka_unit_test(wildcards_sizes_and_bytes),
		cmocka_unit_test(reversed_for_ed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
