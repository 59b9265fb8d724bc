/* livedebug: the verb table. Each verb is a function of daemon/cli. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

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
	{"events", cli_client, "what has happened, or happens (--follow)"},
	{"start", cli_client, "bring a stopped session up"},
	{"stop", cli_client, "release the target and end its debugger"},
	{"break", cli_client, "halt a target"},
	{"go", cli_client, "let a halted target run"},
	{"arm", cli_client, "set a session's breakpoints"},
	{"disarm", cli_client, "clear them until somebody arms again"},
	{"hold", cli_client, "lengthen a halt"},
	{"ports", cli_ports, "list the serial ports of this computer"},
	{"check", cli_check, "read a profile and tell what is wrong with it"},
	{"pooltag", cli_pooltag, "a pool tag as registry, gflags and kd write it"},
	{"parse", cli_parse, "list the events in a debugger log"},
	{"report", cli_report, "who allocates, how often, from where: the stacks of logs"},
	{"_launch", cli_launch, NULL},
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

int cli_help(int argc, char **argv) {
	(void)argc;
	(void)argv;
	printf("usage: livedebug VERB [ARGUMENTS]; livedebug VERB --help tells more\n\n");
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (verbs[i].help) {
			printf("  %-10s %s\n", verbs[i].name, verbs[i].help);
		}
	}
	return 0;
}

int cli_version(int argc, char **argv) {
	(void)argc;
	(void)argv;
	printf("livedebug 0.1\n");
	return 0;
}

int main(int argc, char **argv) {
	if (argc < 2) {
		cli_help(argc, argv);
		return 2;
	}
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (strcmp(verbs[i].name, argv[1]) == 0) {
			return verbs[i].run(argc - 1, argv + 1);
		}
	}
	fprintf(stderr, "livedebug: no verb '%s'; `livedebug help` lists them\n", argv[1]);
	return 2;
}
