/*
 * Does something come more often as time goes on? Hits per interval, summed into equal parts of the
 * time span, and a straight line through them.
 *
 * The rule: it grows if the line rises from the span's begin to its end to at least TREND_RATIO
 * times, and the rise is at least TREND_CERTAIN times its own standard error, so that neither
 * chance nor one burst passes for growth. It falls if the same holds backwards. With fewer than
 * TREND_PARTS_LEAST intervals or TREND_HITS_LEAST hits nothing is said.
 */
#ifndef LIVEDEBUG_REPORT_TREND_H
#define LIVEDEBUG_REPORT_TREND_H

#include <stddef.h>
#include <stdint.h>

#include "report/fold.h"

#define TREND_PARTS_MAX 64
#define TREND_PARTS 24 /* through which the line is laid */
#define TREND_PARTS_LEAST 8
#define TREND_HITS_LEAST 10
#define TREND_RATIO 1.5
#define TREND_CERTAIN 4.0

/* A time span in parts of whole intervals. */
struct trend_parts {
	size_t count;
	int64_t first, intervals; /* the number of the first interval; how many there are */
	double hits[TREND_PARTS_MAX];
	double minutes[TREND_PARTS_MAX]; /* how long each part is */
	double total;                    /* hits of all parts */
};

enum trend_kind { TREND_UNKNOWN, TREND_STEADY, TREND_GROWS, TREND_FALLS };

struct trend {
	enum trend_kind kind;
	double from, to; /* hits a minute at the span's begin and end, on the line; 0 or more */
};

/*
 * Cut the span from first_us to last_us, into at most `most` (1 to TREND_PARTS_MAX) parts without
 * hits. interval_us 0, no clock: no parts.
 */
void trend_cut(
	struct trend_parts *p, int64_t first_us, int64_t last_us, int64_t interval_us, size_t most);

/* Add the hits of a tally by interval; those outside the span are left out. */
void trend_add(struct trend_parts *p, const struct fold_tally *intervals);

/* Take all hits out again. */
void trend_clear(struct trend_parts *p);

/* Lay the line. */
struct trend trend_fit(const struct trend_parts *p);

/* "unknown", "steady", "grows", "falls". */
const char *trend_word(enum trend_kind kind);

#endif
