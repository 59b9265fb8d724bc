/*
 * What a client may ask over the control socket: one JSON object a line.
 *
 *     {"version":1,"verb":"hold","session":"web1","for_ms":600000}
 *
 * Answered by one line: {"version":1,"ok":true,"code":0} or
 * {"version":1,"ok":false,"code":4,"error":"words"}, code as the exit codes of DESIGN 5. `status`
 * adds "sessions"; `events` adds "count": so many event lines follow, or with "follow":true all
 * from now on; `cmd` is preceded by one {"version":1,"output":"line"} for each line that kd prints.
 * `attach` is answered by {"version":1,"ok":true,"code":0,"count":0}; then come the last screen and
 * what kd prints as {"version":1,"console":"text"}, the session's events, and the answers to what
 * is asked on the same connection. No I/O.
 */
#ifndef LIVEDEBUG_IO_REQUEST_H
#define LIVEDEBUG_IO_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/command.h"

#define REQUEST_VERSION 1
#define REQUEST_BYTES (16 * 1024) /* longest line, its newline included */
#define REQUEST_NAME 33           /* longest session name and its NUL */

enum request_verb {
	REQUEST_STATUS,
	REQUEST_EVENTS,
	REQUEST_START,
	REQUEST_STOP,
	REQUEST_BREAK,
	REQUEST_GO,
	REQUEST_ARM,
	REQUEST_DISARM,
	REQUEST_HOLD,
	REQUEST_RELEASE,
	REQUEST_CMD,
	REQUEST_ATTACH,
	REQUEST_RELOAD,
	REQUEST_VERBS
};

struct request {
	enum request_verb verb;
	char session[REQUEST_NAME]; /* "": all of them (status, events, reload, stop with all) */
	bool follow;                /* events */
	uint64_t hold_ms;           /* hold */
	bool write, force;          /* attach: take the lease; from whoever has it */
	uint64_t client;            /* the connection's number, never used again; not sent */
	bool breaks;                /* cmd: may break in, and resumes behind it */
	char text[COMMAND_BYTES];   /* cmd: the line */
	uint64_t id;                /* the daemon's own number for it; not sent */
	char who[64];               /* who asks, as the daemon sees it; not sent */
	uint64_t timeout_ms;        /* 0: the daemon's own limit */
};

/* Read one line. NULL and *out filled, or words for a person that say what is wrong. */
const char *request_parse(const char *line, size_t len, struct request *out);

/* The line for it, with its newline; malloc'd. NULL: no memory. */
char *request_format(const struct request *r);

/* As in the request and on the command line. */
const char *request_verb_name(enum request_verb verb);

/* REQUEST_VERBS: there is none of that name. */
enum request_verb request_verb_of(const char *name);

#endif
