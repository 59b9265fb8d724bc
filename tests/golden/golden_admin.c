/* The numbers that administrators rely on, and the lines they get. */
#include <stdio.h>

#include "core/admin.h"

static const char *const weights[] = {"info", "warning", "error"};

static void show(const struct admin_fact *f) {
	struct admin_entry e;

	printf("%s %s %s %s>%s %s %s -> ", f->event, f->what ? f->what : "-",
		f->owner ? f->owner : "-", f->from ? f->from : "", f->to ? f->to : "",
		f->result ? f->result : "-", f->session);
	if (admin_entry_of(f, &e)) {
		printf("%u %s \"%s\"\n", e.id, weights[e.weight], e.text);
	} else {
		printf("not told\n");
	}
}

static void states(void) {
	static const char *const names[] = {"stopped", "port", "launching", "waiting", "running",
		"breaking", "halted", "unknown", "detaching", "backoff"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			show(&(struct admin_fact){.session = "s",
				.event = "state",
				.from = names[i],
				.to = names[k]});
		}
	}
}

int main(void) {
	enum admin_weight weight;
	const char *event, *what;
	unsigned id;

	for (size_t n = 0; (event = admin_row(n, &what, &id, &weight)) != NULL; n++) {
		printf("%u %s %s%s%s\n", id, weights[weight], event, what ? ": " : "",
			what ? what : "");
	}
	states();
	show(&(struct admin_fact){.session = "s", .event = "hit"});
	show(&(struct admin_fact){.session = "s", .event = "halt_begin", .owner = "hit"});
	show(&(struct admin_fact){.session = "s", .event = "halt_begin", .owner = "operator"});
	show(&(struct admin_fact){.session = "s", .event = "released", .result = "released"});
	show(&(struct admin_fact){.session = "s", .event = "released", .result = "unknown"});
	show(&(struct admin_fact){.session = "s", .event = "alarm", .what = "port busy"});
	show(&(struct admin_fact){.session = "s", .event = "alarm", .what = "a new one"});
	show(&(struct admin_fact){.session = "a\nb", .event = "armed"});
	show(&(struct admin_fact){.session = "s", .event = "?"});
	return 0;
}
