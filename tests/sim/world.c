#include "tests/sim/world.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/fault.h"
#include "tests/sim/model_kd.h"
#include "tests/sim/model_target.h"
#include "tests/sim/people.h"
#include "tests/sim/rules.h"
#include "tests/support/drive.h"

enum { EVENTS_MAX = 200000, DEATH_WINDOW_MS = 600000, LENGTH_HOURS = 6 };

uint64_t sim_draw(uint64_t *random, uint64_t n) {
	uint64_t z = (*random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % n;
}

uint64_t sim_between(uint64_t *random, uint64_t low, uint64_t high) {
	return low + sim_draw(random, high - low + 1);
}

/* --- what is told with SIM_TRACE=1 */

void world_trace(const struct world *w, const char *what, const char *detail) {
	uint64_t s = w->now / 1000;

	if (w->trace) {
		printf("%02u:%02u:%02u.%03u %-9s %-8s %-6s %s %s\n", (unsigned)(s / 3600),
			(unsigned)(s / 60 % 60), (unsigned)(s % 60), (unsigned)(w->now % 1000),
			w->daemon ? session_state_name(w->s.state) : "-",
			w->daemon ? session_arm_name(w->s.arm) : "-",
			!w->target.on          ? "OFF"
			: w->target.halted     ? "HALTED"
			: w->target.breakpoint ? "runs+b"
					       : "runs",
			what, detail);
	}
}

static void trace_bytes(const struct world *w, const char *mark, const char *bytes, size_t len) {
	char line[200];
	size_t n = 0;

	for (size_t i = 0; w->trace && i < len && n + 5 < sizeof(line); i++) {
		if (bytes[i] >= ' ') {
			line[n++] = bytes[i];
		} else if (bytes[i] == '\n') {
			line[n++] = '/';
		}
	}
	line[n] = '\0';
	world_trace(w, mark, line);
}

/* --- the daemon's side: what the core asks for */

static bool has_daemon_child(const struct world *w) {
	return w->kd.up || w->due[AT_START] != SIM_NEVER;
}

static void spawn(struct world *w) {
	w->file.running = w->file.dirty = true;
	if (!has_daemon_child(w)) {
		w->due[AT_START] = w->now;
		world_moment(w, MOMENT_SPAWN);
	}
}

static void send_break(struct world *w) {
	if (!w->kd.up || w->ills.break_fails > 0) {
		w->ills.break_fails -= w->ills.break_fails > 0;
		world_trouble(w, 10 * SIM_MINUTE);
		w->due[AT_BREAK_FAILED] = w->now;
		return;
	}
	kd_break(w);
	world_moment(w, MOMENT_BREAK);
}

static void write_line(struct world *w, const struct action *a) {
	char line[SIM_LINE];
	size_t n = a->len < sizeof(line) ? a->len : sizeof(line) - 1;

	memcpy(line, a->text, n);
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (w->kd.up) {
		kd_take(w, line, false);
		world_moment(w, !strncmp(line, ".echo LD-", 9) ? MOMENT_NONCE
				: !strcmp(line, "g")           ? MOMENT_GO
							       : MOMENT_COMMAND);
	}
}

static void carry_out(struct world *w, const struct action *a) {
	switch (a->kind) {
	case ACT_CHECK_PORT:
		w->due[AT_PORT] = w->now + 1;
		break;
	case ACT_SPAWN:
		spawn(w);
		break;
	case ACT_WRITE:
		write_line(w, a);
		break;
	case ACT_BREAK:
		send_break(w);
		break;
	case ACT_KILL:
		kd_dies(w, 1 + sim_draw(&w->random, 20));
		break;
	case ACT_FETCH:
		w->due[AT_FETCH] = w->now + sim_between(&w->random, 2 * SIM_SECOND, 2 * SIM_MINUTE);
		break;
	case ACT_ENDED:
		w->due[AT_FETCH] = SIM_NEVER;
		w->file.running = false;
		w->file.dirty = w->s.result != RESULT_RELEASED;
		people_notice(w);
		break;
	case ACT_EVENT:
	case ACT_ALARM:
	case ACT_COMMAND_LINE:
	case ACT_COMMAND_END:
	case ACTION_KINDS:
		break;
	}
}

static void keep_facts(struct world *w) {
	const struct session *s = &w->s;

	w->file.disarmed = s->arm == ARM_DISARMED || s->disarm_wanted;
	w->file.pool_edited = s->pool.edited;
	w->file.pool_old = s->pool.old;
	w->file.hits = s->guard.hits;
	memcpy(w->file.target, s->target, sizeof(w->file.target));
}

static void set_tick(struct world *w) {
	uint64_t due = session_deadline(&w->s);

	w->due[AT_TICK] = due == UINT64_MAX ? SIM_NEVER : due > w->now ? due : w->now + 1;
}

static void step(struct world *w, const struct session_input *in) {
	enum sim_cause cause = CAUSE_NONE;

	session_step(&w->s, in, &w->out);
	for (size_t i = 0; i < w->out.count; i++) {
		const struct action *a = &w->out.list[i];

		if (w->trace) {
			trace_bytes(w, a->kind == ACT_WRITE ? "    >" : action_name(a->kind),
				a->text ? a->text : "", a->text ? a->len : 0);
		}
		rules_action(w, a, cause);
		carry_out(w, a);
		if (a->kind == ACT_EVENT && strstr(a->text, "\"event\":\"break\"")) {
			cause = strstr(a->text, "an operator asked") ? CAUSE_PERSON : CAUSE_OWN;
		}
	}
	keep_facts(w);
	set_tick(w);
}

void world_input(struct world *w, enum session_input_kind kind, uint64_t value, const char *text) {
	if (w->daemon) {
		step(w, &(struct session_input){
				.kind = kind, .now_ms = w->now, .value = value, .text = text});
	}
}

static void on_console(void *data, const struct kd_event *event) {
	struct world *w = data;

	step(w, &(struct session_input){.kind = IN_CONSOLE, .now_ms = w->now, .event = event});
}

/* --- kd's bytes on their way to the daemon */

void world_say(struct world *w, const char *text) {
	size_t len = strlen(text);

	if (!w->daemon || w->len + len > sizeof(w->bytes)) {
		return;
	}
	memcpy(w->bytes + w->len, text, len);
	w->len += len;
	if (w->due[AT_OUTPUT] == SIM_NEVER) {
		w->due[AT_OUTPUT] = w->now;
	}
}

static void output(struct world *w) {
	char piece[SIM_OUTPUT];
	size_t len = w->len;

	if (w->ills.split > 0 && len > 1) {
		w->ills.split--;
		len = (size_t)sim_between(&w->random, 1, len - 1);
		w->due[AT_OUTPUT] = w->now + sim_draw(&w->random, 60);
	}
	memcpy(piece, w->bytes, len);
	memmove(w->bytes, w->bytes + len, w->len - len);
	w->len -= len;
	if (len > 0 && w->daemon) {
		trace_bytes(w, "  <", piece, len);
		rules_output(w, w->len == 0);
		kdparse_feed(&w->parse, piece, len);
	}
}

/* What is left of kd's output is read, then its end is seen. */
static void kd_ended(struct world *w) {
	unsigned split = w->ills.split;

	w->ills.split = 0;
	output(w);
	w->ills.split = split;
	w->due[AT_OUTPUT] = SIM_NEVER;
	kd_exit(w);
	if (w->daemon) {
		kdparse_finish(&w->parse);
		world_trace(w, "kd ended", "");
		world_input(w, IN_KD_ENDED, 0, "kd ended");
	}
}

/* --- the other slots of the daemon */

static void port_answers(struct world *w) {
	enum session_input_kind kind = w->now >= w->ills.port_until ? IN_PORT_FREE
				       : w->ills.port_busy          ? IN_PORT_BUSY
								    : IN_PORT_ABSENT;

	world_input(w, kind, 0, NULL);
}

static void kd_starts(struct world *w) {
	if (!w->daemon) {
		return;
	}
	kdparse_init(&w->parse, on_console, w);
	if (w->ills.no_start > 0) {
		w->ills.no_start--;
		world_input(w, IN_KD_FAILED, 0, "no such file");
		return;
	}
	kd_started(w);
	world_input(w, IN_KD_STARTED, 0, NULL);
}

static void tick(struct world *w) {
	world_input(w, IN_TICK, 0, NULL);
	if (w->daemon && session_deadline(&w->s) <= w->now) {
		rules_broken(w, "busy loop", "the deadline is not in the future after a tick");
	}
}

static void fetched(struct world *w) {
	bool ok = sim_draw(&w->random, 10) < 7;

	w->symbols = w->symbols || ok;
	w->partial_ok = w->partial_ok || !ok;
	world_input(w, IN_FETCHED, ok, ok ? NULL : "no network");
}

static unsigned recent_deaths(const struct world *w) {
	unsigned n = 0;

	for (size_t i = 0; i < w->file.death_count; i++) {
		n += w->now - w->file.deaths[i] <= DEATH_WINDOW_MS;
	}
	return n;
}

void world_daemon(struct world *w) {
	struct session_settings set = w->set;

	if (w->file.running && w->file.death_count < 16) {
		w->file.deaths[w->file.death_count++] = w->now;
	}
	w->file.dirty = w->file.dirty || w->file.running;
	set.disarmed = w->file.disarmed;
	set.dirty_start = w->file.dirty;
	set.pool.edited = w->file.pool_edited || (set.pool.wanted && w->file.dirty);
	set.pool.old = w->file.pool_edited ? w->file.pool_old : HIT_TAG_OFF;
	set.target = w->file.target;
	set.past_hits = w->file.hits;
	set.past_deaths = recent_deaths(w);
	set.random_seed = sim_draw(&w->random, UINT64_MAX);
	w->daemon = true;
	w->sessions++;
	session_init(&w->s, &set);
	rules_new_daemon(w);
	world_trace(w, "daemon starts", "");
	world_input(w, IN_START, 0, NULL);
}

/* --- the whole */

void world_moment(struct world *w, enum moment moment) {
	if (w->awaiting && w->plan[w->next].moment == moment) {
		fault_moment(w, moment);
	}
}

void world_trouble(struct world *w, uint64_t ms) {
	uint64_t until = w->now + ms;

	w->trouble_ms = until > w->trouble_ms ? until : w->trouble_ms;
	rules_allow(w, ms);
}

/* Everything must be calm for long before it is asked whether all is well again. */
static void end(struct world *w) {
	uint64_t calm = w->trouble_ms + 50 * SIM_MINUTE;

	bool busy = w->daemon && (w->s.state == SESSION_HALTED || w->s.state == SESSION_BREAKING ||
					 w->target.halted);

	if (calm > w->now) {
		w->due[AT_END] = calm;
	} else if (busy && ++w->postponed < 100) { /* a hit, or a window of the guard */
		w->due[AT_END] = w->now + 7 * SIM_SECOND;
	} else {
		rules_live(w);
		w->over = true;
	}
}

static void run_slot(struct world *w, enum slot slot) {
	static void (*const handlers[SLOTS])(struct world *) = {
		[AT_OUTPUT] = output,
		[AT_PORT] = port_answers,
		[AT_START] = kd_starts,
		[AT_BANNER] = kd_banner,
		[AT_SYNC] = kd_sync,
		[AT_EXIT] = kd_ended,
		[AT_READ] = kd_read,
		[AT_DONE] = kd_done,
		[AT_BREAK] = target_break,
		[AT_HIT] = target_call,
		[AT_HIT_END] = kd_hit_end,
		[AT_POWER] = target_power,
		[AT_LINK] = fault_link,
		[AT_RETRY] = kd_retries,
		[AT_HANG] = fault_hang,
		[AT_FETCH] = fetched,
		[AT_CALM] = fault_calm,
		[AT_PERSON] = people_person,
		[AT_CLIENT] = people_client,
		[AT_DAEMON] = world_daemon,
		[AT_FAULT] = fault_due,
		[AT_TICK] = tick,
		[AT_END] = end,
	};

	w->due[slot] = SIM_NEVER;
	if (slot == AT_BREAK_FAILED) {
		rules_answered(w); /* nothing was sent */
		world_input(w, IN_BREAK_FAILED, 0, "no console");
	} else {
		handlers[slot](w);
	}
}

static enum slot next_slot(const struct world *w) {
	size_t best = 0;

	for (size_t i = 1; i < SLOTS; i++) {
		best = w->due[i] < w->due[best] ? i : best;
	}
	return (enum slot)best;
}

/* Those of the stories, with a guard, and kd's own time for a command. */
static struct session_settings settings(void) {
	struct session_settings set = drive_settings();

	set.command_timeout_ms = 60000;
	set.guard = (struct guard_settings){.warn_pm = 50,
		.act_pm = 300,
		.auto_hits = true,
		.hold_off_ms = 300000,
		.hit_ms = 500};
	set.name = "sim";
	set.hit_share_ms = 100;
	return set;
}

/* The profiles differ in what the machine decides by. */
static void vary(struct world *w) {
	struct session_settings *set = &w->set;

	*set = settings();
	set->arm_at = sim_draw(&w->random, 8) == 0   ? ARM_AT_MANUAL
		      : sim_draw(&w->random, 3) == 0 ? ARM_AT_BOOT
						     : ARM_AT_AFTER;
	set->on_found = sim_draw(&w->random, 2) ? FOUND_ARM : FOUND_RESUME;
	set->can_fetch = sim_draw(&w->random, 4) == 0;
	set->on_bugcheck.analyze = sim_draw(&w->random, 3) == 0;
	set->on_bugcheck.reboot = sim_draw(&w->random, 4) == 0;
	set->break_methods = 1 + (size_t)sim_draw(&w->random, 2);
	set->halt_max_ms = sim_draw(&w->random, 2) ? 60000 : 30000;
	set->log_fresh = sim_draw(&w->random, 3) == 0;
	set->guard.on_storm = (enum guard_storm)sim_draw(&w->random, 3);
	set->guard.stop_hits = sim_draw(&w->random, 10) == 0 ? 5 : 1000;
	w->hit_ms = sim_draw(&w->random, 4) == 0 ? 2900 : 500; /* 19200 or 115200 baud */
	set->guard.hit_ms = w->hit_ms;
	if (sim_draw(&w->random, 6) == 0) {
		set->arm_count = 0;
		set->pool = (struct hit_settings){.wanted = true, .tag = SIM_TAG, .frames = 20};
	}
	set->on_bugcheck.max_ms = set->halt_max_ms / 2;
	w->quiet_hits = sim_draw(&w->random, 6) == 0;
	w->symbols = sim_draw(&w->random, 2);
	w->hit_gap_ms = sim_between(&w->random, 10, 60) * SIM_MINUTE;
}

static void begin(struct world *w, uint64_t seed, uint64_t mask) {
	uint64_t sessions = w->sessions, events = w->events, hits = w->hits;
	uint64_t struck[SIM_FAULTS];

	memcpy(struck, w->struck, sizeof(struck));
	memset(w, 0, sizeof(*w));
	memcpy(w->struck, struck, sizeof(struck));
	w->sessions = sessions;
	w->events = events;
	w->hits = hits;
	w->seed = seed;
	w->mask = mask;
	w->random = seed * 0x2545f4914f6cdd1du + 1;
	for (size_t i = 0; i < SLOTS; i++) {
		w->due[i] = SIM_NEVER;
	}
	w->now = SIM_MINUTE;
	w->due[AT_END] = w->now + LENGTH_HOURS * SIM_HOUR;
	vary(w);
	target_init(w);
	fault_plan(w);
}

bool world_run(struct world *w, uint64_t seed, uint64_t mask, bool trace) {
	uint64_t events = 0;

	begin(w, seed, mask);
	w->trace = trace;
	world_daemon(w);
	while (!w->rules.broken[0] && !w->over) {
		enum slot slot = next_slot(w);

		if (w->due[slot] == SIM_NEVER || ++events > EVENTS_MAX) {
			break;
		}
		w->now = w->due[slot] > w->now ? w->due[slot] : w->now;
		run_slot(w, slot);
		rules_state(w);
	}
	if (events > EVENTS_MAX) {
		rules_broken(w, "endless", "the world does not come to its end");
	}
	w->events += events;
	world_trace(w, "END", w->rules.broken);
	return !w->rules.broken[0];
}
