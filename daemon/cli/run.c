/* livedebug run: the daemon, in the foreground. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/run.h"
#include "config/strings.h"
#include "io/admin_log.h"
#include "io/console.h"
#include "io/files.h"
#include "io/fleet.h"
#include "io/reread.h"
#include "os/os.h"
#include "os/service.h"

#define STOP_MARGIN_MS 15000 /* above stop_max: then in a hurry */
#define HURRY_MS 10000       /* then without those that hang */
#define LAST_MS 1000         /* for threads to come back */
#define THREADS_FEW 4
#define THREADS_SPARE 16 /* for sessions that a reload brings */
#define THREADS_MANY 128

static const char usage[] =
	"usage: livedebug run [OPTIONS] [SESSION...]\n"
	"\n"
	"Runs the profile's sessions, or those named, until it gets SIGTERM or SIGINT. Then every\n"
	"target is released, and the exit code tells the worst: 0 released, 1 halted, 5 unknown.\n"
	"A second signal ends it in a hurry. SIGHUP: as `livedebug reload`.\n"
	"\n" CLI_CONFIG_HELP;

struct run {
	struct cli_config_args config_args;
	struct config config;
	const struct profile **profiles;
	size_t count;
	char **names; /* the sessions to run, up to NULL; none: all of the profile */
	bool had_terminal;
	uv_loop_t loop;
	uv_signal_t term, interrupt, hangup;
	uv_timer_t limit;
	uv_timer_t beat;    /* while it stops: the service manager sees that it goes on */
	uv_async_t manager; /* the service manager asks for something */
	struct service_pending pending;
	struct fleet *fleet;
	struct console *console;
	struct admin_log *admins;
	const char *release; /* the one session to release; NULL: run them */
	unsigned signals;
	bool ending, closed;
	int code;
	char state_dir[CLI_PATH_MAX], control[CLI_PATH_MAX];
};

/* --- lines on stderr ---------------------------------------------------------------------------
 */

/* key=value of the event's own members; values as JSON, so that no text of others acts up. */
static void format_members(json_t *root, char *out, size_t cap) {
	static const char *const known[] = {"time", "session", "seq", "boot", "event"};
	const char *key;
	json_t *value;
	size_t len = 0;

	out[0] = '\0';
	json_object_foreach(root, key, value) {
		bool is_known = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			is_known = is_known || strcmp(known[i], key) == 0;
		}
		char *text = is_known ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		if (text && len < cap) {
			len += (size_t)snprintf(out + len, cap - len, " %s=%s", key, text);
		}
		free(text);
	}
}

/* Each hit has its stack in the log, each halt its event; here they would hide all else. */
static bool is_routine(json_t *root) {
	const char *event = json_string_value(json_object_get(root, "event"));
	const char *owner = json_string_value(json_object_get(root, "owner"));

	return !event || strcmp(event, "hit") == 0 || strcmp(event, "halt_begin") == 0 ||
	       strcmp(event, "halt_end") == 0 ||
	       (strcmp(event, "state") == 0 && owner && strcmp(owner, "hit") == 0);
}

static void on_event(void *data, const char *session, char kind, const char *json, size_t len) {
	struct run *r = data;
	json_t *root = json_loadb(json, len, 0, NULL);
	const char *event = json_string_value(json_object_get(root, "event"));
	const char *level = kind == '*' ? "info" : "warning";
	char members[2048];

	admin_log_event(r->admins, session, root);
	if (!is_routine(root)) {
		if (strcmp(event, "alarm") == 0) {
			level = "alarm";
		}
		format_members(root, members, sizeof(members));
		console_line(r->console, "livedebug: %s %s: %s%s", level, session, event, members);
	}
	json_decref(root);
}

/* --- the end -----------------------------------------------------------------------------------
 */

static int worse(int a, int b) {
	return a == 5 || b == 5 ? 5 : a > b ? a : b;
}

static void tell_result(struct run *r, size_t i) {
	const struct session *s = fleet_session(r->fleet, i);
	const char *name = fleet_name(r->fleet, i);
	bool is_stopped = s->state == SESSION_STOPPED;

	if (!is_stopped || s->result == RESULT_UNKNOWN) {
		console_line(r->console, "%s: unknown: %s", name,
			*s->why      ? s->why
			: is_stopped ? "what the target does was not seen"
				     : "it could not be stopped in time");
	} else {
		console_line(r->console, "%s: %s", name, session_result_name(s->result));
	}
	r->code = worse(r->code, is_stopped ? session_exit_code(s) : 5);
}

