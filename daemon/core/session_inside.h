/*
 * What the files of the session machine share. session.c dispatches; session_life.c has the port,
 * kd's life and the detach; session_console.c reads kd; session_halt.c has the stops and what is
 * typed at them; session_tick.c the deadlines; session_say.c events and names.
 *
 * Times in struct session: 0 means not set.
 */
#ifndef LIVEDEBUG_CORE_SESSION_INSIDE_H
#define LIVEDEBUG_CORE_SESSION_INSIDE_H

#include "core/session.h"

#define PORT_RETRY_MS 2000     /* between looks at an absent or busy port */
#define LAUNCH_MS 30000        /* kd prints its banner at once; after this it is taken as waiting */
#define QUIT_MS 3000           /* between the quit line and the end of the process (DESIGN 4) */
#define PROMPT_QUIET_MS 100    /* a prompt's shape that stays so long is worth a nonce */
#define ARM_HOLD_OFF_MS 300000 /* after a break-in for arming that was not answered */
#define BREAK_RETRY_MS 5000    /* of a detach whose break-in could not be sent */
#define NEVER UINT64_MAX

/* --- session.c */

/* Halted by a hit whose own command is at work: nobody types. */
bool session_in_hit(const struct session *s);
/* Running, or in a hit that goes on by itself: a break request may be sent. */
bool session_free(const struct session *s);
/* Does the profile say what to arm, and can it be done with this console? */
bool session_has_arm(const struct session *s);
/* At a stop where kd waits for what is typed: the target prints nothing. */
bool session_typing(const struct session *s);

/* --- session_say.c */

/* Go to a state: event `state`, halt_begin and halt_end where a halt begins or ends. */
void session_enter(
	struct session *s, enum session_state state, const char *evidence, struct actions *out);
/* The same for a halt: whose it is. */
void session_halt(
	struct session *s, enum halt_owner owner, const char *evidence, struct actions *out);
/* A hit while a break request is out: its halt is counted, the state stays. */
void session_hit_counts(struct session *s, const char *evidence, struct actions *out);
/* An event with no members of its own but these (`members` begins with a comma, or is ""). */
void session_say(struct actions *out, const char *event, const char *members);
/* An alarm; `why` may be "". */
/* A break-in is about to be sent: its cause is told before (rule 1). */
void session_say_break(enum halt_owner owner, const char *cause, struct actions *out);
void session_alarm(struct actions *out, const char *what, const char *why);
/* Copy a reason, cut to fit. NULL counts as "". */
void session_set_why(struct session *s, const char *why);
void session_set_arm(struct session *s, enum session_arm arm, const char *why, struct actions *out);
/* Not all breakpoints are there now. What a person disarmed stays so (rule 11). */
void session_some_gone(struct session *s, const char *why, struct actions *out);
/* A stop is proved: what a teammate typed at it before that counts. */
void session_take_clears(struct session *s, struct actions *out);
/* The stack of the last hit is not to be had any more: a gap (rule 5). */
void session_stack_lost(struct session *s, struct actions *out);
/*
 * Since `since_ms` something may be missing (rule 5), of a hit whose stack is not there yet from
 * its begin; not further back than a halt lasts: whatever came in that time stands there still.
 * `reason` is static. The gap is told when the target is known to run or to stand again, or at the
 * end. An open gap stays.
 */
void session_gap(struct session *s, uint64_t since_ms, const char *reason);

/* --- session_life.c */

/* IN_START, IN_STOP, IN_RELEASE, IN_HURRY; harmless in any state. */
void session_start(struct session *s, struct actions *out);
void session_stop(struct session *s, struct actions *out);
void session_release(struct session *s, struct actions *out);
void session_hurry(struct session *s, struct actions *out);

/* The answers to ACT_CHECK_PORT, then to ACT_SPAWN and kd's end. */
void session_port(struct session *s, const struct session_input *in, struct actions *out);
void session_kd(struct session *s, const struct session_input *in, struct actions *out);
/* Send one break request for `owner`; the cause is said before it. None while one is out. */
void session_break(
	struct session *s, enum halt_owner owner, const char *cause, struct actions *out);
/* The break request by the next method, if there is one. */
bool session_next_method(struct session *s, struct actions *out);
/* kd waits for a target: place the one break request that is wanted, if any. */
void session_break_waiting(struct session *s, struct actions *out);
/* The target is running and nothing of ours is in it: end kd. `words` go to the evidence. */
void session_quit(
	struct session *s, enum session_result outcome, const char *words, struct actions *out);
