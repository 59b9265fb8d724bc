#include "config/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

static const struct {
	char letter;
	uint64_t bytes;
} size_units[] = {
	{'G', (uint64_t)1 << 30},
	{'M', (uint64_t)1 << 20},
	{'K', (uint64_t)1 << 10},
	{'B', 1},
};

#define SIZE_UNIT_COUNT (sizeof(size_units) / sizeof(size_units[0]))

/* Read the digits at the start; the rest of the string, or NULL when there is no number. */
static const char *read_digits(const char *string, uint64_t *number) {
	uint64_t value = 0;
	const char *p = string;
	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');
		if (value > (UINT64_MAX - digit) / 10) {
			return NULL;
		}
		value = value * 10 + digit;
	}
	if (p == string) {
		return NULL;
	}
	*number = value;
	return p;
}

bool units_parse_number(const char *string, uint64_t *number) {
	uint64_t value;
	const char *rest = read_digits(string, &value);
	if (!rest || *rest) {
		return false;
	}
	*number = value;
	return true;
}

bool units_parse_size(const char *string, uint64_t *bytes) {
	uint64_t value;
	const char *rest = read_digits(string, &value);
	if (!rest || strlen(rest) != 1) {
		return false;
	}
	for (size_t i = 0; i < SIZE_UNIT_COUNT; i++) {
		if (size_units[i].letter == *rest && value <= UINT64_MAX / size_units[i].bytes) {
			*bytes = value * size_units[i].bytes;
			return true;
		}
	}
	return false;
}

void units_format_size(uint64_t bytes, char *out, size_t cap) {
	size_t i = 0;
	while (i < SIZE_UNIT_COUNT - 1 && (bytes % size_units[i].bytes || !bytes)) {
		i++;
	}
	snprintf(out, cap, "%" PRIu64 "%c", bytes / size_units[i].bytes, size_units[i].letter);
}

void units_format_duration(uint64_t ms, char *out, size_t cap) {
	struct text t;
	text_init(&t, out, cap);
	text_put_duration(&t, ms);
}
