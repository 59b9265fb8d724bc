#include "core/text.h"

#include <limits.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

void text_init(struct text *t, char *buffer, size_t cap) {
	*t = (struct text){.at = buffer, .cap = cap};
	buffer[0] = '\0';
}

/* All of it or nothing; nothing more once something was left out. */
static void put_whole(struct text *t, const char *bytes, size_t len) {
	if (t->cut || len > t->cap - 1 - t->len) {
		t->cut = true;
		return;
	}
	memcpy(t->at + t->len, bytes, len);
	t->len += len;
	t->at[t->len] = '\0';
}

void text_put(struct text *t, const char *string) {
	text_put_n(t, string, strlen(string));
}

void text_put_n(struct text *t, const char *bytes, size_t len) {
	size_t room = t->cap - 1 - t->len;

	if (t->cut) {
		return;
	}
	put_whole(t, bytes, len < room ? len : room);
	t->cut = len > room;
}

void text_put_u64(struct text *t, uint64_t value) {
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	text_put_n(t, digits + at, sizeof(digits) - at);
}

void text_put_hex(struct text *t, uint64_t value, unsigned digits) {
	char out[16];
	size_t at = sizeof(out);

	while (at > 0 && (value != 0 || sizeof(out) - at < digits || at == sizeof(out))) {
		out[--at] = hex_digits[value & 15];
		value >>= 4;
	}
	text_put_n(t, out + at, sizeof(out) - at);
}

/* Bytes of the UTF-8 character at the start, 0 if there is none. */
static size_t utf8_len(const unsigned char *b, size_t len) {
	size_t need = b[0] < 0x80 ? 1 : b[0] < 0xc2 ? 0 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;

	if (need == 0 || need > len || b[0] > 0xf4) {
		return 0;
	}
	for (size_t i = 1; i < need; i++) {
		if ((b[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	/* Overlong forms, surrogates, and what lies behind U+10FFFF. */
	if ((b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] > 0x9f) ||
		(b[0] == 0xf0 && b[1] < 0x90) || (b[0] == 0xf4 && b[1] > 0x8f)) {
		return 0;
	}
	return need;
}

void text_put_json(struct text *t, const char *bytes, size_t len) {
	const unsigned char *b = (const unsigned char *)bytes;

	for (size_t i = 0; i < len;) {
		char escape[6] = {
			'\\', 'u', '0', '0', hex_digits[b[i] >> 4], hex_digits[b[i] & 15]};
		size_t whole = utf8_len(b + i, len - i);

		if (b[i] == '"' || b[i] == '\\') {
			escape[1] = bytes[i];
			put_whole(t, escape, 2);
		} else if (b[i] < 0x20 || b[i] == 0x7f || whole == 0) {
			put_whole(t, escape, sizeof(escape));
		} else {
			put_whole(t, bytes + i, whole);
		}
		i += whole == 0 ? 1 : whole;
	}
}

void text_put_member(struct text *t, const char *name, const char *value) {
	text_put(t, ",\"");
	text_put(t, name);
	text_put(t, "\":\"");
	text_put_json(t, value, strlen(value));
	text_put(t, "\"");
}

void text_put_escaped(struct text *t, const char *bytes, size_t len) {
	for (size_t i = 0; i < len; i++) {
		unsigned char b = (unsigned char)bytes[i];
		const char escape[4] = {'\\', 'x', hex_digits[b >> 4], hex_digits[b & 15]};

		if (b == '\\') {
			put_whole(t, "\\\\", 2);
		} else if (b < 0x20 || b == 0x7f) {
			put_whole(t, escape, sizeof(escape));
		} else {
			put_whole(t, bytes + i, 1);
		}
	}
}

/* U+0080 to U+009F are control characters too, which some terminals obey. */
static bool is_c1(const char *at, size_t left) {
	return left > 1 && (unsigned char)at[0] == 0xc2 && (unsigned char)at[1] < 0xa0;
}

void text_put_shown(struct text *t, const char *bytes, size_t len) {
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\\' || bytes[i] == '\t') {
			put_whole(t, bytes + i, 1);
		} else if (is_c1(bytes + i, len - i)) {
			put_whole(t, "?", 1);
			i++;
		} else {
			text_put_escaped(t, bytes + i, 1);
		}
	}
}

/* Largest first. */
static const struct {
	const char *name;
	uint64_t ms;
} units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

bool text_parse_duration(const char *string, uint64_t *ms) {
	uint64_t number = 0;
	const char *at = string;

	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (number > (UINT64_MAX - digit) / 10) {
			return false;
		}
		number = number * 10 + digit;
	}
	if (at == string) {
		return false;
	}
	for (size_t i = 0; i < UNIT_COUNT; i++) {
		if (strcmp(at, units[i].name) == 0) {
			if (number > UINT64_MAX / units[i].ms) {
				return false;
			}
			*ms = number * units[i].ms;
			return true;
		}
	}
	return false;
}

void text_put_duration(struct text *t, uint64_t ms) {
	size_t unit = 0;

	if (ms == 0) {
		text_put(t, "0s");
		return;
	}
	while (ms % units[unit].ms != 0) {
		unit++;
	}
	text_put_u64(t, ms / units[unit].ms);
	text_put(t, units[unit].name);
}

bool text_starts(const char *bytes, size_t len, const char *prefix) {
	size_t want = strlen(prefix);

	return len >= want && memcmp(bytes, prefix, want) == 0;
}

ptrdiff_t text_find(const char *bytes, size_t len, const char *needle) {
	size_t want = strlen(needle), at = 0;

	if (want == 0) {
		return 0;
	}
	while (at + want <= len) {
		const char *first = memchr(bytes + at, needle[0], len - want + 1 - at);

		if (!first) {
			return -1;
		}
		if (memcmp(first, needle, want) == 0) {
			return first - bytes;
		}
		at = (size_t)(first - bytes) + 1;
	}
	return -1;
}
