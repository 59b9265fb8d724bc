/*
 * What the service manager is told: pure text and numbers, so that what is installed on Windows and
 * what is installed on Linux are both seen by tests on either. Carrying it out is os/service.h.
 */
#ifndef LIVEDEBUG_CORE_SERVICE_H
#define LIVEDEBUG_CORE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

#define SERVICE_NAME "livedebug"
#define SERVICE_TITLE "livedebug kernel-debug sessions"
#define SERVICE_ABOUT \
	"Keeps live Windows kernel-debug sessions going and never leaves a target frozen."
/* Windows makes this account with the service; it has no password, no profile and no rights but
 * those of an ordinary user. */
#define SERVICE_ACCOUNT "NT SERVICE\\" SERVICE_NAME

#define SERVICE_RECOVERIES 2         /* so often it is started again ... */
#define SERVICE_RECOVER_MS 1000      /* ... after so long ... */
#define SERVICE_FORGIVE_S 600        /* ... counted anew when it has run so long */
#define SERVICE_STOP_MARGIN_MS 60000 /* above stop_max: the hurry behind it, and journals */
#define SERVICE_TEXT 8192

/* What is wanted. Paths are absolute. */
struct service_wish {
	const char *program, *profile;
	uint64_t stop_max_ms;       /* the longest of the profile's */
	const char *const *folders; /* that the daemon and kd must write to; NULL-ended, or NULL */
};

/* What is installed. */
struct service_plan {
	char command[SERVICE_TEXT]; /* Windows: the service's command line */
	char unit[SERVICE_TEXT];    /* Linux: systemd's unit */
	uint64_t stop_ms;           /* how long a stop may take, the end of the computer too */
};

/* False: a path is too long, or has a character that no quoting carries (a line's end). */
bool service_plan_make(struct service_plan *plan, const struct service_wish *wish);

/* Append a word as CommandLineToArgvW and the C library take it apart; quoted where it is due. */
void service_put_word(struct text *t, const char *word);

/* The same for ExecStart= and path lists of a unit: quoted, `%` and `$` doubled. */
void service_put_unit_word(struct text *t, const char *word);

/*
 * Between the wish to stop and the end a service manager wants to see progress: a number that grows
 * and a hint how long until the next. It grows by the loop's own clock, so that a daemon whose
 * loop hangs is seen to hang; and no longer than the stop may take.
 */
#define SERVICE_BEAT_MS 2000
#define SERVICE_HINT_MS 10000

struct service_pending {
	uint32_t checkpoint; /* 0: no stop is under way */
	uint64_t began_ms, beat_ms, limit_ms;
};

/* The stop begins; it may take `limit_ms`. */
void service_pending_begin(struct service_pending *p, uint64_t now_ms, uint64_t limit_ms);

/* Is a report due? Then the checkpoint has grown. Call it each SERVICE_BEAT_MS or more often. */
bool service_pending_beat(struct service_pending *p, uint64_t now_ms);

/*
 * What the manager is to take the end for. A stop that was asked for is none that it should recover
 * from, however the targets were left: `stop` tells that by the daemon's own code. An end that
 * nobody asked for is a failure, with code 0 too: a service does not end by itself.
 */
bool service_has_failed(bool was_asked, int code);

#endif
