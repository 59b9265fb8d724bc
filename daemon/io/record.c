#include "io/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Civil date from days since 1970-01-01, by whole 400-year eras that begin in March. */
static void civil_date(int64_t days, int *year, unsigned *month, unsigned *day) {
	int64_t z = days + 719468;
	int64_t era = z / 146097;
	unsigned in_era = (unsigned)(z - era * 146097);
	unsigned year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	unsigned in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned shifted = (5 * in_year + 2) / 153;

	*day = in_year - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = (int)(era * 400) + (int)year_of_era + (*month <= 2);
}

void record_stamp(int64_t seconds, int32_t microseconds, char out[RECORD_STAMP + 1]) {
	int64_t days = seconds / 86400;
	unsigned rest = (unsigned)(seconds % 86400);
	unsigned month, day;
	char text[64];
	int year;

	civil_date(days, &year, &month, &day);
	snprintf(text, sizeof(text), "%04d-%02u-%02uT%02u:%02u:%02u.%06" PRId32 "Z", year, month,
		day, rest / 3600, rest / 60 % 60, rest % 60, microseconds);
	memcpy(out, text, RECORD_STAMP);
	out[RECORD_STAMP] = '\0';
}

/* Bytes of the valid UTF-8 sequence at the start, 0 if there is none. */
static size_t utf8_length(const unsigned char *s, size_t len) {
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t code = n == 1 ? s[0] : s[0] & (0x7fU >> n);
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	if (s[0] >= 0xf8 || (s[0] >= 0x80 && s[0] < 0xc2) || n > len) {
		return 0;
	}
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 0;
		}
		code = code << 6 | (s[i] & 0x3f);
	}
	return code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : n;
}

static size_t put_hex(char *out, unsigned char byte) {
	static const char digits[] = "0123456789abcdef";

	out[0] = '\\';
	out[1] = 'x';
	out[2] = digits[byte >> 4];
	out[3] = digits[byte & 15];
	return 4;
}

static size_t escape(char *out, const char *bytes, size_t len) {
	const unsigned char *s = (const unsigned char *)bytes;
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		size_t run = utf8_length(s + i, len - i);

		if (run == 0 || s[i] < 0x20 || s[i] == 0x7f || s[i] == '\\') {
			n += put_hex(out + n, s[i]);
			i++;
		} else {
			memcpy(out + n, s + i, run);
			n += run;
			i += run;
		}
	}
	return n;
}

size_t record_write(char *out, const char *stamp, uint64_t seq, char kind, const char *bytes,
	size_t len, bool is_partial) {
	char head[RECORD_STAMP + 32];
	size_t n = (size_t)snprintf(head, sizeof(head), "%s %" PRIu64 " %c ", stamp, seq, kind);

	memcpy(out, head, n);
	n += escape(out + n, bytes, len);
	if (is_partial) {
		out[n++] = '\\';
	}
	out[n++] = '\n';
	return n;
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool is_stamp(const char *s) {
	static const char form[] = "0000-00-00T00:00:00.000000Z";

	for (size_t i = 0; i < RECORD_STAMP; i++) {
		if (form[i] == '0' ? !is_digit(s[i]) : s[i] != form[i]) {
			return false;
		}
	}
	return true;
}

bool record_read(const char *line, size_t len, struct record *out) {
	size_t i = RECORD_STAMP + 1;
	uint64_t seq = 0;
	size_t first = i;

	if (len < RECORD_STAMP + 4 || !is_stamp(line) || line[RECORD_STAMP] != ' ') {
		return false;
	}
	for (; i < len && is_digit(line[i]) && i - first < 19; i++) {
		seq = seq * 10 + (uint64_t)(line[i] - '0');
	}
	if (i == first || i + 3 > len || line[i] != ' ' || line[i + 2] != ' ' ||
		!memchr("<>*!", line[i + 1], 4)) {
		return false;
	}
	*out = (struct record){
		.stamp = line,
		.seq = seq,
		.kind = line[i + 1],
		.text = line + i + 3,
		.len = len - i - 3,
	};
	if ((out->kind == '<' || out->kind == '>') && out->len > 0 && line[len - 1] == '\\') {
		out->is_partial = true;
		out->len--;
	}
	return true;
}

static int hex_value(char c) {
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t record_unescape(const char *text, size_t len, char *out) {
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (len - i >= 4 && text[i] == '\\' && text[i + 1] == 'x' &&
			hex_value(text[i + 2]) >= 0 && hex_value(text[i + 3]) >= 0) {
			out[n++] = (char)(hex_value(text[i + 2]) << 4 | hex_value(text[i + 3]));
			i += 3;
		} else {
			out[n++] = text[i];
		}
	}
	return n;
}

void record_find_end(
	const char *bytes, size_t len, bool is_whole, uint64_t *seq, size_t *torn_bytes) {
	size_t at = 0;

	*seq = 0;
	*torn_bytes = 0;
	while (at < len) {
		const char *end = memchr(bytes + at, '\n', len - at);
		size_t line = end ? (size_t)(end - bytes) - at : len - at;
		struct record r;

		if ((at > 0 || is_whole) && record_read(bytes + at, line, &r) && r.seq > *seq) {
			*seq = r.seq;
		}
		if (!end) {
			*torn_bytes = line;
		}
		at += line + 1;
	}
}
