#include "tests/sim/model_target.h"

#include "tests/sim/model_kd.h"
#include "tests/sim/rules.h"

bool target_is_touched(const struct world *w) {
	const struct kd *kd = &w->kd;
	bool listed = kd->up && kd->at == KD_STANDS && (kd->bp[0].used || kd->bp[1].used);

	return w->target.on && (w->target.breakpoint || w->target.edited || listed);
}

void target_init(struct world *w) {
	struct target *t = &w->target;
	uint64_t how = sim_draw(&w->random, 10);

	t->build = 17763;
	t->on = how != 0;
	t->since = w->now;
	if (!t->on) {
		w->due[AT_POWER] = w->now + sim_between(&w->random, 10, 300) * SIM_SECOND;
		return;
	}
	if (how == 1) { /* somebody's kd died while it stood */
		t->halted = true;
		t->stop = STOP_BREAK;
		rules_stop(w);
	}
	target_next_call(w);
}

void target_stop(struct world *w, enum stop_kind kind) {
	struct target *t = &w->target;

	t->halted = true;
	t->stop = kind;
	t->since = w->now;
	rules_stop(w);
	world_trace(w, "TARGET", "stands");
	if (kd_works(w)) {
		kd_stop(w);
	} else {
		w->kd.missed = true;
	}
}

void target_run(struct world *w) {
	struct target *t = &w->target;
	bool crashed = t->halted && t->stop == STOP_BUGCHECK;

	t->halted = false;
	t->since = w->now;
	rules_runs(w);
	world_trace(w, "TARGET", "runs");
	if (crashed) { /* it writes its dump, and boots */
		t->will_die = true;
		t->off_ms = sim_between(&w->random, 20, 120) * SIM_SECOND;
		w->due[AT_POWER] = w->now + sim_between(&w->random, 5, 60) * SIM_SECOND;
		return;
	}
	if (t->kept) {
		t->kept = false;
		w->due[AT_BREAK] = w->now + sim_draw(&w->random, 100);
	}
	if (t->will_reboot) {
		target_reboot(w, t->off_ms);
		return;
	}
	target_next_call(w);
}

void target_break(struct world *w) {
	struct target *t = &w->target;

	if (!t->on) {
		return; /* kd sends it again when the machine has booted */
	}
	if (w->ills.muted) {
		w->due[AT_BREAK] = w->now + SIM_SECOND; /* kd repeats it */
	} else if (t->halted) {
		t->kept = w->kd.break_wanted;
	} else if (!t->will_die) {
		w->kd.break_wanted = false;
		target_stop(w, STOP_BREAK);
	}
}

static bool is_watched(const struct world *w) {
	return w->set.pool.wanted ? w->target.edited : w->target.breakpoint;
}

/* In a storm the function is called again at once: what takes time is the wire. */
void target_next_call(struct world *w) {
	bool often = w->storm && is_watched(w);

	if (!w->target.on || w->target.halted) {
		w->due[AT_HIT] = SIM_NEVER;
	} else if (often) {
		w->due[AT_HIT] = w->now + 1 + sim_draw(&w->random, 20);
	} else if (w->due[AT_HIT] == SIM_NEVER) {
		w->due[AT_HIT] = w->now + 1 + sim_draw(&w->random, 2 * w->hit_gap_ms);
	}
}

void target_call(struct world *w) {
	struct target *t = &w->target;

	if (!t->on || t->halted || t->will_die || !is_watched(w)) {
		target_next_call(w);
		return;
	}
	w->hits++;
	w->calls++;
	if (w->set.pool.wanted) {
		target_stop(w, STOP_POOL);
		return;
	}
	t->halted = true;
	t->stop = STOP_HIT;
	t->since = w->now;
	rules_stop(w);
	if (!kd_works(w)) {
		w->kd.missed = true;
		world_trace(w, "TARGET", "hits, and nobody hears");
	} else if (w->kd.bp[0].used) {
		kd_hit(w);
	} else { /* left by a kd that is gone: this one knows nothing of it */
		kd_stop(w);
	}
}

static void goes_off(struct world *w) {
	struct target *t = &w->target;

	t->on = t->halted = t->breakpoint = t->edited = t->kept = false;
	t->will_reboot = t->will_die = false;
	t->since = w->now;
	w->kd.missed = false;
	rules_runs(w);
	w->due[AT_HIT] = w->due[AT_HIT_END] = w->due[AT_BREAK] = w->due[AT_SYNC] = SIM_NEVER;
	w->due[AT_POWER] = w->now + t->off_ms;
	world_trouble(w, t->off_ms + 2 * SIM_MINUTE);
	world_trace(w, "TARGET", "off");
}

void target_power(struct world *w) {
	struct target *t = &w->target;

	if (t->on) {
		goes_off(w);
	} else if (w->ills.muted) { /* it waits in its boot menu */
		w->due[AT_POWER] = w->now + 10 * SIM_SECOND;
	} else {
		t->on = true;
		t->since = w->now;
		world_trouble(w, w->set.arm_after_ms);
		world_trace(w, "TARGET", "boots");
		kd_boots(w);
		target_next_call(w);
	}
}

void target_cut(struct world *w, uint64_t off_ms) {
	if (w->target.on) {
		w->target.off_ms = off_ms;
		goes_off(w);
	}
}

void target_reboot(struct world *w, uint64_t off_ms) {
	struct target *t = &w->target;

	if (!t->on || t->will_die) {
		return;
	}
	t->off_ms = off_ms;
	t->will_reboot = t->halted;
	world_trouble(w, off_ms + SIM_MINUTE);
	if (!t->halted) {
		kd_shuts_down(w);
		goes_off(w);
	}
}
