/*
 * The session machine (DESIGN section 4): one step takes one input and the time, and fills a list
 * of actions. It cannot fail, allocates nothing, knows no clock and no I/O. The drawing is in
 * daemon/README.md.
 */
#ifndef LIVEDEBUG_CORE_SESSION_H
#define LIVEDEBUG_CORE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/actions.h"
#include "core/arm.h"
#include "core/backoff.h"
#include "core/guard.h"
#include "core/halts.h"
#include "core/command.h"
#include "core/bugcheck.h"
#include "core/client.h"
#include "core/hit.h"
#include "core/kdparse.h"
#include "core/prove.h"
#include "core/script.h"
#include "core/symbols.h"

enum session_state {
	SESSION_STOPPED,
	SESSION_PORT,
	SESSION_LAUNCHING,
	SESSION_WAITING,
	SESSION_RUNNING,
	SESSION_BREAKING,
	SESSION_HALTED,
	SESSION_UNKNOWN,
	SESSION_DETACHING,
	SESSION_BACKOFF,
	SESSION_STATES
};

enum session_arm {
	ARM_UNARMED,
	ARM_ARMING,
	ARM_ARMED,
	ARM_PARTIAL,
	ARM_PAUSED,
	ARM_DISARMED,
	ARM_STATES
};

enum session_arm_at { ARM_AT_BOOT, ARM_AT_AFTER, ARM_AT_MANUAL };
enum session_on_found { FOUND_ARM, FOUND_RESUME };

/* What the profile says, in the core's words. Strings are borrowed for the session's life. */
struct session_settings {
	const char *const *arm; /* kd commands, byte for byte */
	size_t arm_count;
	enum session_arm_at arm_at;
	enum session_on_found on_found;
	struct bugcheck_recipe on_bugcheck;
	bool can_fetch;           /* there is a symchk: symbols are fetched while the target runs */
	struct hit_settings pool; /* arm_method = poolhittag */
	const char *target;       /* the system of an earlier life, copied; NULL: not known */
	bool disarmed;            /* by a person, in an earlier life (rule 11) */
	bool prove;               /* false: prove = none, break-in and resume only */
	bool log_fresh;           /* log_mode = open: this life's first kd gets a new log */
	bool log_other;           /* session_renew(): it is another file than before */
	size_t break_methods;     /* how many the platform has, >= 1 */
	uint64_t arm_after_ms, arm_max_ms, command_timeout_ms, break_timeout_ms;
	uint64_t settle_ms; /* `g`, and no stop for so long: running; at a slow kd longer */
	uint64_t halt_max_ms, hold_max_ms, stop_max_ms, return_max_ms;
	uint64_t restart_min_ms, restart_max_ms;
	struct guard_settings guard;
	uint64_t past_hits,
		past_armed_ms; /* of an earlier life, for stop_after; see guard_resume() */
	const char *name;      /* of the session, for lines to paste; NULL: none */
	uint64_t hit_share_ms; /* of a hit's halt, what its text does not show (plan.h) */
	uint64_t random_seed;  /* nonces and jitter; from the system's random source */
	unsigned past_deaths;  /* of the daemon, in the last 10 minutes; see backoff.h */
	bool dirty_start;      /* an earlier life may have left breakpoints or a halt behind */
};

