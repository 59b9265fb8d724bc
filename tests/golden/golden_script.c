/* Each job, step by step, whole and cut at each step. */
#include <stdio.h>
#include <string.h>

#include "core/script.h"

static const char *const commands[] = {"bp a!b", "bp c!d"};
static const char *const steps[] = {"command", "list", "go", "end"};

static void run(enum script_job job, int cut) {
	struct script s;
	char line[64];
	struct text t;

	memset(&s, 0, sizeof(s));
	script_begin(&s, job, commands, 2);
	s.breakpoint = 7;
	if (job == JOB_BUGCHECK) {
		script_add(&s, "!analyze -v");
		s.end = ".reboot";
	}
	for (int i = 0; i < 6; i++) {
		enum script_step peek, step;
		if (i == cut) {
			script_cut(&s);
		}
		text_init(&t, line, sizeof(line));
		peek = script_peek(&s);
		step = script_take(&s, (uint64_t)i, &t);
		line[strcspn(line, "\n")] = '\0';
		printf("%-8s cut %2d step %d: %-8s%s %s%s\n", script_job_name(job), cut, i,
			steps[step], peek == step ? "" : " PEEK DIFFERS", line,
			script_listing(&s) ? " (listing)" : "");
		if (step == STEP_END) {
			break;
		}
	}
}

int main(void) {
	for (int job = 0; job < SCRIPT_JOBS; job++) {
		for (int cut = -1; cut < 5; cut++) {
			run((enum script_job)job, cut);
		}
	}
	return 0;
}
