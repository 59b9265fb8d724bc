/*
 * Logs in, unique stacks out. A log is what kd wrote (its log file, or a console's capture: bytes,
 * UTF-8 or UTF-16LE with a mark) or a journal of livedebug, told by its first line.
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

/* What is longer is cut: no row of a stack is. */
#define REPORT_LINE_MAX 8192

enum report_form { REPORT_FORM_UNKNOWN, REPORT_FORM_CONSOLE, REPORT_FORM_JOURNAL };

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

struct report_reader {
	struct fold fold; /* the result */
	struct facts facts;
	/* private */
	enum report_form form;
	struct log_decode decode;
	struct report_line file_line;    /* of the log */
	struct report_line console_line; /* of kd, inside a journal */
	struct stack_reader stack;
	struct report_frames frames;
};

/* Begin with nothing read. */
void report_reader_init(struct report_reader *r);

/* Take bytes of the current log, cut anywhere. Out of memory: abort(). */
void report_reader_feed(struct report_reader *r, const char *bytes, size_t len);

/* The current log is at its end; the next feed begins another. */
void report_reader_end_log(struct report_reader *r);

/* Free what it owns, the fold too. */
void report_reader_finish(struct report_reader *r);

#endif
