/* How far a report has read, on a terminal's last line while it takes long; on nothing else. */
#ifndef LIVEDEBUG_CLI_REPORT_PROGRESS_H
#define LIVEDEBUG_CLI_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct report_progress {
	bool terminal; /* stderr is one */
	uint64_t begun_ns, told_ns;
};

/*
 * Begin. On a terminal Ctrl-C then wipes the line before it ends the program as it always does:
 * with SIGINT.
 */
void report_progress_begin(struct report_progress *p);

/* Say it, at most five times a second and not in the first second; total 0: not known. */
void report_progress_tell(void *progress, const char *name, uint64_t done, uint64_t total);

/* Wipe the line. */
void report_progress_end(struct report_progress *p);

#endif
