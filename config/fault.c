#include "config/fault.h"

#include <stdarg.h>
#include <stdio.h>

#include "config/strings.h"

/* Room for a path, a place and a text whose outside parts were bounded by string_show(). */
#define REPORT_MAX 4096

static size_t put_place(const struct reporter *r, struct place at, char *out, size_t cap) {
	char shown[SHOWN_MAX];
	int len;
	if (at.set) {
		len = snprintf(out, cap, "--set %s", string_show(at.set, shown));
	} else if (at.line) {
		len = snprintf(out, cap, "%s:%zu", r->path, at.line);
	} else {
		len = snprintf(out, cap, "%s", r->path);
	}
	return len < 0 ? 0 : (size_t)len < cap ? (size_t)len : cap - 1;
}

void fault_report(struct reporter *r, struct place at, const char *format, ...) {
	char line[REPORT_MAX], text[REPORT_MAX / 2];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	size_t len = put_place(r, at, line, sizeof(line) / 2);
	snprintf(line + len, sizeof(line) - len, ": error: %s", text);
	r->failed = true;
	if (r->error) {
		r->error(r->data, line);
	}
}

const char *place_show(struct place at, char *out) {
	char shown[SHOWN_MAX];
	if (at.set) {
		snprintf(out, PLACE_MAX, " (--set %s)", string_show(at.set, shown));
	} else {
		snprintf(out, PLACE_MAX, " (line %zu)", at.line);
	}
	return out;
}
