/*
 * An ini text, line by line, through inih (see reader.c for what that takes). Knows nothing of
 * keys and their values.
 */
#ifndef LIVEDEBUG_CONFIG_READER_H
#define LIVEDEBUG_CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>

/* A value line may be that long, in bytes. (Windows' longest environment string is 32767.) */
#define READER_VALUE_MAX 32767
#define READER_KEY_MAX 48

/* Called in the order of the lines; `line` is 1-based. Texts are gone when the call returns. */
struct reader_events {
	/* `[text]`. Called for an empty section too. */
	void (*section)(void *data, size_t line, const char *text);
	/* `key = value`, or with `continued` an indented line below it. Byte for byte. */
	void (*pair)(void *data, size_t line, const char *key, const char *value, bool continued);
	/* A line that is none of these, and why. It is passed over. */
	void (*error)(void *data, size_t line, const char *why);
};

/* May a key be written so? 1 to READER_KEY_MAX visible ASCII characters but `:`, `;` and `=`. */
bool reader_is_key(const char *key, size_t len);

/* Read a whole text. Any bytes are allowed: what is wrong comes out as errors. */
void reader_parse(const char *bytes, size_t len, const struct reader_events *events, void *data);

#endif
