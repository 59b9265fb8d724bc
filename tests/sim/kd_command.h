/* What kd does with one line at a prompt. */
#ifndef TESTS_SIM_KD_COMMAND_H
#define TESTS_SIM_KD_COMMAND_H

#include "tests/sim/world.h"

enum kd_end { KD_PROMPTS, KD_GOES, KD_LEAVES };

/* How long it takes; does it need the target; run it and print what it prints. */
uint64_t kd_command_ms(struct world *w, const char *line);
bool kd_command_needs(const char *line);
enum kd_end kd_command_run(struct world *w, const char *line);

#endif
