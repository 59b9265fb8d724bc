/* The formula against frames and rates; what a command prints; what is advised. */
#include <stdio.h>

#include "core/plan.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define N(x) ((unsigned long long)(x))

static const char *const commands[] = {"bp a!b \";kb;g\"", "bp a!b \";kb 5;g\"",
	"bp a!b \"kbn10;g\"", "bp a!b \"r;kn 3;kb 7;g\"", "bp a!b \"g\"", "bp a!b",
	"bu a!b \".if (1) {kb 50;g}\"", "ba e1 a!b \"kL 4;g\"", "ed a!b 1",
	"bp a!b \"kb 99999;g\""};
static const uint64_t rates[] = {9600, 19200, 115200, 921600};

static void show(
	const char *const *arm, uint64_t baud, uint64_t rate, unsigned act, uint64_t seen) {
	struct plan_wish w = {.baud = baud,
		.arm = arm,
		.arm_count = 1,
		.rate = rate,
		.warn_pm = 50,
		.act_pm = act,
		.measured_ms = seen,
		.hits = seen ? 9 : 0};
	struct plan p;

	plan_make(&p, &w);
	printf("%s at %llu, %llu a minute, act %u, seen %llu ms: %llu us%s, most %llu in 1000 "
	       "min, duty %llu, acts at %llu, %u frames %llu us, faster %llu us%s\n",
		arm[0], N(baud), N(rate), act, N(seen), N(p.halt_us),
		p.calibrated ? " calibrated" : "", N(p.most_pm), N(p.duty_pm), N(p.act_rate),
		p.shorter, N(p.shorter_us), N(p.faster_us), p.sample ? ", sample" : "");
}

int main(void) {
	for (size_t i = 0; i < COUNT(commands); i++) {
		printf("%s: %u frames, share at 19200 %llu ms\n", commands[i],
			plan_frames(commands[i]), N(plan_share_ms(&commands[i], 1, 19200)));
	}
	for (unsigned frames = 0; frames <= 50; frames += frames < 10 ? 5 : 10) {
		for (unsigned bps = 0; bps < 4; bps++) {
			printf("%u frames, %u breakpoints: %llu bytes, %llu us at 19200\n", frames,
				bps, N(plan_bytes(frames, bps)),
				N(plan_wire_us(plan_bytes(frames, bps), 19200)));
		}
	}
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < COUNT(rates); k++) {
			show(&commands[i], rates[k], 0, 300, 0);
			show(&commands[i], rates[k], 10, 300, 0);
			show(&commands[i], rates[k], 6000, 300, 0);
			show(&commands[i], rates[k], 10, 0, 800);
		}
	}
	show(commands, 0, 10, 300, 0);
	return 0;
}
