/* Keeps a session's state file up to date, from libuv's threads and in order. */
#ifndef LIVEDEBUG_IO_STATEKEEPER_H
#define LIVEDEBUG_IO_STATEKEEPER_H

#include <stdbool.h>
#include <uv.h>

#include "io/statefile.h"

struct statekeeper;

/* What a predecessor left is read at once (blocks); *out says what it was. NULL: no memory. */
struct statekeeper *statekeeper_create(uv_loop_t *loop, const char *path, struct statefile *found);

/* Note what would be true if this process died now. Returns at once. */
void statekeeper_set(struct statekeeper *k, bool running, bool dirty);

/* The same for what else the next daemon must know: disarmed, pool_edited, pool_old, target,
 * armed_at, hits. */
void statekeeper_keep(struct statekeeper *k, const struct statefile *facts);

/* Call done from the loop when all is written; then k is gone. */
void statekeeper_close(struct statekeeper *k, void (*done)(void *data), void *data);

#endif
