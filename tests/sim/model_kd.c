#include "tests/sim/model_kd.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/kd_command.h"
#include "tests/sim/model_target.h"
#include "tests/sim/rules.h"

enum { SWALLOW_MS = 50, SYNC_MS = 1500, HIT_ROWS = 3 };

bool kd_works(const struct world *w) {
	return w->kd.ready && !w->kd.hung && !w->ills.muted && w->target.on;
}

/* --- its life */

void kd_started(struct world *w) {
	memset(&w->kd, 0, sizeof(w->kd));
	w->kd.up = true;
	w->rules.fake_down = false;
	w->rules.log_begun = true;
	w->due[AT_BANNER] = w->now + sim_between(&w->random, 20, 400);
}

void kd_banner(struct world *w) {
	if (!w->kd.up || w->kd.hung) {
		return;
	}
	w->kd.ready = true;
	w->kd.missed = w->target.halted;
	world_say(w, "Microsoft (R) Windows Debugger Version 10.0.19041.685 AMD64\r\n"
		     "Copyright (c) Microsoft Corporation. All rights reserved.\r\n\r\n"
		     "Opened \\\\.\\COM1\r\nWaiting to reconnect...\r\n");
	if (w->kd.missed) {
		w->due[AT_SYNC] = w->now + sim_draw(&w->random, SYNC_MS);
	}
}

void kd_sync(struct world *w) {
	if (kd_works(w) && w->target.halted) {
		kd_stop(w);
	}
}

void kd_dies(struct world *w, uint64_t ms) {
	if (w->kd.up && (!w->kd.dying || w->now + ms < w->due[AT_EXIT])) {
		w->kd.dying = true;
		w->due[AT_EXIT] = w->now + ms;
	}
}

void kd_exit(struct world *w) {
	static const enum slot its[] = {AT_BANNER, AT_SYNC, AT_READ, AT_DONE, AT_HIT_END, AT_HANG,
		AT_RETRY, AT_CLIENT, AT_BREAK_FAILED};

	for (size_t i = 0; i < sizeof(its) / sizeof(its[0]); i++) {
		w->due[its[i]] = SIM_NEVER;
	}
	if (!w->target.on || w->target.halted || w->kd.break_wanted) {
		w->due[AT_BREAK] = SIM_NEVER;
	}
	memset(&w->kd, 0, sizeof(w->kd));
	w->client.steps = NULL;
	rules_kd_gone(w);
	world_trouble(w, 2 * w->set.halt_max_ms + SIM_MINUTE);
}

/* --- its lines */

static void next_line(struct world *w) {
	struct kd *kd = &w->kd;

	if (kd->up && !kd->hung && kd->at == KD_STANDS && kd->work == WORK_NONE && kd->lines > 0 &&
		w->due[AT_READ] == SIM_NEVER) {
		w->due[AT_READ] = w->now + 1 + sim_draw(&w->random, 30);
	}
}

void kd_take(struct world *w, const char *text, bool client) {
	struct kd *kd = &w->kd;

	if (text[0] == 2) { /* read whatever it does, but a kd that hangs does nothing */
		kd->quits = true;
		if (!kd->hung) {
			kd_dies(w, 5 + sim_draw(&w->random, 500));
		}
		return;
	}
	if (kd->lines == SIM_LINES) {
		rules_broken(w, "rule 4", "sixteen lines that kd has not read");
		return;
	}
	(void)snprintf(kd->queue[kd->lines].text, SIM_LINE, "%s", text);
	kd->queue[kd->lines++].client = client;
	next_line(w);
}

static void drop_line(struct kd *kd) {
	kd->lines--;
	memmove(kd->queue, kd->queue + 1, kd->lines * sizeof(kd->queue[0]));
}

