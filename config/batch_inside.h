/* What the files of the batch reader share. */
#ifndef LIVEDEBUG_CONFIG_BATCH_INSIDE_H
#define LIVEDEBUG_CONFIG_BATCH_INSIDE_H

#include <stdbool.h>

#include "config/batch.h"

/* A batch file as it is read: its variables and its folder at this line. */
struct batch_reading {
	struct batch *out;
	size_t line;
	struct string_list names, values; /* SET */
	char *drive;                      /* "c:" or NULL */
	char *folder;                     /* of the last cd, or NULL */
};

/* Tell what was not carried over, at the line in hand. */
void batch_remark(struct batch_reading *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A variable's value, its name in any case; NULL: not set in this file. */
const char *batch_variable(const struct batch_reading *r, const char *name);

/* Set a key of the session in hand; NULL is passed over. */
void batch_key(struct batch_session *s, const char *key, const char *value);

/* The key's value so far, or NULL. */
const char *batch_key_of(const struct batch_session *s, const char *key);

/* Split a command line as Windows programs do: blanks part, "..." keeps them, \" is a quote. */
void batch_words(const char *text, struct string_list *words);

/* Is this command line's first word a kernel debugger's? Its name, in lower case, or NULL. */
const char *batch_debugger(const char *word);

/* A debugger's command line: adds a session to what is read. */
void batch_kd(struct batch_reading *r, const struct string_list *words);

#endif
