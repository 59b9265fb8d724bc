/*
 * One run of symchk, which fetches symbols beside a session: its manifest, its process, the time it
 * may take. What it prints is kept by its last line.
 */
#ifndef LIVEDEBUG_IO_FETCH_H
#define LIVEDEBUG_IO_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "config/config.h"

struct fetch;

/* ok: exit code 0. `why` otherwise: words for a person. Called once; the fetch is gone then. */
typedef void fetch_done_fn(void *data, bool ok, const char *why);

/*
 * symchk's absolute path by the profile, into `out`: `auto` is the one beside kd. False: there is
 * none, or `symchk = off`, or no symbol_path to fetch for. Blocks for a moment.
 */
bool fetch_find(const struct profile *p, char *out, size_t cap);

/*
 * Write `line` as the manifest at `manifest` (a file of our own) and start `program` with the
 * profile's symchk_args. All borrowed for the call but `profile`. 0 or a negative UV_E code, done
 * is not called then.
 */
int fetch_start(uv_loop_t *loop, const struct profile *p, const char *program, const char *manifest,
	const char *line, fetch_done_fn *done, void *data, struct fetch **out);

/* End it; done is not called any more. NULL is fine. */
void fetch_cancel(struct fetch *f);

#endif
