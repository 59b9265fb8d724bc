#include "tests/sim/fault.h"

#include <string.h>

#include "tests/sim/model_kd.h"
#include "tests/sim/model_target.h"
#include "tests/sim/people.h"
#include "tests/sim/rules.h"

enum { PATIENCE_MS = 600000, PLAN_HOURS = 5 };

/* --- the plan */

/* From 4 to 16, 10 on average; every third stands close behind the one before it. */
void fault_plan(struct world *w) {
	uint64_t random = w->seed ^ 0x5bd1e995u, at = w->now;

	w->planned = 4 + (size_t)sim_draw(&random, 13);
	for (size_t i = 0; i < w->planned; i++) {
		bool close = i > 0 && sim_draw(&random, 3) == 0;
		uint64_t gap = 2 * PLAN_HOURS * SIM_HOUR / w->planned;

		at += close ? sim_draw(&random, 30 * SIM_SECOND) : sim_draw(&random, gap);
		w->plan[i] = (struct planned){
			.kind = (enum sim_fault)sim_draw(&random, SIM_FAULTS),
			.moment = sim_draw(&random, 2) ? MOMENT_NOW
						       : (enum moment)sim_draw(&random, MOMENTS),
			.at = at,
			.seed = sim_draw(&random, UINT64_MAX),
		};
	}
	w->due[AT_FAULT] = w->plan[0].at;
}

/* --- the faults. Each has its own randomness. */

static void strike_swallow(struct world *w, uint64_t seed) {
	w->ills.swallow += 1 + (unsigned)sim_draw(&seed, 3);
	world_trouble(w, 10 * SIM_MINUTE);
}

static void strike_late(struct world *w, uint64_t seed) {
	w->ills.late += 1 + (unsigned)sim_draw(&seed, 2);
	world_trouble(w, 10 * SIM_MINUTE);
}

static void strike_break_fails(struct world *w, uint64_t seed) {
	w->ills.break_fails += 1 + (unsigned)sim_draw(&seed, 3);
	world_trouble(w, 10 * SIM_MINUTE);
}

static void strike_split(struct world *w, uint64_t seed) {
	w->ills.split = 5 + (unsigned)sim_draw(&seed, 60);
}

/* What any driver of the target can print, as it runs. */
static void strike_spoof(struct world *w, uint64_t seed) {
	static const char *const lines[] = {"hello\r\n", "0: kd> ", "0: kd> \r\n",
		"kd> \r\n0: kd> ", "LD-0123456789abcdef\r\n0: kd> ", "Breakpoint 0 hit\r\n",
		"Shutdown occurred at (noon)...\r\n", "Kernel Debugger connection established.\r\n",
		"*** Fatal System Error: 0x000000d1\r\n   (0x1,0x2,0x3,0x4)\r\n",
		"ada (npipe \\\\L\\pipe\\x) connected at Mon Nov 23 23:45:12 2026\r\n", "\r\n",
		"Break instruction exception - code 80000003 (first chance)\r\n",
		"nt!DbgBreakPointWithStatus:\r\n0: kd> ", "quit:\r\n",
		"Microsoft (R) Windows Debugger Version 10.0\r\n", "Waiting to reconnect...\r\n"};
	unsigned n = 1 + (unsigned)sim_draw(&seed, 4);

	if (!kd_works(w) || w->target.halted || !w->kd.shown) {
		return;
	}
	rules_heard(w);
	while (n-- > 0) {
		const char *line = lines[sim_draw(&seed, sizeof(lines) / sizeof(lines[0]))];

		w->rules.fake_down = w->rules.fake_down || line[0] == 'S';
		w->calls += line[0] == 'B';
		world_say(w, line);
	}
	w->rules.no_answer = true; /* nor is what a DbgPrint imitates an answer of kd */
}

static void strike_kd_crash(struct world *w, uint64_t seed) {
	kd_dies(w, 1 + sim_draw(&seed, 10));
}

static void strike_kd_hang(struct world *w, uint64_t seed) {
	if (w->kd.up && !w->kd.hung && w->due[AT_BANNER] == SIM_NEVER) {
		uint64_t ms = sim_between(&seed, 5, 480) * SIM_SECOND;

		w->kd.hung = true;
		w->due[AT_HANG] = w->now + ms;
		world_trouble(w, ms + 3 * w->set.halt_max_ms);
	}
}

