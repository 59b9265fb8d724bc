/* How each key's change is taken; every change for every stand; what follows a restart's detach. */
#include <stdio.h>

#include "config/options.h"
#include "core/reload.h"

static const char *const ways[] = {"a new kd", "live", "the next daemon"};
static const char *const changes[] = {"same", "live keys", "kd keys", "new", "gone"};
static const char *const stands[] = {"up", "down", "stuck"};
static const char *const ends[] = {"go on", "recover", "go back"};

int main(void) {
	for (size_t i = 0; i < option_count; i++) {
		printf("%-8s %-16s %s\n",
			option_table[i].scope == SCOPE_DAEMON ? "[daemon]" : "session",
			option_table[i].key, ways[option_table[i].change]);
	}
	for (int c = 0; c < RELOAD_CHANGES; c++) {
		for (int s = 0; s < RELOAD_STANDS; s++) {
			printf("%-10s %-6s -> %s\n", changes[c], stands[s],
				reload_step_name(reload_decide(
					(enum reload_change)c, (enum reload_stand)s)));
		}
	}
	for (int r = RESULT_NONE; r <= RESULT_UNKNOWN; r++) {
		printf("%-10s same port: %s, another: %s\n",
			session_result_name((enum session_result)r),
			ends[reload_after((enum session_result)r, true)],
			ends[reload_after((enum session_result)r, false)]);
	}
	return 0;
}
