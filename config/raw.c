#include "config/raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "config/reader.h"
#include "config/strings.h"
#include "config/value.h"

struct reading {
	struct raw *raw;
	struct reporter *report;
	bool told_full;
};

static enum option_scope scope_of(const struct raw_section *s) {
	return s->kind == SECTION_DAEMON ? SCOPE_DAEMON : SCOPE_SESSION;
}

static struct raw_section *last_section(const struct raw *raw) {
	return raw->count ? &raw->sections[raw->count - 1] : NULL;
}

struct raw_section *raw_find(const struct raw *raw, enum section_kind kind, const char *name) {
	for (size_t i = 0; i < raw->count; i++) {
		struct raw_section *s = &raw->sections[i];
		if (s->kind == kind && (kind != SECTION_SESSION || names_equal(s->name, name))) {
			return s;
		}
	}
	return NULL;
}

const struct raw_entry *raw_entry_of(const struct raw_section *s, const struct option *o) {
	for (size_t i = s ? s->count : 0; i > 0; i--) {
		if (s->entries[i - 1].option == o) {
			return &s->entries[i - 1];
		}
	}
	return NULL;
}

static struct raw_section *add_section(
	struct raw *raw, enum section_kind kind, const char *name, size_t line) {
	raw->sections = array_grow(raw->sections, raw->count, sizeof(*raw->sections));
	struct raw_section *s = &raw->sections[raw->count++];
	*s = (struct raw_section){.kind = kind, .name = string_copy(name), .line = line};
	return s;
}

static struct raw_entry *add_entry(struct raw_section *s, const struct option *o, const char *key,
	const char *value, struct place at) {
	s->entries = array_grow(s->entries, s->count, sizeof(*s->entries));
	struct raw_entry *e = &s->entries[s->count++];
	*e = (struct raw_entry){.option = o, .key = string_copy(key), .at = at};
	e->value = string_copy(value);
	return e;
}

/* What [text] is, or SECTION_BAD, reported. *name: the session's, inside text. */
static enum section_kind section_kind_of(
	struct reading *g, struct place at, const char *text, const char **name) {
	char shown[SHOWN_MAX];
	const char *fault;
	*name = "";
	if (strcmp(text, "daemon") == 0) {
		return SECTION_DAEMON;
	}
	if (strcmp(text, "default") == 0) {
		return SECTION_DEFAULT;
	}
	if (strncmp(text, "session", 7) == 0 && strchr(" \t", text[7])) {
		*name = text + 7 + strspn(text + 7, " \t");
		fault = session_name_fault(*name);
		if (!fault) {
			return SECTION_SESSION;
		}
		fault_report(g->report, at, "bad session name '%s': %s", string_show(*name, shown),
			fault);
		return SECTION_BAD;
	}
	struct nearest best;
	nearest_init(&best, text);
	nearest_try(&best, "daemon");
	nearest_try(&best, "default");
	fault_report(g->report, at, "unknown section [%s]; %s%s%s", string_show(text, shown),
		best.name ? "did you mean [" : "there are [daemon], [default] and [session NAME",
		best.name ? best.name : "", best.name ? "]?" : "]");
	return SECTION_BAD;
}

static void on_section(void *data, size_t line, const char *text) {
	struct reading *g = data;
	struct place at = {.line = line};
	const char *name;
	enum section_kind kind = section_kind_of(g, at, text, &name);
	struct raw_section *first = raw_find(g->raw, kind, name);
	if (first && kind != SECTION_BAD) {
		fault_report(g->report, at, "[%s] is there already (line %zu)", text, first->line);
		kind = SECTION_BAD;
	}
	if (g->raw->count < RAW_SECTIONS_MAX) {
		add_section(g->raw, kind, name, line);
	} else if (!g->told_full) {
		fault_report(g->report, at, "more than %d sections", RAW_SECTIONS_MAX);
		g->told_full = true;
	}
}

