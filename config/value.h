/* One value: text into its field of the profile, and back. Driven by the options table. */
#ifndef LIVEDEBUG_CONFIG_VALUE_H
#define LIVEDEBUG_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "config/options.h"

#define VALUE_WHY_MAX 256

/*
 * Read `text` into the field of `o` in `base` (a struct profile or struct daemon_options that was
 * zeroed before the first call). `name` is the whole key, for env.NAME. A command or variable is
 * added to its list (a variable of the same name replaced); every other value replaces the old
 * one. False, the field untouched and the reason in `why` (VALUE_WHY_MAX bytes), when refused.
 */
bool value_parse(const struct option *o, const char *name, const char *text, void *base, char *why);

/*
 * The value as it stands behind `KEY = `: text into `out` (NUL-terminated, cut at cap). False when
 * the key is not set. For OPTION_COMMANDS and OPTION_ENV: use the list itself.
 */
bool value_format(const struct option *o, const void *base, char *out, size_t cap);

/* The values allowed, for people: "300 to 4000000 bits per second", "append, open". "" if any. */
void value_describe(const struct option *o, char *out, size_t cap);

/* The field as a list; for OPTION_COMMANDS, OPTION_ENV and OPTION_LIST. */
struct string_list *value_list(const struct option *o, void *base);

/* Are the fields of `o` in two such structs the same? Variables (env.) count in any order. */
bool value_equal(const struct option *o, const void *a, const void *b);

/* Put a copy of the field of `from` into `to`, in place of what stands there; no other field. */
void value_copy(const struct option *o, const void *from, void *to);

/* Free what the field owns and make it "not set". */
void value_clear(const struct option *o, void *base);

#endif
