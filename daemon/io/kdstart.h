/* kd started from a profile: what is done before it, in a thread, and the start itself. */
#ifndef LIVEDEBUG_IO_KDSTART_H
#define LIVEDEBUG_IO_KDSTART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "config/config.h"
#include "io/child.h"
#include "io/password.h"

/* The reason of a start that failed, for a person. */
#define KDSTART_WHY 256

struct kdstart {
	const struct profile *profile; /* borrowed */
	bool fresh;                    /* move the old log aside; a kd that cannot appends */
	uint64_t log_max; /* move one of this size aside in any case; UINT64_MAX, or 0: none */
	/* set by kdstart_prepare() */
	int move_error; /* 0, or a UV_E code: the old log is where it was */
	unsigned moved; /* it is LOG.N now, 0: it was not moved */
	bool failed;    /* kd cannot be started: see why */
	char password[PASSWORD_MAX + 1];
	char why[KDSTART_WHY];
};

/* Is there something to do that may block? */
bool kdstart_must_prepare(const struct kdstart *k);

/* Do it: for a thread. */
void kdstart_prepare(struct kdstart *k);

/*
 * Start kd, with events as child_start() says, and forget the password. 0 and *out; else a UV_E
 * code with the reason in k->why.
 */
int kdstart_run(struct kdstart *k, uv_loop_t *loop, bool append_log,
	const struct child_events *events, void *data, struct child **out);

#endif
