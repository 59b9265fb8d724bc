/* Bounded strings and the small number formats that core needs without <stdio.h>. */
#ifndef LIVEDEBUG_CORE_TEXT_H
#define LIVEDEBUG_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A string builder over the caller's memory. Always NUL-terminated (cap >= 1).
 * What does not fit is left out and `cut` is set; nothing is added after that. Nothing ever fails.
 */
struct text {
	char *at;
	size_t cap; /* bytes, the NUL included */
	size_t len; /* bytes, the NUL not included */
	bool cut;
};

/* Begin empty, in the caller's `buffer` of `cap` bytes (at least 1). */
void text_init(struct text *t, char *buffer, size_t cap);

/* Append a string, bytes, a number in decimal. */
void text_put(struct text *t, const char *string);
void text_put_n(struct text *t, const char *bytes, size_t len);
void text_put_u64(struct text *t, uint64_t value);
/* Lower-case hexadecimal, no prefix, at least `digits` digits (1-16). */
void text_put_hex(struct text *t, uint64_t value, unsigned digits);

/*
 * Append bytes from outside as the inside of a JSON string: quote and backslash escaped, control
 * bytes and bytes that are not part of valid UTF-8 as \u00NN. Never splits an escape when cut.
 */
void text_put_json(struct text *t, const char *bytes, size_t len);

/* Append `,"NAME":"VALUE"`, the value escaped as by text_put_json(); the name is ours. */
void text_put_member(struct text *t, const char *name, const char *value);

/* Append bytes with control bytes (under 0x20, 0x7f) as \xNN and the backslash as \\. */
void text_put_escaped(struct text *t, const char *bytes, size_t len);
/* The same for what people copy: tabs and backslashes, as in paths and symbols, stay. */
void text_put_shown(struct text *t, const char *bytes, size_t len);

/*
 * Read a whole number with a unit: "90s", "500ms", "60m", "72h", "3d". Blanks at the ends are not
 * allowed, a missing unit is an error. Result in milliseconds. False (result untouched) on a bad
 * number, a bad unit or overflow.
 */
bool text_parse_duration(const char *string, uint64_t *ms);

/* Format milliseconds in the largest unit that divides them: 90000 -> "90s". */
void text_put_duration(struct text *t, uint64_t ms);

/* Does `bytes` start with `prefix`? */
bool text_starts(const char *bytes, size_t len, const char *prefix);

/* Offset of `needle` in `bytes`, or -1. An empty needle is at 0. */
ptrdiff_t text_find(const char *bytes, size_t len, const char *needle);

#endif
