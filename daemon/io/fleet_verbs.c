/* What the fleet does for its clients. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "config/names.h"
#include "core/advice.h"
#include "core/text.h"
#include "io/fleet_inside.h"
#include "os/power.h"
#include "io/settings.h"
#include "io/status.h"

#define MARGIN_MS 10000 /* above a profile's own deadlines, for kd and the machine */

/* --- requests ----------------------------------------------------------------------------------
 */

static struct driver *find(const struct fleet *f, const char *name) {
	const struct member *m = fleet_find(f, name);

	return m ? m->driver : NULL;
}

static json_t *session_json(const struct fleet *f, const struct member *m) {
	json_t *root = status_json(m->driver, f->host);
	const struct lease *l = &m->lease;
	size_t viewers =
		f->control ? control_viewers(f->control, driver_profile(m->driver)->name) : 0;

	json_object_set_new(root, "writer", l->holder ? json_string(l->who) : json_null());
	json_object_set_new(root, "viewers", json_integer((json_int_t)viewers));
	return root;
}

static json_t *host_status(void *data, const char *session) {
	const struct fleet *f = data;
	json_t *list = json_array();
	size_t shown = 0;

	for (size_t i = 0; i < f->count; i++) {
		const struct member *m = f->members[i];

		if (!m->closing && (!*session || fleet_find(f, session) == m)) {
			json_array_append_new(list, session_json(f, m));
			shown++;
		}
	}
	if (shown == 0 && *session) {
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

static void on_lease(uv_timer_t *timer) {
	struct fleet *f = timer->data;
	char from[LEASE_WHO];

	for (size_t i = 0; i < f->count; i++) {
		struct member *m = f->members[i];

		if (!m->closing && lease_expire(&m->lease, os_now_ms(), from)) {
			say_lease(m->driver, "released after idle time-out", from, "");
		}
	}
	fleet_watch_leases(f);
}

void fleet_watch_leases(struct fleet *f) {
	uint64_t next = 0, now = os_now_ms();

	for (size_t i = 0; i < f->count; i++) {
		uint64_t due = lease_due(&f->members[i]->lease);

		next = due && (!next || due < next) ? due : next;
	}
	if (next && !f->closing) {
		uv_timer_start(&f->lease, on_lease, next > now ? next - now : 1, 0);
	} else {
		uv_timer_stop(&f->lease);
	}
}

static int refuse_typing(const struct driver *d, const struct lease *l, char *why) {
	snprintf(why, CONTROL_WHY,
		"%s: %s has the write lease; `attach --write --force` takes it over",
		driver_profile(d)->name, l->who);
	return 4;
}

static int take_lease(struct member *m, const struct request *r, char *why) {
	static const char *const what[] = {[LEASE_TAKEN] = "taken",
		[LEASE_EXPIRED] = "taken after idle time-out",
		[LEASE_FORCED] = "taken over by force"};
	struct driver *d = m->driver;
	struct lease *l = &m->lease;
	char from[LEASE_WHO];
	enum lease_answer answer = lease_take(l, r->client, r->who, r->force, os_now_ms(), from);

	if (answer == LEASE_REFUSED) {
		return refuse_typing(d, l, why);
	}
	fleet_watch_leases(m->fleet);
	if (answer != LEASE_KEPT) {
		say_lease(d, what[answer], r->who, from);
	}
	return 0;
}

static int host_attach(void *data, const struct request *r, char *why) {
	struct member *m = fleet_find(data, r->session);

	if (!m) {
		return control_no_session(r->session, why);
	}
	return r->write ? take_lease(m, r, why) : 0;
}

/* A hold is the word that a halt may outlast whoever asked for it. */
static bool is_held(const struct session *s) {
	return s->halt_deadline_ms > s->halted_ms + s->set.halt_max_ms;
}

static void host_left(void *data, uint64_t client, const char *session) {
	struct member *m = fleet_find(data, session);
	struct driver *d = m ? m->driver : NULL;
	struct lease *l = m ? &m->lease : NULL;
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
	const struct member *m = fleet_find(data, session);
	const struct screen *s = m ? &m->screen : NULL;

	*len = s ? s->len : 0;
	return s ? s->bytes : "";
}

/* --- verbs --------------------------------------------------------------------------------------
 */

/* `:force` before a line that ends or wrecks the session says that it is meant. */
static int begin_command(struct member *m, const struct request *r, char *why) {
	struct driver *d = m->driver;
	struct lease *l = &m->lease;
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
	if (!lease_may_type(l, r->client, os_now_ms())) {
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

static void stop_all(struct fleet *f) {
	for (size_t i = 0; i < f->count; i++) {
		struct member *m = f->members[i];

		m->starts = false; /* a person's word, over a reload's */
		if (!m->closing && session_verb(driver_session(m->driver), IN_STOP) == 0) {
			driver_input(m->driver, IN_STOP, 0);
		}
	}
}

static int host_begin(void *data, const struct request *r, char *why) {
	struct fleet *f = data;
	enum session_input_kind input = input_of(r->verb);
	struct member *m = fleet_find(f, r->session);
	struct driver *d = m ? m->driver : NULL;
	int code;

	if (r->verb == REQUEST_RELOAD) {
		return reload_begin(f, r->who, why);
	}
	if (!*r->session) { /* stop --all */
		stop_all(f);
		return 0;
	}
	if (!d) {
		return control_no_session(r->session, why);
	}
	if (m->leaving && r->verb == REQUEST_START) {
		snprintf(why, CONTROL_WHY, "%s: the profile does not have this session any more",
			driver_profile(d)->name);
		return 4;
	}
	if (f->stopping && (r->verb == REQUEST_START || r->verb == REQUEST_RELEASE)) {
		snprintf(why, CONTROL_WHY, "%s: the daemon is ending; start it again first",
			r->session);
		return 4;
	}
	if (r->verb == REQUEST_CMD) {
		return begin_command(m, r, why);
	}
	code = session_verb(driver_session(d), input);
	if (code) {
		tell_state(d, "not possible now", input, why);
		return code;
	}
	m->starts = m->starts && r->verb != REQUEST_STOP;
	driver_input(d, input, r->hold_ms);
	return 0;
}

int fleet_worse(int a, int b) {
	return a == 5 || b == 5 ? 5 : a > b ? a : b;
}

static int progress_all(const struct fleet *f, char *why) {
	int worst = 0;

	for (size_t i = 0; i < f->count; i++) {
		int code = session_verb_done(driver_session(f->members[i]->driver), IN_STOP);

		if (code < 0) {
			return -1;
		}
		worst = fleet_worse(worst, code);
	}
	snprintf(why, CONTROL_WHY, "not every target was released; `livedebug status` tells which");
	return worst;
}

static int host_progress(void *data, const struct request *r, char *why) {
	const struct fleet *f = data;
	struct driver *d = find(f, r->session);
	int code;

	if (r->verb == REQUEST_RELOAD) {
		snprintf(why, CONTROL_WHY, "%s", f->reload.why);
		return f->reload.busy ? -1 : f->reload.code;
	}
	if (!*r->session) {
		return progress_all(f, why);
	}
	if (!d) {
		snprintf(why, CONTROL_WHY, "%s: a reload removed this session", r->session);
		return 3;
	}
	if (r->verb == REQUEST_CMD) {
		return -1; /* on_command() tells */
	}
	code = session_verb_done(driver_session(d), input_of(r->verb));
	if (code > 0) {
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
	case REQUEST_RELOAD:
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
		const struct profile *p = driver_profile(f->members[i]->driver);

		if (!*r->session || names_equal(p->name, r->session)) {
			uint64_t limit = limit_of(p, r->verb);

			longest = limit > longest ? limit : longest;
		}
	}
	return longest;
}

static void host_refused(void *data, const char *who, const char *why) {
	fleet_say(data, '!',
		json_pack("{s:s, s:s, s:s}", "event", "refused", "who", who, "why", why));
}

static json_t *host_told(void *data, const struct request *r) {
	return r->verb == REQUEST_RELOAD ? reload_told(data) : NULL;
}

const struct control_host fleet_host = {host_status, host_begin, host_progress, host_attach,
	host_left, host_screen, host_refused, host_limit_ms, host_told};
