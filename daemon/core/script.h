/*
 * What is typed at a proved prompt, one command at a time: each waits for its own proved prompt
 * before the next (DESIGN 4, arming). The last is always `g`; nothing is written behind it.
 */
#ifndef LIVEDEBUG_CORE_SCRIPT_H
#define LIVEDEBUG_CORE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

enum script_job {
	JOB_NONE,
	JOB_ARM,      /* the profile's commands, bl, g */
	JOB_RELEASE,  /* bc *, bl, g */
	JOB_RESUME,   /* g */
	JOB_DISABLE,  /* bd N, g */
	JOB_PAUSE,    /* bd *, bl, g */
	JOB_ENABLE,   /* be *, bl, g */
	JOB_HIT,      /* kb N, g: a stop at nt!PoolHitTag's int 3 */
	JOB_SYMBOLS,  /* what does kd have for nt; then to JOB_ARM, or g */
	JOB_COMMAND,  /* an operator's line; `stays`: no g behind it */
	JOB_BUGCHECK, /* what the recipe says, g or .reboot */
	JOB_STACK,    /* the stack that a break-in cut off, at a halt that stays */
	SCRIPT_JOBS
};

enum script_step { STEP_COMMAND, STEP_LIST, STEP_GO, STEP_END };

/* Commands of our own, which a job types before its others. */
#define SCRIPT_OWN 5
#define SCRIPT_OWN_BYTES 64

struct script {
	enum script_job job;
	char own[SCRIPT_OWN][SCRIPT_OWN_BYTES];
	size_t own_count;
	const char *const *commands; /* JOB_ARM; borrowed */
	size_t command_count;
	uint32_t breakpoint; /* JOB_DISABLE */
	const char *end;     /* the last command, static: "g", or what lets the target go instead */
	size_t next;         /* index of the next step */
	bool sent;           /* the step before `next` was written and has not ended */
	bool stays;          /* JOB_COMMAND: the halt goes on behind it */
	bool retried;
	bool interrupted; /* a break request was sent to end it */
	bool overdue;     /* it did not end within command_timeout */
	uint64_t sent_ms;
	char error[160]; /* the first thing that went wrong, "" when nothing did */
};

/* Begin a job; a job that is under way is dropped. */
void script_begin(struct script *s, enum script_job job, const char *const *commands, size_t count);

/* One more command of our own; right after script_begin(). False: no room, or too long. */
bool script_add(struct script *s, const char *command);

/* The command of our own whose output is coming in now; NULL: it is none of them. */
const char *script_own_sent(const struct script *s);

/* No job. */
void script_drop(struct script *s);

/* The step that comes next, without taking it. */
enum script_step script_peek(const struct script *s);

/*
 * Take the next step: its line with the newline into `line`. The same step is never given twice.
 * STEP_END: there is none, `line` is untouched.
 */
enum script_step script_take(struct script *s, uint64_t now_ms, struct text *line);

/* Leave out what is not done yet: only `g` remains. */
void script_cut(struct script *s);

/*
 * The job's commands did not do it: once more, from the last `own` ones of our own on. False: it
 * was tried twice.
 */
bool script_retry(struct script *s, size_t own);

/* `g` was said and is needed once more: it comes next again. */
void script_again(struct script *s);

/* The step whose output is coming in now is the breakpoint list. */
bool script_listing(const struct script *s);

/* Keep the first error, in words: `what`: `detail` (bytes of a line; may be empty). */
void script_fail(struct script *s, const char *what, const char *detail, size_t len);

/* A word for tables and messages; "?" for values out of range. */
const char *script_job_name(enum script_job job);

#endif
