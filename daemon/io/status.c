#include "io/status.h"

#include "io/kdcommand.h"
#include "io/record.h"
#include "os/power.h"

#define LINE_BYTES 512

/* `for_ms` by the monotonic clock: the wall clock may have been set since. */
static void put_since(json_t *root, const struct driver *d) {
	uint64_t now = os_now_ms(), since_ms = driver_session(d)->since_ms;
	uv_timeval64_t since = driver_since(d);
	char stamp[RECORD_STAMP + 1];

	record_stamp(since.tv_sec, since.tv_usec, stamp);
	json_object_set_new(root, "since", json_string(stamp));
	json_object_set_new(root, "for_ms",
		json_integer(since_ms && now > since_ms ? (json_int_t)(now - since_ms) : 0));
}

/* Text that came from outside may be anything: what is not UTF-8 is left out. */
static void put_text(json_t *root, const char *key, const char *text) {
	json_t *value = text && *text ? json_string(text) : NULL;

	json_object_set_new(root, key, value ? value : json_null());
}

static void put_count(json_t *root, const char *key, uint64_t value) {
	json_object_set_new(root, key, json_integer((json_int_t)value));
}

/* Halted time by owner; what had none is left out. */
static json_t *owners_json(const struct halts *h) {
	json_t *root = json_object();

	for (int i = OWNER_NONE + 1; i < HALT_OWNERS; i++) {
		if (h->owner_count[i] > 0) {
			json_object_set_new(root, session_owner_name((enum halt_owner)i),
				json_pack("{s:I, s:I}", "ms", (json_int_t)h->owner_ms[i], "count",
					(json_int_t)h->owner_count[i]));
		}
	}
	return root;
}

/* Times in milliseconds, shares in parts of one; a hit's halt is an estimate (core/halts.h). */
static void put_halts(json_t *root, const struct session *s) {
	uint64_t now = os_now_ms();
	const struct halts *h = &s->halts;
	uint64_t total = h->total_ms + halts_open_ms(h, now);
	json_t *halts = json_pack("{s:I, s:I, s:I, s:f, s:f}", "total_ms", (json_int_t)total,
		"count", (json_int_t)h->count, "now_ms", (json_int_t)halts_open_ms(h, now),
		"last_minute", (double)halts_last_minute(h, now) / HALTS_MINUTE_MS, "last_hour",
		(double)halts_last_hour(h, now) / HALTS_HOUR_MS);
	json_t *hit = json_pack("{s:I, s:I, s:I, s:b}", "count", (json_int_t)h->hits, "mean_ms",
		(json_int_t)halts_hit_mean_ms(h), "longest_ms", (json_int_t)h->hit_longest_ms,
		"estimate", 1);

	put_count(hit, "last_minute", halts_hit_number_last_minute(h, now));
	put_count(halts, "longest_ms", h->longest_ms);
	put_text(halts, "longest_owner",
		h->longest_ms ? session_owner_name(h->longest_owner) : NULL);
	json_object_set_new(halts, "owners", owners_json(h));
	json_object_set_new(halts, "hit", hit);
	json_object_set_new(root, "halts", halts);
}

static void put_machine(json_t *root, const struct driver *d) {
	const struct session *s = driver_session(d);

	put_text(root, "state", session_state_name(session_shown(s)));
	put_since(root, d);
	put_text(root, "evidence", s->evidence);
	put_text(root, "why", s->why);
	put_text(root, "arm", session_arm_name(s->arm));
	put_count(root, "breakpoints",
		s->arm == ARM_ARMED || s->arm == ARM_PARTIAL ? s->check.enabled : 0);
	put_text(root, "owner", s->owner == OWNER_NONE ? NULL : session_owner_name(s->owner));
	put_text(root, "symbols",
		s->symbols.can_fetch ? symbols_state_name(s->symbols.state) : NULL);
	put_text(root, "result", s->result == RESULT_NONE ? NULL : session_result_name(s->result));
	put_text(root, "target", s->target);
	put_text(root, "client", s->client);
	put_count(root, "boot", s->boot);
	put_count(root, "hits", s->hits);
	put_count(root, "stops", s->stops);
	put_count(root, "breaks_sent", s->breaks_sent);
	put_count(root, "kd_starts", s->kd_starts);
	put_count(root, "clients_seen", s->clients_seen);
	put_halts(root, s);
}

json_t *status_json(const struct driver *d, const char *host) {
	const struct profile *p = driver_profile(d);
	json_t *root = json_object();
	char remote[LINE_BYTES];

	if (!root) {
		return NULL;
	}
	kd_command_remote(p, host, remote, sizeof(remote));
	put_text(root, "name", p->name);
	put_text(root, "port", p->port);
	put_count(root, "baud_rate", p->baud_rate);
	put_machine(root, d);
	put_text(root, "remote", remote);
	put_text(root, "log", p->log_file);
	put_text(root, "journal", driver_journal_path(d));
	put_count(root, "lost_bytes", driver_lost_bytes(d));
	put_text(root, "journal_trouble", driver_trouble(d));
	put_count(root, "kd_pid", (uint64_t)driver_kd_pid(d));
	return root;
}
