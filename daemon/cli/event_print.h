/* kdparse's events as `parse` shows them (DESIGN section 6). */
#ifndef LIVEDEBUG_CLI_EVENT_PRINT_H
#define LIVEDEBUG_CLI_EVENT_PRINT_H

#include <stdbool.h>

#include "core/kdparse.h"

/* Zero it; it is large, so keep it off the stack. */
struct event_print {
	bool json; /* one object a line; else "LINE: event details" */
	char escaped[KDPARSE_LINE_MAX * 6 + 1];
};

/* Print one event to stdout. Whether it arrived there is stdout's to tell. */
void event_print(struct event_print *p, const struct kd_event *event);

#endif
