/* The machine at the other end: it runs, stands, boots, and calls the function now and then. */
#ifndef TESTS_SIM_MODEL_TARGET_H
#define TESTS_SIM_MODEL_TARGET_H

#include "tests/sim/world.h"

/* How it is found at the start. */
void target_init(struct world *w);

/* It stands; kd hears of it if it can. */
void target_stop(struct world *w, enum stop_kind kind);
/* It runs on. */
void target_run(struct world *w);

/* Slot AT_BREAK: the byte arrives. Slot AT_HIT: the function is called. */
void target_break(struct world *w);
void target_call(struct world *w);
/* When the next call comes. */
void target_next_call(struct world *w);

/* Slot AT_POWER: it is up again, or it goes off. */
void target_power(struct world *w);
void target_cut(struct world *w, uint64_t off_ms);
void target_reboot(struct world *w, uint64_t off_ms);

/* Something of a debugger is in it. */
bool target_is_touched(const struct world *w);

#endif
