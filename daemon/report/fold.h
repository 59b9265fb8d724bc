/*
 * Unique stacks: how often, when, in which boot and by which breakpoint each was seen. What a
 * report knows of its input's stacks; the formats read it through report/summary.h.
 *
 * A frame's text is kept once and has a number; a stack is its frames' numbers, root first. Memory
 * is bounded by `stacks_max`: what comes beyond it is counted under FOLD_OTHERS and the frame that
 * is responsible for it, and `merged` says how many hits that were.
 */
#ifndef LIVEDEBUG_REPORT_FOLD_H
#define LIVEDEBUG_REPORT_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/modules.h"

#define FOLD_STACKS_MAX 200000 /* unique stacks unless stacks_max says another number */
#define FOLD_INTERVALS 1024    /* a fold's time span is cut into at most so many intervals */
#define FOLD_NO_TIME INT64_MIN /* the input has no clock: kd's own logs have none */
#define FOLD_OTHERS "(other stacks)"
#define FOLD_OTHER_FRAMES "(other frames)" /* frames are bounded too: four for each stack */

/* Counts by a number (a boot, an interval, a source), the numbers ascending. */
struct fold_tally {
	struct fold_tally_item {
		int64_t key;
		uint64_t count;
	} * items;
	size_t count, cap;
};

/* When a boot had its first and its last hit. */
struct fold_span {
	uint32_t boot;
	int64_t first_us, last_us;
};

/* One hit, beside its frames. */
struct fold_hit {
	int64_t time_us; /* microseconds since 1970 UTC, or FOLD_NO_TIME */
	uint32_t boot;   /* the daemon's number of the target's boot; 0: not known */
	uint32_t source; /* of fold_source(); 0: not known */
	double weight;   /* 1, or more where a guard let only a part through (1/factor) */
};

struct fold_stack {
	const uint32_t *frames; /* numbers of frames, root first */
	size_t frame_count;     /* at least 1 */
	uint64_t hash;
	uint64_t count;
	double weight;               /* hits that there would have been without sampling */
	int64_t first_us, last_us;   /* FOLD_NO_TIME without a clock */
	struct fold_tally boots;     /* by fold_hit.boot */
	struct fold_tally sources;   /* by fold_hit.source */
	struct fold_tally intervals; /* by time_us / fold.interval_us, rounded down */
};

struct fold_frame {
	const char *text; /* NUL-terminated; no newline, no `;` */
	uint32_t len;
	uint32_t hash;
	enum module_kind kind;
	bool entry; /* a system call's: what called it is a program */
};

/*
 * Hits that look alike but for their stack (no clock; boot, source and weight the same), not yet in
 * the stacks' own numbers, which lie far apart: a log without a clock has millions of them.
 */
struct fold_again {
	struct fold_hit hit;
	uint64_t *hits;  /* by stack */
	uint32_t *which; /* the stacks whose number of hits is not 0 */
	size_t count, cap;
};

/* Zero it before the first call. What it says of each stack is whole after fold_settle(). */
struct fold {
	struct fold_stack *stacks; /* in the order of their first being seen until fold_sort() */
	size_t count, cap;
	struct fold_frame *frames;
	size_t frame_count, frame_cap;
	struct fold_frame *sources; /* names; number 0 is "" */
	size_t source_count, source_cap;
	uint64_t total; /* hits */
	double weight;
	uint64_t merged;           /* hits that went to FOLD_OTHERS because of stacks_max */
	bool frames_merged;        /* a frame became FOLD_OTHER_FRAMES */
	size_t stacks_max;         /* 0: FOLD_STACKS_MAX */
	int64_t interval_us;       /* length of an interval; 0: no hit had a time */
	int64_t first_us, last_us; /* only when interval_us is set */
	struct fold_tally boots, intervals; /* of all stacks together */
	struct fold_span *boot_spans;       /* of the boots with a clock */
	size_t boot_span_count, boot_span_cap;
	const struct module_table *modules; /* borrowed; NULL: the built-in table alone */
	/* private */
	uint32_t *stack_slots, *frame_slots; /* powers of two: index + 1, 0 free */
	size_t stack_slot_count, frame_slot_count;
	struct fold_again again;
	size_t own_frame_count; /* frames in brackets, for which there is always room */
	struct fold_block *blocks;
};

/*
 * The number of a frame with this text, which is copied. Out of memory: abort(), as everywhere
 * here.
 */
uint32_t fold_frame(struct fold *f, const char *text, size_t len);

/* The number of a source: the log's name and the breakpoint or tag, "debug.log: breakpoint 0". */
uint32_t fold_source(struct fold *f, const char *name, size_t len);

/*
 * Count a stack of `count` frames, at least 1, leaf first as kd prints them. Its index, good until
 * fold_sort().
 */
size_t fold_add(
	struct fold *f, const uint32_t *leaf_first, size_t count, const struct fold_hit *hit);

/*
 * Count a hit of a stack whose index fold_add() gave without adding to `merged`. Seen in the
 * stack's own numbers behind fold_settle(), in the sums at once.
 */
void fold_add_again(struct fold *f, size_t stack, const struct fold_hit *hit);

/* Bring the numbers of all stacks up to date; fold_sort() does it too. */
void fold_settle(struct fold *f);

/* The hit counted there stands for `more` others that a guard did not let through. */
void fold_weigh(struct fold *f, size_t stack, double more);

/*
 * Add all of `from`, whose numbers are its own; its source 0 becomes `source`. If `from` has merged
 * neither stacks nor frames, the result is the same as if all had been added to `f`.
 */
void fold_merge(struct fold *f, struct fold *from, uint32_t source);

/* Most frequent first, ties by the bytes of the folded text. No fold_add() after it. */
void fold_sort(struct fold *f);

/* Which of a stack's frames is responsible (report/modules.h): an index into its frames. */
size_t fold_responsible(const struct fold *f, const struct fold_stack *s);

/* A frame's text. */
struct folded_slice fold_frame_text(const struct fold *f, uint32_t frame);

/* A source's name. */
struct folded_slice fold_source_name(const struct fold *f, uint32_t source);

/* When a boot's hits came; NULL: none of them has a time. */
const struct fold_span *fold_boot_span(const struct fold *f, uint32_t boot);

/* How often a tally has the key. */
uint64_t fold_tally_get(const struct fold_tally *t, int64_t key);

/* Free what it owns. */
void fold_finish(struct fold *f);

#endif
