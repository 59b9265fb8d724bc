/*
 * What the files of the fleet share: fleet.c has its life and the sessions' events, fleet_verbs.c
 * what a client may ask, fleet_reload.c a profile that was read anew.
 */
#ifndef LIVEDEBUG_IO_FLEET_INSIDE_H
#define LIVEDEBUG_IO_FLEET_INSIDE_H

#include "core/lease.h"
#include "core/reload.h"
#include "io/control.h"
#include "io/driver.h"
#include "io/fleet.h"
#include "io/screen.h"

/* One session: who writes, what a new viewer sees first, and what a reload still has to do. */
struct member {
	struct fleet *fleet;
	struct driver *driver;
	struct lease lease;
	struct screen screen;
	struct profile next; /* for its next life, when has_next */
	bool has_next;
	bool leaving; /* the profile does not have it any more */
	bool starts;  /* to be brought up as soon as nothing of it is in use */
	bool slept;   /* detached for a sleep of this computer: comes up again */
	bool drained; /* disarmed for this battery, once: whoever arms again means it */
	bool closing; /* nobody sees it any more; its journal is being written */
	size_t row;   /* of the reload that is under way */
};

/* What a reload did to a session, and what became of that. */
struct reload_row {
	char session[REQUEST_NAME];
	enum reload_step step;
	char keys[512];
	char why[CONTROL_WHY];
	int code;
};

struct reload {
	bool busy, again; /* one is under way; a signal wants another behind it */
	char who[64];
	struct reload_row *rows;
	size_t count;
	json_t *daemon; /* keys of [daemon] that were changed */
	json_t *errors; /* lines about a file that is not right */
	int code;       /* of the last one */
	char why[CONTROL_WHY];
};

struct fleet {
	uv_loop_t *loop;
	struct fleet_options options;
	struct daemon_options daemon; /* in effect */
	struct control *control;
	struct fleet_power *power;
	struct member **members;
	size_t count;
	struct reload reload;
	uv_timer_t lease; /* the next one that ends by itself */
	uv_timer_t turn;  /* what must not be done from inside a driver's call */
	bool stopping, told, power_closed;
	unsigned timers; /* that are not closed yet */
	bool closing;
	uint64_t unwritten;
	void (*done)(void *data, uint64_t unwritten);
	void *done_data;
	char host[UV_MAXHOSTNAMESIZE];
};

/* The member of that name in any case, NULL: none. One that is closing is none. */
struct member *fleet_find(const struct fleet *f, const char *name);

/* Is the session stopped? */
bool member_has_ended(const struct member *m);

/* Open one more session; nothing is started. 0, or a UV_E code and words. */
int fleet_add(struct fleet *f, const struct profile *p, struct member **out, char *why, size_t cap);

/* The session is stopped: let go of it. */
void fleet_remove(struct member *m);

/* An event of the daemon's own, to followers and to the log. Takes `root`. */
void fleet_say(struct fleet *f, char kind, json_t *root);

/* --- fleet_verbs.c */

extern const struct control_host fleet_host;

/* A lease was taken or used: have it end by itself in time. */
void fleet_watch_leases(struct fleet *f);

/* Of several exit codes the worst: 5 over 1 over 0. */
int fleet_worse(int a, int b);

/* --- fleet_reload.c */

/* The verb: 0 begun, or the exit code and why. */
int reload_begin(struct fleet *f, const char *who, char *why);

/* The last one's answer, beside code and error; NULL: none. */
json_t *reload_told(const struct fleet *f);

/* Something of a session has changed: is there something to do for it? */
void reload_stepped(struct fleet *f, const struct member *m);
/* One that was removed is gone for good. */
void reload_member_closed(struct fleet *f);

/* The daemon ends: what is not done yet is left. */
void reload_drop(struct fleet *f);
void reload_finish(struct fleet *f);

#endif
