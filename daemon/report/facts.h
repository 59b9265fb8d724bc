/* What a report knows of its input beside the stacks: gaps, sampling, what was not understood. */
#ifndef LIVEDEBUG_REPORT_FACTS_H
#define LIVEDEBUG_REPORT_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FACTS_GAPS_MAX 256 /* kept one by one; further ones are only counted */
#define FACTS_SAMPLES_MAX 256
#define FACTS_STRANGE_MAX 1000
#define FACTS_SOUGHT_MAX 16

/* A gap record of a journal: output that was not kept. */
struct facts_gap {
	int64_t time_us; /* of the record */
	uint64_t bytes;  /* 0: not told */
	uint64_t ms;     /* how long; 0: not told */
	char reason[120];
};

/* A sampling window ended at `time_us`: only a part of the hits was let through. */
struct facts_sample {
	int64_t time_us;
	double factor; /* time the breakpoint was set / all time: over 0, at most 1 */
};

/* A line that was not understood. */
struct facts_strange {
	uint32_t log;  /* index into facts.logs */
	uint64_t line; /* from 1 */
	uint32_t len;
	char text[160]; /* the line's begin, bytes as they are; no NUL behind it */
};

/* All lists end at their _MAX, the counts go on. Zero it before the first call. */
struct facts {
	char **logs; /* their names, in the order of reading */
	size_t log_count;
	uint64_t bytes, lines; /* of the input as text */
	uint64_t gap_count, gap_bytes, gap_ms;
	struct facts_gap *gaps;
	uint64_t sample_count;
	struct facts_sample *samples;
	uint64_t strange_count;
	struct facts_strange *strange;
	uint64_t left_out;   /* hits that --since, --until or --boot left out */
	uint64_t no_time;    /* of these: hits without a time of their own */
	size_t sought_count; /* what was waited for, as its commands say: "tag Ddk ", "bp nt!Foo" */
	char sought[FACTS_SOUGHT_MAX][80];
};

/* Another log begins. The name is copied. Out of memory: abort(), as everywhere here. */
void facts_add_log(struct facts *f, const char *name);

/* Add to a list; `sought` only what is not there yet. */
void facts_add_gap(struct facts *f, const struct facts_gap *gap);
void facts_add_sample(struct facts *f, int64_t time_us, double factor);
void facts_add_sought(struct facts *f, const char *text, size_t len);

/* A line of the log in hand that was not understood. */
void facts_add_strange(struct facts *f, uint64_t line, const char *text, size_t len);

/* Add all of `from`, which has read a later part of the log in hand, `lines_before` lines in. */
void facts_merge(struct facts *f, const struct facts *from, uint64_t lines_before);

/* Free what it owns. */
void facts_finish(struct facts *f);

#endif
