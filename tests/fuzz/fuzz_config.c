/* Any bytes as a profile; a good one must be the same after dump and load. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_error(void *data, const char *line) {
	size_t *count = data;
	*count += strlen(line) > 0;
}

static char *dump(const struct config *c, size_t *len) {
	char *text = NULL;
	FILE *stream = open_memstream(&text, len);
	if (!stream) {
		abort();
	}
	config_dump(c, stream);
	(void)fclose(stream);
	return text;
}

static void compare(const struct config *first) {
	size_t errors = 0, len, again_len;
	char *text = dump(first, &len);
	struct config second;
	config_load_text(&second, "dump", text, len, NULL, 0, on_error, &errors);
	char *again = dump(&second, &again_len);
	if (errors > 0 || len != again_len || memcmp(text, again, len) != 0) {
		(void)fprintf(stderr, "%s\n--- again:\n%s\n", text, again);
		abort();
	}
	free(text);
	free(again);
	config_finish(&second);
}

/* The first line, when it begins with "--set ", is an override: it is text from outside too. */
static size_t take_set(const uint8_t *data, size_t size, char *set, size_t cap) {
	const uint8_t *end = memchr(data, '\n', size);
	size_t len = end ? (size_t)(end - data) : 0;
	if (len < 6 || memcmp(data, "--set ", 6) != 0 || len - 6 >= cap) {
		return 0;
	}
	memcpy(set, data + 6, len - 6);
	set[len - 6] = 0;
	return len + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct config c;
	size_t errors = 0, skip = 0;
	char set[512];
	const char *sets[] = {set};
	if (size > 0) {
		skip = take_set(data, size, set, sizeof(set));
	}
	config_load_text(&c, "x.ini", (const char *)data + skip, size - skip, sets, skip > 0,
		on_error, &errors);
	if ((errors > 0) != c.failed) {
		abort();
	}
	if (!c.failed) {
		compare(&c);
	}
	config_finish(&c);
	return 0;
}
