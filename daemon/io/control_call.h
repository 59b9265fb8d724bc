/* The client's side of the control socket: one request, and what is answered. Blocks. */
#ifndef LIVEDEBUG_IO_CONTROL_CALL_H
#define LIVEDEBUG_IO_CONTROL_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/request.h"

/* One line of the answer without its newline; borrowed. False: that was all that is wanted. */
typedef bool control_line_fn(void *data, const char *line, size_t len);

/*
 * silence_ms: give up when the daemon says nothing for so long; 0: wait on.
 *
 * 0 when `line` has said that it is enough. UV_ENOENT, UV_ECONNREFUSED: no daemon there;
 * UV_EACCES: not allowed; UV_EPERM: what answers is no daemon of ours or root's; UV_ETIMEDOUT:
 * silence; UV_EOF: the daemon closed; or another.
 */
int control_call(const char *path, const struct request *r, uint64_t silence_ms,
	control_line_fn *line, void *data);

#endif
