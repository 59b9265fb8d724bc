#include "report/pattern.h"

#include <string.h>

static char lower(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Bytes of the item at the front: a set, an escaped character, a character. 0: it is not whole. */
static size_t item_len(const char *p) {
	if (p[0] == '\\') {
		return p[1] ? 2 : 0;
	}
	if (p[0] != '[') {
		return 1;
	}
	size_t at = p[1] == '^' ? 2 : 1;
	at += p[at] == ']'; /* as in other tools, the first ] is one of the set */
	const char *end = p[at] ? strchr(p + at, ']') : NULL;
	return end ? (size_t)(end - p) + 1 : 0;
}

static bool in_set(const char *set, size_t len, char c) {
	bool inverse = set[1] == '^', found = false;
	size_t end = len - 1;
	for (size_t i = inverse ? 2 : 1; i < end; i++) {
		if (i + 2 < end && set[i + 1] == '-') {
			found = found || (c >= lower(set[i]) && c <= lower(set[i + 2]));
			i += 2;
		} else {
			found = found || c == lower(set[i]);
		}
	}
	return found != inverse;
}

static bool item_is(const char *item, size_t len, char c) {
	if (c == 0) {
		return false;
	}
	c = lower(c);
	if (item[0] == '[') {
		return in_set(item, len, c);
	}
	return item[0] == '\\' ? lower(item[1]) == c : item[0] == '.' || lower(item[0]) == c;
}

static bool matches_here(const char *p, const char *text);

/* At least `least` and at most `most` of the item, then the rest; the fewest first. */
static bool matches_many(const char *p, size_t len, size_t least, size_t most, const char *text) {
	for (size_t n = 0; n <= most; n++, text++) {
		if (n >= least && matches_here(p + len + 1, text)) {
			return true;
		}
		if (!item_is(p, len, *text)) {
			return false;
		}
	}
	return false;
}

/* One alternative, from here on. */
static bool matches_here(const char *p, const char *text) {
	while (*p && *p != '|') {
		size_t len = item_len(p);
		char sign = p[len];
		if (p[0] == '$' && (p[1] == 0 || p[1] == '|')) {
			return *text == 0;
		}
		if (sign == '*' || sign == '+' || sign == '?') {
			return matches_many(
				p, len, sign == '+', sign == '?' ? 1 : strlen(text), text);
		}
		if (!item_is(p, len, *text)) {
			return false;
		}
		p += len;
		text++;
	}
	return true;
}

static bool matches_alternative(const char *p, const char *text) {
	if (*p == '^') {
		return matches_here(p + 1, text);
	}
	do {
		if (matches_here(p, text)) {
			return true;
		}
	} while (*text++);
	return false;
}

/* The alternative behind this one, or NULL. */
static const char *next_alternative(const char *p) {
	while (*p && *p != '|') {
		p += item_len(p);
	}
	return *p ? p + 1 : NULL;
}

bool pattern_matches(const char *pattern, const char *text) {
	for (const char *p = pattern; p; p = next_alternative(p)) {
		if (matches_alternative(p, text)) {
			return true;
		}
	}
	return false;
}

const char *pattern_fault(const char *pattern) {
	bool repeatable = false;
	if (!*pattern) {
		return "it is empty";
	}
	for (const char *p = pattern; *p;) {
		size_t len = item_len(p);
		if (len == 0) {
			return *p == '[' ? "a [ has no ]" : "it ends in a backslash";
		}
		if (*p == '(' || *p == ')' || *p == '{') {
			return "there are no groups; write \\ before the bracket if it is meant";
		}
		if (strchr("*+?", *p) && !repeatable) {
			return "nothing stands before * + or ?";
		}
		repeatable = !strchr("*+?|^", *p);
		p += len;
	}
	return NULL;
}
