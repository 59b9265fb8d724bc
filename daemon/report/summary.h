/*
 * What the formats print: the unique stacks that the filters leave, ranked, each with who is
 * responsible and whether it grows; and groups of them by module, function, stack, boot or hour.
 */
#ifndef LIVEDEBUG_REPORT_SUMMARY_H
#define LIVEDEBUG_REPORT_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/text.h"
#include "report/facts.h"
#include "report/fold.h"
#include "report/trend.h"

#define REPORT_SPARK 48 /* its characters */

enum report_by {
	REPORT_BY_MODULE,   /* of the responsible frame */
	REPORT_BY_FUNCTION, /* the responsible frame */
	REPORT_BY_STACK,
	REPORT_BY_BOOT,
	REPORT_BY_HOUR, /* or what fold.interval_us has become, if that is longer */
};

/* What is shown of all that was read. Zero it: everything. */
struct report_choice {
	enum report_by by;
	size_t top; /* rows of the ranking that a person is shown; 0: what fits one screen */
	size_t rows, columns; /* of the screen that a text is for; 0: 23, 80 */
	bool plain;           /* that screen shows ASCII only */
	double min_share;     /* groups and stacks with less of the hits are left out; 0 to 1 */
	/* Does a stack stay? NULL: all. Called once for each unique stack. */
	bool (*keep)(void *data, const struct fold *fold, const struct fold_stack *stack);
	void *keep_data;
};

/* One unique stack. */
struct report_stack {
	const struct fold_stack *stack;
	size_t responsible;         /* index into stack->frames */
	struct folded_slice frame;  /* its text */
	struct folded_slice module; /* part of it */
	struct trend trend;
};

/* A row of the ranking. */
struct report_group {
	struct folded_slice name; /* a module or a frame; with boot, hour, stack: len 0 */
	int64_t key;              /* the boot; the hour's first microsecond; the stack's index */
	uint64_t count;           /* hits */
	double weight;            /* hits without sampling */
	size_t unique;            /* unique stacks */
	int64_t first_us, last_us;
	size_t commonest; /* index into report_summary.stacks */
	uint64_t commonest_count;
};

struct report_summary {
	const struct fold *fold; /* sorted */
	const struct facts *facts;
	struct report_choice choice;
	struct report_stack *stacks; /* most hits first, ties by text */
	size_t stack_count;
	struct report_group *groups; /* most hits first, ties by name; boots and hours in order */
	size_t group_count;
	uint64_t total; /* hits of these stacks */
	double weight;
	uint64_t hidden;           /* hits of stacks that the choice leaves out */
	int64_t first_us, last_us; /* FOLD_NO_TIME: no clock */
	struct trend_parts parts;  /* hits of all stacks over the time span, for a sparkline */
	struct trend trend;        /* of all stacks together */
	size_t growing;            /* the stack that grows by most hits a minute; SIZE_MAX: none */
	size_t growing_count;      /* how many grow */
};

/*
 * Sort the fold and sum it up. Fold and facts are borrowed and must stay as they are as long as the
 * summary is used. Out of memory: abort().
 */
void report_summary_init(struct report_summary *s, struct fold *fold, const struct facts *facts,
	const struct report_choice *choice);

/* Free what it owns. */
void report_summary_finish(struct report_summary *s);

/* Share of all hits, 0 to 1. */
double report_share(const struct report_summary *s, uint64_t count);

/*
 * Hits a minute, without sampling (`weight`), over the span of the summary's stacks; negative: no
 * clock, or no span.
 */
double report_rate(const struct report_summary *s, double weight);

/* The same of a group; of a boot over its own span, of an hour over the part of it in the span. */
double report_group_rate(const struct report_summary *s, const struct report_group *g);

/* A group's name for people: also "boot 2", "#3 drv!Foo", "2026-11-23 22:00". */
void report_group_name(
	const struct report_summary *s, const struct report_group *g, struct text *out);

/* "module", "function", "stack", "boot", "hour". */
const char *report_by_word(enum report_by by);

/* For people: the answer first, at most one screen unless choice.top says more. */
void report_write_text(const struct report_summary *s, FILE *out);

/* Lines of `root;...;leaf COUNT`, as flame graph programs read them. */
void report_write_folded(const struct report_summary *s, FILE *out);

/* One JSON object; its members are in daemon/README.md. Frames root first. */
void report_write_json(const struct report_summary *s, FILE *out);

/* One HTML file that needs no network: flame graph, ranking, timeline, with the JSON inside. */
void report_write_html(const struct report_summary *s, FILE *out);

/* speedscope's own file format: one sampled profile, a sample each unique stack. */
void report_write_speedscope(const struct report_summary *s, FILE *out);

/* The lines that were not understood, as far as they were kept: `LOG:LINE: TEXT`. */
void report_write_strange(const struct facts *facts, FILE *out);

#endif
