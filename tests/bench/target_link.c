#include "tests/bench/target.h"

#include <string.h>

#define RETRIES_UNHEARD 5
#define RETRIES 20

uint64_t link_timeout(const struct target *t) {
	uint64_t least = TIMEOUT_WALL_MIN * t->speed;

	return BYTE_TIMEOUT > least ? BYTE_TIMEOUT : least;
}

void link_reset_ids(struct target *t, uint32_t sync) {
	t->send_id = KDPROTO_INITIAL_ID | sync;
	t->expect_id = KDPROTO_INITIAL_ID;
}

static void put_on_wire(struct target *t, uint8_t *frame, size_t len) {
	fault_damage(t, frame, &len);
	serial_send(t, frame, len);
}

static void send_control(struct target *t, uint16_t type, uint32_t id) {
	uint8_t frame[KDPROTO_HEADER];

	put_on_wire(t, frame, kdproto_encode_control(frame, type, id));
}

static void transmit(struct target *t) {
	uint8_t frame[KDPROTO_FRAME_MAX];

	put_on_wire(t, frame, kdproto_encode_data(frame, t->type, t->send_id, t->payload, t->len));
	t->ack_due = serial_idle_at(&t->serial) + link_timeout(t);
}

static void reload_retries(struct target *t) {
	t->retries = t->is_heard ? RETRIES : RETRIES_UNHEARD;
}

/* Frozen from here on: bytes that wait in the UART are read as the answer. */
void link_send(struct target *t, enum target_send what, uint16_t type, size_t len) {
	if (t->mode == MODE_RUNNING || t->mode == MODE_OFF) {
		kdproto_init(&t->decoder);
		t->decoder_due = NEVER;
	}
	t->mode = MODE_SENDING;
	t->send = what;
	t->type = type;
	t->len = len;
	reload_retries(t);
	transmit(t);
	if (t->fifo_len > 0)
		link_receive(t, t->fifo, t->fifo_len);
	t->fifo_len = 0;
}

void link_send_state(struct target *t, enum target_send what) {
	t->state_send = what;
	memcpy(t->payload, t->state, t->state_len);
	link_send(t, what, KDPROTO_TYPE_STATE_CHANGE64, t->state_len);
}

static void sent(struct target *t) {
	t->send_id = (t->send_id & ~KDPROTO_SYNC) ^ 1u;
	t->ack_due = NEVER;
	t->mode = MODE_HALTED;
	if (t->send == SEND_PRINT)
		stop_run(t);
}

static void heard(struct target *t) {
	if (!t->is_heard || t->is_absent)
		truth_event(t, "connected", "\"boot\":%llu", (unsigned long long)t->boots);
	t->is_heard = true;
	t->is_absent = false;
	reload_retries(t);
}

/* RESET ids of a Microsoft target are whatever stood on its stack. */
static void received_reset(struct target *t) {
	link_reset_ids(t, 0);
	send_control(t, KDPROTO_TYPE_RESET, machine_random(t));
	if (t->mode == MODE_SENDING)
		transmit(t);
	else
		link_send_state(t, t->state_send);
}

static void received_resend(struct target *t) {
	if (t->mode == MODE_SENDING)
		transmit(t);
}

/* The ACK of a SYNC packet has to come without the bit. */
static void received_ack(struct target *t, uint32_t id) {
	if (t->mode == MODE_SENDING && id == (t->send_id & ~KDPROTO_SYNC))
		sent(t);
}

static void request(struct target *t, const struct kdproto_event *e) {
	uint32_t id = e->id & ~KDPROTO_SYNC;

	if ((e->id & KDPROTO_SYNC) != 0)
		t->expect_id = id;
	send_control(t, KDPROTO_TYPE_ACK, id);
	if (id != t->expect_id)
		return;
	t->expect_id ^= 1u;
	if (e->type == KDPROTO_TYPE_MANIPULATE)
		api_request(t, e->payload, e->len);
}

/*
 * Data where an ACK was awaited: with the expected id the ACK was lost, and the host is asked to
 * send its packet once more; else it is an old one.
 */
static void received_data(struct target *t, const struct kdproto_event *e) {
	if (t->mode == MODE_HALTED) {
		request(t, e);
	} else if ((e->id & ~KDPROTO_SYNC) == t->expect_id) {
		send_control(t, KDPROTO_TYPE_RESEND, machine_random(t));
		sent(t);
	} else {
		send_control(t, KDPROTO_TYPE_ACK, e->id & ~KDPROTO_SYNC);
	}
}

static void received(struct target *t, const struct kdproto_event *e) {
	if (e->kind <= KDPROTO_EVENT_RESET)
		heard(t);
	switch (e->kind) {
	case KDPROTO_EVENT_DATA:
		received_data(t, e);
		break;
	case KDPROTO_EVENT_ACK:
		received_ack(t, e->id);
		break;
	case KDPROTO_EVENT_RESEND:
		received_resend(t);
		break;
	case KDPROTO_EVENT_RESET:
		received_reset(t);
		break;
	case KDPROTO_EVENT_BREAKIN: /* kept until the machine runs again */
		truth_event(
			t, "breakin_byte", "\"result\":\"%s\"", t->is_deaf ? "ignored" : "pending");
		t->is_break_pending = !t->is_deaf;
		break;
	case KDPROTO_EVENT_BAD:
		send_control(t, KDPROTO_TYPE_RESEND, machine_random(t));
		break;
	case KDPROTO_EVENT_GARBAGE:
		break;
	}
}

static void drain(struct target *t) {
	struct kdproto_event event;

	while ((t->mode == MODE_SENDING || t->mode == MODE_HALTED) &&
		kdproto_next(&t->decoder, &event))
		received(t, &event);
	t->decoder_due = kdproto_pending(&t->decoder) ? t->now + link_timeout(t) : NEVER;
}

void link_receive(struct target *t, const uint8_t *bytes, size_t len) {
	while (len > 0) {
		size_t n = kdproto_push(&t->decoder, bytes, len);
		drain(t);
		bytes += n;
		len -= n;
	}
}

void link_byte_timeout(struct target *t) {
	kdproto_timeout(&t->decoder);
	drain(t);
	t->decoder_due = NEVER;
}

/* An exception and a reply are sent for ever; a print and LoadSymbols are not worth a dead box. */
static void give_up(struct target *t) {
	truth_event(t, "gave_up", "\"what\":\"%s\"", t->send == SEND_LOAD ? "load" : "print");
	t->is_absent = true;
	t->ack_due = NEVER;
	link_reset_ids(t, KDPROTO_SYNC);
	if (t->send == SEND_LOAD)
		stop_continue(t, false);
	else
		stop_run(t);
}

void link_ack_timeout(struct target *t) {
	bool is_patient = t->send == SEND_EXCEPTION || t->send == SEND_REPLY;

	if (!is_patient && --t->retries == 0)
		give_up(t);
	else
		transmit(t);
}