void kd_read(struct world *w) {
	struct kd *kd = &w->kd;
	const struct kd_line *line = &kd->queue[0];

	if (!kd->up || kd->hung || kd->at != KD_STANDS || kd->work != WORK_NONE || kd->lines == 0) {
		return;
	}
	if (line->client) {
		kd->theirs_ms = w->now;
		world_say(w, "[DESK\\ada (npipe \\\\DESK\\pipe\\livedebug)] ");
		world_say(w, line->text);
		world_say(w, "\r\n");
		if (w->set.pool.wanted) {
			w->partial_ok = true; /* the tag is no breakpoint */
		} else if (!strncmp(line->text, "bc", 2) || !strncmp(line->text, "bd", 2)) {
			rules_typed_disarm(w);
		}
	}
	kd->work = WORK_COMMAND;
	kd->interrupted = kd->proven = kd->prompt = false;
	w->due[AT_DONE] = w->now + kd_command_ms(w, line->text);
}

static void print_prompt(struct world *w) {
	world_say(w, "0: kd> ");
	w->kd.prompt = true;
	rules_prompt(w);
}

void kd_done(struct world *w) {
	struct kd *kd = &w->kd;
	struct kd_line line = kd->queue[0];
	enum kd_end end;

	if (kd->hung || kd->work != WORK_COMMAND) {
		return;
	}
	if (!kd->interrupted && kd_command_needs(line.text) && !kd_works(w)) {
		kd->stuck = true; /* it repeats its packet until the target answers */
		w->due[AT_RETRY] = w->now + SIM_MINUTE;
		return;
	}
	kd->stuck = false;
	kd->work = WORK_NONE;
	if (kd->interrupted) {
		w->partial_ok = true;
		w->rules.uncleared_ms = line.client ? w->rules.uncleared_ms : w->now;
		rules_answered(w);
		world_say(w, "    ^ User interrupted operation error in '");
		world_say(w, line.text);
		world_say(w, "'\r\n");
		end = KD_PROMPTS;
	} else {
		end = kd_command_run(w, line.text);
	}
	drop_line(kd);
	kd->interrupted = false;
	if (end == KD_GOES) {
		kd_resume(w);
	} else if (end == KD_PROMPTS) {
		kd->proven = !line.client && !strncmp(line.text, ".echo LD-", 9);
		if (!line.client) { /* a teammate's goes to the teammate */
			print_prompt(w);
		}
		next_line(w);
	}
}

/* --- breaks */

void kd_break(struct world *w) {
	struct kd *kd = &w->kd;
	uint64_t ms = sim_between(&w->random, 20, 1500);

	if (kd->hung) {
		kd->key = true;
		return;
	}
	if (kd->shown && w->ills.swallow > 0) { /* a kd that waits keeps the request */
		w->ills.swallow--;
		world_trouble(w, 10 * SIM_MINUTE);
		return;
	}
	if (kd->shown && w->ills.late > 0) {
		w->ills.late--;
		world_trouble(w, 10 * SIM_MINUTE);
		ms = sim_between(&w->random, 2, 120) * SIM_SECOND;
	}
	if (kd->work == WORK_HIT || (kd->work == WORK_COMMAND && kd->queue[0].text[1] != 'e')) {
		kd->interrupted = true;
		if (kd->work == WORK_COMMAND) {
			w->due[AT_DONE] = w->now + sim_draw(&w->random, 200);
		}
	} else if (kd->at == KD_STANDS) { /* it stops anew behind the next g (kd-facts 4.3) */
		kd->break_queued = true;
		kd->break_ms = w->now;
	} else {
		kd->break_wanted = true;
		w->due[AT_BREAK] = w->now + ms;
	}
}

/* --- stops */

static void print_connected(struct world *w, bool booting) {
	char line[160];

	(void)snprintf(line, sizeof(line),
		"Connected to Windows 10 %u x64 target at (Mon Nov 23 23:45:12.000 2026 (UTC + "
		"0:00)), ptr64 TRUE\r\n",
		w->target.build);
	world_say(w, line);
	world_say(w,
		"Kernel Debugger connection established.\r\n"
		"Symbol search path is: SRV*c:\\websymbols\r\nExecutable search path is: \r\n"
		"Windows 10 Kernel Version 17763 MP (4 procs) Free x64\r\n"
		"Kernel base = 0xfffff802`47400000 PsLoadedModuleList = 0xfffff802`4781a170\r\n");
	world_say(w, booting ? "System Uptime: not available\r\n"
			     : "System Uptime: 0 days 0:09:20.555\r\n");
	w->kd.shown = true;
	world_moment(w, MOMENT_CONNECT);
}

