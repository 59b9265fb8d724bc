/* The shell around core/power: samples the clocks and the battery, hears of sleep, keeps awake. */
#ifndef LIVEDEBUG_IO_POWER_WATCH_H
#define LIVEDEBUG_IO_POWER_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/power.h"

struct power_watch;

struct power_watch_events {
	/* Bits of enum power_action that are not the watch's own; the last sleep, the battery (-1).
	 */
	void (*act)(void *data, unsigned actions, uint64_t asleep_ms, int percent);
	/* What cannot be had on this computer; borrowed. */
	void (*trouble)(void *data, const char *what, const char *why);
};

/* Begins to watch. NULL: no memory. `events` is borrowed. */
struct power_watch *power_watch_open(uv_loop_t *loop, const struct power_settings *set,
	const struct power_watch_events *events, void *data);

/* Other settings from now on; power_watch_armed() is due behind it. */
void power_watch_set(struct power_watch *w, const struct power_settings *set);

/* Is any session armed now? */
void power_watch_armed(struct power_watch *w, bool any);

/* The detach that POWER_DETACH asked for is done: the computer may sleep. */
void power_watch_ready(struct power_watch *w);

/* done is called once from the loop; then it is gone. NULL: called at once. */
void power_watch_close(struct power_watch *w, void (*done)(void *data), void *data);

#endif
