/* Operators, who give verbs to the daemon, and teammates, who type into kd itself. */
#ifndef TESTS_SIM_PEOPLE_H
#define TESTS_SIM_PEOPLE_H

#include "tests/sim/world.h"

/* One of the plays begins, unless one is under way. */
void people_operator(struct world *w, uint64_t seed);
void people_teammate(struct world *w, uint64_t seed);
/* A clean restart of the daemon: stop, and a new one. */
void people_restart(struct world *w);
/* A session has stopped that nobody stopped: somebody starts it later. */
void people_notice(struct world *w);
/* Slots AT_PERSON and AT_CLIENT. */
void people_person(struct world *w);
void people_client(struct world *w);

#endif
