#include "io/fleet.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "core/lease.h"
#include "core/advice.h"
#include "core/text.h"
#include "io/control.h"
#include "io/driver.h"
#include "io/screen.h"
#include "io/settings.h"
#include "io/status.h"

#define MARGIN_MS 10000 /* above a profile's own deadlines, for kd and the machine */

/* Who writes, and what a new viewer sees first. */
struct post {
	struct lease lease;
	struct screen screen;
};

struct fleet {
	uv_loop_t *loop;
	struct fleet_options options;
	struct control *control;
	struct driver **drivers;
	struct post *posts; /* beside each driver */
	size_t count;
	bool stopping, hurried, told;
	size_t closing;
	uint64_t unwritten;
	void (*done)(void *data, uint64_t unwritten);
	void *done_data;
	char host[UV_MAXHOSTNAMESIZE];
};

/* --- drivers' events ---------------------------------------------------------------------------
 */

static bool has_ended(const struct driver *d) {
	return driver_session(d)->state == SESSION_STOPPED;
}

static void on_event(void *data, struct driver *d, char kind, const char *json, size_t len) {
	struct fleet *f = data;
	const char *name = driver_profile(d)->name;

	if (f->control) {
		control_event(f->control, name, json, len);
	}
	f->options.event(f->options.data, name, kind, json, len);
}

static void tell_if_ended(struct fleet *f) {
	size_t left = 0;

	for (size_t i = 0; i < f->count; i++) {
		left += !has_ended(f->drivers[i]);
	}
	if (f->stopping && left == 0 && !f->told) {
		f->told = true;
		f->options.ended(f->options.data);
	}
}

static void on_stepped(void *data, struct driver *d) {
	struct fleet *f = data;

	(void)d;
	if (f->control) {
		control_stepped(f->control);
	}
	tell_if_ended(f);
}

static size_t index_of(const struct fleet *f, const struct driver *d) {
	size_t i = 0;

	while (i < f->count && f->drivers[i] != d) {
		i++;
	}
	return i;
}

static void on_console(void *data, struct driver *d, const char *bytes, size_t len) {
	struct fleet *f = data;

	screen_put(&f->posts[index_of(f, d)].screen, bytes, len);
	if (f->control) {
		control_console(f->control, driver_profile(d)->name, bytes, len);
	}
}

static void on_command(void *data, uint64_t id, const char *line, int code, const char *why) {
	struct fleet *f = data;

	if (f->control && line) {
		control_output(f->control, id, line);
	} else if (f->control) {
		control_command_end(f->control, id, code, why);
	}
}

static const struct driver_events driver_events = {on_event, on_console, on_command, on_stepped};

/* --- requests ----------------------------------------------------------------------------------
 */

static struct driver *find(const struct fleet *f, const char *name) {
	for (size_t i = 0; i < f->count; i++) {
		if (names_equal(driver_profile(f->drivers[i])->name, name)) {
			return f->drivers[i];
		}
	}
	return NULL;
}

static json_t *session_json(const struct fleet *f, size_t i) {
	json_t *root = status_json(f->drivers[i], f->host);
	const struct lease *l = &f->posts[i].lease;
	size_t viewers =
		f->control ? control_viewers(f->control, driver_profile(f->drivers[i])->name) : 0;

	json_object_set_new(root, "writer", l->holder ? json_string(l->who) : json_null());
	json_object_set_new(root, "viewers", json_integer((json_int_t)viewers));
	return root;
}

