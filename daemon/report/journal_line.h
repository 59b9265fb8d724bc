/*
 * A line of a journal (DESIGN: `2026-11-23T23:45:12.345678Z SEQ KIND TEXT`) back into what kd
 * wrote.
 */
#ifndef LIVEDEBUG_REPORT_JOURNAL_LINE_H
#define LIVEDEBUG_REPORT_JOURNAL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* The time at the begin of a line that journal_line_parse() took: microseconds since 1970. */
int64_t journal_line_time(const char *line);

/*
 * A member of an event's JSON that is a number; `missing` if there is none. The journal's events
 * are flat; a name inside a string is not taken for one, because its quotes would be escaped.
 */
double journal_member_number(const struct journal_line *j, const char *name, double missing);

/* A member that is a string, cut to `cap` with its NUL, escapes as they are. Empty if there is
 * none. */
void journal_member_string(const struct journal_line *j, const char *name, char *out, size_t cap);

#endif
