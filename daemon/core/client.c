#include "core/client.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"

#define BITS 64

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

/* "0", "1-3", "0,2 5": bits of the numbers below BITS. True when `*` is among them. */
static bool read_list(const char *text, size_t len, uint64_t *bits) {
	size_t i = 0, from = 0;
	bool in_range = false;

	*bits = 0;
	while (i < len && text[i] != ';') {
		size_t number = 0;

		if (text[i] == '*') {
			return true;
		}
		if (!is_digit(text[i])) {
			in_range = text[i] == '-' || (in_range && text[i] == ' ');
			i++;
			continue;
		}
		for (; i < len && is_digit(text[i]); i++) {
			number = number < BITS ? number * 10 + (size_t)(text[i] - '0') : BITS;
		}
		for (from = in_range ? from : number; from <= number && from < BITS; from++) {
			*bits |= (uint64_t)1 << from;
		}
		from = number;
		in_range = false;
	}
	return false;
}

/* Where the words behind `bc ` or `bd ` begin: at the line's command, or behind a `;`. */
static ptrdiff_t arguments(const char *line, size_t len) {
	for (size_t i = 0; i + 3 <= len; i++) {
		bool begins = i == 0 || line[i - 1] == ' ' || line[i - 1] == ';';

		if (begins && line[i] == 'b' && (line[i + 1] == 'c' || line[i + 1] == 'd') &&
			line[i + 2] == ' ') {
			return (ptrdiff_t)i + 3;
		}
	}
	return -1;
}

enum client_clears client_clears(const char *line, size_t len, size_t ours) {
	ptrdiff_t end = text_find(line, len, ")] ");
	size_t skip = end < 0 ? 0 : (size_t)end + 3;
	ptrdiff_t at = arguments(line + skip, len - skip);
	uint64_t bits, mine = ours >= BITS ? UINT64_MAX : ((uint64_t)1 << ours) - 1;

	if (at < 0) {
		return CLIENT_CLEARS_NONE;
	}
	skip += (size_t)at;
	if (read_list(line + skip, len - skip, &bits)) {
		return CLIENT_CLEARS_ALL;
	}
	if ((bits & mine) == 0) {
		return CLIENT_CLEARS_NONE;
	}
	return (bits & mine) == mine ? CLIENT_CLEARS_ALL : CLIENT_CLEARS_SOME;
}
