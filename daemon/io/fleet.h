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
	const struct config *config;           /* these three for fleet_open() only */
	const struct profile *const *profiles; /* the sessions to run */
	size_t count;
	const char *state_dir, *control; /* borrowed, as is data */
	/* An event of a session, kind `*` or `!`; json borrowed for the call. */
	void (*event)(void *data, const char *session, char kind, const char *json, size_t len);
	/*
	 * A reload is wanted: read the profile again, then call fleet_reread() or
	 * fleet_reread_failed(), not from inside this call. NULL: there is no reload.
	 */
	void (*reread)(void *data);
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

/*
 * As the verb `reload`, for who cannot be answered; what comes of it is an event. While one is
 * under way: once more behind it.
 */
void fleet_reload(struct fleet *f, const char *who);

/*
 * The profile as it is now: the sessions to run, copied. Sessions that it does not have any more
 * are released and go, new ones are opened and started, changed ones take what they can and have a
 * new kd for the rest; all others are left alone.
 */
void fleet_reread(struct fleet *f, const struct daemon_options *daemon,
	const struct profile *const *profiles, size_t count);

/* It cannot be used: nothing is changed. lines: what is wrong with it, at least one. */
void fleet_reread_failed(struct fleet *f, const struct string_list *lines);

/* The longest stop_max of the sessions. */
uint64_t fleet_longest_stop_ms(const struct fleet *f);

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
