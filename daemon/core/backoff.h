/*
 * How long to wait before kd is started again, and when too many deaths mean release mode
 * (DESIGN 4): doubling from restart_min to restart_max with jitter, at most 5 s while the target is
 * not proved released.
 */
#ifndef LIVEDEBUG_CORE_BACKOFF_H
#define LIVEDEBUG_CORE_BACKOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BACKOFF_WINDOW_MS 600000
#define BACKOFF_DEATHS 3
#define BACKOFF_DIRTY_MAX_MS 5000

struct backoff {
	uint64_t min_ms, max_ms;
	unsigned streak;                 /* failures since the last good stretch */
	uint64_t deaths[BACKOFF_DEATHS]; /* when, newest last */
	size_t death_count;
};

/* `past`: deaths of the daemon in the last ten minutes; they count as if they were just now. */
void backoff_init(
	struct backoff *b, uint64_t min_ms, uint64_t max_ms, unsigned past, uint64_t now_ms);

/* Other limits for the delays to come; what has failed so far still counts. */
void backoff_adjust(struct backoff *b, uint64_t min_ms, uint64_t max_ms);

/* kd or its start failed. `death`: it had got as far as its port. */
void backoff_failed(struct backoff *b, uint64_t now_ms, bool death);

/* The session is armed and running, or released: the next failure starts from restart_min. */
void backoff_good(struct backoff *b);

/* Delay before the next start; `random` gives up to a quarter more. */
uint64_t backoff_delay(const struct backoff *b, bool dirty, uint64_t random);

/* Were there three deaths within ten minutes? */
bool backoff_too_many(const struct backoff *b, uint64_t now_ms);

/* An operator's `start` or `arm`: the deaths so far no longer count. */
void backoff_forgive(struct backoff *b);

#endif
