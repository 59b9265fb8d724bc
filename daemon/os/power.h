/* The seam to clocks, battery and sleep. */
#ifndef LIVEDEBUG_OS_POWER_H
#define LIVEDEBUG_OS_POWER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/power.h"

/* Milliseconds of a clock that nobody sets and that goes on while the computer sleeps. */
uint64_t os_now_ms(void);

/* Two clocks whose distance grows by the time asleep. */
void os_clocks(uint64_t *now_ms, uint64_t *awake_ms);

/* The battery; percent -1: not known. May block: not on the loop. */
void os_battery(enum power_source *source, int *percent);

struct os_power;

struct os_power_events {
	void (*suspend)(
		void *data); /* a sleep is near: os_power_ready() is waited for, for a while */
	void (*resume)(void *data);
	/* Something cannot be had here: words for a person, at most once each. */
	void (*trouble)(void *data, const char *what, const char *why);
};

/* Hear of sleep. UV_ENOMEM. `events` is borrowed. */
int os_power_open(
	uv_loop_t *loop, const struct os_power_events *events, void *data, struct os_power **out);

/* Keep the computer awake from now on, or no longer. */
void os_power_hold(struct os_power *o, bool awake);

/* What a suspend asked for is done. */
void os_power_ready(struct os_power *o);

/* done is called once from the loop; then it is gone. */
void os_power_close(struct os_power *o, void (*done)(void *data), void *data);

struct os_power_setting {
	const char *name;
	bool known, good;
	const char *found, *next; /* next: what to do; NULL where it is well */
};

/*
 * The n-th of this computer's settings that can end a session over night; its texts live until the
 * next call. False: behind the last.
 */
bool os_power_setting(size_t n, struct os_power_setting *out);

#endif
