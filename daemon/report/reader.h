/*
 * Logs in, unique stacks out. A log is what kd wrote (its log file, or a console's capture: bytes,
 * UTF-8 or UTF-16LE with a mark) or a journal of livedebug, told by its first line.
 *
 * Plain rows are taken by report/row_memo.h; every other line goes through core's parser, whose
 * answer is the one that counts (tests/fuzz/fuzz_report.c holds both against each other).
 */
#ifndef LIVEDEBUG_REPORT_READER_H
#define LIVEDEBUG_REPORT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/log_decode.h"
#include "core/stack.h"
#include "report/facts.h"
#include "report/fold.h"
#include "report/row_memo.h"

/* What is longer is cut: no row of a stack is. */
#define REPORT_LINE_MAX 8192

/* Hits of a sampling window that wait for its factor; of more, the last ones are weighed. */
#define REPORT_WINDOW_MAX 4096

enum report_form { REPORT_FORM_UNKNOWN, REPORT_FORM_CONSOLE, REPORT_FORM_JOURNAL };

/* Which hits count. Zero it: all. */
struct report_filter {
	bool has_since, has_until;
	int64_t since_us, until_us; /* from and up to, the latter not included */
	uint32_t boot;              /* 0: all */
};

/* A line that is being put together. */
struct report_line {
	size_t len;
	char at[REPORT_LINE_MAX];
};

/* The frames of the stack in hand, leaf first, as numbers of the fold. */
struct report_frames {
	uint32_t *at;
	size_t count, cap;
};

/* Lines of an open stack that are strange if another row follows them. */
struct report_doubts {
	size_t count;
	struct facts_strange at[STACK_NOISE_MAX];
};

/* Rows that core has not been given: they were plain. Good while the fed bytes are. */
struct report_ahead {
	bool open;    /* the stack in hand is ours: core must be told before it gets a line */
	bool resumed; /* ... but core knows of its header and of its first rows */
	bool known;   /* the row that core holds back is already among the frames */
	struct stack_slice first, last; /* rows of this stack; len 0: none */
};

struct report_reader {
	struct fold fold; /* the result */
	struct facts facts;
	/* to be set behind init */
	struct report_filter filter;
	bool offsets; /* keep functions' offsets */
	bool slow;    /* everything through core: for tests */
	/* private */
	enum report_form form;
	struct log_decode decode;
	struct report_line file_line;    /* of the log */
	struct report_line console_line; /* of kd, inside a journal */
	struct stack_reader stack;
	struct report_frames frames;
	struct report_doubts doubts;
	struct report_ahead ahead;
	struct row_memo memo;
	struct fold_hit hit;              /* of the stack in hand: its time is that of its header */
	const char *stamp;                /* of the journal's line in hand, or NULL */
	size_t window[REPORT_WINDOW_MAX]; /* indexes into the fold; SIZE_MAX: was not counted */
	uint64_t window_hits;             /* since the last window's end */
	bool cut_block; /* of a part (report/parts.h): it ended inside a block of !analyze */
};

/* Begin with nothing read. */
void report_reader_init(struct report_reader *r);

/* Another log begins; its name is copied. */
void report_reader_begin_log(struct report_reader *r, const char *name);

/* Take bytes of the current log, cut anywhere. Out of memory: abort(). */
void report_reader_feed(struct report_reader *r, const char *bytes, size_t len);

/* The current log is at its end; the next feed begins another. */
void report_reader_end_log(struct report_reader *r);

/* Free what it owns, the fold too. */
void report_reader_finish(struct report_reader *r);

#endif
