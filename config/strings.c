#include "config/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/secret.h"

char *string_copy_n(const char *bytes, size_t len) {
	char *copy = malloc(len + 1);
	if (!copy) {
		abort();
	}
	memcpy(copy, bytes, len);
	copy[len] = 0;
	return copy;
}

char *string_copy(const char *string) {
	return string_copy_n(string, strlen(string));
}

void string_set(char **slot, const char *string) {
	char *old = *slot;
	*slot = string ? string_copy(string) : NULL;
	free(old);
}

void string_append(char **slot, const char *more) {
	size_t old = *slot ? strlen(*slot) : 0, n = strlen(more);
	char *longer = realloc(*slot, old + n + 1);
	if (!longer) {
		abort();
	}
	memcpy(longer + old, more, n + 1);
	*slot = longer;
}

void *array_grow(void *array, size_t count, size_t size) {
	/* Doubles at 0, 1, 2, 4, 8 ... elements: the count tells the capacity. */
	if (count & (count - 1)) {
		return array;
	}
	void *bigger = realloc(array, (count ? count * 2 : 1) * size);
	if (!bigger) {
		abort();
	}
	return bigger;
}

void string_list_add(struct string_list *list, char *string) {
	list->at = array_grow(list->at, list->count, sizeof(*list->at));
	list->at[list->count++] = string;
}

void string_list_clear(struct string_list *list) {
	for (size_t i = 0; i < list->count; i++) {
		free(list->at[i]);
	}
	free(list->at);
	list->at = NULL;
	list->count = 0;
}

bool string_list_has(const struct string_list *list, const char *string) {
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->at[i], string) == 0) {
			return true;
		}
	}
	return false;
}

const char *string_show(const char *string, char *out) {
	size_t len = 0;
	for (const char *p = string; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if (len + 8 >= SHOWN_MAX) {
			memcpy(out + len, "...", 3);
			len += 3;
			break;
		}
		if (c < 0x20 || c == 0x7f) {
			len += (size_t)snprintf(out + len, 5, "\\x%02x", c);
		} else {
			out[len++] = (char)c;
		}
	}
	out[len] = 0;
	secret_mask(&(struct secret_mask){0}, out, len);
	return out;
}
