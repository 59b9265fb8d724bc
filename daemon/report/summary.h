/* What the formats print: the unique stacks, each with who is responsible, and the modules' shares.
 */
#ifndef LIVEDEBUG_REPORT_SUMMARY_H
#define LIVEDEBUG_REPORT_SUMMARY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/fold.h"
#include "report/modules.h"

struct module_share {
	struct folded_slice module;
	uint64_t count; /* stacks */
	size_t unique;  /* unique stacks */
};

struct report_summary {
	const struct fold *fold; /* sorted */
	uint64_t gaps;
	struct folded_slice *responsible; /* a frame for each entry of the fold */
	struct module_share *modules;     /* most stacks first, ties by name */
	size_t module_count;
};

/*
 * Sort the fold and sum it up. The fold is borrowed and must stay as it is as long as the summary
 * is used. Out of memory: abort().
 */
void report_summary_init(struct report_summary *s, struct fold *fold, uint64_t gaps);

/* Free what it owns. */
void report_summary_finish(struct report_summary *s);

/* Share of all stacks, 0 to 1. */
double report_share(const struct report_summary *s, uint64_t count);

/* For people: a ranking by module and each unique stack, leaf first as kd prints it. */
void report_write_text(const struct report_summary *s, FILE *out);

/* Lines of `root;...;leaf COUNT`, as flame graph programs read them. */
void report_write_folded(const struct report_summary *s, FILE *out);

/* One JSON object. Frames root first. */
void report_write_json(const struct report_summary *s, FILE *out);

#endif
