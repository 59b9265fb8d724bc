/*
 * The files of a session's journal among the logs of a report. A shell's `NAME.journal*` gives the
 * newest first: NAME.journal, then the rotated NAME.journal.SEQ. To be read as they were written.
 */
#ifndef LIVEDEBUG_REPORT_JOURNAL_ORDER_H
#define LIVEDEBUG_REPORT_JOURNAL_ORDER_H

#include <stddef.h>

/* Put files of one journal that follow each other in `names` in order, oldest first. */
void journal_order(char **names, size_t count);

#endif
