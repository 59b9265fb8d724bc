/*
 * What administrators are told in the system's own log (Windows' Event Log, syslog): which events,
 * with which number and weight, in one line. Pure. Numbers stay: filters and alarms of others rely
 * on them; daemon/README.md lists them. No text of kd or of the target ever goes there.
 */
#ifndef LIVEDEBUG_CORE_ADMIN_H
#define LIVEDEBUG_CORE_ADMIN_H

#include <stdbool.h>
#include <stddef.h>

enum admin_weight { ADMIN_INFO, ADMIN_WARNING, ADMIN_ERROR };

#define ADMIN_TEXT 256
#define ADMIN_STARTED 100
#define ADMIN_STOPPING 101
#define ADMIN_STOPPED 102

/* Members of an event; NULL where it has none. All but `session` are words of ours. */
struct admin_fact {
	const char *session, *event, *what, *from, *to, *owner, *result;
};

struct admin_entry {
	unsigned id;
	enum admin_weight weight;
	char text[ADMIN_TEXT];
};

/* False: nothing for administrators, such as a hit. */
bool admin_entry_of(const struct admin_fact *fact, struct admin_entry *out);

/* The row of the table: for lists. NULL behind the last; `what` is NULL for all of that event. */
const char *admin_row(size_t n, const char **what, unsigned *id, enum admin_weight *weight);

#endif
