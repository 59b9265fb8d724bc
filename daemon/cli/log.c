/* livedebug log: a session's journal, for people. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/event_words.h"
#include "cli/options.h"
#include "core/text.h"
#include "io/record.h"
#include "io/tail.h"
#include "os/os.h"

#define SILENCE_MS 2000
#define LOOK_MS 200             /* between two looks for more, with -f */
#define LAST_BYTES (4 * 1024)   /* what -f begins with, without --since */
#define SHOWN_BYTES (64 * 1024) /* of one line */

static const char usage[] =
	"usage: livedebug log [OPTIONS] SESSION\n"
	"\n"
	"What the debugger printed, what was typed to it (>), what livedebug made of it (*) and what\n"
	"needs somebody (!), from the session's journal, rotated files first; times are UTC.\n"
	"\n"
	"  -f, --follow             go on with what comes, until you stop it; begins with the last lines\n"
	"      --since DURATION     only what is younger, such as 10m\n"
	"      --json               one JSON object a line\n"
	"      --control PATH       the daemon's control socket, in place of the profile's\n" CLI_CONFIG_HELP
	"\n"
	"A daemon that answers tells where the journal is; without one the profile does.\n";

enum { OPTION_JSON = CLI_OPTION_OWN, OPTION_SINCE, OPTION_CONTROL };

struct log {
	struct cli_config_args config_args;
	const char *control, *session;
	bool follow, as_json, closed;
	uint64_t since_ms;
	char since[RECORD_STAMP + 1]; /* "": all; times in this form compare as texts */
	char day[11];                 /* the last one that was printed */
	char name[64], path[CLI_PATH_MAX];
	struct tail *tail;
	char bytes[SHOWN_BYTES], shown[SHOWN_BYTES];
};

/* --- one record --------------------------------------------------------------------------------
 */

static void print_json(struct log *l, const struct record *r) {
	struct text t;
	size_t len = r->len < sizeof(l->bytes) ? r->len : sizeof(l->bytes);

	if (r->kind == '*' || r->kind == '!') {
		printf("%.*s\n", (int)r->len, r->text);
		return;
	}
	len = record_unescape(r->text, len, l->bytes);
	text_init(&t, l->shown, sizeof(l->shown));
	text_put_json(&t, l->bytes, len);
	printf("{\"time\":\"%.*s\",\"session\":\"%s\",\"seq\":%" PRIu64
	       ",\"kind\":\"%c\",\"text\":\"%s\",\"partial\":%s}\n",
		RECORD_STAMP, r->stamp, l->name, r->seq, r->kind, l->shown,
		r->is_partial ? "true" : "false");
}

static void print_day(struct log *l, const char *stamp) {
	if (strncmp(l->day, stamp, 10) != 0) {
		snprintf(l->day, sizeof(l->day), "%.10s", stamp);
		printf("--- %s, UTC\n", l->day);
	}
}

static void print_text(struct log *l, const struct record *r) {
	struct text t;
	size_t len = r->len < sizeof(l->bytes) ? r->len : sizeof(l->bytes);

	text_init(&t, l->shown, sizeof(l->shown));
	if (r->kind == '*' || r->kind == '!') {
		json_t *event = json_loadb(r->text, r->len, 0, NULL);

		event_words(&t, event);
		json_decref(event);
	} else {
		len = record_unescape(r->text, len, l->bytes);
		text_put_shown(&t, l->bytes, len);
	}
	print_day(l, r->stamp);
	printf("%.12s %c %s\n", r->stamp + 11, r->kind == '<' ? ' ' : r->kind, l->shown);
}

static bool on_line(void *data, const char *line, size_t len) {
	struct log *l = data;
	struct record r;

	if (!record_read(line, len, &r) || strncmp(r.stamp, l->since, RECORD_STAMP) < 0) {
		return true; /* the rest of a crash is no record */
	}
	if (l->as_json) {
		print_json(l, &r);
	} else {
		print_text(l, &r);
	}
	l->closed = ferror(stdout) != 0;
	return !l->closed;
}

/* --- where it is -------------------------------------------------------------------------------
 */

static int complain(const struct log *l, int code, const char *why) {
	fprintf(stderr, "livedebug log: %s: %s\n", l->session, why);
	return code;
}

/* Without a daemon: by the profile. */
static int find_by_profile(struct log *l) {
	struct config config;
	const struct profile *p;
	char folder[CLI_PATH_MAX];
	int code = cli_config_load(&l->config_args, &config), error = 0;

	p = code == 0 ? cli_config_session(&config, l->session) : NULL;
	if (p && config.daemon.state_dir) {
		snprintf(folder, sizeof(folder), "%s", config.daemon.state_dir);
	} else if (p) {
		error = os_default_place(OS_STATE_DIR, folder, sizeof(folder));
	}
	if (p && !error) {
		snprintf(l->name, sizeof(l->name), "%s", p->name);
		if ((size_t)snprintf(l->path, sizeof(l->path), "%s/%s.journal", folder, p->name) >=
			sizeof(l->path)) {
			error = UV_ENAMETOOLONG;
		}
	}
	if (code == 0 && !p) {
		code = complain(l, 3, "no such session in the profile, and no daemon answers");
	}
	if (error) {
		code = complain(l, 1, uv_strerror(error));
	}
	config_finish(&config);
	return code;
}

