#include "config/names.h"

#include <string.h>

static char lower(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool names_equal(const char *a, const char *b) {
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

const char *names_behind(const char *text, const char *prefix) {
	for (; *prefix; text++, prefix++) {
		if (lower(*text) != lower(*prefix)) {
			return NULL;
		}
	}
	return text;
}

bool session_name_takes(char c) {
	c = lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* con, prn, aux, nul, com0-com9, lpt0-lpt9: devices, in every folder and with any extension. */
static bool is_reserved(const char *name) {
	static const char *const whole[] = {"con", "prn", "aux", "nul"};
	static const char *const numbered[] = {"com", "lpt"};
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		if (names_equal(name, whole[i])) {
			return true;
		}
	}
	if (strlen(name) != 4 || name[3] < '0' || name[3] > '9') {
		return false;
	}
	const char stem[] = {name[0], name[1], name[2], 0};
	return names_equal(stem, numbered[0]) || names_equal(stem, numbered[1]);
}

const char *session_name_fault(const char *name) {
	if (!*name) {
		return "the name is missing";
	}
	for (const char *p = name; *p; p++) {
		if (!session_name_takes(*p)) {
			return "a name has letters, digits, _ and - only";
		}
	}
	if (strlen(name) > SESSION_NAME_MAX) {
		return "a name has at most 32 characters";
	}
	if (is_reserved(name)) {
		return "Windows reserves this name for a device";
	}
	if (names_equal(name, "daemon") || names_equal(name, "default")) {
		return "this is the name of a section";
	}
	return NULL;
}

#define LONGEST 40

static size_t least(size_t a, size_t b) {
	return a < b ? a : b;
}

/* Edits (a letter more, less or other) from one name to another; far when one is over-long. */
static size_t edit_distance(const char *a, const char *b) {
	size_t row[LONGEST + 1];
	size_t la = strlen(a), lb = strlen(b);
	if (la > LONGEST || lb > LONGEST) {
		return LONGEST;
	}
	for (size_t j = 0; j <= lb; j++) {
		row[j] = j;
	}
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t replaced = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
			diagonal = row[j];
			row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[lb];
}

void nearest_init(struct nearest *n, const char *wanted) {
	n->name = NULL;
	n->wanted = wanted;
	/* Further away than a third of the word, a guess is more likely to mislead. */
	n->distance = strlen(wanted) / 3 + 2;
}

void nearest_try(struct nearest *n, const char *candidate) {
	size_t distance = edit_distance(n->wanted, candidate);
	if (distance < n->distance) {
		n->distance = distance;
		n->name = candidate;
	}
}
