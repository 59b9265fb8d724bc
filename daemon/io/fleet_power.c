#include "io/fleet_power.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/fleet_inside.h"
#include "io/power_watch.h"

struct fleet_power {
	struct fleet *f;
	struct power_watch *watch;
	bool detaching; /* for a sleep that is near */
	bool may_start, stopping, is_armed;
	void (*done)(void *data);
	void *done_data;
};

/* The i-th session that is not closing; NULL. */
static struct member *member_at(const struct fleet_power *fp, size_t i) {
	struct member *m = fp->f->members[i];

	return m->closing ? NULL : m;
}

static void say_all(struct fleet_power *fp, const char *members) {
	for (size_t i = 0; i < fp->f->count; i++) {
		if (member_at(fp, i)) {
			driver_say(fp->f->members[i]->driver, members);
		}
	}
}

static void say_source(struct fleet_power *fp, unsigned actions, int percent) {
	char members[160];

	if (actions & POWER_SAY_MAINS) {
		say_all(fp, "\"event\":\"power\",\"what\":\"on mains\"");
	}
	if (actions & POWER_SAY_BATTERY) {
		snprintf(members, sizeof(members),
			"\"event\":\"power\",\"what\":\"on battery\",\"percent\":%d", percent);
		say_all(fp, members);
	}
	for (size_t i = 0; (actions & POWER_SAY_LOW) && i < fp->f->count; i++) {
		snprintf(members, sizeof(members),
			"the battery is at %d %%: disarmed, as long as there is power to do it",
			percent);
		if (member_at(fp, i)) {
			driver_alarm(fp->f->members[i]->driver, "battery low", members);
		}
	}
}

static void disarm(struct fleet_power *fp, int percent) {
	char cause[96];

	snprintf(cause, sizeof(cause), "disarm: the computer's battery is at %d %%", percent);
	for (size_t i = 0; i < fp->f->count; i++) {
		struct member *m = member_at(fp, i);

		if (m && !m->drained && session_verb(driver_session(m->driver), IN_DISARM) == 0) {
			m->drained = true;
			driver_input_text(m->driver, IN_DISARM, cause);
		}
	}
}

static void detach(struct fleet_power *fp) {
	fp->detaching = true;
	say_all(fp, "\"event\":\"power\",\"what\":\"this computer is about to sleep\"");
	for (size_t i = 0; i < fp->f->count; i++) {
		struct member *m = member_at(fp, i);

		if (m && !member_has_ended(m) && !driver_session(m->driver)->going_down) {
			m->slept = true;
			driver_input(m->driver, IN_STOP, 0);
		}
	}
	fleet_power_stepped(fp); /* perhaps nothing was up */
}

static void slept(struct fleet_power *fp, uint64_t ms) {
	char members[96];

	snprintf(members, sizeof(members), "\"event\":\"power\",\"what\":\"slept\",\"ms\":%" PRIu64,
		ms);
	say_all(fp, members);
	for (size_t i = 0; i < fp->f->count; i++) {
		if (member_at(fp, i)) {
			driver_input(fp->f->members[i]->driver, IN_SLEPT, ms);
		}
	}
}

static void start_again(struct fleet_power *fp) {
	for (size_t i = 0; fp->may_start && !fp->stopping && i < fp->f->count; i++) {
		struct member *m = member_at(fp, i);

		if (m && m->slept && member_has_ended(m)) {
			m->slept = false;
			driver_input(m->driver, IN_START, 0);
		}
	}
}

static void on_act(void *data, unsigned actions, uint64_t asleep_ms, int percent) {
	struct fleet_power *fp = data;

	if (fp->stopping) {
		return;
	}
	say_source(fp, actions, percent);
	for (size_t i = 0; (actions & POWER_SAY_MAINS) && i < fp->f->count; i++) {
		fp->f->members[i]->drained = false;
	}
	if (actions & POWER_DISARM) {
		disarm(fp, percent);
	}
	if (actions & POWER_SLEPT) {
		slept(fp, asleep_ms);
	}
	if (actions & POWER_DETACH) {
		fp->may_start = false;
		detach(fp);
	}
	if (actions & POWER_START) {
		fp->detaching = false;
		fp->may_start = true;
		start_again(fp);
	}
}

/* Told once, to whoever looks at the daemon. */
static void on_trouble(void *data, const char *what, const char *why) {
	struct fleet_power *fp = data;

	fleet_say(fp->f, '*',
		json_pack("{s:s, s:s, s:s}", "event", "power", "what", what, "why", why));
}

static const struct power_watch_events watch_events = {on_act, on_trouble};

static struct power_settings settings_of(const struct fleet *f) {
	return (struct power_settings){
		.keep_awake = f->daemon.keep_awake, .low_percent = (unsigned)f->daemon.battery_low};
}

void fleet_power_adjust(struct fleet_power *fp) {
	struct power_settings set;

	if (fp) {
		set = settings_of(fp->f);
		power_watch_set(fp->watch, &set);
		power_watch_armed(fp->watch, fp->is_armed);
	}
}

struct fleet_power *fleet_power_open(struct fleet *f) {
	struct power_settings set = settings_of(f);
	struct fleet_power *fp = calloc(1, sizeof(*fp));

	if (!fp) {
		return NULL;
	}
	fp->f = f;
	fp->watch = power_watch_open(f->loop, &set, &watch_events, fp);
	if (!fp->watch) {
		free(fp);
		return NULL;
	}
	return fp;
}

/* Armed, about to be, or with something of ours in the target. */
static bool is_busy(const struct session *s) {
	return s->state != SESSION_STOPPED &&
	       (s->dirty || (s->arm != ARM_UNARMED && s->arm != ARM_DISARMED));
}

void fleet_power_stepped(struct fleet_power *fp) {
	bool armed = false, up = false;

	if (!fp) {
		return;
	}
	for (size_t i = 0; i < fp->f->count; i++) {
		const struct member *m = member_at(fp, i);

		armed = armed || (m && is_busy(driver_session(m->driver)));
		up = up || (m && !member_has_ended(m));
	}
	if (armed != fp->is_armed) {
		fp->is_armed = armed;
		power_watch_armed(fp->watch, armed);
	}
	if (fp->detaching && !up) {
		fp->detaching = false;
		power_watch_ready(fp->watch);
	}
	start_again(fp);
}

void fleet_power_stop(struct fleet_power *fp) {
	if (fp) {
		fp->stopping = true;
	}
}

static void on_watch_closed(void *data) {
	struct fleet_power *fp = data;
	void (*done)(void *data) = fp->done;
	void *done_data = fp->done_data;

	free(fp);
	done(done_data);
}

void fleet_power_close(struct fleet_power *fp, void (*done)(void *data), void *data) {
	if (!fp) {
		done(data);
		return;
	}
	fp->done = done;
	fp->done_data = data;
	fp->stopping = true;
	power_watch_close(fp->watch, on_watch_closed, fp);
}
