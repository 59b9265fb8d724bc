/*
 * What the verbs that read the configuration share: -c FILE and --set SESSION.KEY=VALUE.
 *
 *     static const struct option long_options[] = {CLI_CONFIG_LONG_OPTIONS, {...}, {0}};
 *     while ((o = getopt_long(argc, argv, CLI_CONFIG_SHORT_OPTIONS "j", long_options, NULL)) != -1)
 *             if (!cli_config_option(&args, o, optarg)) switch (o) ...
 */
#ifndef LIVEDEBUG_CLI_OPTIONS_H
#define LIVEDEBUG_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <getopt.h>

#include "config/config.h"

#define CLI_SETS_MAX 256
#define CLI_PATH_MAX 4096

struct cli_config_args {
	const char *path; /* -c, borrowed; NULL: look for it */
	const char *sets[CLI_SETS_MAX];
	size_t set_count;
	bool too_many;            /* more --set than that: told by cli_config_load() */
	char found[CLI_PATH_MAX]; /* where it was found, when `path` was NULL */
};

/* Codes of long options without a letter. A verb's own begin at CLI_OPTION_OWN. */
enum { CLI_OPTION_SET = 256, CLI_OPTION_OWN };

#define CLI_CONFIG_SHORT_OPTIONS "c:h"
#define CLI_CONFIG_LONG_OPTIONS \
	{"config", required_argument, NULL, 'c'}, { \
		"set", required_argument, NULL, CLI_OPTION_SET \
	}

/* For a verb's --help. */
#define CLI_CONFIG_HELP \
	"  -c, --config FILE        the profile; without: the platform's place, then ./debug.ini\n" \
	"      --set SESSION.KEY=V  a value in place of the file's; SESSION: also default, daemon\n"

/* Take an option that getopt_long() returned; false if it is none of these. *args: zeroed first. */
bool cli_config_option(struct cli_config_args *args, int option, const char *argument);

/* One of a verb's own options, as getopt_long() gave it; false after a complaint, or: not known. */
typedef bool cli_option_fn(void *data, int option, const char *argument);

/*
 * The options of a verb that takes these and its own: -h prints `usage`, what is wrong is told with
 * the way to the help. -1: go on with argv + optind; else the exit code. `take` gets what
 * cli_config_option() does not.
 */
int cli_config_parse(struct cli_config_args *args, int argc, char **argv,
	const struct option *long_options, const char *usage, cli_option_fn *take, void *data);

/* The same with one-letter options of the verb's own, as getopt_long() takes them. */
int cli_config_parse_more(struct cli_config_args *args, int argc, char **argv, const char *letters,
	const struct option *long_options, const char *usage, cli_option_fn *take, void *data);

/* Where the daemon of this profile listens. 0, or the UV_E code of os_default_place(). */
int cli_control_path(const struct config *c, char *out, size_t cap);

/* Look for the profile at its usual places unless it was named; false: there is none. */
bool cli_config_find(struct cli_config_args *args);

/*
 * Find and read the profile; every error goes to stderr. 0, or the exit code 2. config_finish()
 * is due in either case.
 */
int cli_config_load(struct cli_config_args *args, struct config *c);

/* The session of that name, in any case; NULL: none. */
const struct profile *cli_config_session(const struct config *c, const char *name);

/* Is the session one of those named? `names` ends with NULL; with none in it, each is. */
bool cli_config_chosen(const struct config *c, char **names, const struct profile *p);

/* Is there a session of each name? 0, or 3 after a complaint. */
int cli_config_check_names(
	const struct cli_config_args *args, const struct config *c, char **names);

#endif
