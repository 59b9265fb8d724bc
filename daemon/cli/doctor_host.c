/* The doctor's checks of the computer itself: the service, the battery, what puts it to sleep. */
#include <stdio.h>

#include "cli/doctor.h"
#include "os/power.h"
#include "os/service.h"

void doctor_service(struct doctor *d) {
	char said[SERVICE_SAID] = "";
	bool there = os_service_seen(said, sizeof(said));
	struct finding *f = doctor_find(d, "service", there ? FINDING_OK : FINDING_WARN);

	snprintf(f->evidence, sizeof(f->evidence), "%.400s", said);
	if (!there) {
		snprintf(f->next, sizeof(f->next),
			"nothing starts it with the computer: livedebug service install");
	}
}

static void find_battery(struct doctor *d) {
	enum power_source source;
	struct finding *f;
	int percent;

	os_battery(&source, &percent);
	f = doctor_find(d, "power",
		source == POWER_SOURCE_BATTERY ? FINDING_WARN
		: source == POWER_SOURCE_MAINS ? FINDING_OK
					       : FINDING_UNKNOWN);
	if (source == POWER_SOURCE_BATTERY) {
		snprintf(f->evidence, sizeof(f->evidence), "on battery, %d %%", percent);
		snprintf(f->next, sizeof(f->next),
			"plug it in: at battery_low every session is disarmed");
	} else {
		snprintf(f->evidence, sizeof(f->evidence), "%s",
			source == POWER_SOURCE_MAINS ? "on mains"
						     : "no battery and no mains are told of here");
	}
}

void doctor_power(struct doctor *d) {
	struct os_power_setting s;

	find_battery(d);
	for (size_t n = 0; os_power_setting(n, &s); n++) {
		struct finding *f = doctor_find(d, s.name,
			!s.known ? FINDING_UNKNOWN
			: s.good ? FINDING_OK
				 : FINDING_WARN);

		snprintf(f->evidence, sizeof(f->evidence), "%s", s.found);
		snprintf(f->next, sizeof(f->next), "%s", s.next ? s.next : "");
	}
}
