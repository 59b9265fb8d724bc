/* The verbs that ask the daemon: status, events, start, stop, break, go, arm, disarm, hold,
 * release, cmd, attach, reload. */
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/ask.h"
#include "cli/attach.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/page.h"
#include "cli/run.h"
#include "cli/status_page.h"
#include "cli/watch.h"
#include "core/text.h"
#include "io/control_call.h"
#include "os/os.h"

#define ANSWER_MS 10000 /* a daemon answers `status` at once */

#define CLIENT_HELP \
	"      --control PATH       the daemon's control socket, in place of the profile's\n" CLI_CONFIG_HELP

enum {
	OPTION_JSON = CLI_OPTION_OWN,
	OPTION_FOLLOW,
	OPTION_ALL,
	OPTION_CONTROL,
	OPTION_TIMEOUT,
	OPTION_BREAK,
	OPTION_WRITE,
	OPTION_FORCE,
	OPTION_WATCH
};

struct client {
	const char *verb;
	struct cli_config_args config_args;
	struct request request;
	const char *control; /* --control */
	bool as_json, all, watch;
	char path[CLI_PATH_MAX];
	/* the answer */
	int code; /* -1: none yet */
	json_int_t events_left;
};

static const struct {
	const char *verb, *arguments, *text;
} helps[] = {
	{"status", "[--json] [--watch] [SESSION]",
		"One line a session: its port, state and since when, arm state with its breakpoints, hits\n"
		"in all and in the last minute, the share of that minute in which the target stood still,\n"
		"who is attached, what it runs, and the line for a teammate to paste. With SESSION all\n"
		"about that one. --watch shows it again each second, until Ctrl-C. Colours on a terminal\n"
		"only, and not where NO_COLOR is set."},
	{"events", "[--follow] [SESSION]",
		"The last events as JSON lines; --follow: from now on, until you stop it."},
	{"start", "SESSION", "Brings a stopped session up."},
	{"stop", "SESSION | --all", "Disarms, lets the target run, ends the debugger."},
	{"break", "SESSION", "Halts the target. It is resumed after halt_max; see hold."},
	{"go", "SESSION", "Lets the target run."},
	{"arm", "SESSION", "Sets the profile's breakpoints; the target halts for a moment."},
	{"disarm", "SESSION", "Clears them, until somebody arms again, across reboots too."},
	{"release", "SESSION",
		"Frees a target that may be frozen, whoever froze it: starts the debugger, breaks in\n"
		"if need be, bc *, g, sees it run, quits. Without a daemon it does so itself, by the\n"
		"profile. Prints released (exit code 0), halted (1) or unknown (5)."},
	{"attach", "[--write [--force]] SESSION",
		"Shows what the debugger prints, live, with the last screen first; any number may watch.\n"
		"--write takes the one writer's lease: lines go to the debugger's prompt, :break halts\n"
		"the target, g or :go lets it run, :quit leaves. What ends or wrecks the session needs\n"
		":force before it. Leaving lets the target run, unless `hold` said otherwise.\n"
		"--force takes the lease from whoever has it, and says so to all."},
	{"cmd", "[--break] SESSION COMMAND",
		"Types one command at the debugger's prompt, prints what comes back. The target must be\n"
		"halted; --break halts it, runs the command and lets the target run again. A command\n"
		"that ends or wrecks the session needs :force before it; to let the target run, use go.\n"
		"One command at a time: while another is under way, the exit code is 4."},
	{"reload", "[--json]",
		"The daemon reads its profile again: new sessions start, removed ones are released and\n"
		"go, changed ones take the new values, with a new debugger only where a key needs that;\n"
		"all others are left alone. Prints what became of each. A profile that is not right\n"
		"changes nothing; what is wrong with it is printed, exit code 2."},
	{"hold", "SESSION DURATION", "Lengthens a halt to DURATION from now, such as 10m."},
};

