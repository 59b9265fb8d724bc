/* What the files of the reader share. */
#ifndef LIVEDEBUG_REPORT_READER_INSIDE_H
#define LIVEDEBUG_REPORT_READER_INSIDE_H

#include "report/reader.h"

/* The number of a frame that core has read; as the options want it, with its offset or without. */
uint32_t report_number_frame(struct report_reader *r, const struct stack_frame *frame);

/* Add to the stack in hand. */
void report_push_frame(struct report_reader *r, uint32_t number);

/* A stack begins; the one in hand is at its end, and is counted if it has frames. */
void report_begin_stack(struct report_reader *r);
void report_count_stack(struct report_reader *r);

/* The stack in hand is at its end, whoever has it; core is told. */
void report_end_stack(struct report_reader *r);

/* What was fed ends here: a line without its newline is one. */
void report_reader_flush(struct report_reader *r);

/* --- report/plain.c: rows, headers and stops that core need not see */

/*
 * Take whole lines of a console as long as they are plain: the begin of the first that is not, or
 * of the last one before `end`. The bytes must stay until core has caught up.
 */
const char *report_take_plain_lines(struct report_reader *r, const char *at, const char *end);

/* The same for one line without its newline; false: it is core's. `readable` bytes at `line`. */
bool report_take_plain_line(struct report_reader *r, const char *line, size_t len, size_t readable);

/* Core took this row: the next ones may be plain again. */
void report_resume_plain(struct report_reader *r, const char *line, size_t len, size_t readable);

#endif
