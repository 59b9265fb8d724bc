/*
 * kd as the facts have it (kd-facts 1, 4, 5; tests/bench/kd_engine.c): silent until the target is
 * heard, lines wait for a stop, a break-in while it stands is queued, nothing echoes.
 */
#ifndef TESTS_SIM_MODEL_KD_H
#define TESTS_SIM_MODEL_KD_H

#include "tests/sim/world.h"

/* kd is started: slots AT_START, AT_BANNER, AT_SYNC. */
void kd_started(struct world *w);
void kd_banner(struct world *w);
void kd_sync(struct world *w);

/* A line for its standard input, or from a teammate; without the newline. */
void kd_take(struct world *w, const char *text, bool client);
/* Slots AT_READ and AT_DONE. */
void kd_read(struct world *w);
void kd_done(struct world *w);

/* The break key, pressed at the server or by a teammate. */
void kd_break(struct world *w);

/* A stop that kd hears of. */
void kd_stop(struct world *w);
/* The target runs on: kd said `g`. */
void kd_resume(struct world *w);

/* The machine has booted; it went down in good order. */
void kd_boots(struct world *w);
void kd_shuts_down(struct world *w);

/* Slot AT_HIT_END. */
void kd_hit(struct world *w);
void kd_hit_end(struct world *w);

/* The wire works again; kd goes on after a hang. */
void kd_wakes(struct world *w);
/* Slot AT_RETRY: nothing was heard for long. */
void kd_retries(struct world *w);

/* It ends soon, by itself or not; slot AT_EXIT. */
void kd_dies(struct world *w, uint64_t ms);
void kd_exit(struct world *w);

/* It hears the target and reads its input. */
bool kd_works(const struct world *w);

#endif
