/* livedebug report's way out: the formats, the screen, what is said beside the report. */
#ifndef LIVEDEBUG_CLI_REPORT_OUTPUT_H
#define LIVEDEBUG_CLI_REPORT_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/report_options.h"
#include "report/summary.h"

struct report_format {
	const char *name;
	void (*write)(const struct report_summary *s, FILE *out);
};

/* By its name; NULL: none, which was told on stderr with those that there are. */
const struct report_format *report_format_find(const char *name);

/* Let a text fit the terminal that stdout is; of what is none, 24 lines of 80. True: it is one. */
bool report_screen(struct report_choice *choice);

/* A summary of the fold to stdout, and on stderr what it does not show. `names`: the logs. */
void report_output(struct fold *fold, const struct facts *facts, const struct report_format *format,
	const struct report_options *o, char **names);

/* The exit code: `code`, or 1 if stdout did not take all. A reader that has seen enough is no
 * failure. */
int report_output_finish(int code);

#endif
