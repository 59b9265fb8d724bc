/* What a session waits for, read from the commands that were given to kd. */
#ifndef LIVEDEBUG_REPORT_SOUGHT_H
#define LIVEDEBUG_REPORT_SOUGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/text.h"

/*
 * Does a kd command set a breakpoint (bp, bu, bm, ba with a number or options: kd-facts 8) or
 * nt!PoolHitTag? Then "bp nt!Foo", without the commands that run at the hit, or "tag Ddk " is put.
 */
bool sought_read(const char *command, size_t len, struct text *out);

/*
 * The command behind a prompt at the line's begin ("kd> bp nt!Foo", "0: kd> ..."), as kd's log
 * echoes it. Its begin is returned and *len made shorter; NULL: no prompt.
 */
const char *sought_behind_prompt(const char *line, size_t *len);

#endif