static void on_last(uv_timer_t *timer) {
	uv_stop(timer->loop);
}

static void on_console_closed(void *data) {
	struct run *r = data;

	r->console = NULL;
	uv_close((uv_handle_t *)&r->limit, NULL);
}

static void on_fleet_closed(void *data, uint64_t unwritten) {
	struct run *r = data;

	if (unwritten > 0) {
		console_line(r->console,
			"livedebug: warning: %" PRIu64 " bytes of journals could not be written",
			unwritten);
	}
	uv_timer_start(&r->limit, on_last, LAST_MS, 0);
	console_close(r->console, on_console_closed, r);
}

/* The last word to administrators: how the targets were left. */
static void tell_admins(struct run *r) {
	admin_log_say(r->admins, ADMIN_STOPPED, r->code ? ADMIN_ERROR : ADMIN_INFO,
		r->code == 0   ? "livedebug has stopped: every target is released"
		: r->code == 5 ? "livedebug has stopped: the state of a target is unknown"
			       : "livedebug has stopped: it failed, or a target stands halted");
	admin_log_close(r->admins);
	r->admins = NULL;
}

static void close_all(struct run *r) {
	if (r->closed) {
		return;
	}
	r->closed = true;
	tell_admins(r);
	uv_close((uv_handle_t *)&r->term, NULL);
	uv_close((uv_handle_t *)&r->interrupt, NULL);
	uv_close((uv_handle_t *)&r->hangup, NULL);
	os_service_listen(NULL);
	uv_close((uv_handle_t *)&r->manager, NULL);
	uv_close((uv_handle_t *)&r->beat, NULL);
	uv_timer_stop(&r->limit);
	if (r->fleet) {
		fleet_close(r->fleet, on_fleet_closed, r);
	} else {
		on_fleet_closed(r, 0);
	}
}

/* From a timer: a fleet must not be closed from inside one of its own calls. */
static void on_ended_turn(uv_timer_t *timer) {
	struct run *r = timer->data;

	for (size_t i = 0; i < fleet_count(r->fleet); i++) {
		tell_result(r, i);
	}
	close_all(r);
}

static void on_ended(void *data) {
	struct run *r = data;

	r->ending = true;
	uv_timer_start(&r->limit, on_ended_turn, 0, 0);
}

static void on_hurry(uv_timer_t *timer) {
	struct run *r = timer->data;

	fleet_stop(r->fleet);
	if (!r->ending) {
		uv_timer_start(&r->limit, on_ended_turn, HURRY_MS, 0);
	}
}

static void on_beat(uv_timer_t *timer) {
	struct run *r = timer->data;

	if (service_pending_beat(&r->pending, uv_now(&r->loop))) {
		os_service_progress(r->pending.checkpoint, SERVICE_HINT_MS);
	}
}

static void begin_stop(struct run *r) {
	uint64_t limit = fleet_longest_stop_ms(r->fleet) + STOP_MARGIN_MS;

	os_notify("STOPPING=1");
	admin_log_say(r->admins, ADMIN_STOPPING, ADMIN_INFO,
		"livedebug is asked to stop: every target is released");
	uv_timer_start(&r->limit, on_hurry, limit, 0);
	service_pending_begin(&r->pending, uv_now(&r->loop), limit + HURRY_MS);
	uv_timer_start(&r->beat, on_beat, SERVICE_BEAT_MS, SERVICE_BEAT_MS);
	fleet_stop(r->fleet);
}

/* The first word to stop is a clean detach, the second a hurry. */
static void take_stop(struct run *r, const char *who) {
	r->signals++;
	console_line(r->console, "livedebug: info: %s: %s", who,
		r->signals == 1 ? "releasing every target" : "ending in a hurry");
	if (r->signals == 1) {
		begin_stop(r);
	} else if (r->signals == 2) {
		on_hurry(&r->limit);
	}
}

static void on_signal(uv_signal_t *handle, int number) {
	char who[32];

	snprintf(who, sizeof(who), "signal %d", number);
	take_stop(handle->data, who);
}

static void on_manager(uv_async_t *async) {
	struct run *r = async->data;
	unsigned asked = os_service_asked();

	if (asked & SERVICE_ASK_STOP) {
		take_stop(r, "the service manager");
	}
	if (asked & SERVICE_ASK_RELOAD) {
		fleet_reload(r->fleet, "the service manager");
	}
}

