/*
 * What a single line of kd's output says. One table; each row names the fact or the transcript that
 * shows it (kd-facts sections 4-10). No row depends on another line.
 */
#ifndef LIVEDEBUG_CORE_PATTERNS_H
#define LIVEDEBUG_CORE_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/kdparse.h"

/*
 * Classify a line behind its prompts, without newline. True: event->kind and the members that the
 * kind has (id, code, first_chance, wanted_break, who) are filled; the others are left alone, so
 * zero them first. `who` points into `line`. A bugcheck's parameters stand on later lines, see
 * patterns_read_params. False: none of the known lines.
 */
bool patterns_match(const char *line, size_t len, struct kd_event *event);

/*
 * The parameters of a bugcheck, "(0x1,0x2,...)" with blanks around; `text` may be several lines put
 * together. Fills params and param_count of the event. False: no such list, nothing is filled.
 */
bool patterns_read_params(const char *text, size_t len, struct kd_event *event);

/* Can kd print such a line in the middle of a stack? (kd-facts 11) */
bool patterns_inside_stack(enum kd_event_kind kind);

#endif