static int find_journal(struct log *l) {
	char control[CLI_PATH_MAX], why[512];
	json_t *sessions;
	const json_t *item;
	int code = cli_find_control(&l->config_args, l->control, "log", control, sizeof(control));

	if (code) {
		return code;
	}
	code = cli_ask_status(control, l->session, SILENCE_MS, &sessions, why, sizeof(why));
	if (code == 7 && !l->control) {
		return find_by_profile(l);
	}
	if (code) {
		return complain(l, code, why);
	}
	item = json_array_get(sessions, 0);
	snprintf(l->name, sizeof(l->name), "%s", json_string_value(json_object_get(item, "name")));
	snprintf(l->path, sizeof(l->path), "%s",
		json_string_value(json_object_get(item, "journal")));
	json_decref(sessions);
	return 0;
}

static int open_journal(struct log *l) {
	uv_timeval64_t now = {0};
	int64_t since_us = 0;
	char why[CLI_PATH_MAX + 128];
	int error;

	if (l->since_ms > 0) {
		(void)uv_gettimeofday(&now);
		since_us = now.tv_sec * 1000000 + now.tv_usec - (int64_t)l->since_ms * 1000;
		since_us = since_us > 0 ? since_us : 1;
		record_stamp(since_us / 1000000, (int32_t)(since_us % 1000000), l->since);
	}
	error = tail_open(l->path, since_us, l->follow && !l->since_ms ? LAST_BYTES : 0, &l->tail);
	if (error == UV_EACCES) {
		snprintf(why, sizeof(why),
			"%s is for the daemon's user alone; `livedebug attach` shows what comes",
			l->path);
		return complain(l, 6, why);
	}
	if (error) {
		snprintf(why, sizeof(why), "%s: %s", l->path, uv_strerror(error));
		return complain(l, 1, why);
	}
	return 0;
}

/* --- going on ----------------------------------------------------------------------------------
 */

static void on_interrupt(uv_signal_t *handle, int number) {
	(void)number;
	uv_stop(handle->loop);
}

static void on_look(uv_timer_t *timer) {
	struct log *l = timer->data;

	if (!tail_read(l->tail, on_line, l) || fflush(stdout) != 0) {
		uv_stop(timer->loop);
	}
}

static int follow(struct log *l) {
	uv_loop_t loop;
	uv_timer_t timer;
	uv_signal_t interrupt, term;

	if (uv_loop_init(&loop) != 0) {
		return complain(l, 1, "no memory");
	}
	uv_timer_init(&loop, &timer);
	uv_signal_init(&loop, &interrupt);
	uv_signal_init(&loop, &term);
	timer.data = l;
	uv_signal_start(&interrupt, on_interrupt, SIGINT);
	uv_signal_start(&term, on_interrupt, SIGTERM);
	uv_timer_start(&timer, on_look, 0, LOOK_MS);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_close((uv_handle_t *)&interrupt, NULL);
	uv_close((uv_handle_t *)&term, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	return 0;
}

static int show(struct log *l) {
	int code = find_journal(l);

	if (code == 0) {
		code = open_journal(l);
	}
	if (code == 0 && l->follow) {
		code = follow(l);
	} else if (code == 0) {
		(void)tail_read(l->tail, on_line, l);
		(void)fflush(stdout); /* whoever reads may have seen enough */
	}
	tail_close(l->tail);
	return code;
}

/* --- the command line --------------------------------------------------------------------------
 */

static bool take_option(void *data, int option, const char *argument) {
	struct log *l = data;

	switch (option) {
	case 'f':
		l->follow = true;
		return true;
	case OPTION_JSON:
		l->as_json = true;
		return true;
	case OPTION_CONTROL:
		l->control = argument;
		return true;
	case OPTION_SINCE:
		if (text_parse_duration(argument, &l->since_ms) && l->since_ms > 0) {
			return true;
		}
		fprintf(stderr, "livedebug log: --since %.60s: a number and a unit, such as 10m\n",
			argument);
		return false;
	default:
		return false;
	}
}

int cli_log(int argc, char **argv) {
	static const struct option long_options[] = {CLI_CONFIG_LONG_OPTIONS,
		{"follow", no_argument, NULL, 'f'}, {"json", no_argument, NULL, OPTION_JSON},
		{"since", required_argument, NULL, OPTION_SINCE},
		{"control", required_argument, NULL, OPTION_CONTROL},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct log *l = calloc(1, sizeof(*l));
	int code = l ? -1 : 1;

#ifdef SIGPIPE
	(void)signal(SIGPIPE, SIG_IGN);
#endif
	if (l) {
		code = cli_config_parse_more(
			&l->config_args, argc, argv, "f", long_options, usage, take_option, l);
	}
	if (code == -1 && argc - optind != 1) {
		fprintf(stderr, "livedebug log: %s; livedebug log --help tells more\n",
			argc == optind ? "which session?" : "one session, please");
		code = 2;
	}
	if (code == -1) {
		l->session = argv[optind];
		code = show(l);
	}
	free(l);
	return code;
}
