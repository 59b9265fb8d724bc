/* livedebug report --diff: two logs compared. */
#ifndef LIVEDEBUG_CLI_REPORT_DIFF_H
#define LIVEDEBUG_CLI_REPORT_DIFF_H

#include "cli/report_options.h"
#include "report/reader.h"

/*
 * Is what the options ask for something that two logs can be compared by? False: no, which was told
 * on stderr. `count`: how many logs were named.
 */
bool report_diff_check(const struct report_options *o, const char *format, size_t count);

/* Compare what both readers have read, in that format, to stdout. The exit code. */
int report_diff(struct report_reader *a, struct report_reader *b, const char *format,
	struct report_options *o);

#endif
