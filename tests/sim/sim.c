/*
 * sim [--seeds N] [--first N] [--mask HEX] [--stop N] [--corpus FILE] [--trace]
 *
 * Runs N seeds from FIRST on, prints figures, and for each seed that breaks a rule the rule, the
 * faults that are needed for it, and the command that shows it. Ends after --stop (5) such seeds.
 * --corpus FILE: the seeds of that file, one "SEED MASK" a line, in place of a range. Exit 0: every
 * rule held, 1: not, 2: usage.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/fault.h"
#include "tests/sim/shrink.h"

struct options {
	uint64_t seeds, first, mask, stop;
	const char *corpus, *program;
	bool trace;
};

struct totals {
	uint64_t seeds, virtual_ms, broken;
	double seconds;
};

static struct world world, other;

static bool number(const char *text, int base, uint64_t *out) {
	char *end;

	*out = strtoull(text, &end, base);
	return *text && !*end;
}

static bool parse(struct options *o, int argc, char **argv) {
	*o = (struct options){
		.seeds = 1000, .first = 1, .mask = UINT64_MAX, .stop = 5, .program = argv[0]};
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		bool good = true;

		if (!strcmp(argv[i], "--trace")) {
			o->trace = true;
			continue;
		}
		if (!strcmp(argv[i], "--seeds")) {
			good = number(value, 10, &o->seeds);
		} else if (!strcmp(argv[i], "--first")) {
			good = number(value, 10, &o->first);
		} else if (!strcmp(argv[i], "--mask")) {
			good = number(value, 16, &o->mask);
		} else if (!strcmp(argv[i], "--stop")) {
			good = number(value, 10, &o->stop);
		} else if (!strcmp(argv[i], "--corpus")) {
			o->corpus = value;
		} else {
			good = false;
		}
		if (!good) {
			(void)fprintf(stderr, "sim: cannot use '%s %s'\n", argv[i], value);
			return false;
		}
		i++;
	}
	return true;
}

static void tell_faults(const struct world *w, uint64_t mask) {
	for (size_t i = 0; i < w->planned; i++) {
		const struct planned *p = &w->plan[i];

		if (mask >> i & 1) {
			printf("  %" PRIu64 " s: %s %s\n", p->at / 1000, fault_name(p->kind),
				fault_moment_name(p->moment));
		}
	}
}

static void tell_broken(const struct options *o, uint64_t seed, uint64_t mask) {
	other = world; /* its figures must not count twice */
	mask = shrink(&other, seed, mask) & (((uint64_t)1 << other.planned) - 1);
	printf("seed %" PRIu64 ": %s\n  at %" PRIu64 " s\n", seed, other.rules.broken,
		other.now / 1000);
	tell_faults(&other, mask);
	printf("  again: %s --seeds 1 --first %" PRIu64 " --mask %" PRIx64 " --trace\n", o->program,
		seed, mask);
}

static bool one(const struct options *o, struct totals *t, uint64_t seed, uint64_t mask) {
	bool held = world_run(&world, seed, mask, o->trace);

	t->seeds++;
	t->virtual_ms += world.now;
	if (!held) {
		t->broken++;
		tell_broken(o, seed, mask);
	}
	return t->broken < o->stop;
}

static bool all_of_corpus(const struct options *o, struct totals *t) {
	FILE *f = fopen(o->corpus, "r");
	char line[256];

	if (!f) {
		perror(o->corpus);
		return false;
	}
	while (fgets(line, sizeof(line), f)) {
		char *end;
		uint64_t seed = strtoull(line, &end, 10);

		if (line[0] != '#' && end != line && !one(o, t, seed, strtoull(end, NULL, 16))) {
			break;
		}
	}
	(void)fclose(f);
	return true;
}

static double seconds(void) {
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void tell(const struct options *o, const struct totals *t) {
	uint64_t faults = 0;

	for (size_t i = 0; i < SIM_FAULTS; i++) {
		faults += world.struck[i];
	}
	printf("sim: %" PRIu64 " seeds from %" PRIu64 ", %" PRIu64 " sessions, %" PRIu64
	       " virtual hours, %.1f faults a seed, %" PRIu64 " hits, %" PRIu64
	       " events, %.0f seeds a second (of this core), %" PRIu64 " broken\n",
		t->seeds, o->corpus ? 0 : o->first, world.sessions, t->virtual_ms / SIM_HOUR,
		t->seeds ? (double)faults / (double)t->seeds : 0.0, world.hits, world.events,
		t->seconds > 0 ? (double)t->seeds / t->seconds : 0.0, t->broken);
	for (size_t i = 0; i < SIM_FAULTS; i++) {
		printf("  %-22s %" PRIu64 "\n", fault_name((enum sim_fault)i), world.struck[i]);
	}
}

int main(int argc, char **argv) {
	struct options o;
	struct totals t = {0};

	if (!parse(&o, argc, argv)) {
		return 2;
	}
	t.seconds = seconds();
	if (o.corpus) {
		if (!all_of_corpus(&o, &t)) {
			return 2;
		}
	} else {
		for (uint64_t i = 0; i < o.seeds && one(&o, &t, o.first + i, o.mask); i++) {
		}
	}
	t.seconds = seconds() - t.seconds;
	tell(&o, &t);
	return t.broken > 0;
}
