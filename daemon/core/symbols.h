/*
 * The kernel's symbols, fetched while the target runs: a kd that downloads at a prompt keeps a
 * server halted. At the first arming kd is asked what it has; if that is no pdb, the target is let
 * go, symchk fetches what kd named, and arming begins anew. After three tries it is given up.
 *
 * What symchk takes and answers is not in the facts: its arguments are a key, and only kd's own
 * list says whether it helped.
 */
#ifndef LIVEDEBUG_CORE_SYMBOLS_H
#define LIVEDEBUG_CORE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

#define SYMBOLS_TRIES 3
#define SYMBOLS_RETRY_AFTER \
	10 /* times restart_min, times the tries so far: a network may come back */

enum symbols_state {
	SYMBOLS_UNASKED,
	SYMBOLS_THERE,
	SYMBOLS_FETCHING,
	SYMBOLS_RETRY,   /* the last try failed; the next one is due later */
	SYMBOLS_FETCHED, /* to be seen in kd's list */
	SYMBOLS_GIVEN_UP,
	SYMBOLS_STATES
};

struct symbols {
	bool can_fetch; /* there is a symchk */
	enum symbols_state state;
	unsigned tries;
	bool has_pdb; /* of the list read last */
	char pdb[64]; /* "ntkrnlmp.pdb"; of outside, so: letters, digits, `_`, `-`, `.` only */
	char id[48];  /* GUID and age as a store names them */
	char why[160];
};

/* Begin; without a symchk nothing is ever asked or fetched. */
void symbols_init(struct symbols *y, bool can_fetch);

/* Another system, another kd after giving up, or an operator's word: ask again. */
void symbols_forget(struct symbols *y);

/* Must kd be asked before it can be armed? */
bool symbols_ask(const struct symbols *y);
/* Is it on its way, so that arming has to wait? */
bool symbols_busy(const struct symbols *y);

/* Command `i` that asks, 0-based; NULL behind the last. The first loads what is in the store. */
const char *symbols_command(const struct symbols *y, size_t i);

/* A line of their output. */
void symbols_line(struct symbols *y, const char *line, size_t len);

/* They have ended: THERE arm now; FETCHING let it go and fetch; GIVEN_UP let it go. */
enum symbols_state symbols_asked(struct symbols *y);

/* The time for the next try has come. */
void symbols_retry(struct symbols *y);

/* symchk has ended. FETCHED arm again; RETRY later, or GIVEN_UP: `why` says more. */
enum symbols_state symbols_fetched(struct symbols *y, bool ok, const char *why);

/* What symchk is to fetch, a line of its manifest: "ntkrnlmp.pdb,3844DBB9...2,1". */
void symbols_manifest(const struct symbols *y, struct text *t);

/*
 * The part of a symbol path that needs no network, for kd: stores and folders without the servers
 * behind them.
 */
void symbols_local_path(const char *path, struct text *t);

/* For status: "there", "fetching"; "?" out of range. */
const char *symbols_state_name(enum symbols_state state);

#endif
