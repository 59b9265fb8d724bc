#include "io/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "config/strings.h"
#include "io/fleet_inside.h"
#include "io/fleet_power.h"

/* --- drivers' events ---------------------------------------------------------------------------
 */

bool member_has_ended(const struct member *m) {
	return driver_session(m->driver)->state == SESSION_STOPPED;
}

struct member *fleet_find(const struct fleet *f, const char *name) {
	for (size_t i = 0; i < f->count; i++) {
		struct member *m = f->members[i];

		if (!m->closing && names_equal(driver_profile(m->driver)->name, name)) {
			return m;
		}
	}
	return NULL;
}

static void on_event(void *data, struct driver *d, char kind, const char *json, size_t len) {
	struct member *m = data;
	struct fleet *f = m->fleet;
	const char *name = driver_profile(d)->name;

	if (f->control) {
		control_event(f->control, name, json, len);
	}
	f->options.event(f->options.data, name, kind, json, len);
}

void fleet_say(struct fleet *f, char kind, json_t *root) {
	char *json = json_dumps(root, JSON_COMPACT);

	json_decref(root);
	if (json) {
		if (f->control) {
			control_event(f->control, "", json, strlen(json));
		}
		f->options.event(f->options.data, "daemon", kind, json, strlen(json));
		free(json);
	}
}

static void tell_if_ended(struct fleet *f) {
	size_t left = 0;

	for (size_t i = 0; i < f->count; i++) {
		left += !member_has_ended(f->members[i]);
	}
	if (f->stopping && left == 0 && !f->told) {
		f->told = true;
		f->options.ended(f->options.data);
	}
}

static void on_stepped(void *data, struct driver *d) {
	struct member *m = data;
	struct fleet *f = m->fleet;

	(void)d;
	if (f->control) {
		control_stepped(f->control);
	}
	reload_stepped(f, m);
	tell_if_ended(f);
	fleet_power_stepped(f->power);
}

static void on_console(void *data, struct driver *d, const char *bytes, size_t len) {
	struct member *m = data;

	screen_put(&m->screen, bytes, len);
	if (m->fleet->control) {
		control_console(m->fleet->control, driver_profile(d)->name, bytes, len);
	}
}

static void on_command(void *data, uint64_t id, const char *line, int code, const char *why) {
	struct member *m = data;
	struct control *control = m->fleet->control;

	if (control && line) {
		control_output(control, id, line);
	} else if (control) {
		control_command_end(control, id, code, why);
	}
}

static const struct driver_events driver_events = {on_event, on_console, on_command, on_stepped};

/* --- sessions come and go ----------------------------------------------------------------------
 */

int fleet_add(
	struct fleet *f, const struct profile *p, struct member **out, char *why, size_t cap) {
	struct member *m = calloc(1, sizeof(*m));
	struct driver_options options = {.profile = p,
		.state_dir = f->options.state_dir,
		.events = &driver_events,
		.data = m};
	int error = UV_ENOMEM;

	snprintf(why, cap, "no memory");
	if (m) {
		m->fleet = f;
		error = driver_open(f->loop, &options, &m->driver, why, cap);
	}
	if (error) {
		free(m);
		return error;
	}
	f->members = array_grow(f->members, f->count, sizeof(struct member *));
	f->members[f->count++] = m;
	*out = m;
	return 0;
}

static void finish_close(struct fleet *f) {
	void (*done)(void *data, uint64_t unwritten) = f->done;
	void *data = f->done_data;
	uint64_t unwritten = f->unwritten;

	if (!f->closing || f->count > 0 || f->timers > 0 || !f->power_closed) {
		return;
	}
	reload_finish(f);
	daemon_options_finish(&f->daemon);
	free(f->members);
	free(f);
	done(data, unwritten);
}

