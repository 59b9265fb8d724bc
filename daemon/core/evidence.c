#include "core/evidence.h"

#include <string.h>

void evidence_rate_init(struct evidence_rate *r, uint64_t limit) {
	memset(r, 0, sizeof(*r));
	r->limit = limit;
}

/* Another second; the gap ends with one that was within the limit, or in which nobody spoke. */
static void roll(struct evidence_rate *r, uint64_t now_ms) {
	uint64_t age = now_ms - r->start_ms;

	if (age >= EVIDENCE_WINDOW_MS) {
		if (r->bytes <= r->limit || age >= 2 * EVIDENCE_WINDOW_MS) {
			r->over = false;
		}
		r->start_ms = now_ms;
		r->bytes = 0;
	}
}

bool evidence_rate_keep(struct evidence_rate *r, uint64_t now_ms, uint64_t bytes) {
	roll(r, now_ms);
	r->bytes += bytes;
	if (!r->over && r->bytes > r->limit) {
		r->over = true;
		r->wait_ms = EVIDENCE_WINDOW_MS;
		r->due_ms = now_ms + r->wait_ms;
	}
	if (r->over) {
		r->untold += bytes;
		r->lost += bytes;
	}
	return !r->over;
}

uint64_t evidence_rate_due(struct evidence_rate *r, uint64_t now_ms) {
	roll(r, now_ms);
	if (r->over && now_ms < r->due_ms) {
		return 0;
	}
	if (r->over) {
		r->wait_ms = r->wait_ms * 2 < EVIDENCE_TELL_MAX_MS ? r->wait_ms * 2
								   : EVIDENCE_TELL_MAX_MS;
		r->due_ms = now_ms + r->wait_ms;
	}
	return evidence_rate_rest(r);
}

uint64_t evidence_rate_rest(struct evidence_rate *r) {
	uint64_t untold = r->untold;

	r->untold = 0;
	return untold;
}

bool evidence_rotate(const struct evidence_file *f, uint64_t log_max) {
	bool big = f->bytes >= log_max;
	bool old = f->bytes > 0 && f->day != f->today;

	if (log_max == UINT64_MAX) {
		return false;
	}
	if (big && f->bytes - log_max >= log_max / 2) {
		return true;
	}
	return (big || old) && f->calm;
}

size_t evidence_expired(size_t count, size_t keep) {
	return count > keep ? count - keep : 0;
}

static bool has_room(const struct evidence_health *h, uint64_t free_bytes) {
	return free_bytes >= h->reserve + (h->told ? h->reserve / 8 : 0);
}

/* Was all good for so long that it is to be believed? */
static enum evidence_news good(struct evidence_health *h, uint64_t now_ms) {
	h->bad = false;
	if (!h->told) {
		return EVIDENCE_SAME;
	}
	if (h->good_since_ms == 0) {
		h->good_since_ms = now_ms;
	}
	if (now_ms - h->good_since_ms < h->hold_off_ms) {
		return EVIDENCE_SAME;
	}
	h->told = false;
	return EVIDENCE_BACK;
}

enum evidence_news evidence_look(
	struct evidence_health *h, uint64_t now_ms, const struct evidence_sight *sight) {
	bool room = has_room(h, sight->free_bytes);

	if (sight->writable && room) {
		return good(h, now_ms);
	}
	h->good_since_ms = 0;
	if (sight->writable) {
		h->bad = false;
	} else if (!h->bad) {
		h->bad = true;
		h->bad_since_ms = now_ms;
	}
	if (h->told || (room && now_ms - h->bad_since_ms < EVIDENCE_UNWRITABLE_MS)) {
		return EVIDENCE_SAME;
	}
	h->told = true;
	return room ? EVIDENCE_UNWRITABLE : EVIDENCE_NO_ROOM;
}

const char *evidence_news_text(enum evidence_news news) {
	switch (news) {
	case EVIDENCE_UNWRITABLE:
		return "the journal could not be written for a minute";
	case EVIDENCE_NO_ROOM:
		return "less room on the disk than disk_reserve";
	case EVIDENCE_SAME:
	case EVIDENCE_BACK:
		break;
	}
	return NULL;
}
