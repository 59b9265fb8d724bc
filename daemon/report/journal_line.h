/*
 * A line of a journal (DESIGN: `2026-11-23T23:45:12.345678Z SEQ KIND TEXT`) back into what kd
 * wrote.
 */
#ifndef LIVEDEBUG_REPORT_JOURNAL_LINE_H
#define LIVEDEBUG_REPORT_JOURNAL_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct journal_line {
	char kind; /* < > * ! */
	const char *text;
	size_t len;
};

/* Take a line apart, without its newline; false if it is no journal's. `text` is inside `line`. */
bool journal_line_parse(const char *line, size_t len, struct journal_line *out);

/*
 * The text as the bytes that kd wrote: \xNN and \\ undone, and a newline behind it unless it ends
 * in a lone \ (a partial line, such as a prompt). `out` has room for len + 1 bytes; the bytes
 * written are returned.
 */
size_t journal_line_decode(const char *text, size_t len, char *out);

#endif
