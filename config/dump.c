/* The values in effect as an ini, and the sample: both are the table, written out. */
#include <string.h>

#include "config/config.h"
#include "config/reader.h"
#include "config/value.h"

/* Indented, this one would be taken for a comment. */
static bool needs_key(const char *command) {
	return command[0] == ';' || command[0] == '#';
}

static void dump_commands(const struct option *o, const struct string_list *list, FILE *out) {
	if (list->count == 0) {
		fprintf(out, "%s =\n", o->key);
	}
	for (size_t i = 0; i < list->count; i++) {
		const char *command = list->at[i];
		if (i == 0 || needs_key(command)) {
			fprintf(out, "%s = %s\n", o->key, command);
		} else {
			fprintf(out, "\t%s\n", command);
		}
	}
}

static void dump_env(const struct string_list *list, FILE *out) {
	for (size_t i = 0; i < list->count; i++) {
		const char *equals = strchr(list->at[i], '=');
		const char *value = equals + 1;
		fprintf(out, "env.%.*s =%s%s\n", (int)(equals - list->at[i]), list->at[i],
			*value ? " " : "", value);
	}
}

static void dump_option(const struct option *o, const void *base, FILE *out) {
	char value[READER_VALUE_MAX + 1];
	const void *field = (const char *)base + o->offset;
	if (o->type == OPTION_COMMANDS) {
		dump_commands(o, field, out);
	} else if (o->type == OPTION_ENV) {
		dump_env(field, out);
	} else if (value_format(o, base, value, sizeof(value))) {
		fprintf(out, "%s = %s\n", o->key, value);
	}
}

static void dump_scope(enum option_scope scope, const void *base, FILE *out) {
	for (size_t i = 0; i < option_count; i++) {
		if (option_table[i].scope == scope) {
			dump_option(&option_table[i], base, out);
		}
	}
}

void config_dump_daemon(const struct config *c, FILE *out) {
	fprintf(out, "[daemon]\n");
	dump_scope(SCOPE_DAEMON, &c->daemon, out);
}

void config_dump_session(const struct profile *p, FILE *out) {
	fprintf(out, "\n[session %s]\n", p->name);
	dump_scope(SCOPE_SESSION, p, out);
}

void config_dump(const struct config *c, FILE *out) {
	config_dump_daemon(c, out);
	for (size_t i = 0; i < c->session_count; i++) {
		config_dump_session(&c->sessions[i], out);
	}
}
