/* debug.ini.sample: the recipe as a profile, every key with its row of the table as a comment. */
#include <string.h>

#include "config/config.h"
#include "config/value.h"

#define COLUMNS 96

static const char head[] =
	"; livedebug: a profile. Written by `livedebug check --sample`; copy it to debug.ini.\n"
	";\n"
	"; The session below waits for allocations of a pool tag on a server, over a null-modem cable:\n"
	"; each one writes its stack to the log. The tag itself is set in the server's registry, see\n"
	"; `livedebug pooltag`. `livedebug check` reads this file and tells what is wrong with it.\n"
	";\n"
	"; Comments start in the first column, with ; or #. Everything behind KEY = up to the end of\n"
	"; the line is the value, a ; in it too. Only `arm` may go on in indented lines. Durations and\n"
	"; sizes carry units: ms s m h d, B K M G. A key with a ; in front shows its default.\n"
	"; [default] holds what all sessions share; a session's own key goes before it.\n";

/* Words up to the column limit; the first line begins with `lead`, the others are set in. */
static void put_wrapped(const char *lead, const char *text, FILE *out) {
	size_t column = strlen(lead);
	fputs(lead, out);
	while (*text) {
		size_t word = strcspn(text, " ");
		if (column + word + 1 > COLUMNS) {
			fputs("\n;    ", out);
			column = 5;
		}
		fprintf(out, " %.*s", (int)word, text);
		column += word + 1;
		text += word + strspn(text + word, " ");
	}
	fputc('\n', out);
}

/* What a later version's key takes now and is going to have as its default. */
static void put_later(const struct option *o, FILE *out) {
	fputs("not yet", out);
	if (o->accepts) {
		fprintf(out, ": only %s in this version", o->accepts);
	}
	if (o->later_fallback) {
		fprintf(out, "; then the default is: %s", o->later_fallback);
	}
}

static void put_range(const struct option *o, FILE *out) {
	char allowed[VALUE_WHY_MAX];
	value_describe(o, allowed, sizeof(allowed));
	fprintf(out, "%s%s", allowed, *allowed ? "; " : "");
	if (o->required) {
		fputs("required", out);
	} else {
		fprintf(out, "default: %s", o->fallback ? o->fallback : "not set");
	}
}

static void put_help(const struct option *o, FILE *out) {
	char lead[64];
	snprintf(lead, sizeof(lead), "; %s%s:", o->key, o->type == OPTION_ENV ? "NAME" : "");
	fputc('\n', out);
	put_wrapped(lead, o->help, out);
	fputs(";     ", out);
	if (o->later) {
		put_later(o, out);
	} else {
		put_range(o, out);
	}
	fputc('\n', out);
}

static void put_key(const struct option *o, FILE *out) {
	const char *value = o->later ? o->accepts : o->fallback;
	if (o->sample) {
		fprintf(out, "%s = %s\n", o->key, o->sample);
	} else if (o->type == OPTION_ENV) {
		fprintf(out, ";%sNAME = VALUE\n", o->key);
	} else {
		fprintf(out, ";%s =%s%s\n", o->key, value ? " " : "", value ? value : "");
	}
}

static void put_scope(enum option_scope scope, FILE *out) {
	for (size_t i = 0; i < option_count; i++) {
		if (option_table[i].scope == scope) {
			put_help(&option_table[i], out);
			put_key(&option_table[i], out);
		}
	}
}

void config_sample(FILE *out) {
	fputs(head, out);
	fputs("\n[daemon]\n", out);
	put_scope(SCOPE_DAEMON, out);
	fputs("\n[default]\n\n; NAME: 1 to 32 letters, digits, _ and -.\n[session livedebug]\n",
		out);
	put_scope(SCOPE_SESSION, out);
}
