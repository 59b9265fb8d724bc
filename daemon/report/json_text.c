#include "report/json_text.h"

#include <inttypes.h>
#include <string.h>

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

#define KINDS_MAX 256 /* as many such modules as anybody names */

static bool is_listed(const struct folded_slice *list, size_t count, struct folded_slice module) {
	for (size_t i = 0; i < count; i++) {
		if (list[i].len == module.len && memcmp(list[i].at, module.at, module.len) == 0) {
			return true;
		}
	}
	return false;
}

void json_put_kinds(const struct fold *fold, FILE *out) {
	static const char *const words[] = {"kernel", "library", "user"};
	struct folded_slice list[KINDS_MAX];
	size_t count = 0;
	fputs(",\n\"kinds\":{", out);
	for (uint32_t i = 0; i < fold->frame_count && count < KINDS_MAX; i++) {
		enum module_kind kind = fold->frames[i].kind;
		struct folded_slice module = frame_module(fold_frame_text(fold, i));
		if (kind == MODULE_DRIVER || is_listed(list, count, module)) {
			continue;
		}
		list[count++] = module;
		fputs(count > 1 ? "," : "", out);
		json_put_string(module.at, module.len, out);
		fprintf(out, ":\"%s\"", words[kind]);
	}
	fputc('}', out);
}