static void on_driver_closed(void *data, uint64_t unwritten) {
	struct member *m = data;
	struct fleet *f = m->fleet;
	size_t i = 0;

	while (i < f->count && f->members[i] != m) {
		i++;
	}
	memmove(f->members + i, f->members + i + 1, (f->count - i - 1) * sizeof(struct member *));
	f->count--;
	f->unwritten += unwritten;
	if (m->has_next) {
		profile_finish(&m->next);
	}
	free(m);
	reload_member_closed(f);
	finish_close(f);
}

void fleet_remove(struct member *m) {
	if (!m->closing) {
		m->closing = true;
		driver_close(m->driver, on_driver_closed, m);
	}
}

/* --- life --------------------------------------------------------------------------------------
 */

static int open_members(struct fleet *f, char *why, size_t cap) {
	struct member *m;
	int error = 0;

	for (size_t i = 0; i < f->options.count && error == 0; i++) {
		error = fleet_add(f, f->options.profiles[i], &m, why, cap);
	}
	return error;
}

/* The socket comes first: a second copy must find out before it touches a journal. */
static int open_control(struct fleet *f, char *why, size_t cap) {
	struct control_options options = {.path = f->options.control,
		.view = f->daemon.view,
		.write = f->daemon.write,
		.clients_max = (size_t)f->daemon.clients_max,
		.host = &fleet_host,
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
	daemon_options_copy(&f->daemon, &options->config->daemon);
	uv_timer_init(loop, &f->turn);
	uv_timer_init(loop, &f->lease);
	f->turn.data = f->lease.data = f;
	f->timers = 2;
	if (uv_os_gethostname(f->host, &host_cap) != 0) {
		snprintf(f->host, sizeof(f->host), "HOST");
	}
	error = open_control(f, why, why_cap);
	return error ? error : open_members(f, why, why_cap);
}

void fleet_start(struct fleet *f) {
	f->power = fleet_power_open(f);
	for (size_t i = 0; i < f->count; i++) {
		driver_input(f->members[i]->driver, IN_START, 0);
	}
}

void fleet_release(struct fleet *f) {
	f->stopping = true;
	for (size_t i = 0; i < f->count; i++) {
		driver_input(f->members[i]->driver, IN_RELEASE, 0);
	}
}

void fleet_stop(struct fleet *f) {
	enum session_input_kind input = f->stopping ? IN_HURRY : IN_STOP;

	f->stopping = true;
	reload_drop(f);
	fleet_power_stop(f->power);
	for (size_t i = 0; i < f->count; i++) {
		struct member *m = f->members[i];

		if (!m->closing && !member_has_ended(m)) {
			driver_input(m->driver, input, 0);
		}
	}
	tell_if_ended(f);
}

size_t fleet_count(const struct fleet *f) {
	return f->count;
}

const struct session *fleet_session(const struct fleet *f, size_t i) {
	return driver_session(f->members[i]->driver);
}

const char *fleet_name(const struct fleet *f, size_t i) {
	return driver_profile(f->members[i]->driver)->name;
}

uint64_t fleet_longest_stop_ms(const struct fleet *f) {
	uint64_t longest = 0;

	for (size_t i = 0; i < f->count; i++) {
		uint64_t ms = driver_profile(f->members[i]->driver)->stop_max_ms;

		longest = ms > longest ? ms : longest;
	}
	return longest;
}

static void on_timer_closed(uv_handle_t *handle) {
	struct fleet *f = handle->data;

	f->timers--;
	finish_close(f);
}

static void on_power_closed(void *data) {
	struct fleet *f = data;

	f->power_closed = true;
	finish_close(f);
}

void fleet_close(struct fleet *f, void (*done)(void *data, uint64_t unwritten), void *data) {
	f->done = done;
	f->done_data = data;
	f->told = f->closing = true;
	control_close(f->control);
	f->control = NULL;
	uv_close((uv_handle_t *)&f->turn, on_timer_closed);
	uv_close((uv_handle_t *)&f->lease, on_timer_closed);
	fleet_power_close(f->power, on_power_closed, f);
	f->power = NULL;
	for (size_t i = 0; i < f->count; i++) {
		fleet_remove(f->members[i]);
	}
}
