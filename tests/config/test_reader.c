/* inih's traps: what goes in as a value must come out byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The events of a text, one a line: `3 key <value>`, `4 + key <value>`, `1 [name]`, `2 ! why`. */
struct log {
	char text[8192];
	size_t len;
};

static void put(struct log *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct log *l, const char *format, ...) {
	va_list args;
	va_start(args, format);
	int len = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, format, args);
	va_end(args);
	assert_true(len >= 0 && (size_t)len < sizeof(l->text) - l->len);
	l->len += (size_t)len;
}

static void on_section(void *data, size_t line, const char *text) {
	put(data, "%zu [%s]\n", line, text);
}

static void on_pair(void *data, size_t line, const char *key, const char *value, bool continued) {
	put(data, "%zu %s%s <%s>\n", line, continued ? "+ " : "", key, value);
}

static void on_error(void *data, size_t line, const char *why) {
	put(data, "%zu ! %s\n", line, why);
}

static const struct reader_events events = {on_section, on_pair, on_error};

static void expect_n(const char *in, size_t len, const char *out) {
	struct log l = {.len = 0};
	reader_parse(in, len, &events, &l);
	assert_string_equal(l.text, out);
}

static void lines_of_all_kinds(void **state) {
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""},
		{"\n\n", ""},
		{"[a]\n[ b ]\n", "1 [a]\n2 [b]\n"},
		{"[a]\nk=v", "1 [a]\n2 k <v>\n"},
		{"[a]\r\nk = v\r\n", "1 [a]\n2 k <v>\n"},
		{"\xef\xbb\xbf[a]\nk=v\n", "1 [a]\n2 k <v>\n"},
		{"; c\n# c\n[a]\n;k=v\n#k=v\n", "3 [a]\n"},
		{"k=v\n", "1 k <v>\n"},
		{"k=\nl = \t \n", "1 k <>\n2 l <>\n"},
		{"k==\nl=a=b\nm=a:b\n", "1 k <=>\n2 l <a=b>\n3 m <a:b>\n"},
		/* an unusual but legal value: nothing in it is special */
		{"k=.echo A ; kb ; g\n", "1 k <.echo A ; kb ; g>\n"},
		{"k=\";kb;g\"\n", "1 k <\";kb;g\">\n"},
		{"k=;kb\nl= # x\nm=[x]\n", "1 k <;kb>\n2 l <# x>\n3 m <[x]>\n"},
		{"k= \t a \t b\t\n", "1 k <a \t b>\n"},
		{"k=\xff\xfe\xc3\xa4\n", "1 k <\xff\xfe\xc3\xa4>\n"},
		{"k=a\n\tb ; c\n  \"d\"\n", "1 k <a>\n2 + k <b ; c>\n3 + k <\"d\">\n"},
		{"k=\n b\n\n; c\n c\n", "1 k <>\n2 + k <b>\n5 + k <c>\n"},
		{"k=a\n [b]\n c=d\n", "1 k <a>\n2 + k <[b]>\n3 + k <c=d>\n"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect_n(rows[i].in, strlen(rows[i].in), rows[i].out);
	}
}

static void lines_that_are_refused(void **state) {
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"[a\nk=v\n", "1 ! the ] is missing\n1 [a]\n2 k <v>\n"},
		{"[a] ; c\n",
			"1 ! text behind the ]; a comment stands on a line of its own\n1 [a]\n"},
		{"port\n", "1 ! expected KEY = VALUE, [SECTION] or a comment (; or #)\n"},
		{"port: COM1\n", "1 ! expected KEY = VALUE, [SECTION] or a comment (; or #)\n"},
		{"=v\n", "1 ! the key is missing\n"},
		{"a b=v\n", "1 ! a blank, : or ; in the key, or a letter that is not ASCII\n"},
		{"a:b=v\n", "1 ! a blank, : or ; in the key, or a letter that is not ASCII\n"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=v\n",
			"1 ! the key is longer than 48 characters\n"},
		{" k=v\n", "1 ! an indented line: keys and sections start in the first column\n"},
		{"k=v\n[a]\n b\n",
			"1 k <v>\n2 [a]\n"
			"3 ! an indented line: keys and sections start in the first column\n"},
		{"k=v\n ;b\n\t#c\n",
			"1 k <v>\n2 ! an indented ; or #: comments start in the first column\n"
			"3 ! an indented ; or #: comments start in the first column\n"},
		{"k=a\x1b\nl=b\r\r\nm=\x7f\n",
			"1 ! control byte 0x1b in the line\n2 ! control byte 0x0d in the line\n"
			"3 ! control byte 0x7f in the line\n"},
		{"k=\x01\x02\x03\x04\n", "1 ! control byte 0x01 in the line\n"},
		/* what followed a key that was refused is not the earlier key's */
		{"k=v\nbad\n x\n",
			"1 k <v>\n2 ! expected KEY = VALUE, [SECTION] or a comment (; or #)\n"
			"3 ! an indented line: keys and sections start in the first column\n"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect_n(rows[i].in, strlen(rows[i].in), rows[i].out);
	}
}

