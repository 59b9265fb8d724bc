/* Times for people, in UTC. */
#ifndef LIVEDEBUG_REPORT_TIME_TEXT_H
#define LIVEDEBUG_REPORT_TIME_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"

/* Append "2026-11-23 23:45:12"; "-" for FOLD_NO_TIME and for a time that no calendar has. */
void time_text_second(struct text *t, int64_t time_us);

/* Append "2026-11-23 23:45". */
void time_text_minute(struct text *t, int64_t time_us);

/* Append "11-23 23:45", or "   23:45:12" if `within_day`. */
void time_text_short(struct text *t, int64_t time_us, bool within_day);

/* Append a length with two units at most: "7 h 25 min", "3 d 2 h", "12 s". */
void time_text_length(struct text *t, int64_t us);

#endif
