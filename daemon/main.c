/* livedebug: the verb table. Each verb is a function of daemon/cli. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "os/os.h"

struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help; /* NULL: hidden */
};

static const struct verb verbs[] = {
	{"help", cli_help, "list the verbs"},
	{"version", cli_version, "print the version"},
	{"run", cli_run, "run the sessions of a profile, in the foreground"},
	{"status", cli_client, "how each session stands, and how to join it"},
	{"log", cli_log, "what the debugger said and what was made of it"},
	{"events", cli_client, "what has happened, or happens (--follow)"},
	{"start", cli_client, "bring a stopped session up"},
	{"stop", cli_client, "release the target and end its debugger"},
	{"break", cli_client, "halt a target"},
	{"go", cli_client, "let a halted target run"},
	{"arm", cli_client, "set a session's breakpoints"},
	{"disarm", cli_client, "clear them until somebody arms again"},
	{"hold", cli_client, "lengthen a halt"},
	{"release", cli_client, "free a target that is frozen, with or without a daemon"},
	{"attach", cli_client, "watch a session live, or type into it (--write)"},
	{"cmd", cli_client, "type one command at the debugger's prompt"},
	{"reload", cli_client, "have the daemon read its profile again"},
	{"service", cli_service, "the service: install, uninstall, start, stop, status, reload"},
	{"ports", cli_ports, "list the serial ports of this computer"},
	{"check", cli_check, "read a profile and tell what is wrong with it"},
	{"plan", cli_plan, "what a hit costs the target, and what would be cheaper"},
	{"import", cli_import, "turn a batch file that starts kd into a profile"},
	{"doctor", cli_doctor, "why is it waiting? what was seen, and the next step"},
	{"pooltag", cli_pooltag, "a pool tag as registry, gflags and kd write it"},
	{"parse", cli_parse, "list the events in a debugger log"},
	{"report", cli_report, "who allocates, how often, from where: the stacks of logs"},
	{"_service", cli_service_main, NULL},
	{"_unit", cli_service_unit, NULL},
	{"_launch", os_launch, NULL},
	{"_break", os_break_helper, NULL},
};

/* Named in the design, written later. */
static const char *const later[] = {"selftest"};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static void list_verbs(FILE *out) {
	fprintf(out, "usage: livedebug VERB [ARGUMENTS]; livedebug VERB --help tells more\n\n");
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (verbs[i].help) {
			fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].help);
		}
	}
}

static bool is_help(const char *word) {
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* For the verbs that take no words but --help. */
static bool has_word(int argc, char **argv) {
	bool has = argc > 2 || (argc == 2 && !is_help(argv[1]));

	if (has) {
		fprintf(stderr, "livedebug %s: unexpected '%s'\n", argv[0], argv[argc > 2 ? 2 : 1]);
	}
	return has;
}

int cli_help(int argc, char **argv) {
	if (has_word(argc, argv)) {
		return 2;
	}
	list_verbs(stdout);
	return 0;
}

int cli_version(int argc, char **argv) {
	if (has_word(argc, argv)) {
		return 2;
	}
	printf("livedebug " LIVEDEBUG_VERSION "\n");
	return 0;
}

int main(int argc, char **argv) {
	const char *name;

	argv = os_arguments(argc, argv);
	if (argc < 2) {
		list_verbs(stderr);
		return 2;
	}
	name = argv[1];
	name = is_help(name) ? "help" : strcmp(name, "--version") == 0 ? "version" : name;
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (strcmp(verbs[i].name, name) == 0) {
			return verbs[i].run(argc - 1, argv + 1);
		}
	}
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (strcmp(later[i], name) == 0) {
			fprintf(stderr, "livedebug: '%s' is not yet in this version\n", name);
			return 2;
		}
	}
	fprintf(stderr, "livedebug: no verb '%s'; `livedebug help` lists them\n", name);
	return 2;
}
