/* What the verbs share that ask a daemon: where it is, and how its sessions stand. */
#ifndef LIVEDEBUG_CLI_ASK_H
#define LIVEDEBUG_CLI_ASK_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"

/*
 * The control socket: `control` if it is not NULL, else the profile's, else the system's place. The
 * daemon runs by the profile as it was: a fault that is in the file now must not keep a person from
 * it, as long as the file says where it is. `verb`: for complaints. 0, or the exit code 2.
 */
int cli_find_control(
	struct cli_config_args *args, const char *control, const char *verb, char *out, size_t cap);

/*
 * Ask for the sessions, "" all; waits silence_ms at most. 0 and *sessions, a new reference; or the
 * daemon's exit code and its words in `why`; 6 or 7 and words where none could be asked.
 */
int cli_ask_status(const char *path, const char *session, uint64_t silence_ms, json_t **sessions,
	char *why, size_t cap);

/* Words for control_call()'s error, and the exit code: 6 or 7. */
int cli_no_daemon(const char *path, int error, char *why, size_t cap);

#endif
