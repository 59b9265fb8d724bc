/*
 * Rules 1 to 6 and 11 of DESIGN section 2, and liveness. They are judged from what is true in the
 * model, never from what the core believes; of the core only what it says counts: its actions, its
 * state and its results.
 */
#ifndef TESTS_SIM_RULES_H
#define TESTS_SIM_RULES_H

#include "tests/sim/world.h"

/* What the break event before an action said: nothing, a cause of our own, a person's word. */
enum sim_cause { CAUSE_NONE, CAUSE_OWN, CAUSE_PERSON };

/* An action of the core, before it is carried out. */
void rules_action(struct world *w, const struct action *a, enum sim_cause cause);
/* After each event. */
void rules_state(struct world *w);
/* At the end of the seed: armed and running, or rightly not. */
void rules_live(struct world *w);

/* --- what the model tells */

/* A stop begins; its prompt is printed (`proof`: to our nonce); bytes reached the daemon. */
void rules_stop(struct world *w);
void rules_prompt(struct world *w);
/* A break-in was heard, though nothing shows it: it ended a command, or the machine booted. */
void rules_answered(struct world *w);
/* The target is heard as it runs: a hit, a DbgPrint. */
void rules_heard(struct world *w);
void rules_output(struct world *w, bool all);
void rules_runs(struct world *w);
/* The halt has `ms` more from now. */
void rules_allow(struct world *w, uint64_t ms);
void rules_hit(struct world *w, uint64_t ms);
void rules_kd_gone(struct world *w);
/* What a person said. */
void rules_disarmed(struct world *w);
void rules_typed_disarm(struct world *w);
void rules_armed(struct world *w);
void rules_new_daemon(struct world *w);

/* Note what does not hold; the first one counts. */
void rules_broken(struct world *w, const char *rule, const char *what);

#endif
