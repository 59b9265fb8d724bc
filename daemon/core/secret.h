/*
 * Passwords that stand in text: kd's server takes `password=WORD` among its options (kd-facts 9.1),
 * and whoever types `.server npipe:pipe=x,password=y` at a prompt shows it to all who watch.
 */
#ifndef LIVEDEBUG_CORE_SECRET_H
#define LIVEDEBUG_CORE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Where a text stands that comes in pieces. Zeroed: at its beginning. */
struct secret_mask {
	size_t matched; /* bytes of `password=` so far */
	bool hiding;    /* inside the word behind it */
};

/*
 * Put a `*` in place of each letter and digit of the word behind `password=`, in any case, in these
 * bytes; nothing else changes, so that positions stay. The next piece of the text goes on there.
 */
void secret_mask(struct secret_mask *m, char *bytes, size_t len);

/* Does the text name a password with something behind it? */
bool secret_is_in(const char *text);

#endif
