/* A profile was read anew: its values in a session that goes on, or in its next life. */
#include "core/session_inside.h"

#include <string.h>

static void take_times(struct session_settings *to, const struct session_settings *from) {
	to->arm_after_ms = from->arm_after_ms;
	to->arm_max_ms = from->arm_max_ms;
	to->command_timeout_ms = from->command_timeout_ms;
	to->break_timeout_ms = from->break_timeout_ms;
	to->settle_ms = from->settle_ms;
	to->halt_max_ms = from->halt_max_ms;
	to->hold_max_ms = from->hold_max_ms;
	to->stop_max_ms = from->stop_max_ms;
	to->return_max_ms = from->return_max_ms;
	to->restart_min_ms = from->restart_min_ms;
	to->restart_max_ms = from->restart_max_ms;
	to->on_bugcheck.max_ms = from->on_bugcheck.max_ms;
	to->on_bugcheck.max_bytes = from->on_bugcheck.max_bytes;
}

void session_adjust(struct session *s, const struct session_settings *set) {
	bool was_manual = s->set.arm_at == ARM_AT_MANUAL;

	take_times(&s->set, set);
	s->set.arm_at = set->arm_at;
	s->set.on_found = set->on_found;
	s->set.break_methods = set->break_methods;
	backoff_adjust(&s->backoff, set->restart_min_ms, set->restart_max_ms);
	s->set.guard = set->guard;
	guard_adjust(&s->guard, &set->guard);
	if (was_manual && set->arm_at != ARM_AT_MANUAL && s->arm == ARM_UNARMED &&
		!s->disarm_wanted) {
		s->want_arm = session_has_arm(s); /* at the next boot, or when kd waits */
	}
}

void session_renew(struct session *s, const struct session_settings *set) {
	struct session old = *s;

	session_init(s, set);
	s->log_begun = old.log_begun && !set->log_other;
	s->boot = old.boot;
	s->hits = old.hits;
	s->halts = old.halts;
	s->stops = old.stops;
	s->breaks_sent = old.breaks_sent;
	s->kd_starts = old.kd_starts;
	s->clients_seen = old.clients_seen;
	s->since_ms = old.since_ms;
	s->result = old.result;
	memcpy(s->client, old.client, sizeof(s->client));
	memcpy(s->evidence, old.evidence, sizeof(s->evidence));
}
