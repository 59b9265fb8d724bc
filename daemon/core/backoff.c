#include "core/backoff.h"

#include <string.h>

void backoff_adjust(struct backoff *b, uint64_t min_ms, uint64_t max_ms) {
	b->min_ms = min_ms;
	b->max_ms = max_ms < min_ms ? min_ms : max_ms;
}

void backoff_init(
	struct backoff *b, uint64_t min_ms, uint64_t max_ms, unsigned past, uint64_t now_ms) {
	memset(b, 0, sizeof(*b));
	backoff_adjust(b, min_ms, max_ms);
	for (unsigned i = 0; i < past && i < BACKOFF_DEATHS; i++) {
		b->deaths[b->death_count++] = now_ms;
	}
}

void backoff_failed(struct backoff *b, uint64_t now_ms, bool death) {
	if (b->streak < 30) {
		b->streak++;
	}
	if (!death) {
		return;
	}
	if (b->death_count == BACKOFF_DEATHS) {
		memmove(b->deaths, b->deaths + 1, sizeof(b->deaths) - sizeof(b->deaths[0]));
		b->death_count--;
	}
	b->deaths[b->death_count++] = now_ms;
}

void backoff_good(struct backoff *b) {
	b->streak = 0;
}

uint64_t backoff_delay(const struct backoff *b, bool dirty, uint64_t random) {
	uint64_t cap = b->max_ms, delay = b->min_ms;

	if (dirty && cap > BACKOFF_DIRTY_MAX_MS) {
		cap = BACKOFF_DIRTY_MAX_MS;
	}
	for (unsigned i = 1; i < b->streak && delay < cap; i++) {
		delay *= 2;
	}
	delay += random % (delay / 4 + 1);
	return delay < cap ? delay : cap;
}

bool backoff_too_many(const struct backoff *b, uint64_t now_ms) {
	return b->death_count == BACKOFF_DEATHS && now_ms - b->deaths[0] <= BACKOFF_WINDOW_MS;
}

void backoff_forgive(struct backoff *b) {
	b->death_count = 0;
	b->streak = 0;
}