static json_t *host_status(void *data, const char *session) {
	const struct fleet *f = data;
	json_t *list = json_array();
	size_t shown = 0;

	for (size_t i = 0; i < f->count; i++) {
		if (!*session || find(f, session) == f->drivers[i]) {
			json_array_append_new(list, session_json(f, i));
			shown++;
		}
	}
	if (shown == 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static enum session_input_kind input_of(enum request_verb verb) {
	static const enum session_input_kind inputs[REQUEST_VERBS] = {
		[REQUEST_START] = IN_START,
		[REQUEST_STOP] = IN_STOP,
		[REQUEST_BREAK] = IN_BREAK,
		[REQUEST_GO] = IN_GO,
		[REQUEST_ARM] = IN_ARM,
		[REQUEST_DISARM] = IN_DISARM,
		[REQUEST_HOLD] = IN_HOLD,
		[REQUEST_RELEASE] = IN_RELEASE,
	};

	return inputs[verb];
}

/* What came of the verb, how the session stands, and what can be done. */
static void tell_state(
	const struct driver *d, const char *what, enum session_input_kind verb, char *why) {
	const struct session *s = driver_session(d);
	const char *name = driver_profile(d)->name;
	struct text t;

	text_init(&t, why, CONTROL_WHY);
	text_put(&t, name);
	text_put(&t, ": ");
	text_put(&t, what);
	text_put(&t, ", it is ");
	text_put(&t, session_state_name(session_shown(s)));
	text_put(&t, ", ");
	text_put(&t, session_arm_name(s->arm));
	text_put(&t, *s->why ? " (" : "");
	text_put(&t, s->why);
	text_put(&t, *s->why ? "); " : "; ");
	advice_put(&t, s, verb, name);
}

/* --- attaching ---------------------------------------------------------------------------------
 */

static uint64_t now_ms(void) {
	return uv_hrtime() / 1000000;
}

static void say_lease(struct driver *d, const char *what, const char *who, const char *from) {
	char members[512];
	struct text t;

	text_init(&t, members, sizeof(members));
	text_put(&t, "\"event\":\"lease\"");
	text_put_member(&t, "what", what);
	text_put_member(&t, "who", who);
	if (*from) {
		text_put_member(&t, "from", from);
	}
	driver_say(d, members);
}

static int refuse_typing(const struct driver *d, const struct lease *l, char *why) {
	snprintf(why, CONTROL_WHY,
		"%s: %s has the write lease; `attach --write --force` takes it over",
		driver_profile(d)->name, l->who);
	return 4;
}

static int take_lease(struct fleet *f, struct driver *d, const struct request *r, char *why) {
	static const char *const what[] = {[LEASE_TAKEN] = "taken",
		[LEASE_EXPIRED] = "taken after idle time-out",
		[LEASE_FORCED] = "taken over by force"};
	struct lease *l = &f->posts[index_of(f, d)].lease;
	char from[LEASE_WHO];
	enum lease_answer answer = lease_take(l, r->client, r->who, r->force, now_ms(), from);

	if (answer == LEASE_REFUSED) {
		return refuse_typing(d, l, why);
	}
	if (answer != LEASE_KEPT) {
		say_lease(d, what[answer], r->who, from);
	}
	return 0;
}

static int host_attach(void *data, const struct request *r, char *why) {
	struct fleet *f = data;
	struct driver *d = find(f, r->session);

	if (!d) {
		return control_no_session(r->session, why);
	}
	return r->write ? take_lease(f, d, r, why) : 0;
}

/* A hold is the word that a halt may outlast whoever asked for it. */
static bool is_held(const struct session *s) {
	return s->halt_deadline_ms > s->halted_ms + s->set.halt_max_ms;
}

static void host_left(void *data, uint64_t client, const char *session) {
	struct fleet *f = data;
	struct driver *d = find(f, session);
	struct lease *l = d ? &f->posts[index_of(f, d)].lease : NULL;
	const struct session *s;
	char who[LEASE_WHO];

	if (!l || l->holder != client) {
		return;
	}
	memcpy(who, l->who, sizeof(who));
	(void)lease_leave(l, client);
	say_lease(d, "released", who, "");
	s = driver_session(d);
	if (s->owner == OWNER_OPERATOR && session_verb(s, IN_GO) == 0 && !is_held(s)) {
		driver_input(d, IN_GO, 0);
	}
}

static const char *host_screen(void *data, const char *session, size_t *len) {
	const struct fleet *f = data;
	const struct driver *d = find(f, session);
	const struct screen *s = d ? &f->posts[index_of(f, d)].screen : NULL;

	*len = s ? s->len : 0;
	return s ? s->bytes : "";
}

/* --- verbs --------------------------------------------------------------------------------------
 */

/* `:force` before a line that ends or wrecks the session says that it is meant. */
static int begin_command(struct fleet *f, struct driver *d, const struct request *r, char *why) {
	struct lease *l = &f->posts[index_of(f, d)].lease;
	static const char force[] = ":force ";
	bool forced = strncmp(r->text, force, sizeof(force) - 1) == 0;
	const char *line = r->text + (forced ? sizeof(force) - 1 : 0);
	enum command_kind kind = command_judge(line, strlen(line));
	int code;

	if (kind != COMMAND_PLAIN && !(forced && kind == COMMAND_ENDS)) {
		snprintf(why, CONTROL_WHY, "%s: not typed: %s", driver_profile(d)->name,
			command_why(kind));
		return 4;
	}
	if (!lease_may_type(l, r->client, now_ms())) {
		return refuse_typing(d, l, why);
	}
	code = session_may_command(driver_session(d), r->breaks);
	if (code == 4 && driver_session(d)->command_id) {
		snprintf(why, CONTROL_WHY, "%s: another command is under way; try again behind it",
			driver_profile(d)->name);
	} else if (code) {
		tell_state(d, "not possible now", IN_COMMAND, why);
	} else {
		driver_command(d, r->id, r->breaks, line, r->who);
	}
	return code;
}

static int host_begin(void *data, const struct request *r, char *why) {
	struct fleet *f = data;
	enum session_input_kind input = input_of(r->verb);
	struct driver *d = find(f, r->session);
	int code;

	if (!*r->session) { /* stop --all */
		for (size_t i = 0; i < f->count; i++) {
			if (session_verb(driver_session(f->drivers[i]), input) == 0) {
				driver_input(f->drivers[i], input, 0);
			}
		}
		return 0;
	}
	if (!d) {
		return control_no_session(r->session, why);
	}
	if (f->stopping && (r->verb == REQUEST_START || r->verb == REQUEST_RELEASE)) {
		snprintf(why, CONTROL_WHY, "%s: the daemon is ending; start it again first",
			r->session);
		return 4;
	}
	if (r->verb == REQUEST_CMD) {
		return begin_command(f, d, r, why);
	}
	code = session_verb(driver_session(d), input);
	if (code) {
		tell_state(d, "not possible now", input, why);
		return code;
	}
	driver_input(d, input, r->hold_ms);
	return 0;
}

/* Of several the worst: 5 over 1 over 0. */
static int worse(int a, int b) {
	return a == 5 || b == 5 ? 5 : a > b ? a : b;
}

static int progress_all(const struct fleet *f, char *why) {
	int worst = 0;

	for (size_t i = 0; i < f->count; i++) {
		int code = session_verb_done(driver_session(f->drivers[i]), IN_STOP);

		if (code < 0) {
			return -1;
		}
		worst = worse(worst, code);
	}
	snprintf(why, CONTROL_WHY, "not every target was released; `livedebug status` tells which");
	return worst;
}

static int host_progress(void *data, const struct request *r, char *why) {
	const struct fleet *f = data;
	struct driver *d = find(f, r->session);
	int code;

	if (!*r->session) {
		return progress_all(f, why);
	}
	if (r->verb == REQUEST_CMD) {
		return -1; /* on_command() tells */
	}
	code = d ? session_verb_done(driver_session(d), input_of(r->verb)) : 3;
	if (d && code > 0) {
		tell_state(d, code == 5 ? "the target's state is unknown" : "failed",
			input_of(r->verb), why);
	}
	return code;
}

/* What the machine may take for it by the profile. */
static uint64_t limit_of(const struct profile *p, enum request_verb verb) {
	uint64_t halt = p->break_timeout_ms * (settings_break_count(p) + 1) + p->settle_ms;

	switch (verb) {
	case REQUEST_STOP:
	case REQUEST_RELEASE:
		return p->stop_max_ms + MARGIN_MS;
	case REQUEST_ARM:
	case REQUEST_DISARM:
		return halt + p->arm_max_ms + p->command_timeout_ms + MARGIN_MS;
	case REQUEST_START:
	case REQUEST_BREAK:
	case REQUEST_GO:
	case REQUEST_HOLD:
	case REQUEST_STATUS:
	case REQUEST_EVENTS:
	case REQUEST_ATTACH:
		break;
	case REQUEST_CMD:
		return halt + p->command_timeout_ms + p->hold_max_ms + MARGIN_MS;
	case REQUEST_VERBS:
		break;
	}
	return halt + MARGIN_MS;
}

static uint64_t host_limit_ms(void *data, const struct request *r) {
	const struct fleet *f = data;
	uint64_t longest = MARGIN_MS;

	for (size_t i = 0; i < f->count; i++) {
		const struct profile *p = driver_profile(f->drivers[i]);

		if (!*r->session || names_equal(p->name, r->session)) {
			uint64_t limit = limit_of(p, r->verb);

			longest = limit > longest ? limit : longest;
		}
	}
	return longest;
}

static void host_refused(void *data, const char *who, const char *why) {
	const struct fleet *f = data;
	json_t *root = json_pack("{s:s, s:s, s:s}", "event", "refused", "who", who, "why", why);
	char *json = json_dumps(root, JSON_COMPACT);

	json_decref(root);
	if (json) {
		control_event(f->control, "", json, strlen(json));
		f->options.event(f->options.data, "daemon", '!', json, strlen(json));
		free(json);
	}
}

static const struct control_host control_host = {host_status, host_begin, host_progress,
	host_attach, host_left, host_screen, host_refused, host_limit_ms};

/* --- life --------------------------------------------------------------------------------------
 */

static int open_drivers(struct fleet *f, char *why, size_t cap) {
	f->drivers = calloc(f->options.count + 1, sizeof(void *));
	f->posts = calloc(f->options.count + 1, sizeof(*f->posts));
	if (!f->drivers || !f->posts) {
		snprintf(why, cap, "no memory");
		return UV_ENOMEM;
	}
	for (size_t i = 0; i < f->options.count; i++) {
		struct driver_options options = {.profile = f->options.profiles[i],
			.state_dir = f->options.state_dir,
			.events = &driver_events,
			.data = f};
		int error = driver_open(f->loop, &options, &f->drivers[f->count], why, cap);

		if (error) {
			return error;
		}
		f->count++;
	}
	return 0;
}

/* The socket comes first: a second copy must find out before it touches a journal. */
static int open_control(struct fleet *f, char *why, size_t cap) {
	struct control_options options = {.path = f->options.control,
		.view = f->options.config->daemon.view,
		.write = f->options.config->daemon.write,
		.clients_max = (size_t)f->options.config->daemon.clients_max,
		.host = &control_host,
		.data = f};
	int error = control_open(f->loop, &options, &f->control);

	if (error == UV_EADDRINUSE) {
		snprintf(why, cap,
			"another livedebug answers at %s; stop that one, or give this one a "
			"control of its own",
			f->options.control);
	} else if (error) {
		snprintf(why, cap, "control %s: %s", f->options.control, uv_strerror(error));
	}
	return error;
}

int fleet_open(uv_loop_t *loop, const struct fleet_options *options, struct fleet **out, char *why,
	size_t why_cap) {
	struct fleet *f = calloc(1, sizeof(*f));
	size_t host_cap = sizeof(f->host);
	int error;

	*out = f;
	if (!f) {
		snprintf(why, why_cap, "no memory");
		return UV_ENOMEM;
	}
	f->loop = loop;
	f->options = *options;
	if (uv_os_gethostname(f->host, &host_cap) != 0) {
		snprintf(f->host, sizeof(f->host), "HOST");
	}
	error = open_control(f, why, why_cap);
	return error ? error : open_drivers(f, why, why_cap);
}

void fleet_start(struct fleet *f) {
	for (size_t i = 0; i < f->count; i++) {
		driver_input(f->drivers[i], IN_START, 0);
	}
}

void fleet_release(struct fleet *f) {
	f->stopping = true;
	for (size_t i = 0; i < f->count; i++) {
		driver_input(f->drivers[i], IN_RELEASE, 0);
	}
}

void fleet_stop(struct fleet *f) {
	enum session_input_kind input = f->stopping ? IN_HURRY : IN_STOP;

	f->stopping = true;
	for (size_t i = 0; i < f->count; i++) {
		if (!has_ended(f->drivers[i])) {
			driver_input(f->drivers[i], input, 0);
		}
	}
	tell_if_ended(f);
}

size_t fleet_count(const struct fleet *f) {
	return f->count;
}

const struct session *fleet_session(const struct fleet *f, size_t i) {
	return driver_session(f->drivers[i]);
}

const char *fleet_name(const struct fleet *f, size_t i) {
	return driver_profile(f->drivers[i])->name;
}

static void finish_close(struct fleet *f) {
	void (*done)(void *data, uint64_t unwritten) = f->done;
	void *data = f->done_data;
	uint64_t unwritten = f->unwritten;

	free(f->drivers);
	free(f->posts);
	free(f);
	done(data, unwritten);
}

static void on_driver_closed(void *data, uint64_t unwritten) {
	struct fleet *f = data;

	f->unwritten += unwritten;
	if (--f->closing == 0) {
		finish_close(f);
	}
}

void fleet_close(struct fleet *f, void (*done)(void *data, uint64_t unwritten), void *data) {
	f->done = done;
	f->done_data = data;
	f->told = true;
	control_close(f->control);
	f->control = NULL;
	f->closing = f->count;
	if (f->count == 0) {
		finish_close(f);
		return;
	}
	for (size_t i = 0; i < f->options.count && i < f->count; i++) {
		driver_close(f->drivers[i], on_driver_closed, f);
	}
}
