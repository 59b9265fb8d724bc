/*
 * The shell around one session: feeds the machine and carries its actions out, in order. It
 * decides nothing. Inputs that arise while actions are carried out wait until they are done, so
 * the machine is never entered twice.
 */
#ifndef LIVEDEBUG_IO_DRIVER_H
#define LIVEDEBUG_IO_DRIVER_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "config/config.h"
#include "config/diff.h"
#include "core/session.h"

struct driver;

struct driver_events {
	/* An event (`*`), gap or alarm (`!`) as JSON, already in the journal; borrowed. */
	void (*event)(void *data, struct driver *d, char kind, const char *json, size_t len);
	/* What kd printed, as it came: whole lines and pieces; borrowed. */
	void (*console)(void *data, struct driver *d, const char *bytes, size_t len);
	/* A line that command `id` printed; when it has ended, line is NULL, and code and why tell.
	 */
	void (*command)(void *data, uint64_t id, const char *line, int code, const char *why);
	/* The machine has taken an input: states may have changed. */
	void (*stepped)(void *data, struct driver *d);
};

struct driver_options {
	const struct profile *profile; /* copied */
	const char *state_dir;         /* is there already; borrowed for the driver's life */
	const struct driver_events *events;
	void *data;
};

/*
 * Open the session's journal and state; nothing is started. Blocks, so before the loop runs. On
 * failure `why` names the file and the error. 0 or a negative UV_E code.
 */
int driver_open(uv_loop_t *loop, const struct driver_options *options, struct driver **out,
	char *why, size_t why_cap);

/* IN_START, IN_STOP, IN_HURRY and the operators' verbs; `value` as in session_input. */
void driver_input(struct driver *d, enum session_input_kind kind, uint64_t value);

/* The same with words: why (IN_DISARM); borrowed for the call, cut to 255 bytes. */
void driver_input_text(struct driver *d, enum session_input_kind kind, const char *text);

/*
 * Type a line at kd's prompt, when session_may_command() allows; `events->command` tells the rest.
 * id: not 0. who: for the journal.
 */
void driver_command(struct driver *d, uint64_t id, bool breaks, const char *line, const char *who);

/* An event of the shell around it, into the journal and to all: members as in journal_event(). */
void driver_say(struct driver *d, const char *members);

/* Is the session stopped, with nothing of it left: no kd, no thread? */
bool driver_is_down(const struct driver *d);

/* The values of `now` that can be taken at once (CHANGE_LIVE in `diff`); kd is not touched. */
void driver_adjust(struct driver *d, const struct profile *now, const struct diff *diff);

/* All values of `now` (copied), for the session's next life. Only when driver_is_down(). */
void driver_renew(struct driver *d, const struct profile *now);

/* As driver_say(), an alarm. */
void driver_alarm(struct driver *d, const char *what, const char *why);

/* To look at; the driver's own, valid as long as it is. */
const struct session *driver_session(const struct driver *d);
/* The values in effect; valid until the next driver_adjust() or driver_renew(). */
const struct profile *driver_profile(const struct driver *d);
/* When its state was entered, by the wall clock of that moment. */
uv_timeval64_t driver_since(const struct driver *d);
/* The journal's path; valid as long as the driver is. */
const char *driver_journal_path(const struct driver *d);

/* Bytes missing in the journal, why it cannot be written now (or NULL), and kd's pid (or 0). */
uint64_t driver_lost_bytes(const struct driver *d);
const char *driver_trouble(const struct driver *d);
int driver_kd_pid(const struct driver *d);

/* See driver_close(). */
typedef void driver_closed_fn(void *data, uint64_t unwritten);

/*
 * End it: a kd that lives is killed, so the session should be stopped. done is called once from
 * the loop when the journal is written or JOURNAL_CLOSE_MS have passed; then the driver is gone.
 * unwritten: bytes of the journal that the disk did not take.
 */
void driver_close(struct driver *d, driver_closed_fn *done, void *data);

#endif
