#include "core/hit.h"

#include <string.h>

#define CODE_BREAKPOINT 0x80000003u

void hit_init(struct hit *h, const struct hit_settings *set) {
	memset(h, 0, sizeof(*h));
	h->set = *set;
	h->edited = set->edited;
	h->old = set->edited ? set->old : HIT_TAG_OFF;
}

/* --- the stops
 * ----------------------------------------------------------------------------------- */

enum hit_kind hit_kind_of(const char *text, size_t len) {
	ptrdiff_t at = text_find(text, len, "nt!");

	if (at < 0) {
		return HIT_NONE;
	}
	text += at;
	len -= (size_t)at;
	if (text_find(text, len, "Free") > 0) {
		return HIT_FREE;
	}
	return text_find(text, len, "Alloc") > 0 ? HIT_ALLOCATION : HIT_NONE;
}

void hit_exception(struct hit *h, const struct kd_event *event) {
	h->told = HIT_NONE;
	h->at_int3 = event->code == CODE_BREAKPOINT && event->first_chance;
}

/* "nt!ExAllocatePoolWithTag+0x881:", alone on its line. */
static bool is_place(const char *line, size_t len) {
	return len > 1 && line[len - 1] == ':' && !memchr(line, ' ', len) && memchr(line, '!', len);
}

void hit_line(struct hit *h, const char *line, size_t len) {
	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\r')) {
		len--;
	}
	if (h->at_int3 && is_place(line, len)) {
		h->at_int3 = false;
		h->told = h->edited && text_starts(line, len, "nt!") ? hit_kind_of(line, len)
								     : HIT_NONE;
	}
}

void hit_forget(struct hit *h) {
	h->at_int3 = false;
	h->told = HIT_NONE;
}

const char *hit_kind_name(enum hit_kind kind) {
	static const char *const names[HIT_KINDS] = {"none", "allocation", "free"};

	return kind < HIT_KINDS ? names[kind] : "?";
}

/* --- the edit
 * ------------------------------------------------------------------------------------ */

const char *hit_read_command(void) {
	return "dd nt!PoolHitTag L1";
}

void hit_write_command(uint32_t value, struct text *t) {
	text_put(t, "ed nt!PoolHitTag 0x");
	text_put_hex(t, value, 8);
}

void hit_stack_command(const struct hit *h, struct text *t) {
	text_put(t, "kb ");
	text_put_hex(t, h->set.frames, 1);
}

void hit_begin(struct hit *h) {
	h->wrote = h->has_value = false;
}

static int digit(char c) {
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_address(const char *text, size_t len) {
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '`' && digit(text[i]) < 0) {
			return false;
		}
	}
	return len >= 8;
}

void hit_value(struct hit *h, const char *line, size_t len) {
	const char *blank;
	size_t at;
	uint32_t value = 0;

	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\r')) {
		len--;
	}
	blank = memchr(line, ' ', len);
	at = len - 8;
	if (!blank || len < 18 || !is_address(line, (size_t)(blank - line)) ||
		line[at - 1] != ' ') {
		return;
	}
	for (; at < len; at++) {
		if (digit(line[at]) < 0) {
			return; /* ????????: not there */
		}
		value = value << 4 | (uint32_t)digit(line[at]);
	}
	h->value = value;
	h->has_value = true;
}

void hit_wrote(struct hit *h, bool ours) {
	h->wrote = true;
	h->has_value = false;
	h->edited = h->edited || ours;
}

const char *hit_read_done(struct hit *h, bool ours) {
	if (!h->has_value) {
		return "nt!PoolHitTag cannot be read";
	}
	if (!h->wrote) {
		h->old = h->value == h->set.tag ? h->old : h->value;
		return NULL;
	}
	if (h->value != (ours ? h->set.tag : h->old)) {
		return "nt!PoolHitTag does not hold what was written";
	}
	h->edited = ours;
	return NULL;
}

void hit_booted(struct hit *h) {
	hit_forget(h);
	h->edited = false;
	h->old = HIT_TAG_OFF;
}
