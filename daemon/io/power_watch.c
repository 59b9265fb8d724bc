#include "io/power_watch.h"

#include <stdlib.h>

#include "os/power.h"

#define CLOCKS_MS 1000
#define BATTERY_EVERY 3 /* looks at the clocks between those at the battery */

struct power_watch {
	struct power core;
	const struct power_watch_events *events;
	void *data;
	struct os_power *os;
	uv_timer_t timer;
	uv_work_t work; /* a battery's answer may take its time */
	bool working, closing;
	unsigned ticks, parts;
	enum power_source source, found_source;
	int percent, found_percent;
	void (*done)(void *data);
	void *done_data;
};

static void act(struct power_watch *w, unsigned actions) {
	if (actions & (POWER_HOLD | POWER_LET_GO)) {
		os_power_hold(w->os, (actions & POWER_HOLD) != 0);
	}
	if (actions & ~(unsigned)(POWER_HOLD | POWER_LET_GO)) {
		w->events->act(w->data, actions, w->core.asleep_ms, w->percent);
	}
}

static void sample(struct power_watch *w) {
	struct power_sample s = {.source = w->source, .percent = w->percent};

	os_clocks(&s.now_ms, &s.awake_ms);
	act(w, power_sample(&w->core, &s));
}

static void finish(struct power_watch *w) {
	if (--w->parts == 0) {
		void (*done)(void *data) = w->done;
		void *data = w->done_data;

		free(w);
		done(data);
	}
}

static void look(uv_work_t *work) {
	struct power_watch *w = work->data;

	os_battery(&w->found_source, &w->found_percent);
}

static void on_looked(uv_work_t *work, int status) {
	struct power_watch *w = work->data;

	w->working = false;
	if (w->closing) {
		finish(w);
	} else if (status == 0) {
		w->source = w->found_source;
		w->percent = w->found_percent;
		sample(w);
	}
}

static void on_tick(uv_timer_t *timer) {
	struct power_watch *w = timer->data;

	sample(w);
	if (w->ticks++ % BATTERY_EVERY == 0 && !w->working) {
		w->work.data = w;
		w->working = uv_queue_work(timer->loop, &w->work, look, on_looked) == 0;
	}
}

static void on_suspend(void *data) {
	struct power_watch *w = data;

	act(w, power_suspend(&w->core));
}

/* The clocks first: they tell whether it has slept. */
static void on_resume(void *data) {
	struct power_watch *w = data;

	sample(w);
	act(w, power_resume(&w->core));
}

static void on_trouble(void *data, const char *what, const char *why) {
	struct power_watch *w = data;

	w->events->trouble(w->data, what, why);
}

static const struct os_power_events os_events = {on_suspend, on_resume, on_trouble};

struct power_watch *power_watch_open(uv_loop_t *loop, const struct power_settings *set,
	const struct power_watch_events *events, void *data) {
	struct power_watch *w = calloc(1, sizeof(*w));

	if (!w) {
		return NULL;
	}
	w->events = events;
	w->data = data;
	w->percent = -1;
	power_init(&w->core, set);
	if (os_power_open(loop, &os_events, w, &w->os) != 0) {
		free(w);
		return NULL;
	}
	uv_timer_init(loop, &w->timer);
	w->timer.data = w;
	uv_timer_start(&w->timer, on_tick, 0, CLOCKS_MS);
	return w;
}

void power_watch_armed(struct power_watch *w, bool any) {
	act(w, power_armed(&w->core, any));
}

void power_watch_set(struct power_watch *w, const struct power_settings *set) {
	power_set(&w->core, set);
}

void power_watch_ready(struct power_watch *w) {
	os_power_ready(w->os);
}

static void on_timer_closed(uv_handle_t *handle) {
	finish(handle->data);
}

static void on_os_closed(void *data) {
	finish(data);
}

void power_watch_close(struct power_watch *w, void (*done)(void *data), void *data) {
	if (!w) {
		done(data);
		return;
	}
	w->done = done;
	w->done_data = data;
	w->closing = true;
	w->parts = 2 + w->working;
	uv_close((uv_handle_t *)&w->timer, on_timer_closed);
	os_power_close(w->os, on_os_closed, w);
}
