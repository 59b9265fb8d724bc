#include "report/journal_line.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

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

static int64_t number_at(const char *digits, size_t count) {
	int64_t value = 0;
	for (size_t i = 0; i < count; i++) {
		value = value * 10 + (digits[i] - '0');
	}
	return value;
}

/* Days since 1970-01-01 of a civil date: years that begin in March have their leap day last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400, in_era = y - era * 400;
	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

int64_t journal_line_time(const char *line) {
	int64_t days = days_of(number_at(line, 4), number_at(line + 5, 2), number_at(line + 8, 2));
	int64_t seconds = number_at(line + 11, 2) * 3600 + number_at(line + 14, 2) * 60 +
			  number_at(line + 17, 2);
	return (days * 86400 + seconds) * 1000000 + number_at(line + 20, 6);
}

/* What follows `"name":`, blanks passed over; len 0: nothing does. */
static struct journal_line member(const struct journal_line *j, const char *name) {
	struct journal_line rest = *j;
	size_t name_len = strlen(name);
	ptrdiff_t found;
	while ((found = text_find(rest.text, rest.len, "\"")) >= 0) {
		rest.text += found + 1;
		rest.len -= (size_t)found + 1;
		if (rest.len > name_len + 2 && memcmp(rest.text, name, name_len) == 0 &&
			memcmp(rest.text + name_len, "\":", 2) == 0) {
			rest.text += name_len + 2;
			rest.len -= name_len + 2;
			while (rest.len > 0 && rest.text[0] == ' ') {
				rest.text++;
				rest.len--;
			}
			return rest;
		}
	}
	rest.len = 0;
	return rest;
}

double journal_member_number(const struct journal_line *j, const char *name, double missing) {
	struct journal_line value = member(j, name);
	char text[32] = "";
	char *end;
	memcpy(text, value.text, value.len < sizeof(text) - 1 ? value.len : sizeof(text) - 1);
	double number = strtod(text, &end);
	return end == text ? missing : number;
}

void journal_member_string(const struct journal_line *j, const char *name, char *out, size_t cap) {
	struct journal_line value = member(j, name);
	size_t len = 0;
	if (value.len > 0 && value.text[0] == '"') {
		while (len + 1 < value.len && len + 1 < cap && value.text[len + 1] != '"') {
			out[len] = value.text[len + 1];
			len++;
		}
	}
	out[len] = 0;
}
