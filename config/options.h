/*
 * The options table: one row a key. The parser, `check`, `check --dump` and debug.ini.sample are
 * derived from it, so that none of them can know a key that another does not.
 */
#ifndef LIVEDEBUG_CONFIG_OPTIONS_H
#define LIVEDEBUG_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_scope { SCOPE_DAEMON, SCOPE_SESSION };

/* How a value is written, and in brackets the type of its field. */
enum option_type {
	OPTION_STRING,   /* the rest of the line (char *) */
	OPTION_PORT,     /* COM1, \\.\COM12 (char *) */
	OPTION_WORD,     /* one of `words`, stored as its index (int) */
	OPTION_YESNO,    /* yes, no (bool) */
	OPTION_NUMBER,   /* whole number (uint64_t) */
	OPTION_DURATION, /* number and ms, s, m, h, d (uint64_t, milliseconds) */
	OPTION_SIZE,     /* number and B, K, M, G (uint64_t, bytes) */
	OPTION_LIST,     /* words, blanks or commas between (struct string_list) */
	OPTION_ARM_AT,   /* boot, after DURATION, manual (int; arm_after_ms beside it) */
	OPTION_COMMANDS, /* one kd command a line (struct string_list) */
	OPTION_ENV,      /* env.NAME (struct string_list of NAME=VALUE) */
};

/* How a value that was changed in the file gets into a daemon that runs (`reload`). */
enum option_change {
	CHANGE_KD,     /* by a clean detach and a new kd: safe for any key, so the rows' default */
	CHANGE_LIVE,   /* at once; what is under way keeps the time that it was given */
	CHANGE_DAEMON, /* by the next daemon only */
};

struct option {
	const char *key; /* for OPTION_ENV "env.", the name follows */
	enum option_scope scope;
	enum option_type type;
	enum option_change change;
	size_t offset;            /* of the field, in struct profile or struct daemon_options */
	uint64_t least, most;     /* numbers, sizes, durations: both ends allowed */
	const char *const *words; /* OPTION_WORD, OPTION_LIST: NULL-terminated */
	const char *unit;         /* of a plain number, for people; NULL: none */
	const char *fallback;     /* value in effect when none is given; NULL: not set */
	uint64_t off_value; /* OPTION_SIZE: what `off` stores; 0 with can_be_off false: none */
	bool can_be_off;
	bool required;
	bool can_be_blank; /* a blank value means: not set, whatever [default] says */
	bool later;        /* a later version's: only `accepts` is taken, NULL: nothing is */
	const char *accepts;
	const char *later_fallback; /* what the default is going to be, for people */
	const char *sample;         /* the recipe's value: active in debug.ini.sample */
	const char *help;
};

extern const struct option option_table[];
extern const size_t option_count;

/* The row of a key ("env.X" finds the row "env."), or NULL. */
const struct option *option_find(enum option_scope scope, const char *key);

/* The known key nearest to a mistyped one, or NULL where none is near. */
const char *option_nearest(enum option_scope scope, const char *key);

#endif
