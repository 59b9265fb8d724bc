/* What the verb `release` needs of `run` when no daemon answers. */
#ifndef LIVEDEBUG_CLI_RUN_H
#define LIVEDEBUG_CLI_RUN_H

#include "cli/options.h"

/*
 * Release one session's target with a kd of its own, by the profile that `args` name; `control` is
 * held meanwhile, so that no daemon begins in between. Blocks, up to stop_max and a bit. The exit
 * code: 0 released, 1 halted or not begun, 2 profile, 3 no such session, 5 unknown.
 */
int run_release(struct cli_config_args *args, const char *session, const char *control);

#endif
