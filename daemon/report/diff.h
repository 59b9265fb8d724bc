/*
 * Two reports side by side: which stacks are new in B, gone, grown or less, as hits a minute or as
 * shares of all hits, so that a long log can be compared with a short one.
 *
 * The rule: new and gone are those with no hit in A or B. Grown: at least DIFF_RATIO times as much
 * in B, and further from equal than DIFF_CERTAIN standard deviations of chance; less: the reverse.
 * All others are the same.
 */
#ifndef LIVEDEBUG_REPORT_DIFF_H
#define LIVEDEBUG_REPORT_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/facts.h"
#include "report/fold.h"
#include "report/summary.h"

#define DIFF_RATIO 1.5
#define DIFF_CERTAIN 3.0

enum diff_per {
	DIFF_PER_AUTO, /* time, if both logs have one of a minute at least; else hits */
	DIFF_PER_TIME, /* hits a minute over the log's own time span, without sampling */
	DIFF_PER_HITS, /* percent of all hits of the log */
};

enum diff_kind { DIFF_NEW, DIFF_GROWN, DIFF_SAME, DIFF_LESS, DIFF_GONE, DIFF_KINDS };

/* One of the two logs: its hits, filtered or not. */
struct diff_side {
	const struct facts *facts;
	uint64_t total;
	size_t unique; /* of the stacks that the choice leaves */
	int64_t first_us, last_us;
	double exposure; /* minutes, or hits / 100 */
};

/* A stack, or a module or function of responsible frames. */
struct diff_row {
	struct folded_slice name; /* with a stack: its responsible frame */
	size_t commonest;         /* index into diff.stacks */
	uint64_t a, b;            /* hits */
	double weight_a, weight_b;
	double norm_a, norm_b; /* a minute, or percent */
	enum diff_kind kind;
};

struct diff_stack {
	const struct fold_stack *stack; /* its counts are those of A and B together */
	size_t responsible;             /* index into stack->frames */
	struct folded_slice module;
	struct diff_row row;
};

struct diff {
	struct fold fold;
	struct report_choice choice;
	enum diff_per per; /* never DIFF_PER_AUTO */
	struct diff_side a, b;
	struct diff_stack *stacks; /* the largest change first */
	size_t stack_count;
	struct diff_row
		*rows; /* by choice.by: module, function or stack; the largest change first */
	size_t row_count;
	size_t kinds[DIFF_KINDS]; /* how many rows of each */
};

/*
 * One of the logs as it was read. The facts are borrowed as long as the comparison is used; the
 * fold is settled (report/fold.h).
 */
struct diff_input {
	struct fold *fold;
	const struct facts *facts;
};

/*
 * Compare. False: DIFF_PER_TIME is asked for and one of them has no time span; then nothing has to
 * be freed. Out of memory: abort().
 */
bool diff_init(struct diff *d, const struct diff_input *a, const struct diff_input *b,
	const struct report_choice *choice, enum diff_per per);

/* Free what it owns. */
void diff_finish(struct diff *d);

/* "new", "grown", "same", "less", "gone". */
const char *diff_word(enum diff_kind kind);

/* At most one screen, unless choice.top says more. */
void diff_write_text(const struct diff *d, FILE *out);

/* Lines of `root;...;leaf A B`, hits, as programs for differential flame graphs read them. */
void diff_write_folded(const struct diff *d, FILE *out);

/* One JSON object; its members are in daemon/README.md. */
void diff_write_json(const struct diff *d, FILE *out);

/* One HTML file with a differential flame graph. */
void diff_write_html(const struct diff *d, FILE *out);

#endif