static void strike_kd_no_start(struct world *w, uint64_t seed) {
	w->ills.no_start += 1 + (unsigned)sim_draw(&seed, 3);
	kd_dies(w, 1);
	world_trouble(w, 5 * SIM_MINUTE);
}

/* Most come back soon; some only after return_max. */
static uint64_t off_ms(uint64_t *seed) {
	return (sim_draw(seed, 8) == 0 ? sim_between(seed, 800, 1500)
				       : sim_between(seed, 15, 240)) *
	       SIM_SECOND;
}

static void strike_reboot(struct world *w, uint64_t seed) {
	target_reboot(w, off_ms(&seed));
}

static void strike_power_cut(struct world *w, uint64_t seed) {
	target_cut(w, off_ms(&seed));
}

static void strike_other_build(struct world *w, uint64_t seed) {
	w->target.build = 17134 + (unsigned)sim_draw(&seed, 2) * 629;
	target_reboot(w, off_ms(&seed));
}

static void strike_bugcheck(struct world *w, uint64_t seed) {
	(void)seed;
	if (!w->target.on || w->target.halted || w->target.will_die || !w->kd.up) {
		return;
	}
	if (kd_works(w) && w->kd.shown) {
		world_say(w, "*** Fatal System Error: 0x000000d1\r\n"
			     "                       (0x0000000000000001,0x0000000000000002,"
			     "0x0000000000000000,0xFFFFF80000000000)\r\n\r\n");
	}
	target_stop(w, STOP_BUGCHECK);
}

static void strike_int3(struct world *w, uint64_t seed) {
	(void)seed;
	if (w->target.on && !w->target.halted && !w->target.will_die && w->kd.up) {
		target_stop(w, STOP_INT3);
	}
}

static void strike_storm(struct world *w, uint64_t seed) {
	w->storm = true;
	w->due[AT_CALM] = w->now + sim_between(&seed, 60, 1200) * SIM_SECOND;
	target_next_call(w);
}

static void strike_cable(struct world *w, uint64_t seed) {
	uint64_t ms = sim_between(&seed, 1, 300) * SIM_SECOND;

	w->ills.muted = true;
	w->due[AT_LINK] = w->now + ms;
	world_trouble(w, ms + SIM_MINUTE);
}

/* A USB adapter is pulled out, or somebody's terminal takes the port. */
static void strike_port(struct world *w, uint64_t seed) {
	uint64_t ms = sim_between(&seed, 3, 300) * SIM_SECOND;

	w->ills.port_until = w->now + ms;
	w->ills.port_busy = sim_draw(&seed, 2);
	kd_dies(w, 1);
	world_trouble(w, ms + SIM_MINUTE);
}

static void strike_teammate(struct world *w, uint64_t seed) {
	people_teammate(w, seed);
}

static void strike_operator(struct world *w, uint64_t seed) {
	people_operator(w, seed);
}

/* kd never outlives the daemon. */
static void strike_daemon_killed(struct world *w, uint64_t seed) {
	static const enum slot its[] = {AT_OUTPUT, AT_PORT, AT_START, AT_FETCH, AT_TICK, AT_EXIT};

	if (!w->daemon) {
		return;
	}
	for (size_t i = 0; i < sizeof(its) / sizeof(its[0]); i++) {
		w->due[its[i]] = SIM_NEVER;
	}
	if (w->kd.up) {
		kd_exit(w);
	}
	w->daemon = w->restarting = false;
	w->len = 0;
	w->due[AT_DAEMON] = w->now + sim_between(&seed, 500, 10000);
	world_trouble(w, 2 * SIM_MINUTE);
}

static void strike_daemon_restart(struct world *w, uint64_t seed) {
	(void)seed;
	people_restart(w);
}

static void strike_hit_stays(struct world *w, uint64_t seed) {
	(void)seed;
	w->ills.hit_stays = 1;
}

static void strike_slow(struct world *w, uint64_t seed) {
	w->ills.slow += 1 + (unsigned)sim_draw(&seed, 2);
	world_trouble(w, 6 * SIM_MINUTE);
}

static void strike_not_set(struct world *w, uint64_t seed) {
	(void)seed;
	w->ills.not_set = 1;
}

static void strike_not_cleared(struct world *w, uint64_t seed) {
	(void)seed;
	w->ills.not_cleared = 1;
}

