/*
 * A journal as its lines, rotated files first, and then those that are still to come: for readers
 * beside the daemon, whose files they never hold up. Blocks.
 */
#ifndef LIVEDEBUG_IO_TAIL_H
#define LIVEDEBUG_IO_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tail;

/* One line without its newline; borrowed. False: no more of them. */
typedef bool tail_line_fn(void *data, const char *line, size_t len);

/*
 * Begin at the oldest file that may have something of `since_us` (microseconds since 1970; 0: all),
 * or, with `last_bytes`, that far before the end of the newest one. `path`: the journal's, copied.
 * 0, or the UV_E code with which `path` cannot be opened.
 */
int tail_open(const char *path, int64_t since_us, uint64_t last_bytes, struct tail **out);

/*
 * Hand on each whole line that is there and was not handed on yet, over any rotation. False: `line`
 * wants no more.
 */
bool tail_read(struct tail *t, tail_line_fn *line, void *data);

/* NULL is fine. */
void tail_close(struct tail *t);

#endif
