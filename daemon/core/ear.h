/*
 * What a listener on a serial line has heard: KD packets, text, bytes of another rate, noise or
 * nothing. Listening only; nothing here is ever sent. The framing is that of KD's serial packets as
 * published (Singularity's HalKdCom, ReactOS): leader, type, count, id, checksum, payload, 0xAA.
 */
#ifndef LIVEDEBUG_CORE_EAR_H
#define LIVEDEBUG_CORE_EAR_H

#include <stddef.h>
#include <stdint.h>

#define EAR_FRAME_MAX (16 + 4000 + 1)

enum ear_verdict {
	EAR_SILENCE,
	EAR_HALTED,     /* KD packets: a stop is told again and again, nobody continues it */
	EAR_KD,         /* KD packets of a target that boots or prints */
	EAR_TEXT,       /* letters: a login, a boot menu, another console */
	EAR_WRONG_RATE, /* what bytes look like when the listener is too fast */
	EAR_NOISE,
	EAR_VERDICTS
};

/* Zeroed is: nothing heard yet. Read by its user, written by ear_hear() only. */
struct ear {
	uint64_t bytes, printable, smeared;
	uint64_t packets;    /* whole, checksum right: proof of KD and of the rate */
	uint64_t controls;   /* ACK, RESEND, RESET */
	uint64_t exceptions; /* packets that tell a stop */
	uint8_t frame[EAR_FRAME_MAX];
	size_t held; /* of frame: may be the beginning of a packet */
};

/* Hear some bytes, cut anywhere. */
void ear_hear(struct ear *e, const uint8_t *bytes, size_t len);

/* What it was, so far. One right packet outweighs everything else. */
enum ear_verdict ear_verdict(const struct ear *e);

/* "silence", "halted", "kd", "text", "wrong rate", "noise"; "?" out of range. */
const char *ear_verdict_name(enum ear_verdict verdict);

#endif
