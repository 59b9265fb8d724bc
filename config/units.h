/* Numbers and sizes as they stand in the ini file. (Durations: core/text.h.) */
#ifndef LIVEDEBUG_CONFIG_UNITS_H
#define LIVEDEBUG_CONFIG_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A whole decimal number and nothing else. False (result untouched) if not, or on overflow. */
bool units_parse_number(const char *string, uint64_t *number);

/* A number and one of B, K, M, G (powers of 1024). False (result untouched) if not. */
bool units_parse_size(const char *string, uint64_t *bytes);

/* Format bytes in the largest unit that divides them, NUL-terminated: 1048576 -> "1M". */
void units_format_size(uint64_t bytes, char *out, size_t cap);

/* The same for milliseconds: 90000 -> "90s". */
void units_format_duration(uint64_t ms, char *out, size_t cap);

#endif