static void on_error(void *data, size_t line, const char *why) {
	struct reading *g = data;
	fault_report(g->report, (struct place){.line = line}, "%s", why);
}

static const char *section_title(enum option_scope scope) {
	return scope == SCOPE_DAEMON ? "[daemon]" : "[session NAME] or [default]";
}

static void report_unknown(
	struct reporter *r, struct place at, enum option_scope scope, const char *key) {
	enum option_scope other = scope == SCOPE_DAEMON ? SCOPE_SESSION : SCOPE_DAEMON;
	const char *near = option_nearest(scope, key);
	char shown[SHOWN_MAX];
	string_show(key, shown);
	if (option_find(other, key)) {
		fault_report(r, at, "'%s' is a key of %s", shown, section_title(other));
	} else if (near) {
		fault_report(r, at, "unknown key '%s'; did you mean '%s'?", shown, near);
	} else {
		fault_report(r, at, "unknown key '%s'", shown);
	}
}

/* A value is tried once, where it stands; config.c uses the good ones. */
static bool value_is_good(struct reporter *r, const struct raw_entry *e) {
	union {
		struct profile profile;
		struct daemon_options daemon;
	} scratch;
	char why[VALUE_WHY_MAX];
	memset(&scratch, 0, sizeof(scratch));
	bool good = value_parse(e->option, e->key, e->value, &scratch, why);
	if (!good) {
		fault_report(r, e->at, "%s", why);
	}
	value_clear(e->option, &scratch);
	return good;
}

static const struct raw_entry *same_key(const struct raw_section *s, const char *key) {
	for (size_t i = 0; i < s->count; i++) {
		if (names_equal(s->entries[i].key, key)) {
			return &s->entries[i];
		}
	}
	return NULL;
}

static void add_pair(struct reading *g, struct raw_section *s, struct place at, const char *key,
	const char *value) {
	const struct option *o = option_find(scope_of(s), key);
	const struct raw_entry *first = o ? same_key(s, key) : NULL;
	if (!o) {
		report_unknown(g->report, at, scope_of(s), key);
	} else if (first && o->type != OPTION_COMMANDS) {
		fault_report(g->report, at, "'%s' is given twice (line %zu)", key, first->at.line);
		o = NULL;
	}
	struct raw_entry *e = add_entry(s, o, o ? key : "", value, at);
	e->usable = o && value_is_good(g->report, e);
}

/* An indented `halt_max = 5s` is a key that slipped below `arm`: kd must not get it. */
static bool looks_like_key(const char *text) {
	size_t len = strcspn(text, " \t=");
	size_t gap = strspn(text + len, " \t");
	char *word = string_copy_n(text, len);
	const struct option *o = text[len + gap] == '=' ? option_find(SCOPE_SESSION, word) : NULL;
	string_set(&word, NULL);
	return o != NULL;
}

static void add_continuation(
	struct reading *g, struct raw_section *s, struct place at, const char *value) {
	const struct raw_entry *above = s->count ? &s->entries[s->count - 1] : NULL;
	if (!above || !above->option) {
		return; /* belongs to what was refused */
	}
	if (above->option->type != OPTION_COMMANDS) {
		fault_report(g->report, at,
			"an indented line continues '%s', which has one line; keys start in the "
			"first column",
			above->key);
	} else if (looks_like_key(value)) {
		fault_report(g->report, at,
			"an indented key below 'arm' would be a debugger command; keys start in the "
			"first column");
	} else {
		struct raw_entry *e = add_entry(s, above->option, above->key, value, at);
		e->usable = value_is_good(g->report, e);
	}
}

static void on_pair(void *data, size_t line, const char *key, const char *value, bool continued) {
	struct reading *g = data;
	struct raw_section *s = last_section(g->raw);
	struct place at = {.line = line};
	if (!s) {
		fault_report(g->report, at, "a key before the first section");
	} else if (s->kind == SECTION_BAD || g->told_full) {
		return;
	} else if (continued) {
		add_continuation(g, s, at, value);
	} else {
		add_pair(g, s, at, key, value);
	}
}

