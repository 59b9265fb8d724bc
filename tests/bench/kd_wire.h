/*
 * The host's end of the KD link: packet ids, acknowledgements, retries, resets, break-in bytes.
 * Whoever owns it reads the port into it, asks for packets and calls wire_tick() when
 * wire_deadline() has come.
 */
#ifndef BENCH_KD_WIRE_H
#define BENCH_KD_WIRE_H

#include "tests/bench/kdproto.h"

struct kd_wire {
	int fd;
	struct kdproto_decoder decoder;
	uint64_t retry_us; /* a packet without an answer, a RESET while searching */
	uint64_t quiet_us; /* what is half received is given up */

	uint32_t next_id, expect_id;
	bool searching;  /* no target yet: RESET again and again */
	bool reset_sent; /* an answer to our RESET is no request for one */
	bool wants_break;
	bool met; /* its ids are known: a RESET or a SYNC packet came */
	uint64_t search_at, heard_at;

	uint8_t frame[KDPROTO_FRAME_MAX];
	uint8_t payload[KDPROTO_PAYLOAD_MAX];
	size_t payload_len;
	uint16_t out_type;
	bool unacked, unanswered;
	uint64_t sent_at;
	unsigned tries; /* of the packet being sent */

	bool fresh; /* a packet with the SYNC bit was taken, nothing sent since */
	uint32_t fresh_sum;
};

struct wire_packet {
	uint16_t type;
	bool sync;
	const uint8_t *payload; /* valid until the next wire_next() */
	size_t len;
};

void wire_init(struct kd_wire *w, int fd, double speed);
/* Take in what the port holds. False: the port is gone. */
bool wire_read(struct kd_wire *w);
bool wire_next(struct kd_wire *w, struct wire_packet *packet);
/* Send a request; until wire_done() it is repeated as needed. */
void wire_send(struct kd_wire *w, uint16_t type, const uint8_t *payload, size_t len, bool answered);
void wire_drop(struct kd_wire *w);
void wire_search(struct kd_wire *w);
void wire_break(struct kd_wire *w);
uint64_t wire_deadline(const struct kd_wire *w);
/* Returns the number of repetitions of the present packet if one more was sent, else 0. */
unsigned wire_tick(struct kd_wire *w);

#endif
