/* A profile that was read anew: what core/reload decided, carried out and told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/diff.h"
#include "config/names.h"
#include "config/strings.h"
#include "core/text.h"
#include "io/fleet_inside.h"
#include "io/fleet_power.h"

/* --- what is told ------------------------------------------------------------------------------
 */

static struct reload_row *add_row(
	struct reload *r, const char *session, enum reload_step step, const struct diff *diff) {
	struct reload_row *row;
	struct text t;

	r->rows = array_grow(r->rows, r->count, sizeof(*r->rows));
	row = &r->rows[r->count++];
	*row = (struct reload_row){.step = step};
	snprintf(row->session, sizeof(row->session), "%s", session);
	text_init(&t, row->keys, sizeof(row->keys));
	for (size_t i = 0; diff && i < diff->count; i++) {
		text_put(&t, i ? " " : "");
		text_put(&t, diff->keys[i]->type == OPTION_ENV ? "env" : diff->keys[i]->key);
	}
	return row;
}

static void fail_row(struct reload_row *row, int code, const char *why) {
	row->code = code;
	snprintf(row->why, sizeof(row->why), "%s", why);
}

static json_t *text_json(const char *text) {
	json_t *value = *text ? json_string(text) : NULL;

	return value ? value : json_null();
}

static json_t *row_json(const struct reload_row *row) {
	return json_pack("{s:s, s:s, s:o, s:o, s:i}", "session", row->session, "did",
		reload_step_name(row->step), "keys", text_json(row->keys), "why",
		text_json(row->why), "code", row->code);
}

json_t *reload_told(const struct fleet *f) {
	const struct reload *r = &f->reload;
	json_t *root, *rows;

	if (r->busy) {
		return NULL; /* too late, or refused: the sessions as they are */
	}
	root = json_object();
	if (r->errors) {
		json_object_set(root, "errors", r->errors);
		return root;
	}
	rows = json_array();
	for (size_t i = 0; i < r->count; i++) {
		json_array_append_new(rows, row_json(&r->rows[i]));
	}
	json_object_set_new(root, "reload", rows);
	if (r->daemon) {
		json_object_set(root, "daemon", r->daemon);
	}
	return root;
}

/* In the session's own journal: what a reader finds changed there has its reason beside it. */
static void say_row(struct driver *d, const struct reload_row *row, const char *who) {
	char members[2048];
	struct text t;

	text_init(&t, members, sizeof(members));
	text_put(&t, "\"event\":\"reload\"");
	text_put_member(&t, "did", reload_step_name(row->step));
	text_put_member(&t, "who", who);
	if (*row->keys) {
		text_put_member(&t, "keys", row->keys);
	}
	if (*row->why) {
		text_put_member(&t, "why", row->why);
	}
	driver_say(d, members);
}

/* --- beginning and end -------------------------------------------------------------------------
 */

static void forget(struct reload *r) {
	free(r->rows);
	r->rows = NULL;
	r->count = 0;
	json_decref(r->daemon);
	json_decref(r->errors);
	r->daemon = r->errors = NULL;
	r->code = 0;
	r->why[0] = '\0';
}

void reload_finish(struct fleet *f) {
	forget(&f->reload);
}

static void begin(struct fleet *f, const char *who) {
	forget(&f->reload);
	f->reload.busy = true;
	snprintf(f->reload.who, sizeof(f->reload.who), "%s", who);
	f->options.reread(f->options.data);
}

int reload_begin(struct fleet *f, const char *who, char *why) {
	if (f->stopping || !f->options.reread) {
		snprintf(why, CONTROL_WHY, "the daemon is ending: nothing is reloaded");
		return 4;
	}
	if (f->reload.busy) {
		snprintf(why, CONTROL_WHY,
			"another reload is under way (asked by %s); try again behind it",
			f->reload.who);
		return 4;
	}
	begin(f, who);
	return 0;
}

void fleet_reload(struct fleet *f, const char *who) {
	if (f->reload.busy) {
		f->reload.again = true;
	} else if (!f->stopping && f->options.reread) {
		begin(f, who);
	}
}

static void end(struct fleet *f) {
	struct reload *r = &f->reload;

	for (size_t i = 0; i < r->count; i++) {
		r->code = fleet_worse(r->code, r->rows[i].code);
	}
	if (r->code && !*r->why) {
		snprintf(r->why, sizeof(r->why), "not all of the profile could be taken");
	}
	r->busy = false;
	fleet_say(f, r->code ? '!' : '*',
		json_pack("{s:s, s:b, s:s, s:o}", "event", "reload", "ok", r->code == 0, "who",
			r->who, "why", text_json(r->why)));
	if (f->control) {
		control_stepped(f->control);
	}
	if (r->again && !r->busy) {
		r->again = false;
		fleet_reload(f, "SIGHUP");
	}
}

