/*
 * How long the target stood still, and through whom. Times come in as arguments; nothing is
 * decided here.
 *
 * The halt of a hit that goes on by itself cannot be seen: it is estimated, from the first to the
 * last byte of its text plus the wire's share (core/plan.h), and marked so.
 */
#ifndef LIVEDEBUG_CORE_HALTS_H
#define LIVEDEBUG_CORE_HALTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum halt_owner {
	OWNER_NONE,
	OWNER_ARMING,
	OWNER_GUARD,
	OWNER_OPERATOR,
	OWNER_CLIENT,
	OWNER_HIT,
	OWNER_BUGCHECK,
	OWNER_FOUND,
	OWNER_DETACH,
	HALT_OWNERS
};

#define HALTS_BUCKETS 60
#define HALTS_MINUTE_MS 60000
#define HALTS_HOUR_MS 3600000

/* Halted time of the last HALTS_BUCKETS units; the running unit is one of them. */
struct halts_ring {
	uint64_t unit_ms, newest; /* index of the newest bucket: time / unit_ms */
	uint32_t ms[HALTS_BUCKETS];
};

struct halts {
	uint64_t share_ms; /* the wire's part of a hit's halt that its text does not show */
	uint64_t total_ms, count;
	uint64_t owner_ms[HALT_OWNERS], owner_count[HALT_OWNERS];
	uint64_t longest_ms;
	enum halt_owner longest_owner;
	uint64_t hits, hits_ms, hit_longest_ms; /* the estimated ones */
	struct halts_ring minute, hour, hit_minute;
	struct halts_ring hit_number; /* hits in place of milliseconds */
	/* the halt that goes on */
	bool open, estimated, text_over;
	enum halt_owner owner;
	uint64_t begin_ms, text_ms, go_ms; /* go_ms: when `g` was written; 0: not yet */
};

/* One halt that is over. */
struct halts_span {
	enum halt_owner owner;
	uint64_t ms;
	bool estimated;
};

/* Nothing counted yet. */
void halts_init(struct halts *h, uint64_t share_ms);

/* The target has stopped. A halt that is open must have been ended. */
void halts_begin(struct halts *h, enum halt_owner owner, uint64_t now_ms);

/* More text of the open hit; and it is whole: what comes now is the running target's. */
void halts_text(struct halts *h, uint64_t now_ms);
void halts_text_over(struct halts *h);

/* The hit did not resume by itself: its halt lasts until a `g`. */
void halts_stays(struct halts *h);

/* `g` was written; it counts as the end if nothing but "it runs" follows. */
void halts_go(struct halts *h, uint64_t now_ms);

/* The open halt is over and is counted. False: none was open. */
bool halts_end(struct halts *h, uint64_t now_ms, struct halts_span *span);

/* How long the open halt has lasted until now; 0 when none is open. */
uint64_t halts_open_ms(const struct halts *h, uint64_t now_ms);

/* Halted within the last minute or hour, the open halt included; milliseconds. */
uint64_t halts_last_minute(const struct halts *h, uint64_t now_ms);
uint64_t halts_last_hour(const struct halts *h, uint64_t now_ms);

/* Of the last minute, what hits took. */
uint64_t halts_hits_last_minute(const struct halts *h, uint64_t now_ms);

/* How many hits there were in it. */
uint64_t halts_hit_number_last_minute(const struct halts *h, uint64_t now_ms);

/* Mean estimated halt of a hit; 0: none was seen yet. */
uint64_t halts_hit_mean_ms(const struct halts *h);

#endif
