#include "report/json_text.h"

#include <inttypes.h>

#include "core/stack.h"
#include "core/text.h"

/* Every byte may become six. */
#define ESCAPED_MAX (6 * (STACK_ROW_MAX + 64) + 1)

void json_put_string(const char *bytes, size_t len, FILE *out) {
	char escaped[ESCAPED_MAX];
	struct text t;
	text_init(&t, escaped, sizeof(escaped));
	text_put_json(&t, bytes, len);
	fputc('"', out);
	for (size_t i = 0; i < t.len; i++) {
		if (escaped[i] == '<') {
			fputs("\\u003c", out);
		} else {
			fputc(escaped[i], out);
		}
	}
	fputc('"', out);
}

void json_put_time(int64_t time_us, FILE *out) {
	if (time_us == FOLD_NO_TIME) {
		fputs("null", out);
	} else {
		fprintf(out, "%.6f", (double)time_us / 1e6);
	}
}

void json_put_tally(const struct fold_tally *t, double scale, FILE *out) {
	fputc('[', out);
	for (size_t i = 0; i < t->count; i++) {
		fprintf(out, "%s[%.17g,%" PRIu64 "]", i ? "," : "", (double)t->items[i].key * scale,
			t->items[i].count);
	}
	fputc(']', out);
}
