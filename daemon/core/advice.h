/* What whoever was refused a verb can do next. */
#ifndef LIVEDEBUG_CORE_ADVICE_H
#define LIVEDEBUG_CORE_ADVICE_H

#include "core/session.h"
#include "core/text.h"

/*
 * Append a clause such as "`livedebug start web1` brings it up" for a verb (IN_BREAK, IN_GO,
 * IN_ARM, IN_DISARM, IN_HOLD, IN_START, IN_COMMAND) that the session does not take now: always
 * something.
 */
void advice_put(
	struct text *t, const struct session *s, enum session_input_kind verb, const char *name);

#endif