/* --- the profile, read again -------------------------------------------------------------------
 */

/* Of a config that was read: the sessions to run, in a list of ours. */
static const struct profile **chosen_of(const struct config *c, char **names, size_t *count) {
	const struct profile **list = calloc(c->session_count + 1, sizeof(void *));

	*count = 0;
	for (size_t i = 0; list && i < c->session_count; i++) {
		if (cli_config_chosen(c, names, &c->sessions[i])) {
			list[(*count)++] = &c->sessions[i];
		}
	}
	return list;
}

static void on_reread(void *data, const struct config *config, const struct string_list *lines) {
	struct run *r = data;
	const struct profile **profiles;
	size_t count;

	if (r->closed) {
		return;
	}
	if (lines->count > 0) {
		for (size_t i = 0; i < lines->count; i++) {
			console_line(r->console, "livedebug: reload: %s", lines->at[i]);
		}
		fleet_reread_failed(r->fleet, lines);
		return;
	}
	profiles = chosen_of(config, r->names, &count);
	if (profiles) {
		fleet_reread(r->fleet, &config->daemon, profiles, count);
	}
	free(profiles);
}

static void on_reread_wanted(void *data) {
	struct run *r = data;
	const struct cli_config_args *args = &r->config_args;
	struct string_list lines = {0};
	int error = reread_start(&r->loop, args->path, args->sets, args->set_count, on_reread, r);

	if (error) {
		string_list_add(&lines, string_copy(uv_strerror(error)));
		fleet_reread_failed(r->fleet, &lines);
		string_list_clear(&lines);
	}
}

static void on_hangup(uv_signal_t *handle, int number) {
	struct run *r = handle->data;

	if (r->release || os_hangup_ends(r->had_terminal)) {
		on_signal(handle, number);
		return;
	}
	console_line(r->console, "livedebug: info: SIGHUP: reading %s again", r->config_args.path);
	fleet_reload(r->fleet, "SIGHUP");
}

/* --- the beginning -----------------------------------------------------------------------------
 */

static int choose(struct run *r, char **names) {
	r->names = names;
	r->profiles = chosen_of(&r->config, names, &r->count);
	return r->profiles ? cli_config_check_names(&r->config_args, &r->config, names) : 1;
}

static int find_place(const char *set, enum os_place place, char *out, size_t cap) {
	if (!set) {
		return os_default_place(place, out, cap);
	}
	return (size_t)snprintf(out, cap, "%s", set) < cap ? 0 : UV_ENAMETOOLONG;
}

static int make_places(struct run *r) {
	const struct daemon_options *d = &r->config.daemon;
	int error = find_place(d->state_dir, OS_STATE_DIR, r->state_dir, sizeof(r->state_dir));

	if (error == 0) {
		error = files_make_folder(r->state_dir);
	}
	if (error) {
		fprintf(stderr, "livedebug: state_dir %s: %s\n", r->state_dir, uv_strerror(error));
		return 1;
	}
	error = find_place(d->control, OS_CONTROL, r->control, sizeof(r->control));
	if (error) {
		fprintf(stderr,
			"livedebug: no place for the control socket: %s; name one: `control` of [daemon]\n",
			uv_strerror(error));
		return 1;
	}
	return 0;
}

/* A disk that hangs takes a thread or two of its session; the others need theirs. */
static void set_threads(const struct run *r) {
	size_t threads = THREADS_FEW * (r->count + 1) + THREADS_SPARE;
	char text[16];

	snprintf(text, sizeof(text), "%zu", threads < THREADS_MANY ? threads : THREADS_MANY);
	(void)uv_os_setenv("UV_THREADPOOL_SIZE", text);
}

static void init_handles(struct run *r) {
	uv_signal_init(&r->loop, &r->term);
	uv_signal_init(&r->loop, &r->interrupt);
	uv_signal_init(&r->loop, &r->hangup);
	uv_timer_init(&r->loop, &r->limit);
	uv_timer_init(&r->loop, &r->beat);
	uv_async_init(&r->loop, &r->manager, on_manager);
	r->term.data = r->interrupt.data = r->hangup.data = r->limit.data = r;
	r->beat.data = r->manager.data = r;
}

