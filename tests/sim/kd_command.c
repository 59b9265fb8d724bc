#include "tests/sim/kd_command.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/model_kd.h"
#include "tests/sim/model_target.h"
#include "tests/sim/rules.h"

static bool starts(const char *text, const char *head) {
	return strncmp(text, head, strlen(head)) == 0;
}

uint64_t kd_command_ms(struct world *w, const char *line) {
	if (starts(line, ".echo ")) {
		return 1 + sim_draw(&w->random, 30);
	}
	if (w->kd.queue[0].client && line[0] == 'b') {
		return 1; /* kd's own list: nothing can come between */
	}
	if (w->ills.slow > 0 && strcmp(line, "g") != 0 && strcmp(line, ".reboot") != 0) {
		w->ills.slow--;
		w->partial_ok = true;
		rules_allow(w, w->set.halt_max_ms);
		return sim_between(&w->random, 5, 150) * SIM_SECOND;
	}
	if (starts(line, "kb") || starts(line, "!analyze")) {
		return w->hit_ms;
	}
	return sim_between(&w->random, 10, 300);
}

bool kd_command_needs(const char *line) {
	return strcmp(line, "g") == 0 || line[0] == '.' ? line[1] != 'e' : line[0] != 'b';
}

static void list(struct world *w) {
	for (unsigned i = 0; i < 2; i++) {
		char row[160];

		if (w->kd.bp[i].used) {
			(void)snprintf(row, sizeof(row),
				" %u %c Disable Clear  fffff802`47bca1e0     0001 (0001) %s\r\n", i,
				w->kd.bp[i].enabled ? 'e' : 'd',
				i ? "nt!NtCreateFile" : "nt!MmAllocateSpecialPool \";kb;g\"");
			world_say(w, row);
		}
	}
}

/* bp ...: ours is number 0. */
static void set(struct world *w, bool ours) {
	size_t i = !ours;

	if (ours && w->ills.not_set > 0) {
		w->ills.not_set--;
		w->partial_ok = true;
		if (w->random & 1) { /* else it says nothing, and only `bl` tells */
			world_say(w,
				"Couldn't resolve error at 'nt!MmAllocateSpecialPool \";kb;g\"'\r\n");
		}
		return;
	}
	if (w->kd.bp[i].used) {
		world_say(w, "breakpoint 0 redefined\r\n");
	}
	w->kd.bp[i].used = w->kd.bp[i].enabled = true;
}

static void clear(struct world *w) {
	if (w->ills.not_cleared > 0 && !w->kd.queue[0].client) {
		w->ills.not_cleared--;
		w->rules.uncleared_ms = w->now;
		return;
	}
	memset(w->kd.bp, 0, sizeof(w->kd.bp));
}

static void enable(struct world *w, const char *line) {
	for (size_t i = 0; i < 2; i++) {
		if (line[3] == '*' || line[3] == (char)('0' + i)) {
			w->kd.bp[i].enabled = line[1] == 'e';
		}
	}
}

static bool run_breakpoints(struct world *w, const char *line) {
	if (starts(line, "bp ")) {
		set(w, strstr(line, "MmAllocateSpecialPool") != NULL);
	} else if (starts(line, "bc ")) {
		clear(w);
	} else if (starts(line, "bd ") || starts(line, "be ")) {
		enable(w, line);
	} else if (!strcmp(line, "bl")) {
		list(w);
	} else {
		return false;
	}
	return true;
}

static void run_other(struct world *w, const char *line) {
	if (starts(line, "dd ")) {
		world_say(w, w->target.edited ? "fffff800`01200000  206b6444\r\n"
					      : "fffff800`01200000  ffffff0f\r\n");
	} else if (starts(line, "ed ")) {
		if (w->ills.not_set > 0) {
			w->ills.not_set--;
			w->rules.uncleared_ms = w->now;
			w->partial_ok = true;
		} else {
			w->target.edited = strstr(line, "0x206b6444") != NULL;
		}
	} else if (starts(line, "lm ")) {
		world_say(w, w->symbols ? "fffff802 fffff803   nt      (pdb symbols)\r\n"
					: "fffff802 fffff803   nt   (export symbols)\r\n");
	} else if (starts(line, "!lmi")) {
		world_say(w, "RSDS - GUID: {0123ABCD-4567-89AB-CDEF-0123456789AB}\r\n"
			     "               Age: 2, Pdb: ntkrnlmp.pdb\r\n");
	} else if (!strcmp(line, ".time")) {
		char text[80];
		uint64_t s = (w->now - SIM_MINUTE) / 1000;

		(void)snprintf(text, sizeof(text), "System Uptime: 0 days %u:%02u:%02u.%03u\r\n",
			(unsigned)(s / 3600), (unsigned)(s / 60 % 60), (unsigned)(s % 60),
			(unsigned)(w->now % 1000));
		world_say(w, text);
	} else if (starts(line, "kb")) {
		world_say(w,
			"RetAddr           : Args to Child : Call Site\r\n"
			"fffff802`47bca1e0 : 00000000`00000000 00000000`00000000 00000000`00000000 00000000`00000000 : "
			"nt!ExAllocatePoolWithTag+0x881\r\n");
	} else if (starts(line, ".echo ")) {
		world_say(w, line + 6);
		world_say(w, "\r\n");
	} else {
		world_say(w, "fffff802`47400000 words of a command\r\n");
	}
}

enum kd_end kd_command_run(struct world *w, const char *line) {
	if (!strcmp(line, "g")) {
		return KD_GOES;
	}
	if (!strcmp(line, ".reboot")) {
		w->target.off_ms = sim_between(&w->random, 20, 200) * SIM_SECOND;
		w->target.halted = false;
		w->target.will_die = false;
		rules_runs(w);
		target_reboot(w, w->target.off_ms);
		return KD_LEAVES;
	}
	if (!strcmp(line, "q")) {
		kd_dies(w, 50);
		return KD_LEAVES;
	}
	if (!run_breakpoints(w, line)) {
		run_other(w, line);
	}
	return KD_PROMPTS;
}