static void nul_bytes_and_utf16(void **state) {
	(void)state;
	expect_n("k=a\0b\nl=c\n", 10, "1 ! NUL byte 0x00 in the line\n2 l <c>\n");
	expect_n("\xff\xfe[\0", 4, "1 ! the file is UTF-16; save it as UTF-8\n");
	expect_n("\xfe\xff\0[", 4, "1 ! the file is UTF-16; save it as UTF-8\n");
}

struct one {
	char *value;
	size_t calls, faults;
};

static void keep_value(
	void *data, size_t line, const char *key, const char *value, bool continued) {
	struct one *o = data;
	(void)line;
	(void)continued;
	assert_string_equal(key, "a_key");
	free(o->value);
	o->value = strdup(value);
	o->calls++;
}

static void count_fault(void *data, size_t line, const char *why) {
	(void)line;
	(void)why;
	((struct one *)data)->faults++;
}

/* A value with blanks and semicolons at every possible seam, `len` bytes long. */
static char *mixed_value(size_t len, size_t phase) {
	static const char mix[] = "ab ;c \t#; d  ;;=:e[]";
	char *value = malloc(len + 1);
	assert_non_null(value);
	for (size_t i = 0; i < len; i++) {
		value[i] = mix[(i + phase) % (sizeof(mix) - 1)];
	}
	value[0] = value[len - 1] = 'x';
	value[len] = 0;
	return value;
}

static void round_trip(size_t len, size_t phase, const char *lead) {
	const struct reader_events keep = {on_section, keep_value, count_fault};
	struct one o = {0};
	char *value = mixed_value(len, phase);
	size_t cap = len + 64;
	char *text = malloc(cap);
	assert_non_null(text);
	int text_len = snprintf(text, cap, "%s%s\n", lead, value);
	reader_parse(text, (size_t)text_len, &keep, &o);
	assert_int_equal(o.faults, 0);
	assert_string_equal(o.value, value);
	free(o.value);
	free(value);
	free(text);
}

static void values_of_every_length_come_out_byte_for_byte(void **state) {
	(void)state;
	for (size_t len = 1; len < 700; len++) {
		round_trip(len, len * 7, "a_key = ");
		round_trip(len, len * 11, "a_key = x\n\t");
	}
	for (size_t phase = 0; phase < 20; phase++) {
		round_trip(4096, phase, "a_key=");
	}
	round_trip(READER_VALUE_MAX, 3, "a_key=");
}

static void a_value_that_is_too_long(void **state) {
	const struct reader_events keep = {on_section, keep_value, count_fault};
	struct one o = {0};
	static char text[READER_VALUE_MAX + 16];
	(void)state;
	memset(text, 'x', sizeof(text));
	text[5] = '=';
	reader_parse(text, sizeof(text), &keep, &o);
	assert_int_equal(o.calls, 0);
	assert_int_equal(o.faults, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_all_kinds),
		cmocka_unit_test(lines_that_are_refused),
		cmocka_unit_test(nul_bytes_and_utf16),
		cmocka_unit_test(values_of_every_length_come_out_byte_for_byte),
		cmocka_unit_test(a_value_that_is_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
