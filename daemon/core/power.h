/*
 * A laptop's life: what is done about its battery and its sleep. Pure: samples and notices in,
 * actions out; carrying them out is io/fleet_power.
 *
 * While a session is armed the computer is kept awake. On battery that is told, and at
 * `low_percent` every session is disarmed once, as long as there is power to do it cleanly. Before
 * a sleep that is announced every session is detached, and comes up again behind it; of a sleep
 * that was not, or for which the time was too short, kd and its port are taken as lost.
 */
#ifndef LIVEDEBUG_CORE_POWER_H
#define LIVEDEBUG_CORE_POWER_H

#include <stdbool.h>
#include <stdint.h>

#define POWER_SLEPT_MS 1000 /* clocks that part by more have seen a sleep */

enum power_source { POWER_SOURCE_UNKNOWN, POWER_SOURCE_MAINS, POWER_SOURCE_BATTERY };

/* Bits. */
enum power_action {
	POWER_HOLD = 1,        /* keep the computer awake */
	POWER_LET_GO = 2,      /* no longer */
	POWER_SAY_BATTERY = 4, /* the mains are gone */
	POWER_SAY_MAINS = 8,   /* and back */
	POWER_SAY_LOW = 16,    /* the battery ends: an alarm */
	POWER_DISARM = 32,     /* each session that was not, since the mains went */
	POWER_DETACH = 64,     /* the computer is about to sleep */
	POWER_SLEPT = 128,     /* it did: asleep_ms */
	POWER_LOST = 256,      /* what was not detached: port and kd are lost */
	POWER_START = 512,     /* what was detached for the sleep comes up again */
	POWER_ACTIONS = 1023
};

struct power_settings {
	bool keep_awake;
	unsigned low_percent; /* 0: never */
};

struct power_sample {
	uint64_t now_ms;   /* a clock that goes on in sleep ... */
	uint64_t awake_ms; /* ... and one that does not */
	enum power_source source;
	int percent; /* of the battery; -1: not known */
};

struct power {
	struct power_settings set;
	enum power_source source;
	bool begun, held, low, detached;
	uint64_t apart_ms;  /* now - awake at the last sample */
	uint64_t asleep_ms; /* the last sleep, for POWER_SLEPT */
};

/* Nothing is known yet. */
void power_init(struct power *p, const struct power_settings *set);

/* Other settings from now on; power_armed() is due behind it. */
void power_set(struct power *p, const struct power_settings *set);

/* How things stand; to be called every second or so. Bits of enum power_action. */
unsigned power_sample(struct power *p, const struct power_sample *s);

/* Is any session armed, or may its target stand still through us? */
unsigned power_armed(struct power *p, bool any);

/* The system announces a sleep; and that it is over, or does not happen. */
unsigned power_suspend(struct power *p);
unsigned power_resume(struct power *p);

/* For tables: the action's name; "?" unless exactly one bit is set. */
const char *power_action_name(unsigned action);

#endif