void fleet_reread_failed(struct fleet *f, const struct string_list *lines) {
	struct reload *r = &f->reload;

	if (!r->busy) {
		return; /* the daemon began to end meanwhile */
	}
	r->errors = json_array();
	for (size_t i = 0; i < lines->count; i++) {
		json_array_append_new(r->errors, text_json(lines->at[i]));
	}
	r->code = 2;
	snprintf(r->why, sizeof(r->why), "nothing was changed: %s",
		lines->count ? lines->at[0] : "the profile cannot be read");
	end(f);
}

/* --- session by session ------------------------------------------------------------------------
 */

static void plan_next(struct member *m, const struct profile *next) {
	profile_copy(&m->next, next);
	m->has_next = true;
}

/* Changes of values a session has already, or is about to have. */
static void change(struct fleet *f, struct member *m, const struct profile *now) {
	struct diff diff;
	enum reload_change what;
	enum reload_step step;
	struct reload_row *row;

	diff_sessions(driver_profile(m->driver), now, &diff);
	what = diff_has(&diff, CHANGE_KD) ? RELOAD_KD : diff.count ? RELOAD_LIVE : RELOAD_SAME;
	step = reload_decide(what, reload_stand_of(driver_session(m->driver)));
	if (m->leaving) { /* it was removed, could not be released, and is wanted again */
		m->leaving = false;
		step = RELOAD_ADOPT;
	}
	m->row = f->reload.count;
	row = add_row(&f->reload, driver_profile(m->driver)->name, step, &diff);
	if (step == RELOAD_NOTHING) {
		return;
	}
	if (step == RELOAD_ADOPT) {
		snprintf(row->why, sizeof(row->why),
			"it is stopped and stays so: `livedebug start %s` brings it up",
			row->session);
	}
	say_row(m->driver, row, f->reload.who);
	if (step == RELOAD_ADJUST) {
		driver_adjust(m->driver, now, &diff);
		return;
	}
	plan_next(m, now);
	if (step == RELOAD_RESTART) {
		m->starts = true;
		driver_input(m->driver, IN_STOP, 0);
	}
}

static void add(struct fleet *f, const struct profile *p) {
	struct reload_row *row = add_row(&f->reload, p->name, RELOAD_START, NULL);
	struct member *m;
	char why[CONTROL_WHY];

	if (fleet_add(f, p, &m, why, sizeof(why)) != 0) {
		fail_row(row, 1, why);
		return;
	}
	m->row = f->reload.count - 1;
	m->starts = true;
	say_row(m->driver, row, f->reload.who);
}

static void remove_it(struct fleet *f, struct member *m) {
	enum reload_stand stand = reload_stand_of(driver_session(m->driver));
	enum reload_step step = reload_decide(RELOAD_GONE, stand);
	struct reload_row *row;

	m->row = f->reload.count;
	row = add_row(&f->reload, driver_profile(m->driver)->name, step, NULL);
	if (!m->leaving || step == RELOAD_REMOVE) {
		say_row(m->driver, row, f->reload.who);
	}
	m->leaving = true;
	if (stand == RELOAD_UP) {
		driver_input(m->driver, IN_STOP, 0);
	}
}

static bool is_wanted(const struct member *m, const struct profile *const *profiles, size_t count) {
	for (size_t i = 0; i < count; i++) {
		if (names_equal(profiles[i]->name, driver_profile(m->driver)->name)) {
			return true;
		}
	}
	return false;
}

/* The daemon's own keys: what can be is taken at once, for the rest a new daemon is needed. */
static void change_daemon(struct fleet *f, const struct daemon_options *now) {
	struct diff diff;
	int error = 0;

	diff_daemons(&f->daemon, now, &diff);
	if (diff_has(&diff, CHANGE_LIVE)) {
		error = control_adjust(f->control, now->view, now->write, (size_t)now->clients_max);
	}
	if (!error) {
		diff_take_live(&diff, now, &f->daemon);
		fleet_power_adjust(f->power);
	}
	f->reload.daemon = json_array();
	for (size_t i = 0; i < diff.count; i++) {
		bool taken = diff.keys[i]->change == CHANGE_LIVE && !error;

		json_array_append_new(f->reload.daemon,
			json_pack("{s:s, s:b}", "key", diff.keys[i]->key, "taken", taken));
	}
}

static void settle(struct fleet *f);

void fleet_reread(struct fleet *f, const struct daemon_options *daemon,
	const struct profile *const *profiles, size_t count) {
	size_t had = f->count;

	if (!f->reload.busy) {
		return;
	}
	change_daemon(f, daemon);
	for (size_t i = 0; i < had; i++) {
		struct member *m = f->members[i];

		if (!m->closing && !is_wanted(m, profiles, count)) {
			remove_it(f, m);
		}
	}
	for (size_t i = 0; i < count; i++) {
		struct member *m = fleet_find(f, profiles[i]->name);

		if (m) {
			change(f, m, profiles[i]);
		} else {
			add(f, profiles[i]);
		}
	}
	settle(f);
}

