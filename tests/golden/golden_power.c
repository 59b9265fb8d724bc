/* Nights of a laptop: samples and notices in, actions out. */
#include <stdio.h>

#include "core/power.h"

static struct power p;
static struct power_sample now;

static void begin(const char *title, bool keep_awake, unsigned low) {
	struct power_settings set = {keep_awake, low};

	power_init(&p, &set);
	now = (struct power_sample){.now_ms = 5000, .awake_ms = 5000, .percent = -1};
	printf("%s\n", title);
}

static void show(const char *what, unsigned actions) {
	printf("  %-34s ->", what);
	for (unsigned bit = 1; bit < POWER_ACTIONS; bit <<= 1) {
		if (actions & bit) {
			printf(" [%s]", power_action_name(bit));
		}
	}
	if (actions & POWER_SLEPT) {
		printf(" %llu ms", (unsigned long long)p.asleep_ms);
	}
	printf("%s\n", actions ? "" : " -");
}

/* A second later: on that source, with that charge, having slept so long. */
static void sample(enum power_source source, int percent, uint64_t slept_ms) {
	static const char *const names[] = {"?", "mains", "battery"};
	char what[64];

	now.awake_ms += 1000;
	now.now_ms += 1000 + slept_ms;
	now.source = source;
	now.percent = percent;
	snprintf(what, sizeof(what), "%s %d %%, slept %llu ms", names[source], percent,
		(unsigned long long)slept_ms);
	show(what, power_sample(&p, &now));
}

static void batteries(unsigned low) {
	char title[64];

	snprintf(title, sizeof(title), "battery, disarm at %u %%", low);
	begin(title, true, low);
	sample(POWER_SOURCE_UNKNOWN, -1, 0);
	sample(POWER_SOURCE_MAINS, 80, 0);
	sample(POWER_SOURCE_BATTERY, 80, 0);
	sample(POWER_SOURCE_BATTERY, 80, 0);
	sample(POWER_SOURCE_BATTERY, -1, 0);
	sample(POWER_SOURCE_BATTERY, 16, 0);
	sample(POWER_SOURCE_BATTERY, 15, 0);
	sample(POWER_SOURCE_BATTERY, 14, 0);
	sample(POWER_SOURCE_UNKNOWN, -1, 0);
	sample(POWER_SOURCE_MAINS, 14, 0);
	sample(POWER_SOURCE_BATTERY, 14, 0);
	sample(POWER_SOURCE_BATTERY, 0, 0);
}

static void begins_on_battery(void) {
	begin("found on battery", true, 15);
	sample(POWER_SOURCE_BATTERY, 10, 0);
	sample(POWER_SOURCE_MAINS, 10, 0);
}

static void sleeps(void) {
	begin("sleep that nobody announced", true, 15);
	sample(POWER_SOURCE_MAINS, 80, 7200000); /* before we began */
	sample(POWER_SOURCE_MAINS, 80, POWER_SLEPT_MS - 1);
	sample(POWER_SOURCE_MAINS, 80, POWER_SLEPT_MS);
	sample(POWER_SOURCE_MAINS, 80, 0);
	sample(POWER_SOURCE_BATTERY, 9, 3600000);
	begin("sleep that was announced", true, 15);
	sample(POWER_SOURCE_MAINS, 80, 0);
	show("suspend", power_suspend(&p));
	show("suspend once more", power_suspend(&p));
	sample(POWER_SOURCE_MAINS, 80, 3600000);
	show("resume", power_resume(&p));
	begin("sleep that did not happen", true, 15);
	sample(POWER_SOURCE_MAINS, 80, 0);
	show("suspend", power_suspend(&p));
	show("resume", power_resume(&p));
	show("resume once more", power_resume(&p));
	sample(POWER_SOURCE_MAINS, 80, 0);
}

static void awake(bool keep) {
	begin(keep ? "keep_awake = yes" : "keep_awake = no", keep, 15);
	show("nothing is armed", power_armed(&p, false));
	show("armed", power_armed(&p, true));
	show("still", power_armed(&p, true));
	show("nothing is armed", power_armed(&p, false));
	show("armed again", power_armed(&p, true));
}

int main(void) {
	batteries(15);
	batteries(0);
	begins_on_battery();
	sleeps();
	awake(true);
	awake(false);
	return 0;
}
