#include "core/ear.h"

#include <stdbool.h>
#include <string.h>

#define HEADER 16
#define PAYLOAD_MAX 4000
#define TRAILER 0xaa
#define TYPE_MAX 11
#define STATE_EXCEPTION 0x3030

enum { ALL_OF_IT = 100, MOSTLY_TEXT = 85, MOSTLY_SMEARED = 55 };

static uint32_t get32(const uint8_t *p) {
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t get16(const uint8_t *p) {
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static bool has_leader(const uint8_t *p, uint8_t leader) {
	return p[0] == leader && p[1] == leader && p[2] == leader && p[3] == leader;
}

/* A data packet's header that can be one: type, count and id are held against what KD sends. */
static bool is_data(const uint8_t *p) {
	const uint32_t id = get32(p + 8);

	return has_leader(p, 0x30) && get16(p + 4) >= 1 && get16(p + 4) <= TYPE_MAX &&
	       get16(p + 6) <= PAYLOAD_MAX && (id & ~0x801U) == 0x80800000U;
}

/* A control packet: its id may be anything. */
static bool is_control(const uint8_t *p) {
	return has_leader(p, 0x69) && get16(p + 4) >= 4 && get16(p + 4) <= 6 && get16(p + 6) == 0;
}

static bool is_whole(const uint8_t *p, size_t payload) {
	uint32_t sum = 0;

	for (size_t i = 0; i < payload; i++) {
		sum += p[HEADER + i];
	}
	return sum == get32(p + 12) && p[HEADER + payload] == TRAILER;
}

static void drop(struct ear *e, size_t n) {
	e->held -= n;
	memmove(e->frame, e->frame + n, e->held);
}

static void take_packet(struct ear *e, size_t payload) {
	const uint32_t type = get16(e->frame + 4);
	const bool is_state = (type == 1 || type == 7) && payload >= 4;

	e->packets++;
	e->exceptions += is_state && get32(e->frame + HEADER) == STATE_EXCEPTION;
	drop(e, HEADER + payload + 1);
}

/* Look at what is held; false: more bytes are needed. */
static bool look(struct ear *e) {
	size_t payload;

	if (e->held < HEADER) {
		return false;
	}
	if (is_control(e->frame)) {
		e->controls++;
		drop(e, HEADER);
		return true;
	}
	if (!is_data(e->frame)) {
		drop(e, 1);
		return true;
	}
	payload = get16(e->frame + 6);
	if (e->held < HEADER + payload + 1) {
		return false;
	}
	if (is_whole(e->frame, payload)) {
		take_packet(e, payload);
	} else {
		drop(e, 1);
	}
	return true;
}

static bool is_printable(uint8_t c) {
	return (c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n' || c == '\t' || c == 0x1b;
}

/*
 * A listener that is too fast samples each bit more than once: of the eight bits that it takes, few
 * changes are left. So a byte with at most two of them inside is such a byte; of random bytes these
 * are 58 in 256.
 */
static bool is_smeared(uint8_t c) {
	unsigned changes = (unsigned)(c ^ (c >> 1)) & 0x7fU, count = 0;

	for (; changes; changes &= changes - 1) {
		count++;
	}
	return count <= 2;
}

void ear_hear(struct ear *e, const uint8_t *bytes, size_t len) {
	for (size_t i = 0; i < len; i++) {
		e->bytes++;
		e->printable += is_printable(bytes[i]);
		e->smeared += is_smeared(bytes[i]);
		e->frame[e->held++] = bytes[i];
		while (look(e)) {
		}
	}
}

static bool is_share(uint64_t part, const struct ear *e, unsigned percent) {
	return part * ALL_OF_IT >= e->bytes * percent;
}

enum ear_verdict ear_verdict(const struct ear *e) {
	if (e->exceptions > 0) {
		return EAR_HALTED;
	}
	if (e->packets > 0 || e->controls > 0) {
		return EAR_KD;
	}
	if (e->bytes == 0) {
		return EAR_SILENCE;
	}
	if (is_share(e->printable, e, MOSTLY_TEXT)) {
		return EAR_TEXT;
	}
	return is_share(e->smeared, e, MOSTLY_SMEARED) ? EAR_WRONG_RATE : EAR_NOISE;
}

const char *ear_verdict_name(enum ear_verdict verdict) {
	static const char *const names[EAR_VERDICTS] = {
		"silence", "halted", "kd", "text", "wrong rate", "noise"};

	return verdict < EAR_VERDICTS ? names[verdict] : "?";
}
