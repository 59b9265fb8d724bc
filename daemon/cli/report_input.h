/*
 * Logs from files and stdin into a reader. A long console log is read by several threads, each its
 * own part of the file (report/parts.h).
 *
 * Files are read in pieces, not mapped: a mapped file that becomes shorter ends the program by
 * SIGBUS, and kd may write, or a rotation cut, while we read. A piece that is read again and again
 * into the same 256 KiB costs no more than the page faults of a mapping would.
 */
#ifndef LIVEDEBUG_CLI_REPORT_INPUT_H
#define LIVEDEBUG_CLI_REPORT_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "report/reader.h"

#define REPORT_THREADS_MAX 64

struct report_input {
	size_t threads; /* 1: none beside the caller's; 0: as many as there are processors, at most
			   8 */
	/* Called now and then in the caller's thread, or NULL. total 0: it is not known. */
	void (*progress)(void *data, const char *name, uint64_t done, uint64_t total);
	void *data;
};

/*
 * Read the log `name`, "-" for stdin, to its end. 0, or a negative UV_E code: what was read until
 * then counts. A file that becomes shorter meanwhile ends where it ends. Out of memory: abort().
 */
int report_input_read(struct report_reader *r, const char *name, const struct report_input *input);

#endif
