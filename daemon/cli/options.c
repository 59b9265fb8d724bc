#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "os/os.h"

#define FILE_NAME "debug.ini"

/* Places of a profile, in order. An unset variable, or an empty one, is passed over. */
static const struct {
	const char *variable; /* NULL: `below` is the whole path */
	const char *below;
} places[] = {
	{"XDG_CONFIG_HOME", "/livedebug/" FILE_NAME},
	{"HOME", "/.config/livedebug/" FILE_NAME},
	{"ProgramData", "\\livedebug\\" FILE_NAME},
	{NULL, "/etc/livedebug/" FILE_NAME},
	{NULL, "./" FILE_NAME},
};

#define PLACE_COUNT (sizeof(places) / sizeof(places[0]))

/* XDG: HOME counts only where XDG_CONFIG_HOME is not set. */
static bool place_path(size_t i, char *out, size_t cap) {
	const char *variable = places[i].variable;
	const char *folder = variable ? getenv(variable) : "";
	const char *xdg = getenv("XDG_CONFIG_HOME");
	bool hidden = variable && strcmp(variable, "HOME") == 0 && xdg && *xdg;
	if (!folder || (variable && !*folder) || hidden) {
		return false;
	}
	int len = snprintf(out, cap, "%s%s", folder, places[i].below);
	return len > 0 && (size_t)len < cap;
}

/* A file that is there but may not be read is the one: its error is told, not passed over. */
static bool is_there(const char *path) {
	FILE *f = fopen(path, "rb");
	if (f) {
		fclose(f);
	}
	return f || (errno != ENOENT && errno != ENOTDIR);
}

static bool find(char *out, size_t cap) {
	for (size_t i = 0; i < PLACE_COUNT; i++) {
		if (place_path(i, out, cap) && is_there(out)) {
			return true;
		}
	}
	return false;
}

static void complain_not_found(char *buffer, size_t cap) {
	fprintf(stderr, "livedebug: no profile found; looked for");
	for (size_t i = 0, told = 0; i < PLACE_COUNT; i++) {
		if (place_path(i, buffer, cap)) {
			fprintf(stderr, "%s %s", told++ ? "," : "", buffer);
		}
	}
	fprintf(stderr, "\nlivedebug: name one with -c FILE, or make one: "
			"livedebug check --sample > " FILE_NAME "\n");
}

bool cli_config_find(struct cli_config_args *args) {
	if (!args->path && find(args->found, sizeof(args->found))) {
		args->path = args->found;
	}
	return args->path != NULL;
}

bool cli_config_option(struct cli_config_args *args, int option, const char *argument) {
	if (option == 'c') {
		args->path = argument;
		return true;
	}
	if (option == CLI_OPTION_SET) {
		if (args->set_count == CLI_SETS_MAX) {
			args->too_many = true;
		} else {
			args->sets[args->set_count++] = argument;
		}
		return true;
	}
	return false;
}

static void print_error(void *data, const char *line) {
	(void)data;
	fprintf(stderr, "%s\n", line);
}

int cli_config_load(struct cli_config_args *args, struct config *c) {
	memset(c, 0, sizeof(*c));
	if (args->too_many) {
		fprintf(stderr, "livedebug: more than %d --set\n", CLI_SETS_MAX);
		return 2;
	}
	if (!cli_config_find(args)) {
		complain_not_found(args->found, sizeof(args->found));
		return 2;
	}
	config_load(c, args->path, args->sets, args->set_count, print_error, NULL);
	return c->failed ? 2 : 0;
}

const struct profile *cli_config_session(const struct config *c, const char *name) {
	for (size_t i = 0; i < c->session_count; i++) {
		if (names_equal(c->sessions[i].name, name)) {
			return &c->sessions[i];
		}
	}
	return NULL;
}

bool cli_config_chosen(const struct config *c, char **names, const struct profile *p) {
	for (char **name = names; *name; name++) {
		if (cli_config_session(c, *name) == p) {
			return true;
		}
	}
	return !*names;
}

int cli_config_check_names(
	const struct cli_config_args *args, const struct config *c, char **names) {
	for (; *names; names++) {
		if (!cli_config_session(c, *names)) {
			fprintf(stderr,
				"livedebug: no session '%s' in %s; `livedebug check -c %s` lists them\n",
				*names, args->path, args->path);
			return 3;
		}
	}
	return 0;
}

int cli_config_parse(struct cli_config_args *args, int argc, char **argv,
	const struct option *long_options, const char *usage, cli_option_fn *take, void *data) {
	return cli_config_parse_more(args, argc, argv, "", long_options, usage, take, data);
}

int cli_config_parse_more(struct cli_config_args *args, int argc, char **argv, const char *letters,
	const struct option *long_options, const char *usage, cli_option_fn *take, void *data) {
	char known[32];
	int option;
	snprintf(known, sizeof(known), CLI_CONFIG_SHORT_OPTIONS "%s", letters);
	while ((option = getopt_long(argc, argv, known, long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (!cli_config_option(args, option, optarg) && !take(data, option, optarg)) {
			fprintf(stderr, "livedebug %s --help tells more\n", argv[0]);
			return 2;
		}
	}
	return -1;
}

int cli_control_path(const struct config *c, char *out, size_t cap) {
	if (c->daemon.control) {
		snprintf(out, cap, "%s", c->daemon.control);
		return 0;
	}
	return os_default_place(OS_CONTROL, out, cap);
}
