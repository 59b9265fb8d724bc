/*
 * One log read in parts, each by a reader of its own, so that threads can share it. A part begins
 * at a stack's header: nothing that a header's stack needs stands in front of it, but for three
 * things that the join looks after: which breakpoint was hit last, how many lines there were, and
 * whether the header was one at all (inside a block of !analyze it is not).
 *
 * What comes out is what one reader would have found, to the byte. Where that cannot be had (a part
 * merged stacks for want of room) the join refuses, and the whole reads the part's bytes itself:
 *
 *	feed the whole some bytes from the log's begin
 *	if (report_part_possible(whole)) for each further part:
 *		find its begin with report_part_cut(), report_part_begin(part, whole), in its
 *		thread feed it its bytes, then report_part_end(part)
 *	feed the whole the bytes up to the first part
 *	for each part, in their order:
 *		report_part_join(whole, part), or feed the whole that part's bytes
 *	report_reader_end_log(whole)
 *
 * Journals, and logs in UTF-16, are read whole.
 */
#ifndef LIVEDEBUG_REPORT_PARTS_H
#define LIVEDEBUG_REPORT_PARTS_H

#include "report/reader.h"

/* Can the rest of the log that this reader has begun be read in parts? */
bool report_part_possible(const struct report_reader *whole);

/* Where a part may begin: the first header behind a newline, both in these bytes. `len`: nowhere.
 */
size_t report_part_cut(const char *bytes, size_t len);

/* Make an uninitialised reader one for a part; report_reader_finish() frees what it owns. */
void report_part_begin(struct report_reader *part, const struct report_reader *whole);

/* The part can no longer be joined: there is no use in feeding it more. */
bool report_part_is_full(const struct report_reader *part);

/* The part has got all its bytes. */
void report_part_end(struct report_reader *part);

/* Add a part that has ended. False: it cannot be, and nothing was done. */
bool report_part_join(struct report_reader *whole, struct report_reader *part);

#endif
