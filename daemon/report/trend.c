#include "report/trend.h"

#include <math.h>
#include <string.h>

static int64_t divide_down(int64_t value, int64_t by) {
	int64_t result = value / by;
	return value % by < 0 ? result - 1 : result;
}

/* The first interval, counted from the span's, of a part. */
static int64_t part_begin(const struct trend_parts *p, size_t part) {
	int64_t count = (int64_t)p->count;
	return ((int64_t)part * p->intervals + count - 1) / count;
}

void trend_cut(struct trend_parts *p, int64_t first_us, int64_t last_us, int64_t interval_us,
	size_t most) {
	memset(p, 0, sizeof(*p));
	if (interval_us == 0 || first_us == FOLD_NO_TIME) {
		return;
	}
	p->first = divide_down(first_us, interval_us);
	p->intervals = divide_down(last_us, interval_us) - p->first + 1;
	p->count = p->intervals < (int64_t)most ? (size_t)p->intervals : most;
	for (size_t i = 0; i < p->count; i++) {
		p->minutes[i] = (double)(part_begin(p, i + 1) - part_begin(p, i)) *
				(double)interval_us / 60e6;
	}
}

void trend_add(struct trend_parts *p, const struct fold_tally *intervals) {
	for (size_t i = 0; i < intervals->count; i++) {
		int64_t at = intervals->items[i].key - p->first;
		if (at >= 0 && at < p->intervals) {
			double hits = (double)intervals->items[i].count;
			p->hits[at * (int64_t)p->count / p->intervals] += hits;
			p->total += hits;
		}
	}
}

void trend_clear(struct trend_parts *p) {
	memset(p->hits, 0, sizeof(p->hits));
	p->total = 0;
}

/* Least squares through the parts' rates; x is the middle of a part, in minutes. */
struct line {
	double begin, rise; /* hits a minute; hits a minute a minute */
	double error;       /* standard error of the rise */
	double length;      /* of the span, in minutes */
};

static struct line lay_line(const struct trend_parts *p) {
	double n = (double)p->count, x = 0, sum_x = 0, sum_y = 0, xx = 0, xy = 0, rest = 0;
	for (size_t i = 0; i < p->count; i++, x += p->minutes[i - 1]) {
		sum_x += x + p->minutes[i] / 2;
		sum_y += p->hits[i] / p->minutes[i];
	}
	struct line line = {.length = x};
	double mean_x = sum_x / n, mean_y = sum_y / n;
	x = 0;
	for (size_t i = 0; i < p->count; i++, x += p->minutes[i - 1]) {
		double dx = x + p->minutes[i] / 2 - mean_x;
		xx += dx * dx;
		xy += dx * (p->hits[i] / p->minutes[i] - mean_y);
	}
	line.rise = xy / xx;
	line.begin = mean_y - line.rise * mean_x;
	x = 0;
	for (size_t i = 0; i < p->count; i++, x += p->minutes[i - 1]) {
		double y = line.begin + line.rise * (x + p->minutes[i] / 2);
		double off = p->hits[i] / p->minutes[i] - y;
		rest += off * off;
	}
	line.error = sqrt(rest / (n - 2) / xx);
	return line;
}

static double at_least_0(double value) {
	return value > 0 ? value : 0;
}

struct trend trend_fit(const struct trend_parts *p) {
	struct trend trend = {0};
	if (p->count < TREND_PARTS_LEAST || p->total < TREND_HITS_LEAST) {
		return trend;
	}
	struct line line = lay_line(p);
	trend.from = at_least_0(line.begin);
	trend.to = at_least_0(line.begin + line.rise * line.length);
	trend.kind = TREND_STEADY;
	if (fabs(line.rise) >= TREND_CERTAIN * line.error) {
		if (line.rise > 0 && trend.to >= TREND_RATIO * trend.from) {
			trend.kind = TREND_GROWS;
		} else if (line.rise < 0 && trend.from >= TREND_RATIO * trend.to) {
			trend.kind = TREND_FALLS;
		}
	}
	return trend;
}

const char *trend_word(enum trend_kind kind) {
	static const char *const words[] = {"unknown", "steady", "grows", "falls"};
	return words[kind];
}