static const char break_box[] =
	"*******************************************************************"
	"************\r\n"
	"*   You are seeing this message because you pressed either         "
	"           *\r\n"
	"*       CTRL+C (if you run console kernel debugger) or,            "
	"           *\r\n"
	"*******************************************************************"
	"************\r\n"
	"nt!DbgBreakPointWithStatus:\r\n";

static const char bugcheck_text[] = "\r\nA fatal system error has occurred.\r\n"
				    "nt!DbgBreakPointWithStatus:\r\n";

static void print_stop(struct world *w) {
	static const char *const places[] = {
		[STOP_BREAK] = break_box,
		[STOP_HIT] = "nt!MmAllocateSpecialPool:\r\n",
		[STOP_INT3] = "netfoo!Assert+0x12:\r\n",
		[STOP_POOL] = "nt!ExAllocatePoolWithTag+0x881:\r\n",
		[STOP_BUGCHECK] = bugcheck_text,
	};

	world_say(w, "Break instruction exception - code 80000003 (first chance)\r\n");
	world_say(w, places[w->target.stop]);
	world_say(w, "fffff803`52952eb0 cc              int     3\r\n");
}

/* kd asks for nothing more: this is the stop, whoever wanted it. */
static void stay(struct world *w) {
	struct kd *kd = &w->kd;

	if (kd->break_wanted && w->target.stop != STOP_BREAK && sim_draw(&w->random, 2)) {
		w->target.kept = true; /* the byte is on its way all the same */
	}
	if (kd->break_wanted) {
		w->due[AT_BREAK] = SIM_NEVER;
	}
	kd->break_wanted = false;
	print_prompt(w);
	next_line(w);
	world_moment(w, MOMENT_STOP);
}

void kd_stop(struct world *w) {
	struct kd *kd = &w->kd;

	kd->missed = kd->interrupted = kd->proven = kd->stuck = false;
	kd->work = WORK_NONE;
	kd->at = KD_STANDS;
	w->target.breakpoint = false;
	w->calls += w->target.stop == STOP_POOL ||
		    w->target.stop == STOP_HIT; /* a new kd tells of the old stop again */
	if (!kd->shown) {
		print_connected(w, false);
	}
	print_stop(w);
	stay(w);
}

void kd_resume(struct world *w) {
	struct kd *kd = &w->kd;

	kd->at = KD_RUNS;
	kd->work = WORK_NONE;
	kd->proven = kd->prompt = false;
	w->target.breakpoint =
		(kd->bp[0].used && kd->bp[0].enabled) || (kd->bp[1].used && kd->bp[1].enabled);
	if (kd->break_queued) {
		kd->break_queued = false;
		kd->break_wanted = w->now - kd->break_ms > SWALLOW_MS;
		w->due[AT_BREAK] = kd->break_wanted ? w->now + 5 + sim_draw(&w->random, 300)
						    : w->due[AT_BREAK];
	}
	target_run(w);
}

/* --- boots */

static void forget(struct kd *kd) {
	memset(kd->bp, 0, sizeof(kd->bp)); /* breakpoints do not survive (kd-facts 8.4) */
	kd->work = WORK_NONE;
	kd->stuck = kd->interrupted = kd->break_queued = kd->proven = kd->prompt = false;
}

void kd_boots(struct world *w) {
	struct kd *kd = &w->kd;

	if (!kd_works(w)) {
		kd->deaf = kd->hung;
		return;
	}
	if (kd->work == WORK_COMMAND) {
		drop_line(kd);
	}
	forget(kd);
	w->due[AT_DONE] = w->due[AT_READ] = SIM_NEVER;
	kd->at = KD_RUNS;
	print_connected(w, true);
	if (kd->break_wanted) {
		w->due[AT_BREAK] = w->now + sim_between(&w->random, 20, 3000);
	} else {
		rules_answered(w);
	}
	w->rules.fake_down = false;
}

