#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/cross.h"
#include "config/raw.h"
#include "config/strings.h"
#include "config/file.h"
#include "config/value.h"

static void apply_fallbacks(enum option_scope scope, void *base) {
	char why[VALUE_WHY_MAX];
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &option_table[i];
		if (o->scope == scope && o->fallback) {
			(void)value_parse(o, o->key, o->fallback, base, why);
		}
	}
}

/* The commands of a section, and again those of --set, replace inherited ones as a whole. */
static bool starts_list(const struct raw_section *s, size_t index) {
	const struct raw_entry *e = &s->entries[index];
	for (size_t i = 0; i < index; i++) {
		if (s->entries[i].option == e->option && !s->entries[i].at.set == !e->at.set) {
			return false;
		}
	}
	return true;
}

static void apply_section(const struct raw_section *s, void *base) {
	char why[VALUE_WHY_MAX];
	for (size_t i = 0; s && i < s->count; i++) {
		const struct raw_entry *e = &s->entries[i];
		if (!e->usable) {
			continue;
		}
		if (e->option->type == OPTION_COMMANDS && starts_list(s, i)) {
			string_list_clear(value_list(e->option, base));
		}
		(void)value_parse(e->option, e->key, e->value, base, why);
	}
}

static void add_session(struct config *c, const struct raw *raw, const struct raw_section *s) {
	c->sessions = array_grow(c->sessions, c->session_count, sizeof(*c->sessions));
	struct profile *p = &c->sessions[c->session_count++];
	memset(p, 0, sizeof(*p));
	p->name = string_copy(s->name);
	apply_fallbacks(SCOPE_SESSION, p);
	apply_section(raw_find(raw, SECTION_DEFAULT, NULL), p);
	apply_section(s, p);
}

static void fill(struct config *c, const struct raw *raw) {
	apply_fallbacks(SCOPE_DAEMON, &c->daemon);
	apply_section(raw_find(raw, SECTION_DAEMON, NULL), &c->daemon);
	for (size_t i = 0; i < raw->count; i++) {
		if (raw->sections[i].kind == SECTION_SESSION) {
			add_session(c, raw, &raw->sections[i]);
		}
	}
}

static void load(struct config *c, const char *bytes, size_t len, const char *const *sets,
	size_t set_count, struct reporter *r) {
	struct raw raw = {0};
	struct string_list names = {0};
	raw_read(&raw, bytes, len, r);
	raw_override(&raw, sets, set_count, &names, r);
	fill(c, &raw);
	cross_check(c, &raw, r);
	c->failed = r->failed;
	raw_finish(&raw);
	string_list_clear(&names);
}

void config_load_text(struct config *c, const char *path, const char *bytes, size_t len,
	const char *const *sets, size_t set_count, config_error_fn *error, void *data) {
	struct reporter r = {.path = path, .error = error, .data = data};
	memset(c, 0, sizeof(*c));
	load(c, bytes, len, sets, set_count, &r);
}

void config_load(struct config *c, const char *path, const char *const *sets, size_t set_count,
	config_error_fn *error, void *data) {
	struct reporter r = {.path = path, .error = error, .data = data};
	char *bytes;
	size_t len;
	memset(c, 0, sizeof(*c));
	int failure = text_file_read(path, &bytes, &len);
	if (failure) {
		fault_report(&r, (struct place){0}, "%s",
			failure == EFBIG ? "the file is larger than 1 MiB" : strerror(failure));
		c->failed = true;
		return;
	}
	load(c, bytes, len, sets, set_count, &r);
	free(bytes);
}

const char *profile_device(const struct profile *p) {
	return p->port_device ? p->port_device : p->port;
}

static void clear_fields(enum option_scope scope, void *base) {
	for (size_t i = 0; i < option_count; i++) {
		if (option_table[i].scope == scope) {
			value_clear(&option_table[i], base);
		}
	}
}

static void copy_fields(enum option_scope scope, const void *from, void *to) {
	for (size_t i = 0; i < option_count; i++) {
		if (option_table[i].scope == scope) {
			value_copy(&option_table[i], from, to);
		}
	}
}

void profile_copy(struct profile *to, const struct profile *from) {
	string_set(&to->name, from->name);
	copy_fields(SCOPE_SESSION, from, to);
}

void profile_finish(struct profile *p) {
	clear_fields(SCOPE_SESSION, p);
	string_set(&p->name, NULL);
}

void daemon_options_copy(struct daemon_options *to, const struct daemon_options *from) {
	copy_fields(SCOPE_DAEMON, from, to);
}

void daemon_options_finish(struct daemon_options *d) {
	clear_fields(SCOPE_DAEMON, d);
}

void config_finish(struct config *c) {
	for (size_t i = 0; i < c->session_count; i++) {
		profile_finish(&c->sessions[i]);
	}
	free(c->sessions);
	daemon_options_finish(&c->daemon);
	memset(c, 0, sizeof(*c));
}
