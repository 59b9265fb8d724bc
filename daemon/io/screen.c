#include "io/screen.h"

#include <string.h>

/* From a line's beginning, when there is one to be found. */
static void shorten(struct screen *s, size_t keep) {
	const char *from = s->bytes + s->len - keep;
	const char *line = memchr(from, '\n', keep);

	from = line && keep > 0 ? line + 1 : from;
	s->len -= (size_t)(from - s->bytes);
	memmove(s->bytes, from, s->len);
}

void screen_put(struct screen *s, const char *bytes, size_t len) {
	if (len > SCREEN_BYTES) {
		bytes += len - SCREEN_BYTES;
		len = SCREEN_BYTES;
	}
	if (s->len + len > sizeof(s->bytes)) {
		shorten(s, SCREEN_BYTES);
	}
	memcpy(s->bytes + s->len, bytes, len);
	s->len += len;
}
