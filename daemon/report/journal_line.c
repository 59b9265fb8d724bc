#include "report/journal_line.h"

#include <string.h>

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool is_kind(char c) {
	return c == '<' || c == '>' || c == '*' || c == '!';
}

/* Does the text have the form of the pattern, where 0 stands for a digit? */
static bool has_form(const char *text, size_t len, const char *pattern) {
	for (size_t i = 0; pattern[i]; i++) {
		if (i == len || (pattern[i] == '0' ? !is_digit(text[i]) : text[i] != pattern[i])) {
			return false;
		}
	}
	return true;
}

bool journal_line_parse(const char *line, size_t len, struct journal_line *out) {
	static const char stamp[] = "0000-00-00T00:00:00.000000Z ";
	size_t at = sizeof(stamp) - 1;
	if (!has_form(line, len, stamp)) {
		return false;
	}
	size_t digits = at;
	while (at < len && is_digit(line[at])) {
		at++;
	}
	if (at == digits || at + 2 > len || line[at] != ' ' || !is_kind(line[at + 1])) {
		return false;
	}
	if (at + 2 < len && line[at + 2] != ' ') {
		return false;
	}
	size_t text = at + 3 < len ? at + 3 : len;
	*out = (struct journal_line){line[at + 1], line + text, len - text};
	return true;
}

static int hex_value(char c) {
	if (is_digit(c)) {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One character of the text to *out; how many bytes of the text it took. 0: the partial mark. */
static size_t decode_one(const char *text, size_t len, char *out) {
	*out = text[0];
	if (text[0] != '\\') {
		return 1;
	}
	if (len == 1) {
		return 0;
	}
	if (text[1] == '\\') {
		return 2;
	}
	int high = len >= 4 && text[1] == 'x' ? hex_value(text[2]) : -1;
	int low = high >= 0 ? hex_value(text[3]) : -1;
	if (low < 0) {
		return 1;
	}
	*out = (char)(high << 4 | low);
	return 4;
}

size_t journal_line_decode(const char *text, size_t len, char *out) {
	size_t written = 0;
	for (size_t at = 0; at < len;) {
		size_t took = decode_one(text + at, len - at, &out[written]);
		if (took == 0) {
			return written;
		}
		written++;
		at += took;
	}
	out[written] = '\n';
	return written + 1;
}
