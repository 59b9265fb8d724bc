#include "tests/sim/people.h"

#include <string.h>

#include "tests/sim/model_kd.h"
#include "tests/sim/rules.h"

/*
 * A play is a string, one letter a step. Waits: w some seconds, l some minutes. Operators: b break,
 * g go, d disarm, a arm, h hold, c a command that may break in, s stop, r release, y a second
 * signal, S start. Teammates: j joins, b breaks in, the others type a line.
 */

static void begin(
	struct world *w, struct play *play, enum slot slot, const char *steps, uint64_t seed) {
	if (!play->steps) {
		play->steps = steps;
		play->random = seed;
		w->due[slot] = w->now;
	}
}

void people_operator(struct world *w, uint64_t seed) {
	static const char *const plays[] = {"bwg", "b", "bhlg", "bhl", "d", "dla", "dllla", "a",
		"c", "cwc", "slS", "swS", "sywS", "swyS", "rlS", "bwcwg", "bwd", "bwa", "g",
		"dwdwa", "adwa", "bws", "bwslS"};

	begin(w, &w->person, AT_PERSON, plays[sim_draw(&seed, sizeof(plays) / sizeof(plays[0]))],
		seed);
}

void people_teammate(struct world *w, uint64_t seed) {
	static const char *const plays[] = {"jbwg", "jbwxwg", "jbwxg", "jb", "jbwq", "jbwnwg",
		"jbwowg", "jbwkwg", "jlbwg", "j", "jbwkk", "jbwxw"};

	begin(w, &w->client, AT_CLIENT, plays[sim_draw(&seed, sizeof(plays) / sizeof(plays[0]))],
		seed);
}

static void ask_to_stop(struct world *w, enum session_input_kind kind) {
	w->rules.stop_ms = w->rules.stop_ms ? w->rules.stop_ms : w->now;
	w->rules.ended_ms = 0;
	world_input(w, kind, 0, NULL);
}

void people_restart(struct world *w) {
	if (!w->daemon || w->restarting || w->due[AT_DAEMON] != SIM_NEVER) {
		return;
	}
	w->restarting = true;
	world_trouble(w, 2 * SIM_MINUTE);
	ask_to_stop(w, IN_STOP);
}

void people_notice(struct world *w) {
	if (w->restarting) {
		w->restarting = false;
		w->due[AT_DAEMON] = w->now + sim_between(&w->random, 500, 20000);
	} else if (!w->person.steps) {
		begin(w, &w->person, AT_PERSON, "lS", w->random);
	} else if (!strchr(w->person.steps, 'S')) {
		w->person.steps = "lS";
		w->due[AT_PERSON] = w->now;
	}
}

/* --- operators */

static uint64_t pause_ms(struct play *play, char step) {
	return step == 'w'   ? sim_between(&play->random, 2, 40) * SIM_SECOND
	       : step == 'l' ? sim_between(&play->random, 2, 20) * SIM_MINUTE
			     : sim_draw(&play->random, 2000);
}

static void say_verb(struct world *w, enum session_input_kind verb, uint64_t value) {
	if (session_verb(&w->s, verb) != 0) {
		return;
	}
	if (verb == IN_DISARM) {
		rules_disarmed(w);
	} else if (verb == IN_ARM) {
		rules_armed(w);
	} else if (verb == IN_HOLD) {
		uint64_t most = w->set.hold_max_ms;
		rules_allow(w, value < most ? value : most);
	}
	world_trace(w, "OPERATOR", verb == IN_DISARM ? "disarm" : verb == IN_ARM ? "arm" : "");
	world_input(w, verb, value, NULL);
}

static void command(struct world *w) {
	if (session_may_command(&w->s, true) == 0) {
		world_input(w, IN_COMMAND, (w->now << 1 | 1) & 0xffffff, "lm");
	}
}

/* True: the step is done, or cannot be. */
static bool act(struct world *w, char step) {
	switch (step) {
	case 'b':
		say_verb(w, IN_BREAK, 0);
		break;
	case 'g':
		say_verb(w, IN_GO, 0);
		break;
	case 'd':
		say_verb(w, IN_DISARM, 0);
		break;
	case 'a':
		say_verb(w, IN_ARM, 0);
		break;
	case 'h':
		say_verb(w, IN_HOLD, sim_between(&w->person.random, 1, 30) * SIM_MINUTE);
		break;
	case 'c':
		command(w);
		break;
	case 's':
	case 'r':
		ask_to_stop(w, step == 's' ? IN_STOP : IN_RELEASE);
		break;
	case 'y':
		w->rules.hurried = w->s.state != SESSION_STOPPED;
		world_input(w, IN_HURRY, 0, NULL);
		break;
	case 'S':
		if (w->s.state != SESSION_STOPPED) {
			return !w->rules.stop_ms && !w->s.going_down;
		}
		w->rules.stop_ms = 0;
		world_input(w, IN_START, 0, NULL);
		break;
	default:
		break;
	}
	return true;
}

void people_person(struct world *w) {
	char step = w->person.steps ? *w->person.steps : '\0';
	uint64_t ms;

	if (step == '\0') {
		w->person.steps = NULL;
		return;
	}
	ms = pause_ms(&w->person, step);
	world_trouble(w, ms + 3 * SIM_MINUTE);
	w->due[AT_PERSON] = w->now + 5 * SIM_SECOND;
	if (w->daemon && w->due[AT_DAEMON] == SIM_NEVER && act(w, step)) {
		w->due[AT_PERSON] = w->now + ms;
		w->person.steps++;
	}
}

/* --- teammates */

static const char *typed(char step) {
	return step == 'g'   ? "g"
	       : step == 'x' ? "bc *"
	       : step == 'n' ? "bp nt!NtCreateFile"
	       : step == 'o' ? "bd 0"
	       : step == 'k' ? "!process 0 0"
	       : step == 'q' ? "q"
			     : NULL;
}

static void type(struct world *w, char step) {
	const char *line = typed(step);
	bool sees = w->kd.at == KD_STANDS && w->rules.shown_ms > 0 &&
		    w->now > w->rules.shown_ms + SIM_SECOND;

	if (line && sees) { /* who sees no prompt types nothing */
		w->partial_ok = w->partial_ok || step == 'o' || step == 'x';
		kd_take(w, line, true);
	}
}

void people_client(struct world *w) {
	char step = w->client.steps ? *w->client.steps : '\0';
	uint64_t ms;

	if (step == '\0' || !w->kd.up || w->kd.dying) {
		w->client.steps = NULL;
		return;
	}
	ms = pause_ms(&w->client, step);
	world_trouble(w, ms + 3 * SIM_MINUTE);
	w->client.steps++;
	w->due[AT_CLIENT] = w->now + ms;
	if (w->kd.hung) {
		return;
	}
	if (step == 'j') {
		w->rules.no_answer = w->len == 0;
		world_say(w, "DESK\\ada (npipe \\\\DESK\\pipe\\livedebug) connected at "
			     "Mon Nov 23 23:45:12 2026\r\n");
	} else if (step == 'b') {
		kd_break(w);
	} else {
		type(w, step);
	}
}
