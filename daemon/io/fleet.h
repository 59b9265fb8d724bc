/*
 * All sessions of one daemon, its control socket, and their end. Sessions share the loop and
 * nothing else.
 */
#ifndef LIVEDEBUG_IO_FLEET_H
#define LIVEDEBUG_IO_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "config/config.h"
#include "core/session.h"

struct fleet;

struct fleet_options {
	const struct config *config;           /* borrowed, as is all here */
	const struct profile *const *profiles; /* the sessions to run */
	size_t count;
	const char *state_dir, *control;
	/* An event of a session, kind `*` or `!`; json borrowed for the call. */
	void (*event)(void *data, const char *session, char kind, const char *json, size_t len);
	/* Told once, when fleet_stop() has been called and every session has ended. */
	void (*ended)(void *data);
	void *data;
};

/*
 * Open every journal and the control socket; nothing is started. Blocks. On failure `why` says
 * what and why, and the fleet is to be closed all the same. 0 or a negative UV_E code.
 */
int fleet_open(uv_loop_t *loop, const struct fleet_options *options, struct fleet **out, char *why,
	size_t why_cap);

/* Bring every session up. */
void fleet_start(struct fleet *f);

/* In place of fleet_start(): release every target, with a kd of its own, then `ended`. */
void fleet_release(struct fleet *f);

/* Release every target, then `ended`. Asked a second time: in a hurry. */
void fleet_stop(struct fleet *f);

/* How many sessions are open: all, after a good fleet_open(). */
size_t fleet_count(const struct fleet *f);
/* Session i, 0-based, in the order of the profiles; valid until fleet_close(). */
const struct session *fleet_session(const struct fleet *f, size_t i);
/* Its name, borrowed from the profile. */
const char *fleet_name(const struct fleet *f, size_t i);

/*
 * Let go of everything: every kd that still lives is killed. done is called once, from the loop;
 * unwritten: bytes of journals that no disk took.
 */
void fleet_close(struct fleet *f, void (*done)(void *data, uint64_t unwritten), void *data);

#endif