void kd_shuts_down(struct world *w) {
	if (!kd_works(w)) {
		w->kd.deaf = w->kd.hung;
		return;
	}
	forget(&w->kd);
	w->kd.shown = false;
	w->kd.at = KD_AWAITS;
	world_say(w, "Shutdown occurred at (Mon Nov 23 23:45:12.000 2026)...unloading all symbol "
		     "tables.\r\nWaiting to reconnect...\r\n");
}

/* --- hits */

void kd_hit(struct world *w) {
	struct kd *kd = &w->kd;

	rules_heard(w);
	kd->at = KD_STANDS;
	kd->work = WORK_HIT;
	kd->interrupted = kd->proven = kd->prompt = false;
	if (!kd->shown) {
		print_connected(w, false);
	}
	if (!w->quiet_hits) {
		world_say(w, "Breakpoint 0 hit\r\n");
	}
	world_say(w,
		"RetAddr           : Args to Child : Call Site\r\n"
		"fffff802`47bca1e0 : 00000000`00000000 00000000`00000000 00000000`00000000 00000000`00000000 : "
		"nt!MmAllocateSpecialPool\r\n");
	kd->rows = HIT_ROWS;
	w->due[AT_HIT_END] = w->now + w->hit_ms / HIT_ROWS;
	world_moment(w, MOMENT_HIT);
}

void kd_hit_end(struct world *w) {
	struct kd *kd = &w->kd;

	if (kd->hung || kd->work != WORK_HIT) {
		return;
	}
	if (w->ills.muted) {
		kd->stuck = true;
		return;
	}
	if (!kd->interrupted) {
		world_say(w,
			"fffff802`47bca1f0 : 00000000`00000000 00000000`00000000 00000000`00000000 00000000`00000000 : "
			"nt!ExAllocatePoolWithTag+0x10\r\n");
	}
	if (!kd->interrupted && --kd->rows > 0) {
		w->due[AT_HIT_END] = w->now + w->hit_ms / HIT_ROWS;
		return;
	}
	kd->work = WORK_NONE;
	world_say(w, "\r\n");
	rules_hit(w, w->now - w->target.since);
	if (kd->interrupted || w->ills.hit_stays > 0) {
		w->ills.hit_stays -= !kd->interrupted;
		w->partial_ok = true;
		world_say(w, kd->interrupted
				     ? "    ^ User interrupted operation error in ';kb;g'\r\n"
				     : "    ^ Syntax error in ';kb;g'\r\n");
		world_say(w, "nt!MmAllocateSpecialPool:\r\n");
		kd->interrupted = false;
		stay(w);
	} else {
		kd_resume(w);
	}
}

/* --- trouble and its end */

void kd_wakes(struct world *w) {
	struct kd *kd = &w->kd;

	if (kd->key && !kd->hung) {
		kd->key = false;
		kd_break(w);
	}
	if (!kd_works(w)) {
		return;
	}
	if (kd->missed && w->target.halted) {
		if (w->target.stop == STOP_HIT && kd->bp[0].used && kd->shown) {
			kd->missed = false;
			kd_hit(w);
		} else {
			kd_stop(w);
		}
	} else if (kd->work == WORK_HIT && w->due[AT_HIT_END] == SIM_NEVER) {
		w->due[AT_HIT_END] = w->now + 10;
	} else if (kd->work == WORK_COMMAND && w->due[AT_DONE] == SIM_NEVER) {
		w->due[AT_DONE] = w->now + 10;
	}
	next_line(w);
}

void kd_retries(struct world *w) {
	if (w->kd.up && !w->kd.hung && w->kd.stuck) {
		world_say(w,
			"... Retry sending the same data packet for 64 times.\r\n"
			"The transport connection between host kernel debugger and target Windows "
			"seems lost.\r\n"
			"please try resync with target, recycle the host debugger, or reboot the "
			"target Windows.\r\n");
	}
}
