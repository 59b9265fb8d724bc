#include "io/kdcommand.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/strings.h"
#include "os/os.h"

static void words_add_n(struct words *w, const char *bytes, size_t len) {
	char **at = realloc(w->at, (w->count + 2) * sizeof(*at));
	char *copy = malloc(len + 1);

	if (at) {
		w->at = at;
	}
	if (!at || !copy) {
		free(copy);
		w->failed = true;
		return;
	}
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	at[w->count++] = copy;
	at[w->count] = NULL;
}

static void words_add(struct words *w, const char *word) {
	words_add_n(w, word, strlen(word));
}

static void words_finish(struct words *w) {
	for (size_t i = 0; i < w->count; i++) {
		free(w->at[i]);
	}
	free(w->at);
	*w = (struct words){0};
}

/* Names of the environment do not differ by case on Windows; nowhere do people mean them to. */
static bool starts_with(const char *text, const char *prefix) {
	while (*prefix && toupper((unsigned char)*text) == toupper((unsigned char)*prefix)) {
		text++;
		prefix++;
	}
	return !*prefix;
}

/* What would make kd do something else than the profile says. */
static bool is_inherited(const char *name) {
	static const char *const refused[] = {
		"_NT_", "DBGENG_", "DBGHELP_", "SRCSRV_", OS_LAUNCH_PASSWORD};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (starts_with(name, refused[i])) {
			return false;
		}
	}
	return strlen(name) != 7 || !starts_with(name, "KDQUIET");
}

/* NAME=VALUE in place of an entry of the same name, or behind the others. */
static void env_set(struct words *env, const char *entry) {
	size_t name = strcspn(entry, "=") + 1;
	size_t len = strlen(entry);

	for (size_t i = 0; i < env->count; i++) {
		if (strncmp(env->at[i], entry, name) == 0) {
			char *copy = malloc(len + 1);

			if (!copy) {
				env->failed = true;
				return;
			}
			memcpy(copy, entry, len + 1);
			free(env->at[i]);
			env->at[i] = copy;
			return;
		}
	}
	words_add(env, entry);
}

static void env_put(struct words *env, const char *name, const char *value) {
	size_t len = strlen(name) + strlen(value) + 2;
	char *entry = malloc(len);

	if (!entry) {
		env->failed = true;
		return;
	}
	snprintf(entry, len, "%s=%s", name, value);
	env_set(env, entry);
	free(entry);
}

static void build_env(struct words *env, const struct profile *p, const uv_env_item_t *inherited,
	int count, bool append_log) {
	char rate[24];

	for (int i = 0; i < count; i++) {
		if (is_inherited(inherited[i].name)) {
			env_put(env, inherited[i].name, inherited[i].value);
		}
	}
	snprintf(rate, sizeof(rate), "%" PRIu64, p->baud_rate);
	env_put(env, "_NT_DEBUG_PORT", p->port);
	env_put(env, "_NT_DEBUG_BAUD_RATE", rate);
	env_put(env, append_log ? "_NT_DEBUG_LOG_FILE_APPEND" : "_NT_DEBUG_LOG_FILE_OPEN",
		p->log_file);
	if (p->symbol_path) {
		env_put(env, "_NT_SYMBOL_PATH", p->symbol_path);
	}
	if (!string_list_has(&p->on_bugcheck, "analyze")) {
		env_put(env, "DBGENG_NO_BUGCHECK_ANALYSIS", "1");
	}
	for (size_t i = 0; i < p->env.count; i++) {
		env_set(env, p->env.at[i]);
	}
}

/* Blanks part the arguments; inside "..." they do not. */
static void split_args(struct words *args, const char *text) {
	char *word = malloc(strlen(text) + 1);

	if (!word) {
		args->failed = true;
		return;
	}
	for (;;) {
		size_t len = 0;
		bool quoted = false, any = false;

		text += strspn(text, " \t");
		for (; *text && (quoted || (*text != ' ' && *text != '\t')); text++) {
			any = true;
			if (*text == '"') {
				quoted = !quoted;
			} else {
				word[len++] = *text;
			}
		}
		if (!any) {
			break;
		}
		words_add_n(args, word, len);
	}
	free(word);
}

/* -server must be the first argument, its options in the same one. */
static void add_server(struct words *args, const struct profile *p) {
	const char *options = p->server_options ? p->server_options : "";
	size_t len = strlen(p->server) + strlen(options) + 2;
	char *value = malloc(len);

	if (!value) {
		args->failed = true;
		return;
	}
	snprintf(value, len, "%s%s%s", p->server, *options ? "," : "", options);
	words_add(args, "-server");
	words_add(args, value);
	if (p->noshell) {
		words_add(args, "-noshell");
	}
	free(value);
}

int kd_command_init(struct kd_command *c, const struct profile *p, const uv_env_item_t *inherited,
	int inherited_count, const char *const *program, size_t program_count, bool append_log) {
	*c = (struct kd_command){0};
	for (size_t i = 0; i < program_count; i++) {
		words_add(&c->args, program[i]);
	}
	if (p->server) {
		add_server(&c->args, p);
	}
	if (p->kd_args) {
		split_args(&c->args, p->kd_args);
	}
	build_env(&c->env, p, inherited, inherited_count, append_log);
	return c->args.failed || c->env.failed ? UV_ENOMEM : 0;
}

int kd_command_password(struct kd_command *c, const char *password, bool launched) {
	for (size_t i = 0; !launched && i + 1 < c->args.count; i++) {
		if (strcmp(c->args.at[i], "-server") == 0) {
			string_append(&c->args.at[i + 1], ",password=");
			string_append(&c->args.at[i + 1], password);
			return 0;
		}
	}
	if (launched) {
		env_put(&c->env, OS_LAUNCH_PASSWORD, password);
	}
	return c->env.failed ? UV_ENOMEM : 0;
}

static const char *symchk_word(const char *word, const struct profile *p, const char *manifest) {
	if (strcmp(word, "%manifest%") == 0) {
		return manifest;
	}
	return strcmp(word, "%path%") == 0 ? p->symbol_path : word;
}

int kd_command_symchk(struct kd_command *c, const struct profile *p, const uv_env_item_t *inherited,
	int inherited_count, const char *const *program, size_t program_count,
	const char *manifest) {
	struct words args = {0};

	*c = (struct kd_command){0};
	split_args(&args, p->symchk_args);
	for (size_t i = 0; i < program_count; i++) {
		words_add(&c->args, program[i]);
	}
	for (size_t i = 0; i < args.count; i++) {
		words_add(&c->args, symchk_word(args.at[i], p, manifest));
	}
	build_env(&c->env, p, inherited, inherited_count, true);
	words_finish(&args);
	return args.failed || c->args.failed || c->env.failed ? UV_ENOMEM : 0;
}

void kd_command_finish(struct kd_command *c) {
	words_finish(&c->args);
	words_finish(&c->env);
}

void kd_command_remote(const struct profile *p, const char *host, char *out, size_t cap) {
	const char *colon = p->server ? strchr(p->server, ':') : NULL;

	if (!colon) {
		snprintf(out, cap, "%s", "");
		return;
	}
	snprintf(out, cap, "kd -remote %.*s:server=%s,%s%s", (int)(colon - p->server), p->server,
		host, colon + 1, p->password_file ? ",password=*" : "");
}