static void start(struct run *r) {
#ifdef SIGPIPE
	/* A client or a kd that is gone is an error of that write. Children get the default back.
	 */
	(void)signal(SIGPIPE, SIG_IGN);
#endif
	uv_signal_start(&r->term, on_signal, SIGTERM);
	uv_signal_start(&r->interrupt, on_signal, SIGINT);
	r->had_terminal = os_has_terminal();
	uv_signal_start(&r->hangup, on_hangup, SIGHUP);
	if (r->release) {
		console_line(r->console, "livedebug: info: no daemon at %s: releasing %s from here",
			r->control, r->release);
		uv_timer_start(
			&r->limit, on_hurry, fleet_longest_stop_ms(r->fleet) + STOP_MARGIN_MS, 0);
		fleet_release(r->fleet);
		return;
	}
	os_service_listen(&r->manager);
	fleet_start(r->fleet);
	console_line(
		r->console, "livedebug: ready, %zu sessions, control %s", r->count, r->control);
	admin_log_say(r->admins, ADMIN_STARTED, ADMIN_INFO, "livedebug has started");
	os_notify("READY=1");
}

static int open_fleet(struct run *r) {
	struct fleet_options options = {.config = &r->config,
		.profiles = r->profiles,
		.count = r->count,
		.state_dir = r->state_dir,
		.control = r->control,
		.event = on_event,
		.reread = r->release ? NULL : on_reread_wanted,
		.ended = on_ended,
		.data = r};
	char why[1024] = "";
	int error = fleet_open(&r->loop, &options, &r->fleet, why, sizeof(why));

	if (error) {
		console_line(r->console, "livedebug: %s", why);
		r->code = 1;
	}
	return error;
}

/*
 * A thread that hangs in a disk would be waited for by the C library's exit: then without it, as
 * every target has been seen to and every kd ends with us.
 */
static int leave(struct run *r) {
	int code = r->code;
	bool is_clean = uv_loop_close(&r->loop) == 0;

	os_service_ended(code);
	if (!is_clean) {
		fflush(NULL);
		_Exit(code);
	}
	return code;
}

static int run(struct run *r) {
	set_threads(r);
	if (uv_loop_init(&r->loop) != 0) {
		return 1;
	}
	init_handles(r);
	r->console = console_create(&r->loop, 2);
	r->admins = admin_log_create(&r->loop);
	if (!r->console) {
		_Exit(1);
	}
	if (open_fleet(r) == 0) {
		start(r);
	} else {
		close_all(r);
	}
	uv_run(&r->loop, UV_RUN_DEFAULT);
	return leave(r);
}

/* With the profile loaded: what `names` choose. */
static int run_chosen(struct run *r, char **names) {
	int code = choose(r, names);

	if (code == 0) {
		code = make_places(r);
	}
	if (code == 0) {
		code = run(r);
	}
	return code;
}

int run_release(struct cli_config_args *args, const char *session, const char *control) {
	struct run *r = calloc(1, sizeof(*r));
	char *names[] = {(char *)session, NULL};
	int code;

	if (!r) {
		return 1;
	}
	r->release = session;
	r->config_args = *args;
	code = cli_config_load(&r->config_args, &r->config);
	if (code == 0) {
		string_set(&r->config.daemon.control, control);
		code = run_chosen(r, names);
	}
	config_finish(&r->config);
	free(r->profiles);
	free(r);
	return code;
}

/* Whoever can write the profile decides what we start: as root only root may. */
static int check_writers(const struct run *r) {
	int error = os_check_profile(r->config_args.path);

	if (error) {
		fprintf(stderr,
			"livedebug run: %s: others than root can write this file or its folder "
			"(%s); chown root, chmod go-w\n",
			r->config_args.path, uv_strerror(error));
	}
	return error ? 2 : 0;
}

int cli_run(int argc, char **argv) {
	static const struct option long_options[] = {
		CLI_CONFIG_LONG_OPTIONS, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct run *r = calloc(1, sizeof(*r));
	int option, code;

	if (!r) {
		return 1;
	}
	while ((option = getopt_long(argc, argv, CLI_CONFIG_SHORT_OPTIONS, long_options, NULL)) !=
		-1) {
		bool is_known = cli_config_option(&r->config_args, option, optarg);

		if (!is_known) {
			fputs(option == 'h' ? usage : "livedebug run --help tells more\n",
				option == 'h' ? stdout : stderr);
			free(r);
			return option == 'h' ? 0 : 2;
		}
	}
	code = cli_config_load(&r->config_args, &r->config);
	if (code == 0) {
		code = check_writers(r);
	}
	if (code == 0) {
		code = run_chosen(r, argv + optind);
	}
	config_finish(&r->config);
	free(r->profiles);
	free(r);
	return code;
}
