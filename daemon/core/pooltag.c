#include "core/pooltag.h"

#include <string.h>

/* x86 and amd64. */
#define PAGE_BYTES 4096

static bool is_printable(unsigned char c) {
	return c >= 0x20 && c <= 0x7e;
}

static void fill_from_value(struct pooltag *tag, uint32_t value) {
	tag->value = value;
	tag->is_text = true;
	for (size_t i = 0; i < POOLTAG_CHARS; i++) {
		unsigned char c = (unsigned char)(value >> (8 * i));
		tag->text[i] = is_printable(c) ? (char)c : '.';
		tag->is_text = tag->is_text && is_printable(c);
		tag->has_wildcard = tag->has_wildcard || c == '?' || c == '*';
	}
	tag->is_size = value < PAGE_BYTES;
}

static int hex_digit(char c) {
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum pooltag_fault parse_number(const char *digits, struct pooltag *tag) {
	uint32_t value = 0;
	size_t len = strlen(digits);
	if (len < 1 || len > 8) {
		return POOLTAG_BAD_NUMBER;
	}
	for (size_t i = 0; i < len; i++) {
		int digit = hex_digit(digits[i]);
		if (digit < 0) {
			return POOLTAG_BAD_NUMBER;
		}
		value = value << 4 | (uint32_t)digit;
	}
	struct pooltag found = {0};
	fill_from_value(&found, value);
	*tag = found;
	return POOLTAG_OK;
}

static enum pooltag_fault parse_text(const char *text, struct pooltag *tag) {
	size_t len = strlen(text);
	uint32_t value = 0;
	for (size_t i = 0; i < len; i++) {
		if (!is_printable((unsigned char)text[i])) {
			return POOLTAG_NOT_PRINTABLE;
		}
	}
	if (len == 0 || len > POOLTAG_CHARS) {
		return len ? POOLTAG_TOO_LONG : POOLTAG_EMPTY;
	}
	for (size_t i = 0; i < POOLTAG_CHARS; i++) {
		value |= (uint32_t)(unsigned char)(i < len ? text[i] : ' ') << (8 * i);
	}
	struct pooltag found = {.blanks_added = (unsigned)(POOLTAG_CHARS - len)};
	fill_from_value(&found, value);
	*tag = found;
	return POOLTAG_OK;
}

enum pooltag_fault pooltag_parse(const char *text, struct pooltag *tag) {
	bool is_number = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	if (is_number && strlen(text) > 2) {
		return parse_number(text + 2, tag);
	}
	return parse_text(text, tag);
}

const char *pooltag_fault_text(enum pooltag_fault fault) {
	switch (fault) {
	case POOLTAG_OK:
		return "";
	case POOLTAG_EMPTY:
		return "a tag has one to four characters";
	case POOLTAG_TOO_LONG:
		return "a tag has at most four characters";
	case POOLTAG_NOT_PRINTABLE:
		return "a tag has printable ASCII characters only";
	case POOLTAG_BAD_NUMBER:
		return "expected 0x and one to eight hexadecimal digits";
	}
	return "";
}

void pooltag_reversed(const struct pooltag *tag, char out[POOLTAG_CHARS + 1]) {
	for (size_t i = 0; i < POOLTAG_CHARS; i++) {
		out[i] = tag->text[POOLTAG_CHARS - 1 - i];
	}
	out[POOLTAG_CHARS] = 0;
}
