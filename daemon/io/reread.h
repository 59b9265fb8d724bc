/* A profile read again while the loop runs: in a thread, for a disk may hang. */
#ifndef LIVEDEBUG_IO_REREAD_H
#define LIVEDEBUG_IO_REREAD_H

#include <stddef.h>
#include <uv.h>

#include "config/config.h"

struct reread;

/*
 * config: what was read, good only when lines->count is 0; lines: every fault, `file:line: error:
 * ...`. Both borrowed for the call, from the loop; the reading is gone behind it.
 */
typedef void reread_done_fn(
	void *data, const struct config *config, const struct string_list *lines);

/*
 * Read `path` with the `--set` texts, all borrowed until done. A profile that others can write is
 * a fault too where we are privileged. 0, or a negative UV_E code: done is not called then.
 */
int reread_start(uv_loop_t *loop, const char *path, const char *const *sets, size_t set_count,
	reread_done_fn *done, void *data);

#endif
