/*
 * What the formats print: the unique stacks that the filters leave, ranked, each with who is
 * responsible; and groups of them by module, function, boot or hour.
 */
#ifndef LIVEDEBUG_REPORT_SUMMARY_H
#define LIVEDEBUG_REPORT_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/facts.h"
#include "report/fold.h"

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
	size_t top;       /* groups or stacks that a person is shown; 0: what fits one screen */
	double min_share; /* groups and stacks with less of the hits are left out; 0 to 1 */
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

/* Hits a minute over the span of the summary's stacks; negative: no clock, or no span. */
double report_rate(const struct report_summary *s, uint64_t count);

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
