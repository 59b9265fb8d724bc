#include "core/power.h"

#include <string.h>

void power_init(struct power *p, const struct power_settings *set) {
	memset(p, 0, sizeof(*p));
	p->set = *set;
}

void power_set(struct power *p, const struct power_settings *set) {
	p->set = *set;
}

static unsigned take_source(struct power *p, const struct power_sample *s) {
	unsigned actions = 0;

	if (s->source != POWER_SOURCE_UNKNOWN && s->source != p->source) {
		if (s->source == POWER_SOURCE_BATTERY) {
			actions |= POWER_SAY_BATTERY;
		} else if (p->source == POWER_SOURCE_BATTERY) {
			actions |= POWER_SAY_MAINS;
		}
		p->source = s->source;
		p->low = false;
	}
	if (p->source == POWER_SOURCE_BATTERY && s->percent >= 0 &&
		(unsigned)s->percent <= p->set.low_percent && p->set.low_percent > 0) {
		actions |= p->low ? POWER_DISARM : POWER_SAY_LOW | POWER_DISARM;
		p->low = true;
	}
	return actions;
}

/* Sleep is seen in the clocks, whether it was announced or not. */
static unsigned take_sleep(struct power *p, const struct power_sample *s) {
	uint64_t apart = s->now_ms - s->awake_ms;
	unsigned actions = 0;

	if (p->begun && (int64_t)(apart - p->apart_ms) >= POWER_SLEPT_MS) {
		p->asleep_ms = apart - p->apart_ms;
		actions = POWER_SLEPT | POWER_LOST | power_resume(p);
	}
	p->begun = true;
	p->apart_ms = apart;
	return actions;
}

unsigned power_sample(struct power *p, const struct power_sample *s) {
	unsigned slept = take_sleep(p, s);

	return slept | take_source(p, s);
}

unsigned power_armed(struct power *p, bool any) {
	bool wanted = any && p->set.keep_awake;

	if (wanted == p->held) {
		return 0;
	}
	p->held = wanted;
	return wanted ? POWER_HOLD : POWER_LET_GO;
}

unsigned power_suspend(struct power *p) {
	if (p->detached) {
		return 0;
	}
	p->detached = true;
	return POWER_DETACH;
}

unsigned power_resume(struct power *p) {
	if (!p->detached) {
		return 0;
	}
	p->detached = false;
	return POWER_START;
}

const char *power_action_name(unsigned action) {
	static const char *const names[] = {"hold", "let go", "say battery", "say mains", "say low",
		"disarm", "detach", "slept", "lost", "start"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (action == 1u << i) {
			return names[i];
		}
	}
	return "?";
}
