/*
 * Is the port there, and is it free? Asked before kd starts and never while it runs; the port is
 * closed again, and so kd's to take, before the answer comes. Nothing is written to the line.
 */
#ifndef LIVEDEBUG_IO_PREFLIGHT_H
#define LIVEDEBUG_IO_PREFLIGHT_H

#include <uv.h>

enum preflight_answer { PREFLIGHT_FREE, PREFLIGHT_ABSENT, PREFLIGHT_BUSY };

struct preflight;

/* Called once, from the loop. why: words for a person, "" when free; borrowed for the call. */
typedef void preflight_done_fn(void *data, enum preflight_answer answer, const char *why);

/*
 * device   the port's device: port_device, or port where there is none; copied
 *
 * Opens it in a thread, which may take long. 0 and *out, or a negative UV_E code.
 */
int preflight_start(uv_loop_t *loop, const char *device, preflight_done_fn *done, void *data,
	struct preflight **out);

/* No answer is wanted any more: done will not be called. NULL is fine. */
void preflight_cancel(struct preflight *p);

#endif
