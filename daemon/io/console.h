/*
 * The daemon's own lines on stderr. Written from a thread: a terminal that is held, or a pipe that
 * nobody reads, must not hold up the loop while a target may be halted. What does not fit is
 * counted and told later.
 */
#ifndef LIVEDEBUG_IO_CONSOLE_H
#define LIVEDEBUG_IO_CONSOLE_H

#include <stddef.h>
#include <uv.h>

#define CONSOLE_BYTES 65536
#define CONSOLE_LINE 4096 /* longer lines are cut */

struct console;

/* NULL: no memory. The file stays the caller's. */
struct console *console_create(uv_loop_t *loop, uv_file file);

/* One line, printf's way, without its newline. */
__attribute__((format(printf, 2, 3))) void console_line(struct console *c, const char *format, ...);

/* Call done from the loop when all is written. Never, if the file takes nothing any more. */
void console_close(struct console *c, void (*done)(void *data), void *data);

#endif