/* --- what takes its time -----------------------------------------------------------------------
 */

static struct reload_row *row_of(struct member *m) {
	struct reload *r = &m->fleet->reload;

	return r->busy && m->row < r->count ? &r->rows[m->row] : NULL;
}

static int told_code(const struct member *m) {
	return session_exit_code(driver_session(m->driver));
}

/* Its detach has ended: the new values, or the old ones again (core/reload). */
static void take_next(struct member *m) {
	const struct profile *old = driver_profile(m->driver);
	bool same_port = strcmp(profile_device(old), profile_device(&m->next)) == 0;
	enum reload_end what = reload_after(driver_session(m->driver)->result, same_port);
	struct reload_row *row = row_of(m);

	if (what == RELOAD_GO_BACK && m->starts) {
		if (row) {
			fail_row(row, 1,
				"its target stands halted and was not released: it goes on with its old "
				"port; reload again when it runs");
			say_row(m->driver, row, m->fleet->reload.who);
		}
	} else {
		if (row && what == RELOAD_RECOVER && m->starts) {
			snprintf(row->why, sizeof(row->why), "%s",
				"its target was not seen released: the new kd looks for what was left");
			say_row(m->driver, row, m->fleet->reload.who);
		}
		driver_renew(m->driver, &m->next);
	}
	profile_finish(&m->next);
	m->has_next = false;
}

/* It is down: gone now, unless its target may need somebody. */
static void take_leave(struct member *m) {
	struct reload_row *row = row_of(m);
	char name[REQUEST_NAME];

	if (told_code(m) == 0) {
		snprintf(name, sizeof(name), "%s", driver_profile(m->driver)->name);
		fleet_remove(m);
		control_session_gone(m->fleet->control, name);
	} else if (row && row->code == 0) {
		row->step = RELOAD_KEEP;
		snprintf(row->why, sizeof(row->why),
			"its target was not released (%s): `livedebug release %s`, then it is gone",
			session_result_name(driver_session(m->driver)->result), row->session);
		row->code = told_code(m);
		say_row(m->driver, row, m->fleet->reload.who);
	}
}

/* Somebody who goes down still has a port, a log or a pipe that this one needs (rule 7). */
static bool is_blocked(const struct fleet *f, const struct member *m) {
	for (size_t i = 0; i < f->count; i++) {
		const struct member *other = f->members[i];

		if (other != m && !driver_is_down(other->driver) &&
			(other->leaving || other->has_next) &&
			profiles_share(driver_profile(other->driver), driver_profile(m->driver))) {
			return true;
		}
	}
	return false;
}

static void step_member(struct fleet *f, struct member *m) {
	if (m->closing || !driver_is_down(m->driver)) {
		return;
	}
	if (m->leaving) {
		take_leave(m);
		return;
	}
	if (m->has_next) {
		take_next(m);
	}
	if (m->starts && !is_blocked(f, m)) {
		m->starts = false;
		driver_input(m->driver, IN_START, 0);
	}
}

static bool is_settled(const struct member *m) {
	bool is_going = m->leaving && !m->closing && !driver_is_down(m->driver);

	return !m->has_next && !m->starts && !m->closing && !is_going;
}

static void settle(struct fleet *f) {
	size_t left = 0;

	for (size_t i = 0; i < f->count; i++) {
		step_member(f, f->members[i]);
	}
	for (size_t i = 0; i < f->count; i++) {
		left += !is_settled(f->members[i]);
	}
	if (f->reload.busy && left == 0 && (f->reload.daemon || f->reload.errors)) {
		end(f);
	}
}

static void on_turn(uv_timer_t *timer) {
	settle(timer->data);
}

static void turn_soon(struct fleet *f) {
	if (!f->closing && !f->stopping) {
		uv_timer_start(&f->turn, on_turn, 0, 0);
	}
}

void reload_stepped(struct fleet *f, const struct member *m) {
	if (f->reload.busy || m->leaving) {
		turn_soon(f);
	}
}

void reload_member_closed(struct fleet *f) {
	if (f->reload.busy) {
		turn_soon(f);
	}
}

void reload_drop(struct fleet *f) {
	for (size_t i = 0; i < f->count; i++) {
		struct member *m = f->members[i];

		m->starts = false;
		if (m->has_next) {
			profile_finish(&m->next);
			m->has_next = false;
		}
	}
	f->reload.again = false;
	if (f->reload.busy) {
		f->reload.code = 4;
		snprintf(f->reload.why, sizeof(f->reload.why), "%s",
			"the daemon is ending: not all of the profile was taken");
		end(f);
	}
}
