/*
 * Events into the system's own log, from a thread and in order: a log service that hangs must not
 * hold up the loop. Nothing is written unless a service manager has started us.
 */
#ifndef LIVEDEBUG_IO_ADMIN_LOG_H
#define LIVEDEBUG_IO_ADMIN_LOG_H

#include <jansson.h>
#include <uv.h>

#include "core/admin.h"

#define ADMIN_LOG_QUEUE 64 /* what comes while so many wait is left out, and counted */

struct admin_log;

/* NULL: no memory; the functions below take it. */
struct admin_log *admin_log_create(uv_loop_t *loop);

/* An event of a session (or "daemon"), as JSON; what is not for administrators is left out. */
void admin_log_event(struct admin_log *a, const char *session, const json_t *event);

/* The daemon's own: ADMIN_STARTED ... */
void admin_log_say(struct admin_log *a, unsigned id, enum admin_weight weight, const char *text);

/* No more; it is gone when the last is written. */
void admin_log_close(struct admin_log *a);

#endif
