/* A failing seed, with as few of its faults as still break the same rule. */
#ifndef TESTS_SIM_SHRINK_H
#define TESTS_SIM_SHRINK_H

#include "tests/sim/world.h"

/* `w` has just failed with `seed` and `mask`; returns the smaller mask, and `w` as it fails then.
 */
uint64_t shrink(struct world *w, uint64_t seed, uint64_t mask);

#endif
