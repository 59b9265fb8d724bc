#include "tests/bench/kd_wire.h"
#include "tests/bench/kd_os.h"

#include <string.h>

/* The machine's own delays are not divided by the speed: hence the least time. */
enum { HOST_TIMEOUT_US = 5000000, BYTE_TIMEOUT_US = 1000000, LEAST_US = 100000 };

static uint64_t bench_time(double us, double speed) {
	return us / speed > LEAST_US ? (uint64_t)(us / speed) : LEAST_US;
}

void wire_init(struct kd_wire *w, int fd, double speed) {
	memset(w, 0, sizeof *w);
	w->fd = fd;
	w->retry_us = bench_time(HOST_TIMEOUT_US, speed);
	w->quiet_us = bench_time(BYTE_TIMEOUT_US, speed);
	kdproto_init(&w->decoder);
	wire_search(w);
}

static void send_control(struct kd_wire *w, uint16_t type, uint32_t id) {
	uint8_t bytes[KDPROTO_HEADER];
	os_write(w->fd, bytes, kdproto_encode_control(bytes, type, id), true);
}

static void fresh_ids(struct kd_wire *w) {
	w->next_id = KDPROTO_INITIAL_ID;
	w->expect_id = KDPROTO_INITIAL_ID;
}

static void send_reset(struct kd_wire *w) {
	fresh_ids(w);
	w->reset_sent = true;
	send_control(w, KDPROTO_TYPE_RESET, 0);
}

static void send_frame(struct kd_wire *w) {
	size_t len =
		kdproto_encode_data(w->frame, w->out_type, w->next_id, w->payload, w->payload_len);
	w->unacked = true;
	w->sent_at = os_now_us();
	os_write(w->fd, w->frame, len, true);
}

void wire_send(
	struct kd_wire *w, uint16_t type, const uint8_t *payload, size_t len, bool answered) {
	memcpy(w->payload, payload, len);
	w->payload_len = len;
	w->out_type = type;
	w->unanswered = answered;
	w->tries = 0;
	send_frame(w);
}

void wire_drop(struct kd_wire *w) {
	w->unacked = false;
	w->unanswered = false;
}

void wire_search(struct kd_wire *w) {
	wire_drop(w);
	w->searching = true;
	w->met = false;
	w->search_at = 0;
	fresh_ids(w);
}

static void send_break(struct kd_wire *w) {
	static const uint8_t byte = KDPROTO_BREAKIN;
	os_write(w->fd, &byte, 1, true);
}

static void search(struct kd_wire *w) {
	if (w->wants_break) {
		send_break(w);
	}
	send_reset(w);
	w->search_at = os_now_us() + w->retry_us;
}

void wire_break(struct kd_wire *w) {
	w->wants_break = true;
	if (w->searching) {
		search(w);
	} else {
		send_break(w);
	}
}

bool wire_read(struct kd_wire *w) {
	uint8_t bytes[1024];
	ptrdiff_t n = os_read(w->fd, bytes, sizeof bytes);
	if (n > 0) {
		w->heard_at = os_now_us();
		kdproto_push(&w->decoder, bytes, (size_t)n);
	}
	return n != 0;
}

static void take_ack(struct kd_wire *w) {
	w->unacked = false;
	w->fresh = false;
	w->next_id ^= 1;
}

/* The other side starts its ids anew: so do we, and what it had not answered is asked again. */
static void take_reset(struct kd_wire *w) {
	fresh_ids(w);
	w->met = true;
	if (!w->reset_sent) {
		send_control(w, KDPROTO_TYPE_RESET, 0);
		w->reset_sent = true;
	} else {
		w->reset_sent = false;
	}
	if (w->unacked || w->unanswered) {
		send_frame(w);
	}
}

/* A packet with the SYNC bit: a target that starts anew, or our ACK was lost. */
static bool take_sync(struct kd_wire *w, const struct kdproto_event *event) {
	uint32_t sum = kdproto_checksum(event->payload, event->len);
	bool again = w->fresh && w->fresh_sum == sum;
	if (!again) {
		wire_drop(w);
		fresh_ids(w);
	}
	w->expect_id = KDPROTO_INITIAL_ID ^ 1;
	w->fresh = true;
	w->met = true;
	w->fresh_sum = sum;
	send_control(w, KDPROTO_TYPE_ACK, KDPROTO_INITIAL_ID);
	return !again;
}

static bool take_data(struct kd_wire *w, const struct kdproto_event *event) {
	if (event->id & KDPROTO_SYNC) {
		return take_sync(w, event);
	}
	if (!w->met) {
		send_reset(w); /* the ids of a session that is not ours: nothing to acknowledge */
		return false;
	}
	send_control(w, KDPROTO_TYPE_ACK, event->id);
	if (event->id != w->expect_id) {
		return false;
	}
	w->expect_id ^= 1;
	bool is_reply = event->type == KDPROTO_TYPE_MANIPULATE;
	if (w->unacked && (is_reply || !w->unanswered)) {
		take_ack(w); /* it was lost, but here is what comes after it */
	}
	w->unanswered = w->unanswered && !is_reply;
	return true;
}

bool wire_next(struct kd_wire *w, struct wire_packet *packet) {
	struct kdproto_event event;
	while (kdproto_next(&w->decoder, &event)) {
		if (event.kind == KDPROTO_EVENT_ACK && w->unacked && event.id == w->next_id) {
			take_ack(w);
		} else if (event.kind == KDPROTO_EVENT_RESET) {
			take_reset(w);
		} else if (event.kind == KDPROTO_EVENT_RESEND && w->unacked) {
			send_frame(w);
		} else if (event.kind == KDPROTO_EVENT_BAD) {
			send_control(w, KDPROTO_TYPE_RESEND, 0);
		} else if (event.kind == KDPROTO_EVENT_DATA && take_data(w, &event)) {
			if (event.type != KDPROTO_TYPE_MANIPULATE) {
				w->searching = false; /* a reply is to a kd that died: ask on */
			}
			*packet = (struct wire_packet){.type = event.type,
				.sync = (event.id & KDPROTO_SYNC) != 0,
				.payload = event.payload,
				.len = event.len};
			return true;
		}
	}
	return false;
}

static void sooner(uint64_t *best, bool on, uint64_t at) {
	if (on && at < *best) {
		*best = at;
	}
}

uint64_t wire_deadline(const struct kd_wire *w) {
	uint64_t best = UINT64_MAX;
	sooner(&best, w->searching, w->search_at);
	sooner(&best, w->unacked || w->unanswered, w->sent_at + w->retry_us);
	sooner(&best, kdproto_pending(&w->decoder), w->heard_at + w->quiet_us);
	return best;
}

unsigned wire_tick(struct kd_wire *w) {
	uint64_t now = os_now_us();
	if (kdproto_pending(&w->decoder) && now >= w->heard_at + w->quiet_us) {
		kdproto_timeout(&w->decoder);
	}
	if (w->searching && now >= w->search_at) {
		search(w);
	}
	if (!(w->unacked || w->unanswered) || now < w->sent_at + w->retry_us) {
		return 0;
	}
	if (w->unacked) {
		send_frame(w);
	} else {
		send_reset(w); /* heard, but not answered: ask for a new start */
		w->sent_at = now;
	}
	return ++w->tries;
}
