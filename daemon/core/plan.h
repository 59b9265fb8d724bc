/*
 * What a hit costs on the wire: bytes, halt, how many fit into a second. A model of the KD
 * protocol on amd64, with a kd that has symbols and images at hand; what really happened corrects
 * it (`calibrated`).
 *
 *     bytes = 277 stop + 1410 context + 394 special registers + 356 each breakpoint out and in
 *             + 366 step off it + 89 go + frames x 96 of stack in pieces of 512 (178 each)
 *     halt  = 10 x bytes / baud
 *
 * The registers and the frames' part are read while kd prints the stack, behind the hit's first
 * line. The rest is the wire's share, which the text of a hit does not show. (Whether kd.exe reads
 * the registers before that line is not known; then the estimate is too low by their 1804 bytes.)
 */
#ifndef LIVEDEBUG_CORE_PLAN_H
#define LIVEDEBUG_CORE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

#define PLAN_FRAMES 20 /* of a `kb` without a number */
#define PLAN_ADVICE 3

struct plan_wish {
	uint64_t baud;
	const char *const *arm; /* the profile's commands; borrowed */
	size_t arm_count;
	uint64_t rate;              /* hits a minute that are expected; 0: not said */
	unsigned warn_pm, act_pm;   /* halt_duty, per mille; 0: off */
	uint64_t measured_ms, hits; /* mean halt of the hits that were seen; 0: none */
};

struct plan {
	unsigned breakpoints, frames; /* the deepest stack that a breakpoint prints; 0: none */
	uint64_t bytes, share_bytes;  /* of a hit; of it, what its text does not show */
	uint64_t model_us, halt_us;   /* by the formula; calibrated where hits were seen */
	bool calibrated;
	uint64_t most_pm;               /* hits in 1000 minutes with the target always halted */
	uint64_t duty_pm;               /* at the wished rate, per mille, at most 1000 */
	uint64_t act_rate;              /* hits a minute at which halt_duty acts; 0: off */
	unsigned shorter;               /* frames that are worth trying; 0: no change helps */
	uint64_t shorter_us, faster_us; /* the halt with these; with 115200 baud; 0: as it is */
	bool sample;                    /* the duty is too high whatever else changes */
};

/* Frames that the k command in a breakpoint's string prints: `kb 5` 5, `kb` 20, none 0. */
unsigned plan_frames(const char *command);

/* Bytes of one hit with so many frames (0: no stack) and breakpoints (at least 1 counts). */
uint64_t plan_bytes(unsigned frames, unsigned breakpoints);

/* Microseconds that so many bytes take; `baud` 0: none. */
uint64_t plan_wire_us(uint64_t bytes, uint64_t baud);

/* Milliseconds from `g` to the prompt of a stop right behind it, on the wire alone. */
uint64_t plan_stop_ms(uint64_t baud);

/* Of the bytes of a hit, those that are not read while its text is printed. */
uint64_t plan_share_bytes(unsigned breakpoints);

/* The wire's share of a hit's halt by these commands, in milliseconds. */
uint64_t plan_share_ms(const char *const *arm, size_t count, uint64_t baud);

/* All of it. */
void plan_make(struct plan *p, const struct plan_wish *w);

#endif
