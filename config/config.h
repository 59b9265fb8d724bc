/*
 * A profile: the ini file, checked, with every value in effect. The table in options.c is the one
 * place where a key is described; parser, `check`, `check --dump` and the sample come from it.
 */
#ifndef LIVEDEBUG_CONFIG_H
#define LIVEDEBUG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A list of strings, each owned by the config. */
struct string_list {
	char **at;
	size_t count;
};

/* One [session NAME] with [default] and the table's defaults applied. Strings: NULL = not set. */
struct profile {
	char *name;
	char *kd;      /* "auto": looked for */
	char *kd_args; /* split at blanks, "..." keeps blanks */
	char *work_dir;
	struct string_list env; /* NAME=VALUE, from env.NAME keys */
	char *port, *port_device;
	uint64_t baud_rate;
	char *log_file;
	int log_mode; /* enum log_mode */
	char *symbol_path;
	char *symchk, *symchk_args; /* "auto", "off" or a path */
	uint64_t symchk_max_ms;
	char *server, *server_options, *password_file;
	bool noshell;
	int arm_at; /* enum profile_arm_at */
	uint64_t arm_after_ms;
	struct string_list arm; /* one kd command a line, byte for byte */
	int arm_method;         /* enum profile_arm_method */
	char *pool_tag;         /* as pooltag_parse() takes it; NULL: not set */
	uint64_t pool_frames;
	uint64_t arm_max_ms, command_timeout_ms, break_timeout_ms, settle_ms;
	struct string_list break_methods, quit_methods;
	char *prompt;
	int prove; /* enum profile_prove */
	uint64_t halt_max_ms, hold_max_ms;
	char *halt_duty, *hits_per_minute, *stop_after; /* as guard_parse_...() take them */
	int on_storm;                                   /* enum guard_storm */
	uint64_t storm_hold_off_ms;
	int on_found;                   /* enum profile_on_found */
	struct string_list on_bugcheck; /* record, go, analyze, reboot */
	char *bugcheck_max;             /* as bugcheck_parse_max() takes it */
	int on_stop;                    /* enum profile_on_stop */
	uint64_t stop_max_ms, return_max_ms, restart_min_ms, restart_max_ms;
	uint64_t log_max, journal_rate; /* bytes; off: UINT64_MAX */
	uint64_t disk_reserve;          /* bytes; off: 0 */
	char *log_keep;
};

enum log_mode { LOG_APPEND, LOG_OPEN };
enum profile_arm_at { PROFILE_ARM_BOOT, PROFILE_ARM_AFTER, PROFILE_ARM_MANUAL };
enum profile_arm_method { ARM_BREAKPOINT, ARM_POOLHITTAG };
enum profile_on_stop { ON_STOP_RELEASE };
enum profile_prove { PROVE_ECHO, PROVE_NONE };
enum profile_on_found { ON_FOUND_ARM, ON_FOUND_RESUME };

struct daemon_options {
	char *state_dir; /* journals, deaths; created if absent; NULL: the platform's place */
	char *control;   /* path of the control socket; NULL: the platform's place */
	uint64_t clients_max;
	bool keep_awake;
	uint64_t battery_low; /* percent; 0: never */
	char *view, *write;   /* users and @groups; NULL: nobody else */
};

struct config {
	struct daemon_options daemon;
	struct profile *sessions;
	size_t session_count;
	bool failed; /* at least one error was reported */
};

/* What has to be opened for the session's port: port_device, or else its name. */
const char *profile_device(const struct profile *p);

/*
 * A copy of its own of every value, the name included: it outlives the config. `to` is zeroed or
 * holds an earlier copy, which goes. profile_finish() is due.
 */
void profile_copy(struct profile *to, const struct profile *from);
void profile_finish(struct profile *p);
void daemon_options_copy(struct daemon_options *to, const struct daemon_options *from);
void daemon_options_finish(struct daemon_options *d);

/* Told of each error as one line, `file:line: error: ...` without the newline. */
typedef void config_error_fn(void *data, const char *line);

/*
 * Read a whole file and then the --set overrides ("SESSION.KEY=VALUE", may be NULL when count is
 * 0). Every error is reported, in one run; `failed` says whether there was any. The config must be
 * given to config_finish() in either case.
 */
void config_load(struct config *c, const char *path, const char *const *sets, size_t set_count,
	config_error_fn *error, void *data);
void config_finish(struct config *c);

/* The same for a text in memory; `path` is only for the errors. */
void config_load_text(struct config *c, const char *path, const char *bytes, size_t len,
	const char *const *sets, size_t set_count, config_error_fn *error, void *data);

/* The values in effect, as an ini that gives the same config when loaded. */
void config_dump(const struct config *c, FILE *out);

/* Its parts: the first section, and one session. */
void config_dump_daemon(const struct config *c, FILE *out);
void config_dump_session(const struct profile *p, FILE *out);

/* The sample profile, from the table: debug.ini.sample is this text. */
void config_sample(FILE *out);

#endif
