/*
 * The patterns of --match and --exclude: a small regular expression, in any case of letters. The
 * operators are ^ $ . [a-z] [^a-z] * + ? | and a backslash before a character that stands for
 * itself. There are no groups. Matching cannot fail and needs no memory.
 */
#ifndef LIVEDEBUG_REPORT_PATTERN_H
#define LIVEDEBUG_REPORT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* NULL, or words that say what is wrong with the pattern. */
const char *pattern_fault(const char *pattern);

/* Is there a part of the text that the pattern describes? Only for patterns without a fault. */
bool pattern_matches(const char *pattern, const char *text);

#endif
