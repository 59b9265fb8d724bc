#include "config/cross.h"

#include <stdlib.h>
#include <string.h>

#include "config/strings.h"
#include "core/bugcheck.h"
#include "core/guard.h"
#include "core/pooltag.h"
#include "core/secret.h"

/* Where a session's value comes from: its own entry, else [default]'s. */
static const struct raw_entry *origin(
	const struct raw *raw, const struct raw_section *s, const struct option *o) {
	const struct raw_entry *own = raw_entry_of(s, o);
	return own ? own : raw_entry_of(raw_find(raw, SECTION_DEFAULT, NULL), o);
}

static void check_required(const struct raw *raw, const struct raw_section *s, struct reporter *r) {
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &option_table[i];
		if (o->required && !origin(raw, s, o)) {
			fault_report(r, (struct place){.line = s->line}, "session '%s' lacks '%s'",
				s->name, o->key);
		}
	}
}

static char *copied(const struct profile *p, const char *value) {
	(void)p;
	return string_copy(value);
}

static char *port_name(const struct profile *p, const char *value) {
	(void)p;
	return cross_port_name(value);
}

static char *pipe_name(const struct profile *p, const char *value) {
	(void)p;
	return cross_pipe_name(value);
}

static char *log_name(const struct profile *p, const char *value) {
	return cross_log_name(p->work_dir, value);
}

/* What no two sessions may share (rule 7). */
static const struct shared {
	const char *key;
	char *(*name)(const struct profile *p, const char *value);
} shared_keys[] = {
	{"port", port_name},
	{"port_device", copied},
	{"log_file", log_name},
	{"server", pipe_name},
};

#define SHARED_COUNT (sizeof(shared_keys) / sizeof(shared_keys[0]))

struct owner {
	const struct raw_section *section;
	const struct profile *profile;
	char *names[SHARED_COUNT]; /* NULL: not set */
};

static const char *text_of(const struct profile *p, const struct option *o) {
	return *(char *const *)((const char *)p + o->offset);
}

static void name_owner(struct owner *owner) {
	for (size_t i = 0; i < SHARED_COUNT; i++) {
		const struct option *o = option_find(SCOPE_SESSION, shared_keys[i].key);
		const char *value = text_of(owner->profile, o);
		owner->names[i] = value ? shared_keys[i].name(owner->profile, value) : NULL;
	}
}

/* The session's own entry, or the session itself when the value is inherited. */
static struct place place_of(const struct owner *owner, const struct option *o) {
	const struct raw_entry *own = raw_entry_of(owner->section, o);
	return own ? own->at : (struct place){.line = owner->section->line};
}

static void report_shared(const struct owner *first, const struct owner *second,
	const struct option *o, struct reporter *r) {
	char shown[SHOWN_MAX], where[PLACE_MAX];
	fault_report(r, place_of(second, o), "%s %s is already used by session '%s'%s", o->key,
		string_show(text_of(second->profile, o), shown), first->section->name,
		place_show(place_of(first, o), where));
}

static void check_pair(const struct owner *first, const struct owner *second, struct reporter *r) {
	for (size_t i = 0; i < SHARED_COUNT; i++) {
		if (first->names[i] && second->names[i] &&
			strcmp(first->names[i], second->names[i]) == 0) {
			report_shared(
				first, second, option_find(SCOPE_SESSION, shared_keys[i].key), r);
		}
	}
}

static void check_order(const struct raw *raw, const struct owner *owner, struct reporter *r) {
	const struct option *least = option_find(SCOPE_SESSION, "restart_min");
	const struct option *most = option_find(SCOPE_SESSION, "restart_max");
	const struct raw_entry *at = origin(raw, owner->section, least);
	at = at ? at : origin(raw, owner->section, most);
	if (at && owner->profile->restart_min_ms > owner->profile->restart_max_ms) {
		fault_report(r, at->at, "restart_min is longer than restart_max");
	}
}

/* Where to point for a key of this session: its own or [default]'s entry, else the session. */
static struct place place_of_key(
	const struct raw *raw, const struct raw_section *s, const char *key) {
	const struct raw_entry *at = origin(raw, s, option_find(SCOPE_SESSION, key));
	return at ? at->at : (struct place){.line = s->line};
}

static void check_bugcheck(const struct raw *raw, const struct owner *owner, struct reporter *r) {
	const struct string_list *words = &owner->profile->on_bugcheck;
	bool go = string_list_has(words, "go"), reboot = string_list_has(words, "reboot");
	const char *max = owner->profile->bugcheck_max ? owner->profile->bugcheck_max : "";
	struct place at = place_of_key(raw, owner->section, "on_bugcheck");
	struct bugcheck_recipe recipe;
	char shown[SHOWN_MAX];
	if (go && reboot) {
		fault_report(r, at, "on_bugcheck: go or reboot, not both");
	} else if (!go && !reboot && !string_list_has(words, "analyze")) {
		fault_report(r, at, "on_bugcheck: then what? one of go, analyze, reboot");
	}
	if (!bugcheck_parse_max(max, &recipe)) {
		fault_report(r, place_of_key(raw, owner->section, "bugcheck_max"),
			"bugcheck_max = %s: expected such as `30s` or `30s, 256K`: 100ms to 1h, 1K to 16M",
			string_show(max, shown));
	}
}

