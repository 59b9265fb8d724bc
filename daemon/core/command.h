/*
 * A line that somebody wants typed at kd's prompt: may it be? What ends or wrecks a session, or
 * lets the target run behind the machine's back, is told apart by its words. A guard against slips
 * of the hand, not against ill will: aliases, script files and strings can hide anything.
 */
#ifndef LIVEDEBUG_CORE_COMMAND_H
#define LIVEDEBUG_CORE_COMMAND_H

#include <stddef.h>

#define COMMAND_BYTES 1024 /* longest line and its NUL */

enum command_kind {
	COMMAND_PLAIN,
	COMMAND_RESUMES, /* g, gh, gn, gc, gu, .cont...: `go` is the verb for it */
	COMMAND_ENDS,    /* q, qq, qd, .kill, .reboot, .crash, .shell and the like */
	COMMAND_BAD      /* control bytes, nothing at all, or too long */
};

/* Judge one line without its newline: the worst of its commands, `;` between them. */
enum command_kind command_judge(const char *line, size_t len);

/* Why not, in words for a person; "" for COMMAND_PLAIN. */
const char *command_why(enum command_kind kind);

#endif
