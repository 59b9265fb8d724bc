#include "tests/bench/kdproto.h"

#include <string.h>

void kdproto_put16(uint8_t *p, uint16_t v) {
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

void kdproto_put32(uint8_t *p, uint32_t v) {
	kdproto_put16(p, (uint16_t)v);
	kdproto_put16(p + 2, (uint16_t)(v >> 16));
}

void kdproto_put64(uint8_t *p, uint64_t v) {
	kdproto_put32(p, (uint32_t)v);
	kdproto_put32(p + 4, (uint32_t)(v >> 32));
}

uint16_t kdproto_get16(const uint8_t *p) {
	return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t kdproto_get32(const uint8_t *p) {
	return kdproto_get16(p) | (uint32_t)kdproto_get16(p + 2) << 16;
}

uint64_t kdproto_get64(const uint8_t *p) {
	return kdproto_get32(p) | (uint64_t)kdproto_get32(p + 4) << 32;
}

uint32_t kdproto_checksum(const uint8_t *bytes, size_t len) {
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += bytes[i];
	return sum;
}

static void put_header(uint8_t *out, uint8_t leader, uint16_t type, uint16_t count, uint32_t id) {
	memset(out, leader, 4);
	kdproto_put16(out + 4, type);
	kdproto_put16(out + 6, count);
	kdproto_put32(out + 8, id);
	kdproto_put32(out + 12, 0);
}

size_t kdproto_encode_data(
	uint8_t *out, uint16_t type, uint32_t id, const uint8_t *payload, size_t len) {
	put_header(out, KDPROTO_DATA_LEADER, type, (uint16_t)len, id);
	kdproto_put32(out + 12, kdproto_checksum(payload, len));
	if (len > 0)
		memcpy(out + KDPROTO_HEADER, payload, len);
	out[KDPROTO_HEADER + len] = KDPROTO_TRAILER;
	return KDPROTO_HEADER + len + 1;
}

size_t kdproto_encode_control(uint8_t *out, uint16_t type, uint32_t id) {
	put_header(out, KDPROTO_CONTROL_LEADER, type, 0, id);
	return KDPROTO_HEADER;
}

void kdproto_init(struct kdproto_decoder *d) {
	d->used = 0;
	d->at = 0;
	d->seen = 0;
	d->was_timeout = false;
}

size_t kdproto_push(struct kdproto_decoder *d, const uint8_t *bytes, size_t len) {
	if (len == 0)
		return 0;
	memmove(d->buffer, d->buffer + d->at, d->used - d->at);
	d->used -= d->at;
	d->seen = d->seen > d->at ? d->seen - d->at : 0;
	d->at = 0;
	if (len > sizeof d->buffer - d->used)
		len = sizeof d->buffer - d->used;
	memcpy(d->buffer + d->used, bytes, len);
	d->used += len;
	d->was_timeout = false;
	return len;
}

bool kdproto_pending(const struct kdproto_decoder *d) {
	return d->at < d->used;
}

void kdproto_timeout(struct kdproto_decoder *d) {
	d->was_timeout = true;
}

/* What the bytes at d->at are so far. */
enum look {
	LOOK_MORE, /* cannot be told yet */
	LOOK_NONE, /* no packet starts here */
	LOOK_DATA, /* a possible data header */
	LOOK_CONTROL
};

static bool is_leader(uint8_t byte) {
	return byte == KDPROTO_DATA_LEADER || byte == KDPROTO_CONTROL_LEADER;
}

static bool id_is_good(uint32_t id) {
	return (id & ~(KDPROTO_SYNC | 1u)) == KDPROTO_INITIAL_ID;
}

static bool is_control_type(uint16_t type) {
	return type >= KDPROTO_TYPE_ACK && type <= KDPROTO_TYPE_RESET;
}

/* Refuse as early as the bytes allow: a false leader then holds up nothing that follows. */
static bool control_is_possible(const uint8_t *p, size_t have) {
	if (have >= 6 && !is_control_type(kdproto_get16(p + 4)))
		return false;
	if (have >= 8 && kdproto_get16(p + 6) != 0)
		return false;
	if (have >= 12 && kdproto_get16(p + 4) == KDPROTO_TYPE_ACK)
		return id_is_good(kdproto_get32(p + 8));
	return true; /* RESEND and RESET carry rubbish as id */
}

static bool data_is_possible(const uint8_t *p, size_t have) {
	uint16_t type = have >= 6 ? kdproto_get16(p + 4) : 1;

	if (type == 0 || type > KDPROTO_TYPE_FILE_IO || is_control_type(type))
		return false;
	if (have >= 8 && kdproto_get16(p + 6) > KDPROTO_PAYLOAD_MAX)
		return false;
	return have < 12 || id_is_good(kdproto_get32(p + 8));
}

static enum look look_at(const uint8_t *p, size_t have) {
	if (!is_leader(p[0]))
		return LOOK_NONE;
	for (size_t i = 1; i < 4 && i < have; i++)
		if (p[i] != p[0])
			return LOOK_NONE;
	bool is_data = p[0] == KDPROTO_DATA_LEADER;
	if (!(is_data ? data_is_possible(p, have) : control_is_possible(p, have)))
		return LOOK_NONE;
	if (have < KDPROTO_HEADER)
		return LOOK_MORE;
	return is_data ? LOOK_DATA : LOOK_CONTROL;
}

static bool emit_byte(struct kdproto_decoder *d, struct kdproto_event *event) {
	event->kind = KDPROTO_EVENT_GARBAGE;
	event->byte = d->buffer[d->at++];
	return true;
}

/* 0x62 is a break-in only directly before a leader byte or before silence. */
static bool emit_unframed(struct kdproto_decoder *d, struct kdproto_event *event) {
	bool is_last = d->at + 1 == d->used;
	bool is_breakin = d->buffer[d->at] == KDPROTO_BREAKIN && d->at >= d->seen;

	if (is_breakin && is_last && !d->was_timeout)
		return false;
	if (is_breakin && !is_last && !is_leader(d->buffer[d->at + 1]))
		is_breakin = false;
	emit_byte(d, event);
	if (is_breakin)
		event->kind = KDPROTO_EVENT_BREAKIN;
	return true;
}

static bool emit_control(struct kdproto_decoder *d, struct kdproto_event *event) {
	const uint8_t *p = d->buffer + d->at;

	event->type = kdproto_get16(p + 4);
	event->id = kdproto_get32(p + 8);
	event->kind = event->type == KDPROTO_TYPE_ACK      ? KDPROTO_EVENT_ACK
		      : event->type == KDPROTO_TYPE_RESEND ? KDPROTO_EVENT_RESEND
							   : KDPROTO_EVENT_RESET;
	d->at += KDPROTO_HEADER;
	return true;
}

/* Go one byte on; what was read as this packet can no longer be a break-in. */
static bool refuse(struct kdproto_decoder *d, struct kdproto_event *event, enum kdproto_bad bad,
	size_t frame_len) {
	event->kind = KDPROTO_EVENT_BAD;
	event->bad = bad;
	if (d->seen < d->at + frame_len)
		d->seen = d->at + frame_len;
	d->at++;
	return true;
}

static bool emit_data(struct kdproto_decoder *d, struct kdproto_event *event) {
	const uint8_t *p = d->buffer + d->at;
	size_t have = d->used - d->at;

	event->type = kdproto_get16(p + 4);
	event->len = kdproto_get16(p + 6);
	event->id = kdproto_get32(p + 8);
	event->payload = p + KDPROTO_HEADER;
	size_t frame_len = KDPROTO_HEADER + event->len + 1;
	if (have < frame_len)
		return d->was_timeout && refuse(d, event, KDPROTO_BAD_SHORT, have);
	if (p[frame_len - 1] != KDPROTO_TRAILER)
		return refuse(d, event, KDPROTO_BAD_TRAILER, frame_len);
	if (kdproto_checksum(event->payload, event->len) != kdproto_get32(p + 12))
		return refuse(d, event, KDPROTO_BAD_CHECKSUM, frame_len);
	event->kind = KDPROTO_EVENT_DATA;
	d->at += frame_len;
	return true;
}

bool kdproto_next(struct kdproto_decoder *d, struct kdproto_event *event) {
	memset(event, 0, sizeof *event);
	if (d->at == d->used)
		return false;
	switch (look_at(d->buffer + d->at, d->used - d->at)) {
	case LOOK_MORE:
		return d->was_timeout && emit_byte(d, event);
	case LOOK_DATA:
		return emit_data(d, event);
	case LOOK_CONTROL:
		return emit_control(d, event);
	case LOOK_NONE:
		break;
	}
	return emit_unframed(d, event);
}
