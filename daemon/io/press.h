/*
 * The break key, where a program of its own has to press it (os_break_words()). Until that program
 * has ended the key may come at any moment, so what is written to kd waits for it: a key behind a
 * `g` would halt a target of which everybody believes that it runs.
 */
#ifndef LIVEDEBUG_IO_PRESS_H
#define LIVEDEBUG_IO_PRESS_H

#include <stddef.h>
#include <uv.h>

#define PRESS_MAX_MS 5000 /* then it is ended: from there on it presses nothing */

struct press;

/* Called once, from the loop: no key comes any more. */
typedef void press_done_fn(void *data);

/* Start the program of these words (borrowed). 0 and *out, or a negative UV_E code. */
int press_start(uv_loop_t *loop, const char *const *words, press_done_fn *done, void *data,
	struct press **out);

/* End it now; done() is not called. NULL is fine. */
void press_cancel(struct press *p);

#endif