static const struct {
	const char *name;
	void (*strike)(struct world *w, uint64_t seed);
} kinds[SIM_FAULTS] = {
	[FAULT_SWALLOW] = {"break swallowed", strike_swallow},
	[FAULT_LATE] = {"break late", strike_late},
	[FAULT_BREAK_FAILS] = {"break not sent", strike_break_fails},
	[FAULT_SPLIT] = {"output split", strike_split},
	[FAULT_SPOOF] = {"spoofed text", strike_spoof},
	[FAULT_KD_CRASH] = {"kd crash", strike_kd_crash},
	[FAULT_KD_HANG] = {"kd hang", strike_kd_hang},
	[FAULT_KD_NO_START] = {"kd not started", strike_kd_no_start},
	[FAULT_REBOOT] = {"reboot", strike_reboot},
	[FAULT_POWER_CUT] = {"power cut", strike_power_cut},
	[FAULT_BUGCHECK] = {"bugcheck", strike_bugcheck},
	[FAULT_INT3] = {"int 3", strike_int3},
	[FAULT_STORM] = {"storm", strike_storm},
	[FAULT_CABLE] = {"cable out", strike_cable},
	[FAULT_PORT] = {"port away", strike_port},
	[FAULT_TEAMMATE] = {"teammate", strike_teammate},
	[FAULT_OPERATOR] = {"operator", strike_operator},
	[FAULT_DAEMON_KILLED] = {"daemon killed", strike_daemon_killed},
	[FAULT_DAEMON_RESTART] = {"daemon restart", strike_daemon_restart},
	[FAULT_HIT_STAYS] = {"hit stays", strike_hit_stays},
	[FAULT_SLOW] = {"slow command", strike_slow},
	[FAULT_NOT_SET] = {"breakpoint not set", strike_not_set},
	[FAULT_NOT_CLEARED] = {"breakpoint not cleared", strike_not_cleared},
	[FAULT_OTHER_BUILD] = {"other build", strike_other_build},
};

const char *fault_name(enum sim_fault kind) {
	return kinds[kind].name;
}

const char *fault_moment_name(enum moment moment) {
	static const char *const names[MOMENTS] = {
		[MOMENT_NOW] = "at once",
		[MOMENT_SPAWN] = "at kd's start",
		[MOMENT_CONNECT] = "at the connection",
		[MOMENT_BREAK] = "at a break-in",
		[MOMENT_STOP] = "at a stop",
		[MOMENT_NONCE] = "at a nonce",
		[MOMENT_COMMAND] = "at a command",
		[MOMENT_GO] = "at a g",
		[MOMENT_HIT] = "at a hit",
	};

	return names[moment];
}

/* --- when they strike */

static void plan_next(struct world *w) {
	uint64_t at = ++w->next < w->planned ? w->plan[w->next].at : SIM_NEVER;

	w->due[AT_FAULT] = at == SIM_NEVER || at > w->now ? at : w->now;
}

static void strike(struct world *w) {
	const struct planned *p = &w->plan[w->next];

	if (w->mask >> w->next & 1) {
		world_trace(w, "FAULT", kinds[p->kind].name);
		w->struck[p->kind]++;
		world_trouble(w, 2 * SIM_MINUTE);
		kinds[p->kind].strike(w, p->seed);
	}
	plan_next(w);
}

void fault_due(struct world *w) {
	const struct planned *p = &w->plan[w->next];

	if (p->moment != MOMENT_NOW && !w->awaiting && w->now <= p->at + SIM_MINUTE &&
		(w->mask >> w->next & 1)) {
		w->awaiting = true;
		w->due[AT_FAULT] = w->now + PATIENCE_MS;
		return;
	}
	w->awaiting = false;
	strike(w);
}

/* A little later, so that it is between that step and the next. */
void fault_moment(struct world *w, enum moment moment) {
	uint64_t seed = w->plan[w->next].seed;

	world_trace(w, "MOMENT", fault_moment_name(moment));
	w->due[AT_FAULT] = w->now + sim_draw(&seed, 4) * sim_draw(&seed, 100);
}

void fault_link(struct world *w) {
	w->ills.muted = false;
	kd_wakes(w);
}

void fault_hang(struct world *w) {
	if (w->kd.up && w->kd.hung) {
		w->kd.hung = false;
		if (w->kd.deaf || sim_draw(&w->random, 2)) {
			kd_dies(w, 1);
		} else {
			kd_wakes(w);
		}
	}
}

void fault_calm(struct world *w) {
	w->storm = false;
	w->due[AT_HIT] = SIM_NEVER;
	target_next_call(w);
	world_trouble(w, 2 * w->set.guard.hold_off_ms);
}
