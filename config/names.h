/* Names: which a session may bear, and which known one a mistyped one was meant to be. */
#ifndef LIVEDEBUG_CONFIG_NAMES_H
#define LIVEDEBUG_CONFIG_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define SESSION_NAME_MAX 32

/*
 * Why a session may not have this name, or NULL if it may. Names become file names on every
 * platform, so that what Windows reserves is refused everywhere. The text is static.
 */
const char *session_name_fault(const char *name);

/* May a session's name have this character? */
bool session_name_takes(char c);

/* Equal but for the case of ASCII letters, as file, port and pipe names compare on Windows. */
bool names_equal(const char *a, const char *b);

/* What stands behind `prefix` in `text`, if it begins so in any case of ASCII letters; or NULL. */
const char *names_behind(const char *text, const char *prefix);

/* The nearest name so far; `name` stays NULL while none is near enough to be meant. */
struct nearest {
	const char *name;
	const char *wanted;
	size_t distance;
};

/* Nothing found yet; `wanted` is borrowed for as long as *n is used. */
void nearest_init(struct nearest *n, const char *wanted);

/* Take `candidate` (borrowed) into account; of equally near ones the first stays. */
void nearest_try(struct nearest *n, const char *candidate);

#endif
