#include "core/lease.h"

#include "core/text.h"

static bool is_idle(const struct lease *l, uint64_t now_ms) {
	return now_ms - l->used_ms >= LEASE_IDLE_MS;
}

static void give(struct lease *l, uint64_t holder, const char *who, uint64_t now_ms) {
	struct text t;

	l->holder = holder;
	l->since_ms = l->used_ms = now_ms;
	text_init(&t, l->who, sizeof(l->who));
	text_put(&t, who);
}

enum lease_answer lease_take(struct lease *l, uint64_t holder, const char *who, bool force,
	uint64_t now_ms, char *from) {
	enum lease_answer answer = l->holder == 0        ? LEASE_TAKEN
				   : l->holder == holder ? LEASE_KEPT
				   : is_idle(l, now_ms)  ? LEASE_EXPIRED
				   : force               ? LEASE_FORCED
							 : LEASE_REFUSED;
	struct text t;

	text_init(&t, from, LEASE_WHO);
	if (l->holder != 0) {
		text_put(&t, l->who);
	}
	if (answer == LEASE_KEPT) {
		l->used_ms = now_ms;
	} else if (answer != LEASE_REFUSED) {
		give(l, holder, who, now_ms);
	}
	return answer;
}

bool lease_may_type(struct lease *l, uint64_t holder, uint64_t now_ms) {
	if (l->holder != 0 && l->holder != holder && !is_idle(l, now_ms)) {
		return false;
	}
	if (l->holder == holder) {
		l->used_ms = now_ms;
	}
	return true;
}

uint64_t lease_due(const struct lease *l) {
	return l->holder ? l->used_ms + LEASE_IDLE_MS : 0;
}

bool lease_expire(struct lease *l, uint64_t now_ms, char *from) {
	struct text t;

	if (l->holder == 0 || !is_idle(l, now_ms)) {
		return false;
	}
	text_init(&t, from, LEASE_WHO);
	text_put(&t, l->who);
	*l = (struct lease){0};
	return true;
}

bool lease_leave(struct lease *l, uint64_t holder) {
	if (holder == 0 || l->holder != holder) {
		return false;
	}
	*l = (struct lease){0};
	return true;
}
