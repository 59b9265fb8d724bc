/*
 * The control socket: JSON lines, see request.h. It knows clients and requests; what a verb does
 * is its host's business. A client that does not read, or sends too much, is dropped; it holds up
 * nobody.
 */
#ifndef LIVEDEBUG_IO_CONTROL_H
#define LIVEDEBUG_IO_CONTROL_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "io/request.h"

#define CONTROL_SEND_BYTES (40 * 1024) /* more waiting for a client: it is dropped */
#define CONTROL_RECENT 256             /* events kept for `events` without follow */
#define CONTROL_IDLE_MS 60000
#define CONTROL_WHY 512

struct control;

/* Codes are exit codes (DESIGN 5). why: CONTROL_WHY bytes, for words when the code is not 0. */
struct control_host {
	/* Sessions as a JSON array, a new reference; NULL: no session of that name. "": all. */
	json_t *(*status)(void *data, const char *session);
	/* Begin a verb that changes a state. 0: begun, progress() tells the rest. */
	int (*begin)(void *data, const struct request *r, char *why);
	/* -1: still under way. */
	int (*progress)(void *data, const struct request *r, char *why);
	/* attach: who may. 0, or the exit code and why. left() is called when it goes. */
	int (*attach)(void *data, const struct request *r, char *why);
	void (*left)(void *data, uint64_t client, const char *session);
	/* The last of what kd printed, as it is; borrowed. */
	const char *(*screen)(void *data, const char *session, size_t *len);
	/* Somebody was refused: an event of the daemon's. */
	void (*refused)(void *data, const char *who, const char *why);
	/* How long a client waits for this verb at most. */
	uint64_t (*limit_ms)(void *data, const struct request *r);
	/* More members of the verb's answer, in place of its sessions; a new reference or NULL. */
	json_t *(*told)(void *data, const struct request *r);
};

struct control_options {
	const char *path;
	size_t clients_max;
	uint64_t idle_ms; /* who neither asks nor follows for so long is dropped; 0: CONTROL_IDLE_MS
			   */
	const char *view, *write;        /* who else may, see os_peer_listed(); copied; or NULL */
	const struct control_host *host; /* borrowed, as is data */
	void *data;
};

/*
 * Listen. UV_EADDRINUSE: another daemon answers there, nothing was touched; UV_EEXIST: something
 * that is no socket stands there; or another UV_E code.
 */
int control_open(uv_loop_t *loop, const struct control_options *options, struct control **out);

/* Words for a request about a session that is not there, into CONTROL_WHY bytes. Returns its exit
 * code.
 */
int control_no_session(const char *name, char *why);

/*
 * Others may, from the next connection on; who is connected and may not any more is dropped. 0, or
 * the UV_E code with which the socket's rights could not be changed: nothing was then.
 */
int control_adjust(struct control *c, const char *view, const char *write, size_t clients_max);

/* The session is gone: who is attached to it is dropped when all was sent. */
void control_session_gone(struct control *c, const char *session);

/* States may have changed: answer the clients whose verb is done. */
void control_stepped(struct control *c);

/* Pass an event on to those who follow that session or all. */
void control_event(struct control *c, const char *session, const char *json, size_t len);

/* What kd prints, to those who are attached. One who is too slow gets a gap instead. */
void control_console(struct control *c, const char *session, const char *bytes, size_t len);

/* How many are attached to it. */
size_t control_viewers(const struct control *c, const char *session);

/* A line of the output of request `id`, and its end; for a client that is gone: nothing. */
void control_output(struct control *c, uint64_t id, const char *line);
void control_command_end(struct control *c, uint64_t id, int code, const char *why);

/* Drop the clients and stop listening; the loop frees the memory. NULL is fine. */
void control_close(struct control *c);

#endif
