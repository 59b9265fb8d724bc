/*
 * The simulator: the real core against a model of kd, target, wire, disk and people, in virtual
 * time, from a seed (README.md of tests, "The simulator").
 *
 * Nothing runs by itself: each kind of event has one slot with the time at which it is due, and the
 * world jumps from one to the next. What happens depends on the seed and on the mask of faults
 * that are left in, and on nothing else.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/session.h"

#define SIM_NEVER UINT64_MAX
#define SIM_SECOND ((uint64_t)1000)
#define SIM_MINUTE ((uint64_t)60000)
#define SIM_HOUR ((uint64_t)3600000)
#define SIM_TAG 0x206b6444u
#define SIM_OUTPUT 16384
#define SIM_LINE 160
#define SIM_LINES 16

/* At equal times the first of these comes first. */
enum slot {
	AT_OUTPUT, /* bytes of kd reach the daemon */
	AT_BREAK_FAILED,
	AT_PORT,   /* the pre-flight's answer */
	AT_START,  /* kd is started */
	AT_BANNER, /* and says so */
	AT_SYNC,   /* its RESET reaches a target that stands */
	AT_EXIT,   /* kd is gone */
	AT_READ,   /* kd takes its next line */
	AT_DONE,   /* the command that it runs ends */
	AT_BREAK,  /* the break-in reaches the target */
	AT_HIT,    /* the next call of the function with the breakpoint */
	AT_HIT_END,
	AT_POWER, /* the machine goes off, or is up again */
	AT_LINK,  /* the cable is in again */
	AT_RETRY, /* kd says that the transport seems lost */
	AT_HANG,  /* the hang of kd ends */
	AT_FETCH, /* symchk is done */
	AT_CALM,  /* the storm is over */
	AT_PERSON,
	AT_CLIENT,
	AT_DAEMON, /* the next daemon starts */
	AT_FAULT,
	AT_TICK, /* what session_deadline() asks for */
	AT_END,
	SLOTS
};

/* Steps at which a fault may be made to strike. */
enum moment {
	MOMENT_NOW,
	MOMENT_SPAWN,
	MOMENT_CONNECT,
	MOMENT_BREAK, /* a break-in is sent */
	MOMENT_STOP,  /* kd shows a stop */
	MOMENT_NONCE,
	MOMENT_COMMAND, /* one is written */
	MOMENT_GO,
	MOMENT_HIT,
	MOMENTS
};

enum stop_kind { STOP_BREAK, STOP_HIT, STOP_INT3, STOP_POOL, STOP_BUGCHECK };

/* The machine: what is true, whoever knows it. */
struct target {
	bool on, halted;
	bool breakpoint; /* an int 3 stands in its memory */
	bool edited;     /* nt!PoolHitTag holds the tag */
	bool kept;       /* a break-in's byte came while it stood: it counts once it runs */
	bool will_reboot, will_die;
	enum stop_kind stop;
	uint64_t since;  /* halted or running */
	uint64_t off_ms; /* how long the next time off lasts */
	unsigned build;
};

enum kd_at { KD_AWAITS, KD_RUNS, KD_STANDS };
enum kd_work { WORK_NONE, WORK_COMMAND, WORK_HIT };

struct kd_line {
	char text[SIM_LINE];
	bool client;
};

struct kd {
	bool up, hung, dying, quits;
	bool ready; /* it has said its banner, and listens */
	bool key;   /* the break key was pressed while it hung */
	bool deaf;  /* it hung while the machine booted or went down */
	bool shown; /* the connection was told */
	enum kd_at at;
	enum kd_work work;
	bool interrupted;
	unsigned rows;                   /* of the hit's stack that are not printed yet */
	bool stuck;                      /* its command waits for a target that does not answer */
	bool missed;                     /* a stop that it has not shown */
	struct kd_line queue[SIM_LINES]; /* [0] is being run while `work` is WORK_COMMAND */
	size_t lines;
	struct {
		bool used, enabled;
	} bp[2]; /* ours; a teammate's */
	bool break_wanted, break_queued;
	uint64_t break_ms;
	uint64_t theirs_ms; /* it took a teammate's line */
	bool proven;        /* the last thing it ran was our nonce */
	bool prompt;        /* it waits for a line, and has said so */
};