static int print_help(const char *verb) {
	for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++) {
		if (strcmp(helps[i].verb, verb) == 0) {
			printf("usage: livedebug %s [OPTIONS] %s\n\n%s\n\n", verb,
				helps[i].arguments, helps[i].text);
		}
	}
	fputs(CLIENT_HELP
		"      --timeout DURATION   wait no longer than this for it to be done\n"
		"\nExit codes: 0 done, 1 failed, 2 usage, 3 no such session, 4 the target is not in\n"
		"the state for it, 5 its state is unknown, 6 denied, 7 no daemon, 8 timed out.\n",
		stdout);
	return 0;
}

/* --- what is printed ---------------------------------------------------------------------------
 */

static const char *text_of(const json_t *item, const char *key, const char *otherwise) {
	const char *text = json_string_value(json_object_get(item, key));

	return text ? text : otherwise;
}

static json_int_t number_of(const json_t *item, const char *key) {
	return json_integer_value(json_object_get(item, key));
}

/* Paths and pipes have backslashes; they come from the profile. */
static void print_plain(const char *before, const char *text) {
	printf("%s%s", before, text);
}

static void print_sessions(const struct client *c, const json_t *sessions) {
	struct page p = {.colour = page_wants_colour()};
	size_t rows;

	if (c->as_json) {
		json_dumpf(sessions, stdout, JSON_INDENT(2));
		putchar('\n');
		return;
	}
	(void)page_find_size(&p.width, &rows);
	if (*c->request.session) {
		status_page_one(&p, json_array_get(sessions, 0));
	} else {
		status_page_all(&p, sessions);
	}
	fputs(p.at ? p.at : "", stdout);
	page_finish(&p);
}

/* After a verb: where its session is now. */
static void print_done(const struct client *c, const json_t *sessions) {
	json_t *item;
	size_t i;

	if (c->as_json) {
		print_sessions(c, sessions);
		return;
	}
	json_array_foreach(sessions, i, item) {
		const char *state = text_of(item, "state", "?");
		const char *result = text_of(item, "result", "unknown");

		print_plain("", text_of(item, "name", "?"));
		bool ends = c->request.verb == REQUEST_STOP || c->request.verb == REQUEST_RELEASE;
		if (ends && strcmp(state, "stopped") == 0) {
			printf(": %s\n", result);
		} else {
			printf(": %s, %s\n", state, text_of(item, "arm", "?"));
		}
	}
}

/* A bad profile: every fault on a line of its own, as `check` has them. */
static void print_errors(const json_t *errors) {
	json_t *line;
	size_t i;

	json_array_foreach(errors, i, line) {
		fprintf(stderr, "%s\n", json_string_value(line));
	}
}

static void print_reload(const struct client *c, json_t *root) {
	json_t *row;
	size_t i;

	if (c->as_json) {
		json_dumpf(root, stdout, JSON_INDENT(2));
		putchar('\n');
		return;
	}
	json_array_foreach(json_object_get(root, "reload"), i, row) {
		const char *keys = text_of(row, "keys", NULL), *why = text_of(row, "why", NULL);

		printf("%s: %s%s%s%s%s%s\n", text_of(row, "session", "?"), text_of(row, "did", "?"),
			keys ? " (" : "", keys ? keys : "", keys ? ")" : "", why ? ": " : "",
			why ? why : "");
	}
	json_array_foreach(json_object_get(root, "daemon"), i, row) {
		printf("[daemon] %s: %s\n", text_of(row, "key", "?"),
			json_is_true(json_object_get(row, "taken"))
				? "taken"
				: "was changed in the file; only the next daemon takes it");
	}
}

/* --- the answer --------------------------------------------------------------------------------
 */

static bool take_event(struct client *c, const char *line, size_t len) {
	printf("%.*s\n", (int)len, line);
	if (c->request.follow) {
		return fflush(stdout) == 0; /* whoever reads it wants it now */
	}
	return --c->events_left > 0;
}

/* Whoever reads it wants it now; what a target or a teammate put into it must not act up here. */
static void print_output(const char *line) {
	char shown[32 * 1024];
	struct text t;

	text_init(&t, shown, sizeof(shown));
	text_put_shown(&t, line, strlen(line));
	puts(shown);
	(void)fflush(stdout); /* whoever reads may be gone: the command goes on */
}

