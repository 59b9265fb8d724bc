#include "report/journal_order.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char ending[] = ".journal";

/* A journal's file: the length of NAME.journal, and which file of it; 0: none. */
static size_t file_of(const char *name, uint64_t *number) {
	const char *at = NULL;
	char *end;

	for (const char *next = name; (next = strstr(next, ending)) != NULL; next++) {
		at = next;
	}
	if (!at) {
		return 0;
	}
	at += strlen(ending);
	*number = UINT64_MAX; /* the one that is written to */
	if (*at == '\0') {
		return (size_t)(at - name);
	}
	if (*at != '.' || at[1] < '0' || at[1] > '9') {
		return 0;
	}
	*number = strtoull(at + 1, &end, 10);
	return *end == '\0' || *end == '-' ? (size_t)(at - name) : 0;
}

static bool is_older(const char *a, const char *b) {
	uint64_t of_a = 0, of_b = 0;
	size_t len = file_of(a, &of_a);

	return len > 0 && len == file_of(b, &of_b) && strncmp(a, b, len) == 0 &&
	       (of_a < of_b || (of_a == of_b && strcmp(a, b) < 0));
}

void journal_order(char **names, size_t count) {
	for (size_t i = 1; i < count; i++) {
		char *name = names[i];
		size_t at = i;

		for (; at > 0 && is_older(name, names[at - 1]); at--) {
			names[at] = names[at - 1];
		}
		names[at] = name;
	}
}
