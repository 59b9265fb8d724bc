/*
 * A profile was read anew: what becomes of each session. Decisions only; config/diff tells what was
 * changed, io/fleet carries out.
 */
#ifndef LIVEDEBUG_CORE_RELOAD_H
#define LIVEDEBUG_CORE_RELOAD_H

#include <stdbool.h>

#include "core/session.h"

/* How the file's session compares with the one that the daemon has. */
enum reload_change {
	RELOAD_SAME,
	RELOAD_LIVE, /* only keys that can be taken while kd runs */
	RELOAD_KD,   /* at least one that needs a new kd */
	RELOAD_NEW,  /* the daemon does not have it */
	RELOAD_GONE, /* the file does not have it any more */
	RELOAD_CHANGES
};

/* How the daemon's session stands. */
enum reload_stand {
	RELOAD_UP,
	RELOAD_DOWN,  /* stopped, or a person's stop is under way: it stays so (rule 11) */
	RELOAD_STUCK, /* stopped, and its target is not known to be released */
	RELOAD_STANDS
};

enum reload_step {
	RELOAD_NOTHING,
	RELOAD_START,   /* open it and bring it up */
	RELOAD_ADJUST,  /* its values are changed while it runs */
	RELOAD_RESTART, /* clean detach, then up with the new values */
	RELOAD_ADOPT,   /* it has the new values, and stays down until somebody starts it */
	RELOAD_REMOVE,  /* clean detach if it is up, then it is gone */
	RELOAD_KEEP,    /* listed on: `release` frees its target, then it is gone */
	RELOAD_STEPS
};

/* Every change for every stand has an answer. */
enum reload_step reload_decide(enum reload_change change, enum reload_stand stand);

/* How a session stands, for reload_decide(). */
enum reload_stand reload_stand_of(const struct session *s);

/* What becomes of a restart when its detach has ended. */
enum reload_end {
	RELOAD_GO_ON,   /* up with the new values */
	RELOAD_RECOVER, /* the same, and the new kd is to look for what the old one left */
	RELOAD_GO_BACK, /* the target stands halted on the old port: up with the old values */
	RELOAD_ENDS
};

/* `result` of the detach; same_port: the new values have the port of the old ones. */
enum reload_end reload_after(enum session_result result, bool same_port);

/* Words for replies and events; "?" for values out of range. */
const char *reload_step_name(enum reload_step step);

#endif
