/* A control request is any line of bytes; a good one can be written and reads the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct request r, again;

	if (request_parse((const char *)data, size, &r)) {
		return 0;
	}
	char *line = request_format(&r);
	if (!line || request_parse(line, strlen(line), &again) || again.verb != r.verb ||
		strcmp(again.session, r.session) != 0 || again.hold_ms != r.hold_ms ||
		again.breaks != r.breaks || strcmp(again.text, r.text) != 0 ||
		again.timeout_ms != r.timeout_ms || again.write != r.write ||
		again.force != r.force || again.follow != r.follow) {
		abort();
	}
	free(line);
	return 0;
}
