/* livedebug ports: the serial ports of this computer. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "io/portlist.h"

static const char usage[] =
	"usage: livedebug ports [--json]\n"
	"\n"
	"Lists the serial ports. Each is opened for a moment by the library that lists them: not\n"
	"while a debugger starts. For one in use this changes nothing.\n";

static const char *member(const json_t *item, const char *key) {
	const char *text = json_string_value(json_object_get(item, key));

	return text ? text : "";
}

static void print_port(const json_t *item) {
	const char *vid = member(item, "usb_vid");

	printf("%-16s %-9s %s", member(item, "name"), member(item, "transport"),
		member(item, "description"));
	if (*vid) {
		printf(" [%s:%s %s]", vid, member(item, "usb_pid"), member(item, "usb_serial"));
	}
	putchar('\n');
}

int cli_ports(int argc, char **argv) {
	bool as_json = argc == 2 && strcmp(argv[1], "--json") == 0;
	json_t *list, *item;
	size_t i;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc > 1 && !as_json) {
		fprintf(stderr, "livedebug ports: unexpected '%s'\n%s", argv[1], usage);
		return 2;
	}
	list = portlist();
	if (!list) {
		fprintf(stderr,
			"livedebug ports: the system's serial ports cannot be listed; `doctor` asks for one\n");
		return 1;
	}
	if (as_json) {
		json_dumpf(list, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		json_array_foreach(list, i, item) {
			print_port(item);
		}
	}
	json_decref(list);
	return 0;
}