/* kd answers neither a break nor a nonce: replace it. */
void session_replace_kd(struct session *s, const char *why, struct actions *out);
/* IN_SLEPT: what the target did meanwhile nobody saw, and kd's port may be gone. */
void session_slept(struct session *s, struct actions *out);
void session_finish(
	struct session *s, enum session_result result, const char *why, struct actions *out);
/* Running, going down: break in to clear, or quit at once when there is nothing to clear. */
void session_take_down(struct session *s, struct actions *out);

/* --- session_console.c */

/* One event of kdparse; nothing happens while no kd is up. */
void session_console(struct session *s, const struct kd_event *event, struct actions *out);
/*
 * The connection was established again, and it is believed: the target has booted. `proved`: kd
 * itself said so; else a DbgPrint could have, and what may be set in the target is not forgotten.
 */
void session_rebooted(struct session *s, bool proved, struct actions *out);

/* --- session_halt.c */

/* Write `.echo NONCE` if that is allowed now (rule 4); see prove_may_ask(). */
void session_ask(struct session *s, bool waited_for, struct actions *out);
/* Text of a prompt's shape came: proved by a nonce before it, or a candidate. */
void session_prompt(struct session *s, struct actions *out);
/* "Breakpoint N hit" (`numbered`) or, where a kd leaves that out, the stack of a hit. */
void session_hit(struct session *s, uint32_t id, bool numbered, struct actions *out);
/* Break in for a disarm that is wanted. */
void session_break_disarm(struct session *s, struct actions *out);
/* At a halt with nobody typing: do `job`, at once at a proved prompt, else after proving. */
void session_begin_job(struct session *s, enum script_job job, struct actions *out);
/* Break in to arm: now, or as soon as the target may be broken into. */
void session_arm_when_free(struct session *s, const char *cause, struct actions *out);
/* Have symchk fetch what kd lacks. */
void session_fetch(struct session *s, struct actions *out);
/* The symbols are given up: partial, with an alarm. */
void session_symbols_lost(struct session *s, struct actions *out);
/*
 * A command takes too long: send a break. It may come when the command has just ended: then it is
 * queued, and the second stop that it causes is resumed once.
 */
void session_interrupt(struct session *s, const char *cause, struct actions *out);
/* A crash is being analyzed: end that when its time or its bytes are used up. */
void session_limit_analysis(struct session *s, struct actions *out);
/* A break-in came while a hit's own command ran: its stack is asked for at the prompt. */
void session_hit_cut(struct session *s, struct actions *out);
/* Does an armed breakpoint print a stack? */
bool session_prints_stack(const struct session *s);
void session_seen_running(struct session *s, const char *evidence, struct actions *out);

/* --- session_command.c */

/* IN_COMMAND. */
void session_command(struct session *s, const struct session_input *in, struct actions *out);
/* A line of kd, no answer to a nonce: handed on while a command prints. */
void session_command_line(struct session *s, const char *line, size_t len, struct actions *out);
/* The step that was sent has ended: if it was the command, that is told. */
void session_command_done(struct session *s, struct actions *out);
/* At the end of each step: a command that cannot be done any more is told so. */
void session_command_check(struct session *s, struct actions *out);

/* --- session_guard.c */

/* A hit was counted; what is due of the guard; when that is, 0: nothing. */
void session_guard_hit(struct session *s, struct actions *out);
void session_guard_tick(struct session *s, struct actions *out);
uint64_t session_guard_deadline(const struct session *s);
/* The job of a stop at nt!PoolHitTag's int 3: JOB_HIT, unless the guard wants its own at it. */
enum script_job session_guard_at_hit(struct session *s);
/* The job of a stop that the guard asked for; a line of it; the end of any job. */
enum script_job session_guard_stop(const struct session *s);
void session_guard_line(struct session *s, const char *line, size_t len);
void session_guard_end(struct session *s, struct actions *out);
/* A teammate's halt is half over: say so once, at a proved prompt. When that is due, 0: never. */
void session_warn(struct session *s, struct actions *out);
uint64_t session_warn_deadline(const struct session *s);

/* --- session_tick.c */

/* Carry out what is due at s->now_ms. Each deadline that was due is moved on. */
void session_tick(struct session *s, struct actions *out);

#endif
