/* The faults of a seed: a list made before it runs, each with its own randomness, so that one can
 * be left out without changing the others. */
#ifndef TESTS_SIM_FAULT_H
#define TESTS_SIM_FAULT_H

#include "tests/sim/world.h"

void fault_plan(struct world *w);
/* Slot AT_FAULT: the next one strikes, or begins to wait for its moment. */
void fault_due(struct world *w);
/* The moment has come. */
void fault_moment(struct world *w, enum moment moment);
/* The ends of faults that last: slots AT_LINK, AT_HANG, AT_CALM. */
void fault_link(struct world *w);
void fault_hang(struct world *w);
void fault_calm(struct world *w);

const char *fault_name(enum sim_fault kind);
const char *fault_moment_name(enum moment moment);

#endif
