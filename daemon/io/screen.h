/* The last of what kd printed, for those who come to look. No I/O. */
#ifndef LIVEDEBUG_IO_SCREEN_H
#define LIVEDEBUG_IO_SCREEN_H

#include <stddef.h>

#define SCREEN_BYTES 4096 /* a screen's worth is always kept, twice that at most */

struct screen {
	size_t len;
	char bytes[2 * SCREEN_BYTES];
};

/* Add what kd printed; what is oldest goes. */
void screen_put(struct screen *s, const char *bytes, size_t len);

#endif
