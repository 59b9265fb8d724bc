/* The live view of a session, and what its writer types. */
#ifndef LIVEDEBUG_CLI_ATTACH_H
#define LIVEDEBUG_CLI_ATTACH_H

#include "io/request.h"

/*
 * Attach at the control socket `path` until the daemon, the input's end or a signal ends it. Prints
 * the console to stdout, all else to stderr. The exit code, or -1 with *error when nobody answers.
 */
int attach_run(const char *path, const struct request *r, int *error);

#endif
