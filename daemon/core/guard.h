/*
 * The guard (rules 1 and 3): hits may halt the target only so much. A token bucket limits hits, a
 * share of the last minute limits what they halt; past a limit the breakpoints are disabled, held
 * off for a while, and enabled again. Pure: it says what is wanted, the session does it and tells.
 *
 * Each of its two break-ins (to disable, to enable) is sent at most once in a hold-off.
 *
 * on_storm = sample: from the first storm on, breakpoints are enabled for a window in each
 * hold-off. Its factor is the share of the time in which the target ran with them enabled; hits of
 * that window divided by the factor are the hits that there would have been. The target's own clock
 * (`.time`) is what counts: it stands while the target is halted, so the halts of the hits
 * themselves do not distort it. Without it the host's clock serves, and is said to.
 */
#ifndef LIVEDEBUG_CORE_GUARD_H
#define LIVEDEBUG_CORE_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum guard_storm { STORM_PAUSE, STORM_SAMPLE, STORM_ALARM };

struct guard_settings {
	unsigned warn_pm, act_pm; /* halt_duty, per mille of the last minute; 0: off */
	bool auto_hits;           /* from act_pm and the time of a hit */
	uint64_t hits_per_minute; /* 0: off */
	enum guard_storm on_storm;
	uint64_t hold_off_ms;
	uint64_t stop_hits, stop_ms; /* stop_after; 0: never */
	uint64_t hit_ms;             /* of a hit by the wire's formula, until hits were seen */
};

enum guard_phase {
	GUARD_IDLE,    /* nothing is armed */
	GUARD_WATCH,   /* armed */
	GUARD_TRIPPED, /* to be disabled */
	GUARD_PAUSED,  /* disabled, to be enabled later */
	GUARD_WINDOW,  /* sampling: enabled for a while */
	GUARD_PHASES
};

enum guard_want { GUARD_NOTHING, GUARD_DISABLE, GUARD_ENABLE, GUARD_FINISH };

/* One window of a sample; `total_ms` reaches from the disabling before it to its end. */
struct guard_sample {
	uint64_t enabled_ms, total_ms, hits;
	bool target_clock;
};

struct guard {
	struct guard_settings set;
	enum guard_phase phase;
	bool sampling, finished, warned;
	uint64_t tokens; /* thousandths of a hit */
	uint64_t filled_ms;
	uint64_t disable_ok_ms, enable_ok_ms; /* the next break-in is allowed */
	uint64_t due_ms;                      /* PAUSED: enable; WINDOW: disable */
	uint64_t armed_ms, hits;              /* stop_after counts from the first arming */
	uint64_t before_ms; /* of its time, what an earlier life of the daemon had used up */
	uint64_t told_ms;   /* of a storm that only alarms, or a warning */
	uint64_t window_hits;
	/* clocks at the last disabling and at the enabling behind it: ours, the target's */
	uint64_t off_ms, on_ms, off_up, on_up, up; /* up: as last read; 0: was not read */
};

/* What a hit did. */
enum guard_verdict { VERDICT_FINE, VERDICT_WARN, VERDICT_STORM };

/* halt_duty, hits_per_minute, stop_after as in the profile. False (`set` untouched): not these. */
bool guard_parse_duty(const char *text, struct guard_settings *set);
bool guard_parse_hits(const char *text, struct guard_settings *set);
bool guard_parse_stop(const char *text, struct guard_settings *set);

/* Nothing is armed yet; the settings are copied. */
void guard_init(struct guard *g, const struct guard_settings *set);

/* Other limits from now on; a pause or a window that is under way ends when it would have. */
void guard_adjust(struct guard *g, const struct guard_settings *set);

/* Hits a minute that are allowed, when one takes `hit_ms`; 0: no limit. */
uint64_t guard_limit(const struct guard *g, uint64_t hit_ms);

/* How long a sampling window is. */
uint64_t guard_window_ms(const struct guard *g);

/* A hit; `hit_ms` its mean halt (0: none seen), `minute_ms` what hits halted of the last minute. */
enum guard_verdict guard_hit(struct guard *g, uint64_t now_ms, uint64_t hit_ms, uint64_t minute_ms);

/* An earlier life of the daemon had so many hits of stop_after, and was so long armed. */
void guard_resume(struct guard *g, uint64_t hits, uint64_t ms);

/* Armed anew; nothing is armed any more; a person armed: stop_after counts anew. */
void guard_armed(struct guard *g, uint64_t now_ms);
void guard_unarmed(struct guard *g);
void guard_again(struct guard *g);

/* What is wanted now; and the time at which something may be, 0: none. */
enum guard_want guard_want(const struct guard *g, uint64_t now_ms);
uint64_t guard_due(const struct guard *g);

/* The break-in for it is sent. */
void guard_sent(struct guard *g, enum guard_want want, uint64_t now_ms);

/* The target's uptime, read by the job that is under way. */
void guard_uptime(struct guard *g, uint64_t ms);
/* A line of kd with it: "System Uptime: 0 days 0:09:20.555"; false: it is another line. */
bool guard_read_uptime(const char *line, size_t len, uint64_t *ms);

/* `want` is done. True: a window has ended, *sample tells of it. */
bool guard_done(
	struct guard *g, enum guard_want want, uint64_t now_ms, struct guard_sample *sample);

/* A word for status; "?" for values out of range. */
const char *guard_phase_name(enum guard_phase phase);

#endif