enum session_input_kind {
	IN_START,     /* bring the session up (at start, `start`) */
	IN_STOP,      /* clean detach (`stop`, SIGTERM) */
	IN_HURRY,     /* a second signal: end now, say what could not be done */
	IN_PORT_FREE, /* answers to ACT_CHECK_PORT */
	IN_PORT_ABSENT,
	IN_PORT_BUSY,
	IN_KD_STARTED, /* answers to ACT_SPAWN */
	IN_KD_FAILED,
	IN_KD_ENDED,     /* exit and the end of all its output were seen */
	IN_BREAK_FAILED, /* ACT_BREAK could not be carried out */
	IN_CONSOLE,      /* one event of kdparse, KD_LINE included */
	IN_TICK,         /* the deadline of session_deadline() has come (early is harmless) */
	IN_BREAK,        /* operators' verbs; see session_verb() for when they are allowed */
	IN_GO,
	IN_ARM,
	IN_DISARM,  /* text: why, where it is no operator's word */
	IN_HOLD,    /* value: milliseconds from now */
	IN_FETCHED, /* answers ACT_FETCH; value 1: well done, 0: not, and `text` why */
	IN_RELEASE, /* as IN_STOP, but whatever is known: a target may be frozen without a kd */
	IN_EVIDENCE_LOST, /* what is seen cannot be kept; `text`: why (core/evidence.h) */
	IN_EVIDENCE_BACK, /* it can again */
	IN_SLEPT,         /* the computer slept for `value` ms: kd and its port are taken as lost */
	IN_COMMAND, /* value: its number << 1 | may break in; text: the line, judged already */
	SESSION_INPUTS
};

struct session_input {
	enum session_input_kind kind;
	uint64_t now_ms;              /* monotonic */
	const struct kd_event *event; /* IN_CONSOLE */
	uint64_t value;               /* IN_HOLD */
	const char
		*text; /* IN_PORT_BUSY, IN_KD_FAILED, IN_KD_ENDED, IN_FETCHED: why; may be NULL */
};

/* The end of a session, and its exit code: 0, 1, 5 (DESIGN 5). */
enum session_result { RESULT_NONE, RESULT_RELEASED, RESULT_HALTED, RESULT_UNKNOWN };

/* Read by status; written by session.c only. */
struct session {
	struct session_settings set;
	enum session_state state;
	enum session_arm arm;
	enum halt_owner owner;      /* of the halt or of the break in progress */
	enum session_result result; /* valid in SESSION_STOPPED after a stop */
	uint64_t since_ms;          /* when the state was entered */
	char evidence[96];          /* what showed the state */
	char why[200];              /* partial, backoff, port, unknown: the reason */
	uint32_t boot;              /* boots of the target seen; 0: none yet */
	uint64_t hits;
	struct halts halts;
	struct guard guard;
	uint64_t stops, breaks_sent, kd_starts;
	char target[96]; /* "Windows 10 19041 x64", "" before the first connect */
	char heard[96];  /* the same of a line that nothing proves yet */
	char client[96]; /* the last teammate who joined */
	uint32_t clients_seen;
	uint64_t command_id; /* the operator's command under way; 0: none */
	/* private to the machine; session_inside.h tells more */
	bool going_down, hurried, release_mode; /* what it is about */
	bool want_arm, disarm_wanted, arm_failed;
	bool dirty; /* breakpoints may be set, or the target halted, through us */
	bool kd_up, kd_reached, connected;
	bool log_begun;      /* a kd of this life has had its log: all others append (rule 5) */
	bool break_pending;  /* a break request is out and not answered */
	bool command_breaks; /* the halt is its own: it ends behind it */
	char command[COMMAND_BYTES];
	const char *command_line;
	bool resuming;        /* `g` is written, running is not seen yet */
	bool second_stop;     /* the one stop right after `g` that is resumed without asking */
	bool proved;          /* at a proved prompt, nothing written since */
	bool candidate;       /* the last thing kd said looks like a prompt */
	bool asked_at_prompt; /* the nonce that is out was written behind such a thing */
	bool listed;          /* the list came back empty (JOB_RELEASE) */
	bool list_cut;        /* an error ended the list: what it lacks may be there */
	bool hit_lines, hit_stack;
	bool hit_cut;               /* a break ended the last hit's own command before its stack */
	enum client_clears cleared; /* what a teammate cleared at a stop that is not proved yet */
	uint64_t cleared_ms;
	bool stop_told; /* an exception line came, and neither a hit nor the break-in box since */
	bool hit_left;  /* the stop that is told of stands at a breakpoint of ours, and is no hit */
	uint64_t hit_over_ms; /* its stack has ended; 0: not yet */
	uint64_t long_ok_ms;  /* a hit whose text does not end may be broken again */
	bool hit_open;        /* kd ended in a hit that was counted, before its stack */
	bool other_stop; /* behind the hit's text came that of another stop, such as a late break */
	bool shut_down, reboot_quiet, port_said;
	bool boot_doubted; /* a boot that a DbgPrint could have told of: nothing is forgotten */
	bool lost_running; /* unknown, after the transport was lost while it seemed to run */
	size_t break_method;
	enum session_result outcome; /* of the detach in hand */
	uint64_t now_ms, last_output_ms, break_ms, halted_ms, halt_deadline_ms, resume_ms;
	uint64_t hang_ms;       /* kd is replaced when this comes; 0: no such time */
	uint64_t reply_ms;      /* kd's slowest answer to a nonce at this halt */
	const char *gap_reason; /* what is said since gap_ms may be missing; NULL: nothing */
	uint64_t gap_ms;
	uint64_t state_deadline_ms, candidate_ms, arm_due_ms, return_due_ms, reboot_ms,
		connected_ms;
	uint64_t stop_deadline_ms, hit_ms;
	uint32_t hit_id;
	enum guard_want guard_job; /* what the guard's break-in is for */
	char disarm_cause[96];     /* of disarm_wanted; "": an operator's */
	bool finishing;            /* stop_after is reached: a clean disarm is under way */
	bool no_evidence; /* disarmed, or about to be, for want of a place to keep what is seen */
	bool warned, warn_asked; /* a teammate, of the end of this halt */
	char cause[96];          /* of the last break request */
	char symbol_path[160];
	struct prove prove;
	struct script script;
	struct bugcheck bugcheck;
	struct hit pool;
	struct symbols symbols;
	uint64_t lost_halt_ms; /* a halt in which kd died: an alarm, unless it is found till then */
	uint64_t symbols_due_ms; /* the next try to fetch them */
	struct arm_check check;
	struct backoff backoff;
};