static bool take_answer(struct client *c, json_t *root) {
	const json_t *sessions = json_object_get(root, "sessions");
	const char *output = json_string_value(json_object_get(root, "output"));

	if (output) {
		print_output(output);
		return true;
	}
	c->code = (int)number_of(root, "code");
	if (c->code != 0) {
		fprintf(stderr, "livedebug %s: ", c->verb);
		fprintf(stderr, "%s\n", text_of(root, "error", "failed"));
	}
	if (c->request.verb == REQUEST_RELOAD && !sessions) {
		print_errors(json_object_get(root, "errors"));
		print_reload(c, root);
		return false;
	}
	if (c->request.verb == REQUEST_EVENTS) {
		c->events_left = number_of(root, "count");
		return c->code == 0 && (c->request.follow || c->events_left > 0);
	}
	if (sessions && c->request.verb == REQUEST_STATUS) {
		print_sessions(c, sessions);
	} else if (sessions && (c->as_json || c->request.verb != REQUEST_CMD)) {
		print_done(c, sessions);
	}
	return false;
}

static bool on_line(void *data, const char *line, size_t len) {
	struct client *c = data;
	json_t *root;
	bool more;

	if (c->code == 0 && c->request.verb == REQUEST_EVENTS) {
		return take_event(c, line, len);
	}
	root = json_loadb(line, len, 0, NULL);
	if (!json_is_integer(json_object_get(root, "code")) &&
		!json_is_string(json_object_get(root, "output"))) {
		fprintf(stderr, "livedebug %s: what answers at %s is not livedebug\n", c->verb,
			c->path);
		json_decref(root);
		c->code = 1;
		return false;
	}
	more = take_answer(c, root);
	json_decref(root);
	return more;
}

static int complain(const struct client *c, int error) {
	char why[CLI_PATH_MAX + 256];
	int code = cli_no_daemon(c->path, error, why, sizeof(why));
	const char *session = code == 7 ? c->request.session : "";

	fprintf(stderr, "livedebug %s: %s%s%s\n", c->verb, session, *session ? ": " : "", why);
	return code;
}

static int call(struct client *c) {
	bool is_quick = c->request.verb == REQUEST_STATUS ||
			(c->request.verb == REQUEST_EVENTS && !c->request.follow);
	int error;

	c->code = -1;
	if (c->watch) {
		return watch_run(c->path, c->request.session);
	}
	if (c->request.verb == REQUEST_ATTACH) {
		c->code = attach_run(c->path, &c->request, &error);
		return c->code >= 0 ? c->code : complain(c, error);
	}
	error = control_call(c->path, &c->request, is_quick ? ANSWER_MS : 0, on_line, c);
	if (c->code >= 0) {
		return c->code; /* a follower whose daemon has ended was served */
	}
	if (c->request.verb == REQUEST_RELEASE && error != UV_EACCES && error != UV_EPERM) {
		return run_release(&c->config_args, c->request.session, c->path);
	}
	return complain(c, error);
}

/* --- the command line --------------------------------------------------------------------------
 */

static int wrong_usage(const struct client *c, const char *what) {
	fprintf(stderr, "livedebug %s: %s; livedebug %s --help tells more\n", c->verb, what,
		c->verb);
	return 2;
}

/* Of several words one is not right. */
static int wrong_word(const struct client *c, const char *word, const char *what) {
	fprintf(stderr, "livedebug %s: %.60s: %s; livedebug %s --help tells more\n", c->verb, word,
		what, c->verb);
	return 2;
}

static int take_session(struct client *c, const char *name) {
	if (strlen(name) >= sizeof(c->request.session)) {
		fprintf(stderr, "livedebug %s: no session '%.40s...'\n", c->verb, name);
		return 3;
	}
	snprintf(c->request.session, sizeof(c->request.session), "%s", name);
	return 0;
}

