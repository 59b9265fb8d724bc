/* Any bytes as a batch file: what is written from it can be read as a profile's lines. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every line that is written is a section, a key or a command. */
static void check_lines(const char *text) {
	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n");
		if (n && *line != '[' && *line != '\t' && !memchr(line, '=', n)) {
			(void)fprintf(stderr, "not a profile's line: %.*s\n", (int)n, line);
			abort();
		}
		line += n + (line[n] == '\n');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct batch b;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	if (!out) {
		abort();
	}
	batch_read(&b, (const char *)data, size);
	batch_write(&b, "a", out);
	(void)fclose(out);
	check_lines(text);
	batch_finish(&b);
	free(text);
	return 0;
}
