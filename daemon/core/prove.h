/*
 * A prompt is believed only after kd has answered a fresh `.echo NONCE` (rule 4): text that looks
 * like a prompt can come from the target's DbgPrint. kd runs queued lines at its next stop
 * (kd-facts 4.3, 7.1), so an unanswered nonce stays known and tells of that stop.
 */
#ifndef LIVEDEBUG_CORE_PROVE_H
#define LIVEDEBUG_CORE_PROVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

#define PROVE_UNASKED_MS 60000 /* while nobody waits for a stop: one nonce a minute */

struct prove {
	uint64_t random;
	uint64_t asked_ms; /* when the last nonce was written */
	bool outstanding;  /* written, not answered: no other is written */
	bool answered;     /* its line came; the next prompt is proved */
	bool limited;      /* an unasked one went unanswered: the minute counts from asked_ms */
	char nonce[24];
};

/* `seed`: from the system's random source. */
void prove_init(struct prove *p, uint64_t seed);

/* Another kd: what the old one was asked is gone; it may show a stop at once, so it may be asked.
 */
void prove_forget(struct prove *p);

/*
 * May a nonce be written now? Never while one is outstanding. `waited_for`: somebody waits for a
 * stop; else at most one a minute unless the last one was answered.
 */
bool prove_may_ask(const struct prove *p, uint64_t now_ms, bool waited_for);

/* Make a new nonce and its line, `.echo NONCE` with the newline, into `line`. */
void prove_ask(struct prove *p, uint64_t now_ms, struct text *line);

/* A complete line of kd, behind its prompts. True when it is the answer. */
bool prove_line(struct prove *p, const char *line, size_t len);

/* A prompt. True when it is proved by the answer before it; that answer is used up. */
bool prove_prompt(struct prove *p);

/* splitmix64: nonces and jitter. */
uint64_t prove_random(struct prove *p);

#endif
