/* What was changed between two readings of a profile, and how that can be taken (`reload`). */
#ifndef LIVEDEBUG_CONFIG_DIFF_H
#define LIVEDEBUG_CONFIG_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "config/options.h"

#define DIFF_KEYS 96 /* more than the table has */

/* Rows of the table, in its order. */
struct diff {
	const struct option *keys[DIFF_KEYS];
	size_t count;
};

/* The keys whose values differ. */
void diff_sessions(const struct profile *before, const struct profile *after, struct diff *out);
void diff_daemons(
	const struct daemon_options *before, const struct daemon_options *after, struct diff *out);

/* Is one of them taken in this way? */
bool diff_has(const struct diff *d, enum option_change change);

/* Copy the values of the keys that are taken live, and no others. */
void diff_take_live(const struct diff *d, const void *from, void *to);

/* Would these two use the same port, log file or pipe (rule 7)? Session names do not count. */
bool profiles_share(const struct profile *a, const struct profile *b);

#endif