static int take_command(struct client *c, int argc, char **argv) {
	if (argc != 2 || !*argv[1]) {
		return wrong_word(c, argv[0], "behind the session one command in quotes, please");
	}
	if (strlen(argv[1]) >= sizeof(c->request.text)) {
		return wrong_word(c, argv[1], "the command is too long");
	}
	snprintf(c->request.text, sizeof(c->request.text), "%s", argv[1]);
	return take_session(c, argv[0]);
}

static int take_arguments(struct client *c, int argc, char **argv) {
	struct request *r = &c->request;
	bool is_hold = r->verb == REQUEST_HOLD;
	bool may_lack = r->verb == REQUEST_STATUS || r->verb == REQUEST_EVENTS ||
			r->verb == REQUEST_RELOAD || c->all;

	if (c->all && r->verb != REQUEST_STOP) {
		return wrong_usage(c, "--all is for stop");
	}
	if (argc > 0 && c->all) {
		return wrong_word(c, argv[0], "a session or --all, not both");
	}
	if (argc == 0 && !may_lack) {
		return wrong_usage(c, "which session?");
	}
	if (argc > 0 && r->verb == REQUEST_RELOAD) {
		return wrong_usage(c, "reload is of the whole profile");
	}
	if (r->verb == REQUEST_CMD) {
		return take_command(c, argc, argv);
	}
	if (argc > 1 + is_hold || (is_hold && argc < 2)) {
		return wrong_word(c, argv[argc - 1],
			is_hold ? "behind the session how long, such as 10m, please"
				: "one session, please");
	}
	if (argc > 0 && take_session(c, argv[0]) != 0) {
		return 3;
	}
	if (is_hold && (!text_parse_duration(argv[1], &r->hold_ms) || r->hold_ms == 0)) {
		return wrong_word(c, argv[1], "the duration needs a unit, such as 10m");
	}
	return 0;
}

static bool take_option(struct client *c, int option, const char *argument) {
	switch (option) {
	case OPTION_JSON:
		c->as_json = true;
		return true;
	case OPTION_FOLLOW:
		c->request.follow = true;
		return true;
	case OPTION_ALL:
		c->all = true;
		return true;
	case OPTION_CONTROL:
		c->control = argument;
		return true;
	case OPTION_BREAK:
		c->request.breaks = true;
		return true;
	case OPTION_WRITE:
		c->request.write = true;
		return true;
	case OPTION_FORCE:
		c->request.force = true;
		return true;
	case OPTION_WATCH:
		c->watch = c->request.verb == REQUEST_STATUS;
		return c->watch;
	case OPTION_TIMEOUT:
		return text_parse_duration(argument, &c->request.timeout_ms);
	default:
		return cli_config_option(&c->config_args, option, argument);
	}
}

int cli_client(int argc, char **argv) {
	static const struct option long_options[] = {CLI_CONFIG_LONG_OPTIONS,
		{"json", no_argument, NULL, OPTION_JSON},
		{"follow", no_argument, NULL, OPTION_FOLLOW},
		{"all", no_argument, NULL, OPTION_ALL}, {"break", no_argument, NULL, OPTION_BREAK},
		{"write", no_argument, NULL, OPTION_WRITE},
		{"force", no_argument, NULL, OPTION_FORCE},
		{"watch", no_argument, NULL, OPTION_WATCH},
		{"control", required_argument, NULL, OPTION_CONTROL},
		{"timeout", required_argument, NULL, OPTION_TIMEOUT},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct client c = {.verb = argv[0], .request = {.verb = request_verb_of(argv[0])}};
	int option, code;

#ifdef SIGPIPE
	(void)signal(SIGPIPE, SIG_IGN); /* a daemon that refuses us closes before it reads */
#endif
	while ((option = getopt_long(argc, argv, CLI_CONFIG_SHORT_OPTIONS, long_options, NULL)) !=
		-1) {
		if (option == 'h') {
			return print_help(c.verb);
		}
		if (!take_option(&c, option, optarg)) {
			return wrong_usage(&c, "an option is not right");
		}
	}
	code = take_arguments(&c, argc - optind, argv + optind);
	if (code == 0) {
		code = cli_find_control(&c.config_args, c.control, c.verb, c.path, sizeof(c.path));
	}
	return code ? code : call(&c);
}
