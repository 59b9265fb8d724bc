#include "core/secret.h"

#include <string.h>

static const char mark[] = "password=";

#define MARK (sizeof(mark) - 1)

static bool is_word(char c) {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* The mark begins with its only `p`: a mismatch can only be a new beginning. */
static void advance(struct secret_mask *m, char c) {
	m->matched = lower(c) == mark[m->matched] ? m->matched + 1 : lower(c) == mark[0];
	if (m->matched == MARK) {
		m->matched = 0;
		m->hiding = true;
	}
}

void secret_mask(struct secret_mask *m, char *bytes, size_t len) {
	for (size_t i = 0; i < len; i++) {
		if (m->hiding && is_word(bytes[i])) {
			bytes[i] = '*';
		} else {
			m->hiding = m->hiding && bytes[i] == '*';
			advance(m, bytes[i]);
		}
	}
}

bool secret_is_in(const char *text) {
	struct secret_mask m = {0};

	for (; *text; text++) {
		if (m.hiding && is_word(*text)) {
			return true;
		}
		m.hiding = false;
		advance(&m, *text);
	}
	return false;
}
