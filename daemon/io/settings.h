/* What the session machine gets of a profile. */
#ifndef LIVEDEBUG_IO_SETTINGS_H
#define LIVEDEBUG_IO_SETTINGS_H

#include "config/config.h"
#include "core/session.h"
#include "io/statefile.h"

/* Strings are borrowed from the profile. `found`: what an earlier daemon left. */
void settings_from_profile(
	struct session_settings *set, const struct profile *p, const struct statefile *found);

/* The profile's nth way to break in, or this system's. NULL: there are not so many. */
const char *settings_break_method(const struct profile *p, size_t n);
size_t settings_break_count(const struct profile *p);

#endif