void raw_read(struct raw *raw, const char *bytes, size_t len, struct reporter *r) {
	static const struct reader_events events = {on_section, on_pair, on_error};
	struct reading g = {.raw = raw, .report = r};
	reader_parse(bytes, len, &events, &g);
}

static void report_no_session(
	struct raw *raw, struct reporter *r, struct place at, const char *name) {
	char known[512] = "", shown[SHOWN_MAX];
	size_t len = 0;
	for (size_t i = 0; i < raw->count; i++) {
		const struct raw_section *s = &raw->sections[i];
		if (s->kind == SECTION_SESSION && len + SESSION_NAME_MAX + 3 < sizeof(known)) {
			len += (size_t)snprintf(
				known + len, sizeof(known) - len, "%s%s", len ? ", " : "", s->name);
		}
	}
	fault_report(r, at, "no session '%s'; there %s %s", string_show(name, shown),
		len ? "are:" : "is", len ? known : "none");
}

/* The section an override is for; [daemon] and [default] are made when the file has none. */
static struct raw_section *override_section(
	struct raw *raw, const char *name, struct reporter *r, struct place at) {
	enum section_kind kind = strcmp(name, "daemon") == 0    ? SECTION_DAEMON
				 : strcmp(name, "default") == 0 ? SECTION_DEFAULT
								: SECTION_SESSION;
	struct raw_section *s = raw_find(raw, kind, name);
	if (!s && kind == SECTION_SESSION) {
		report_no_session(raw, r, at, name);
	} else if (!s) {
		s = add_section(raw, kind, "", 0);
	}
	return s;
}

static void trim_copy(const char *text, char **out) {
	const char *from = text + strspn(text, " \t");
	size_t len = strlen(from);
	while (len > 0 && strchr(" \t", from[len - 1])) {
		len--;
	}
	*out = string_copy_n(from, len);
}

static void override_key(struct raw *raw, const char *name, const char *key, const char *text,
	struct place at, struct reporter *r) {
	struct raw_section *s = override_section(raw, name, r, at);
	const struct option *o = s ? option_find(scope_of(s), key) : NULL;
	if (s && !o) {
		report_unknown(r, at, scope_of(s), key);
	}
	if (o) {
		struct raw_entry *e = add_entry(s, o, key, "", at);
		string_set(&e->value, NULL);
		trim_copy(text, &e->value);
		e->usable = value_is_good(r, e);
	}
}

static void override_one(
	struct raw *raw, const char *set, struct string_list *names, struct reporter *r) {
	const char *equals = strchr(set, '=');
	string_list_add(names, string_copy_n(set, equals ? (size_t)(equals - set) : strlen(set)));
	char *whole = names->at[names->count - 1];
	struct place at = {.set = whole};
	char *dot = strchr(whole, '.');
	if (!equals || !dot || dot == whole || !dot[1]) {
		fault_report(r, at, "expected --set SESSION.KEY=VALUE");
		return;
	}
	char *name = string_copy_n(whole, (size_t)(dot - whole));
	override_key(raw, name, dot + 1, equals + 1, at, r);
	free(name);
}

void raw_override(struct raw *raw, const char *const *sets, size_t count, struct string_list *names,
	struct reporter *r) {
	for (size_t i = 0; i < count; i++) {
		override_one(raw, sets[i], names, r);
	}
}

void raw_finish(struct raw *raw) {
	for (size_t i = 0; i < raw->count; i++) {
		struct raw_section *s = &raw->sections[i];
		for (size_t j = 0; j < s->count; j++) {
			free(s->entries[j].key);
			free(s->entries[j].value);
		}
		free(s->entries);
		free(s->name);
	}
	free(raw->sections);
	*raw = (struct raw){0};
}