/* Begin in `stopped`. The settings are copied, what they point to is borrowed. */
void session_init(struct session *s, const struct session_settings *set);

/*
 * The profile was read anew. session_adjust: the values that can change under a running kd (the
 * table of config/options says which); what is under way keeps its deadlines. session_renew: in
 * `stopped`, before a new life with all of `set`; what was counted and seen so far stays. Strings
 * of `set` are borrowed by session_renew only.
 */
void session_adjust(struct session *s, const struct session_settings *set);
void session_renew(struct session *s, const struct session_settings *set);

/* Take one input. `out` is emptied first; what its actions point to lives until the next step. */
void session_step(struct session *s, const struct session_input *in, struct actions *out);

/* Monotonic time of the next IN_TICK that is wanted, or UINT64_MAX. */
uint64_t session_deadline(const struct session *s);

/*
 * May this verb (IN_START, IN_STOP, IN_BREAK ... IN_RELEASE) be asked for now? 0 yes; else the exit
 * code that the caller gets: 4 the target is not in the state the verb needs, 5 its state is
 * unknown.
 */
int session_verb(const struct session *s, enum session_input_kind verb);

/* The same for IN_COMMAND; `breaks`: it may break in. */
int session_may_command(const struct session *s, bool breaks);

/*
 * How far is a verb that was taken? -1 still under way; else the exit code: 0 done, 1 failed,
 * 5 state unknown.
 */
int session_verb_done(const struct session *s, enum session_input_kind verb);

/* 0 released, 1 known halted, 5 unknown. */
int session_exit_code(const struct session *s);

/* The state as people see it: `detaching` for every step of a detach. */
enum session_state session_shown(const struct session *s);

/* The fixed names (DESIGN 4); "?" for values out of range. */
const char *session_state_name(enum session_state state);
const char *session_arm_name(enum session_arm arm);
const char *session_owner_name(enum halt_owner owner);
const char *session_result_name(enum session_result result);

#endif
