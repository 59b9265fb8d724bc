#include "core/halts.h"

#include <string.h>

static void ring_move(struct halts_ring *r, uint64_t index) {
	for (uint64_t n = 0; n < HALTS_BUCKETS && r->newest < index; n++) {
		r->newest++;
		r->ms[r->newest % HALTS_BUCKETS] = 0;
	}
	r->newest = index > r->newest ? index : r->newest;
}

/* The oldest bucket that is still in the ring when `index` is the newest. */
static uint64_t oldest(uint64_t index) {
	return index < HALTS_BUCKETS ? 0 : index - HALTS_BUCKETS + 1;
}

static uint64_t overlap(const struct halts_ring *r, uint64_t index, uint64_t from, uint64_t to) {
	uint64_t low = index * r->unit_ms, high = low + r->unit_ms;

	low = from > low ? from : low;
	high = to < high ? to : high;
	return high > low ? high - low : 0;
}

static void ring_add(struct halts_ring *r, uint64_t from, uint64_t to) {
	uint64_t last = to / r->unit_ms, first = from / r->unit_ms;

	ring_move(r, last);
	first = first > oldest(r->newest) ? first : oldest(r->newest);
	for (uint64_t i = first; i <= last; i++) {
		r->ms[i % HALTS_BUCKETS] += (uint32_t)overlap(r, i, from, to);
	}
}

/* What is in it at `now_ms`, and of the span that is not counted yet. */
static uint64_t ring_sum(const struct halts_ring *r, uint64_t now_ms, uint64_t from, uint64_t to) {
	uint64_t now = now_ms / r->unit_ms, low, sum = 0;

	now = now > r->newest ? now : r->newest;
	for (uint64_t i = oldest(now); i <= r->newest; i++) {
		sum += r->ms[i % HALTS_BUCKETS];
	}
	low = oldest(now) * r->unit_ms;
	from = from > low ? from : low;
	return sum + (to > from ? to - from : 0);
}

void halts_init(struct halts *h, uint64_t share_ms) {
	memset(h, 0, sizeof(*h));
	h->share_ms = share_ms;
	h->minute.unit_ms = h->hit_minute.unit_ms = HALTS_MINUTE_MS / HALTS_BUCKETS;
	h->hit_number.unit_ms = h->minute.unit_ms;
	h->hour.unit_ms = HALTS_HOUR_MS / HALTS_BUCKETS;
}

void halts_begin(struct halts *h, enum halt_owner owner, uint64_t now_ms) {
	h->open = true;
	h->owner = owner;
	h->estimated = owner == OWNER_HIT;
	h->begin_ms = h->text_ms = now_ms;
	h->go_ms = 0;
	h->text_over = false;
}

void halts_text(struct halts *h, uint64_t now_ms) {
	if (h->open && h->estimated && !h->text_over) {
		h->text_ms = now_ms;
	}
}

void halts_text_over(struct halts *h) {
	h->text_over = true;
}

void halts_stays(struct halts *h) {
	h->estimated = false;
}

void halts_go(struct halts *h, uint64_t now_ms) {
	h->go_ms = now_ms;
}

/* When the open halt ended, as far as is known at `now_ms`. */
static uint64_t end_of(const struct halts *h, uint64_t now_ms) {
	uint64_t end = now_ms;

	if (h->estimated) {
		end = h->text_ms + h->share_ms;
	} else if (h->go_ms) {
		end = h->go_ms;
	}
	return end < now_ms ? end : now_ms;
}

uint64_t halts_open_ms(const struct halts *h, uint64_t now_ms) {
	return h->open ? end_of(h, now_ms) - h->begin_ms : 0;
}

static void count(struct halts *h, const struct halts_span *span) {
	h->total_ms += span->ms;
	h->count++;
	h->owner_ms[span->owner] += span->ms;
	h->owner_count[span->owner]++;
	if (span->ms > h->longest_ms) {
		h->longest_ms = span->ms;
		h->longest_owner = span->owner;
	}
	if (span->estimated) {
		h->hits++;
		h->hits_ms += span->ms;
		h->hit_longest_ms = span->ms > h->hit_longest_ms ? span->ms : h->hit_longest_ms;
	}
}

bool halts_end(struct halts *h, uint64_t now_ms, struct halts_span *span) {
	uint64_t end = end_of(h, now_ms);

	if (!h->open) {
		return false;
	}
	*span = (struct halts_span){h->owner, end - h->begin_ms, h->estimated};
	count(h, span);
	ring_add(&h->minute, h->begin_ms, end);
	ring_add(&h->hour, h->begin_ms, end);
	if (h->owner == OWNER_HIT) {
		ring_add(&h->hit_minute, h->begin_ms, end);
		ring_move(&h->hit_number, end / h->hit_number.unit_ms);
		h->hit_number.ms[h->hit_number.newest % HALTS_BUCKETS]++;
	}
	h->open = false;
	return true;
}

static uint64_t sum(const struct halts *h, const struct halts_ring *r, uint64_t now_ms, bool open) {
	return ring_sum(r, now_ms, open ? h->begin_ms : 0, open ? end_of(h, now_ms) : 0);
}

uint64_t halts_last_minute(const struct halts *h, uint64_t now_ms) {
	return sum(h, &h->minute, now_ms, h->open);
}

uint64_t halts_last_hour(const struct halts *h, uint64_t now_ms) {
	return sum(h, &h->hour, now_ms, h->open);
}

uint64_t halts_hits_last_minute(const struct halts *h, uint64_t now_ms) {
	return sum(h, &h->hit_minute, now_ms, h->open && h->owner == OWNER_HIT);
}

uint64_t halts_hit_number_last_minute(const struct halts *h, uint64_t now_ms) {
	return ring_sum(&h->hit_number, now_ms, 0, 0);
}

uint64_t halts_hit_mean_ms(const struct halts *h) {
	return h->hits ? (h->hits_ms + h->hits / 2) / h->hits : 0;
}