enum sim_fault {
	FAULT_SWALLOW,
	FAULT_LATE,
	FAULT_BREAK_FAILS,
	FAULT_SPLIT,
	FAULT_SPOOF,
	FAULT_KD_CRASH,
	FAULT_KD_HANG,
	FAULT_KD_NO_START,
	FAULT_REBOOT,
	FAULT_POWER_CUT,
	FAULT_BUGCHECK,
	FAULT_INT3,
	FAULT_STORM,
	FAULT_CABLE,
	FAULT_PORT,
	FAULT_TEAMMATE,
	FAULT_OPERATOR,
	FAULT_DAEMON_KILLED,
	FAULT_DAEMON_RESTART,
	FAULT_HIT_STAYS,
	FAULT_SLOW,
	FAULT_NOT_SET,
	FAULT_NOT_CLEARED,
	FAULT_OTHER_BUILD,
	SIM_FAULTS
};

struct planned {
	enum sim_fault kind;
	enum moment moment;
	uint64_t at, seed;
};

#define SIM_PLANNED 24

/* What the next of its kind will suffer. */
struct ills {
	unsigned swallow, late, break_fails, split, no_start, hit_stays, slow, not_set, not_cleared;
	uint64_t port_until;
	bool port_busy, muted;
};

/* What a person does, one step after the other. */
struct play {
	const char *steps; /* people.c */
	uint64_t random;
};

/* state_dir/NAME.state */
struct state_file {
	bool running, dirty, disarmed, pool_edited;
	uint32_t pool_old;
	uint64_t hits; /* of stop_after */
	char target[96];
	uint64_t deaths[16];
	size_t death_count;
};

/* What the rules must remember (rules.c). */
struct rules {
	char broken[240];  /* the rule that does not hold; "" none */
	bool break_out;    /* sent; neither a stop nor another sign of life since */
	uint64_t asked_ms; /* the last one; 0: kd has answered it */
	uint64_t break_ms;
	size_t method;
	uint64_t unanswered_arm_ms; /* an arming's break-in that got no stop; 0: none */
	bool nonce_out, no_answer;
	uint64_t nonce_ms;
	uint64_t line_ms;   /* the last command was written */
	uint64_t shown_ms;  /* the prompt of this stop has reached the daemon; 0: not yet */
	uint64_t output_ms; /* kd's last bytes */
	uint64_t limit_ms;  /* this halt must be over by then */
	uint64_t ended_ms;  /* the target was clean when kd was told to end; 0: it was not */
	bool disarmed, maybe_disarmed;
	bool fake_down; /* the target printed that it goes down: nothing tells that from the truth
			 */
	bool log_begun;
	uint64_t stop_ms;      /* a detach was asked for */
	uint64_t uncleared_ms; /* a command of ours that clears did nothing */
	bool hurried;
	uint64_t hits_ms[2], window_ms; /* halted by hits in this window and in the last */
	enum session_arm arm;           /* as last said */
	bool out, works;                /* of reach, kd well: before this event */
	uint64_t works_ms;              /* kd has worked since then */
};

struct world {
	uint64_t seed, random, now, due[SLOTS];
	struct session s;
	struct session_settings set;
	struct kdparse parse;
	struct actions out;
	struct state_file file;
	struct target target;
	struct kd kd;
	struct ills ills;
	struct rules rules;
	struct play person, client;
	struct planned plan[SIM_PLANNED];
	size_t planned, next; /* next: of the plan */
	unsigned postponed;
	uint64_t mask; /* bit N: fault N is left in */
	bool awaiting; /* plan[next] waits for its moment */
	bool over, daemon, symbols, partial_ok, restarting, quiet_hits, storm;
	uint64_t trouble_ms; /* until then the world is, or was just, in trouble */
	uint64_t hit_ms, hit_gap_ms;
	uint64_t calls;         /* that the core may have counted as hits */
	char bytes[SIM_OUTPUT]; /* of kd, on their way */
	size_t len;
	bool trace;
	/* for the figures */
	uint64_t sessions, events, hits, struck[SIM_FAULTS];
};

/* --- world.c */

/* A number below n; one from `low` to `high`. */
uint64_t sim_draw(uint64_t *random, uint64_t n);
uint64_t sim_between(uint64_t *random, uint64_t low, uint64_t high);

/* Run one seed with the faults of `mask`. True: every rule held. */
bool world_run(struct world *w, uint64_t seed, uint64_t mask, bool trace);

/* Hand an input to the core, and carry out what it says. Nothing happens while no daemon is up. */
void world_input(struct world *w, enum session_input_kind kind, uint64_t value, const char *text);

/* kd says this; it reaches the daemon soon. */
void world_say(struct world *w, const char *text);

/* A step at which a fault may wait. */
void world_moment(struct world *w, enum moment moment);

/* Trouble, for `ms` from now. */
void world_trouble(struct world *w, uint64_t ms);

void world_trace(const struct world *w, const char *what, const char *detail);

/* A new daemon, with what the state file says. */
void world_daemon(struct world *w);

#endif
