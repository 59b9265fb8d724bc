/* Errors of a configuration: where, and one line of text each. */
#ifndef LIVEDEBUG_CONFIG_FAULT_H
#define LIVEDEBUG_CONFIG_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/* Where a value stands: a line of the file, or an override of the command line. */
struct place {
	size_t line;     /* 1-based; 0: not from the file */
	const char *set; /* "SESSION.KEY" of --set, borrowed; NULL: from the file */
};

struct reporter {
	const char *path; /* as the user gave it */
	config_error_fn *error;
	void *data;
	bool failed; /* something was reported */
};

/* `PATH:LINE: error: ...` or `--set NAME.KEY: error: ...`; line 0 of the file: `PATH: error: `. */
void fault_report(struct reporter *r, struct place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define PLACE_MAX 140

/* " (line 3)" or " (--set a.port)", to name another place, in `out` of PLACE_MAX bytes. */
const char *place_show(struct place at, char *out);

#endif
