/* What a step of the core asks its shell to do, in order. */
#ifndef LIVEDEBUG_CORE_ACTIONS_H
#define LIVEDEBUG_CORE_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

enum action_kind {
	ACT_CHECK_PORT, /* pre-flight; answer IN_PORT_FREE, _ABSENT or _BUSY */
	ACT_SPAWN,      /* start kd, `value`: enum spawn_log; answer IN_KD_STARTED or IN_KD_FAILED,
			   later IN_KD_ENDED */
	ACT_WRITE,      /* text to kd's stdin as it is; it ends in a newline */
	ACT_BREAK,      /* break in by method `value` (0-based); failed: IN_BREAK_FAILED */
	ACT_KILL,       /* end the kd process now; IN_KD_ENDED follows */
	ACT_EVENT,      /* text: members of a JSON object, `"event":"state",...` without braces */
	ACT_ALARM,      /* the same, journalled as `!` */
	ACT_FETCH,      /* text: a line of symchk's manifest; answer IN_FETCHED */
	ACT_COMMAND_LINE, /* a line that the operator's command `value` printed */
	ACT_COMMAND_END,  /* `value`: its number << 8 | its exit code; text: why, or "" */
	ACT_ENDED,        /* the session is stopped; its result is in the session */
	ACTION_KINDS
};

/* How kd gets its log (rule 5). */
enum spawn_log {
	SPAWN_LOG_APPEND, /* it appends */
	SPAWN_LOG_FRESH   /* it opens a new one; an old one is moved aside before */
};

struct action {
	enum action_kind kind;
	uint64_t value;
	const char *text; /* in the arena, NUL-terminated; NULL where not named above */
	size_t len;
};

#define ACTIONS_MAX 24
#define ACTIONS_ARENA 16384

struct actions {
	struct action list[ACTIONS_MAX];
	size_t count;
	char arena[ACTIONS_ARENA];
	size_t used;
};

/* Empty the list and the arena. */
void actions_clear(struct actions *a);

/* Append an action without text. */
void actions_add(struct actions *a, enum action_kind kind, uint64_t value);

/* Append an action whose text is `head` followed by `tail` (either may be NULL). */
void actions_add_text(struct actions *a, enum action_kind kind, const char *head, const char *tail);

/* A word for tables and messages; "?" for values out of range. */
const char *action_name(enum action_kind kind);

#endif
