/*
 * The one writer of a session. Any number may watch; who types holds the lease. It ends when its
 * holder leaves, when nothing was typed for LEASE_IDLE_MS, or when another takes it over by force.
 * Holders are numbers that are never used again; 0: nobody.
 */
#ifndef LIVEDEBUG_CORE_LEASE_H
#define LIVEDEBUG_CORE_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#define LEASE_IDLE_MS 600000
#define LEASE_WHO 64

struct lease {
	uint64_t holder;
	uint64_t since_ms, used_ms;
	char who[LEASE_WHO];
};

enum lease_answer { LEASE_TAKEN, LEASE_KEPT, LEASE_EXPIRED, LEASE_FORCED, LEASE_REFUSED };

/*
 * `holder` wants it: TAKEN nobody had it, KEPT it was its own, EXPIRED or FORCED it was another's
 * (whose name is then in `from`, LEASE_WHO bytes), REFUSED it stays another's.
 */
enum lease_answer lease_take(
	struct lease *l, uint64_t holder, const char *who, bool force, uint64_t now_ms, char *from);

/* May `holder` type now? Yes too when nobody has the lease, or it has run out. Counts as use. */
bool lease_may_type(struct lease *l, uint64_t holder, uint64_t now_ms);

/* When it ends by itself; 0: nobody has it. */
uint64_t lease_due(const struct lease *l);

/* It has ended by itself: `from` (LEASE_WHO bytes) is who had it. False: not yet. */
bool lease_expire(struct lease *l, uint64_t now_ms, char *from);

/* It leaves. True: it was the holder. */
bool lease_leave(struct lease *l, uint64_t holder);

#endif
