/* A daemon's event (DESIGN 6) as a line for people. */
#ifndef LIVEDEBUG_CLI_EVENT_WORDS_H
#define LIVEDEBUG_CLI_EVENT_WORDS_H

#include <jansson.h>

#include "core/text.h"

/*
 * `state: running -> halted (operator): proved prompt`. An event that is not known here is told by
 * its members. Text from outside is escaped.
 */
void event_words(struct text *t, const json_t *event);

#endif