static void check_pool_tag(const struct raw *raw, const struct owner *owner, struct reporter *r) {
	const struct profile *p = owner->profile;
	struct pooltag tag;
	enum pooltag_fault fault = p->pool_tag ? pooltag_parse(p->pool_tag, &tag) : POOLTAG_OK;
	struct place at = place_of_key(raw, owner->section, "pool_tag");
	struct place method = place_of_key(raw, owner->section, "arm_method");
	char shown[SHOWN_MAX];
	if (fault != POOLTAG_OK) {
		fault_report(r, at, "pool_tag = %s: %s", string_show(p->pool_tag, shown),
			pooltag_fault_text(fault));
	} else if (p->arm_method == ARM_POOLHITTAG && !p->pool_tag) {
		fault_report(r, method, "arm_method = poolhittag needs pool_tag");
	} else if (p->arm_method == ARM_POOLHITTAG && p->prove != PROVE_ECHO) {
		fault_report(r, method, "arm_method = poolhittag needs prove = echo");
	} else if (p->arm_method == ARM_POOLHITTAG && tag.has_wildcard) {
		fault_report(r, at, "pool_tag = %s: nt!PoolHitTag takes no wildcard",
			string_show(p->pool_tag, shown));
	}
}

#define KEEP_DIGITS 6

static void check_keep(const struct raw *raw, const struct owner *owner, struct reporter *r) {
	const char *keep = owner->profile->log_keep ? owner->profile->log_keep : "";
	size_t digits = strspn(keep, "0123456789");
	char shown[SHOWN_MAX];

	if (strcmp(keep, "all") != 0 && (digits == 0 || digits > KEEP_DIGITS || keep[digits])) {
		fault_report(r, place_of_key(raw, owner->section, "log_keep"),
			"log_keep = %s: all, or how many rotated journals stay: 0 to 999999",
			string_show(keep, shown));
	}
}

static void check_guard(const struct raw *raw, const struct owner *owner, struct reporter *r) {
	const struct profile *p = owner->profile;
	const struct {
		const char *key, *value, *form;
		bool (*parse)(const char *text, struct guard_settings *set);
	} rows[] = {
		{"halt_duty", p->halt_duty, "`warn 5% act 30%` (warn not above act), or off",
			guard_parse_duty},
		{"hits_per_minute", p->hits_per_minute, "auto, a number from 1 to 1000000, or off",
			guard_parse_hits},
		{"stop_after", p->stop_after, "such as `1000 hits, 72h`, one of the two, or never",
			guard_parse_stop},
	};
	struct guard_settings set = {0};
	char shown[SHOWN_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].value || !rows[i].parse(rows[i].value, &set)) {
			fault_report(r, place_of_key(raw, owner->section, rows[i].key),
				"%s = %s: expected %s", rows[i].key,
				string_show(rows[i].value ? rows[i].value : "", shown),
				rows[i].form);
		}
	}
}

/* A profile is read by more people than a password is for, and kd's limit is 12 letters. */
static void check_password(const struct raw *raw, const struct owner *owner, struct reporter *r) {
	static const char *const keys[] = {"server", "server_options", "kd_args"};
	const struct profile *p = owner->profile;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = text_of(p, option_find(SCOPE_SESSION, keys[i]));

		if (value && secret_is_in(value)) {
			fault_report(r, place_of_key(raw, owner->section, keys[i]),
				"%s: a password does not belong in a profile; write it into a file "
				"of its own and name that with password_file",
				keys[i]);
		}
	}
	if (p->password_file && !p->server) {
		fault_report(r, place_of_key(raw, owner->section, "password_file"),
			"password_file needs server");
	}
}

static size_t collect(const struct config *c, const struct raw *raw, struct owner *owners) {
	size_t count = 0;
	for (size_t i = 0; i < raw->count && count < c->session_count; i++) {
		if (raw->sections[i].kind == SECTION_SESSION) {
			owners[count].section = &raw->sections[i];
			owners[count].profile = &c->sessions[count];
			name_owner(&owners[count]);
			count++;
		}
	}
	return count;
}

static void drop_names(struct owner *owner) {
	for (size_t i = 0; i < SHARED_COUNT; i++) {
		free(owner->names[i]);
	}
}

void cross_check(const struct config *c, const struct raw *raw, struct reporter *r) {
	struct owner *owners = calloc(c->session_count + 1, sizeof(*owners));
	if (!owners) {
		abort();
	}
	size_t count = collect(c, raw, owners);
	for (size_t i = 0; i < count; i++) {
		check_required(raw, owners[i].section, r);
		check_order(raw, &owners[i], r);
		check_bugcheck(raw, &owners[i], r);
		check_pool_tag(raw, &owners[i], r);
		check_guard(raw, &owners[i], r);
		check_password(raw, &owners[i], r);
		check_keep(raw, &owners[i], r);
		for (size_t j = 0; j < i; j++) {
			check_pair(&owners[j], &owners[i], r);
		}
	}
	for (size_t i = 0; i < count; i++) {
		drop_names(&owners[i]);
	}
	free(owners);
	if (c->session_count == 0 && !r->failed) {
		fault_report(r, (struct place){0}, "there is no [session NAME] section");
	}
}
