#include "core/bugcheck.h"

#include <string.h>

#define KIB 1024ULL
#define HOUR_MS 3600000

/* `256K`, `1M` */
static bool parse_size(const char *text, uint64_t *bytes) {
	uint64_t n = 0, unit;

	for (; *text >= '0' && *text <= '9' && n < 100 * KIB; text++) {
		n = n * 10 + (uint64_t)(*text - '0');
	}
	unit = *text == 'K' ? KIB : *text == 'M' ? KIB * KIB : 0;
	if (unit == 0 || text[1] || n * unit < KIB || n * unit > 16 * KIB * KIB) {
		return false;
	}
	*bytes = n * unit;
	return true;
}

bool bugcheck_parse_max(const char *text, struct bugcheck_recipe *set) {
	size_t len = strcspn(text, ", \t");
	const char *size = text + len + strspn(text + len, ", \t");
	uint64_t ms = 0, bytes = BUGCHECK_BYTES;
	char duration[32];

	if (len >= sizeof(duration)) {
		return false;
	}
	memcpy(duration, text, len);
	duration[len] = '\0';
	if (!text_parse_duration(duration, &ms) || ms < 100 || ms > HOUR_MS ||
		(text[len] && !parse_size(size, &bytes))) {
		return false;
	}
	set->max_ms = ms;
	set->max_bytes = bytes;
	return true;
}

void bugcheck_told(struct bugcheck *b, const struct kd_event *event) {
	if (b->told && b->has_code) {
		return;
	}
	b->told = b->has_code = true;
	b->code = event->code;
	b->bytes = 0;
	b->param_count = event->param_count < 4 ? event->param_count : 4;
	memcpy(b->params, event->params, sizeof(b->params));
}

void bugcheck_line(struct bugcheck *b, const char *line, size_t len) {
	if (!b->told && text_starts(line, len, "A fatal system error has occurred")) {
		*b = (struct bugcheck){.told = true};
	}
}

void bugcheck_forget(struct bugcheck *b) {
	b->told = false;
}

void bugcheck_put(const struct bugcheck *b, struct text *t) {
	text_put(t, ",\"code\":");
	if (b->has_code) {
		text_put(t, "\"0x");
		text_put_hex(t, b->code, 8);
		text_put(t, "\"");
	} else {
		text_put(t, "null");
	}
	text_put(t, ",\"params\":[");
	for (size_t i = 0; i < b->param_count; i++) {
		text_put(t, i ? ",\"0x" : "\"0x");
		text_put_hex(t, b->params[i], 16);
		text_put(t, "\"");
	}
	text_put(t, "]");
}

const char *bugcheck_spent(const struct bugcheck *b, const struct bugcheck_recipe *recipe,
	uint64_t begun_ms, uint64_t now_ms) {
	if (b->bytes > recipe->max_bytes) {
		return "the analysis printed more than bugcheck_max";
	}
	return now_ms - begun_ms >= recipe->max_ms ? "the analysis took longer than bugcheck_max"
						   : NULL;
}

const char *bugcheck_command(const struct bugcheck_recipe *recipe) {
	return recipe->analyze ? "!analyze -v" : NULL;
}

const char *bugcheck_end(const struct bugcheck_recipe *recipe) {
	return recipe->reboot ? ".reboot" : "g";
}
