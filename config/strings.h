/* Owned strings and lists of them. Running out of memory ends the program: abort(). */
#ifndef LIVEDEBUG_CONFIG_STRINGS_H
#define LIVEDEBUG_CONFIG_STRINGS_H

#include <stddef.h>

#include "config/config.h"

/* A copy of `len` bytes with a NUL behind them; the caller frees it. */
char *string_copy_n(const char *bytes, size_t len);
char *string_copy(const char *string);

/* Free *slot and put a copy of `string` there; NULL only frees. */
void string_set(char **slot, const char *string);

/* Add `more` behind *slot, an owned string or NULL; the longer one takes its place. */
void string_append(char **slot, const char *more);

/* Make room for one more element of `size` bytes in *array (count of them there); its address. */
void *array_grow(void *array, size_t count, size_t size);

/* Add `string`, which the list owns from now on. */
void string_list_add(struct string_list *list, char *string);
void string_list_clear(struct string_list *list);

/* Is this very string in it? */
bool string_list_has(const struct string_list *list, const char *string);

#define SHOWN_MAX 100

/*
 * A copy of a text from outside that may be shown to people: control bytes as \xNN, a password
 * behind `password=` as stars, and cut with "..." where it is long. `out` has SHOWN_MAX bytes and
 * is returned.
 */
const char *string_show(const char *string, char *out);

#endif
