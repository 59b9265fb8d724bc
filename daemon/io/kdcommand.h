/* kd's command line and environment, from a profile (DESIGN 5). No I/O. */
#ifndef LIVEDEBUG_IO_KDCOMMAND_H
#define LIVEDEBUG_IO_KDCOMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

#include "config/config.h"

/* A growing list of owned strings, NULL at its end. Zeroed is empty. */
struct words {
	char **at;
	size_t count;
	bool failed; /* no memory: the list lacks something */
};

struct kd_command {
	struct words args; /* args.at[0] is the program */
	struct words env;  /* NAME=VALUE */
};

/*
 * inherited    the environment to start from, as uv_os_environ() gives it; copied
 * program      words that come first, in order (launcher, kd); copied
 * append_log   false only for a first start with log_mode `open`
 *
 * 0 or UV_ENOMEM. kd_command_finish() is due in either case.
 */
int kd_command_init(struct kd_command *c, const struct profile *p, const uv_env_item_t *inherited,
	int inherited_count, const char *const *program, size_t program_count, bool append_log);
/*
 * Give the server of a command that was made before its password: kd has only its command line for
 * it. Behind a launcher it goes through the environment, so that no process but kd itself shows it.
 * Nothing where there is no server. 0 or UV_ENOMEM.
 */
int kd_command_password(struct kd_command *c, const char *password, bool launched);

/*
 * The command of symchk: `program` (its words are copied), then symchk_args with %manifest% and
 * %path% filled in, each inside its own argument. The environment is kd's: a proxy or a cache of an
 * env. key counts here too. 0 or UV_ENOMEM.
 */
int kd_command_symchk(struct kd_command *c, const struct profile *p, const uv_env_item_t *inherited,
	int inherited_count, const char *const *program, size_t program_count,
	const char *manifest);

/* Free what either of them made. */
void kd_command_finish(struct kd_command *c);

/*
 * The line that a teammate pastes to join the session: `kd -remote npipe:server=HOST,pipe=NAME`;
 * empty without a server. Where there is a password, `password=*` stands for it.
 */
void kd_command_remote(const struct profile *p, const char *host, char *out, size_t cap);

#endif
