/* kd's command line and environment, as far as a daemon could use them. */
#include "tests/bench/kd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_BAUD = 19200 };

static const char *const plain[] = {"lines", "failinc", "secure", "sdce", "ses", "sicv", "sins",
	"snc", "snul", "sup", "kl", "noshell", "noio", "bonc", "myob", "kqm"};
static const char *const with_argument[] = {"cf", "cfr", "logo", "logou", "loga", "logau", "clines",
	"sflags", "srcpath", "c", "y", "i", "t", "k", "p", "kx", "z"};

static bool listed(const char *const *list, size_t n, const char *word) {
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], word) == 0) {
			return true;
		}
	}
	return false;
}

static void copy(char *out, size_t cap, const char *text) {
	snprintf(out, cap, "%s", text != NULL ? text : "");
}

/* The value of NAME= in "npipe:server=X,pipe=Y"; case is nothing. */
static bool part(const char *text, const char *name, char *out, size_t cap) {
	size_t len = strlen(name);
	for (const char *s = strchr(text, ':'); s != NULL; s = strchr(s, ',')) {
		s++;
		if (strncasecmp(s, name, len) == 0 && s[len] == '=') {
			snprintf(out, cap, "%.*s", (int)strcspn(s + len + 1, ","), s + len + 1);
			return true;
		}
	}
	return false;
}

static void read_environment(struct kd_options *opt) {
	const char *baud = getenv("_NT_DEBUG_BAUD_RATE");
	const char *port = getenv("_NT_DEBUG_PORT");
	const char *speed = getenv("BENCH_SPEED");
	const char *style = getenv("BENCH_KD_STYLE");
	const char *ctrl_f = getenv("BENCH_KD_CTRLF");
	const char *ctrl_b = getenv("BENCH_KD_CTRLB");
	copy(opt->port, sizeof opt->port, port != NULL ? port : "com1");
	opt->baud = baud != NULL ? (unsigned)strtoul(baud, NULL, 10) : DEFAULT_BAUD;
	opt->speed = speed != NULL && atof(speed) > 0 ? atof(speed) : 1;
	copy(opt->symbols, sizeof opt->symbols, getenv("_NT_SYMBOL_PATH"));
	copy(opt->script, sizeof opt->script, "ntsd.ini");
	opt->quiet = getenv("KDQUIET") != NULL;
	copy(opt->log, sizeof opt->log, getenv("_NT_DEBUG_LOG_FILE_OPEN"));
	if (opt->log[0] == '\0') {
		copy(opt->log, sizeof opt->log, getenv("_NT_DEBUG_LOG_FILE_APPEND"));
		opt->log_append = true;
	}
	opt->ctrl_f = ctrl_f != NULL && *ctrl_f == '1';
	opt->ctrl_b = ctrl_b == NULL || *ctrl_b != '0';
	opt->quiet_hit = getenv("BENCH_KD_QUIET_HIT") != NULL;
	opt->blocking_clients = getenv("BENCH_KD_BLOCKING_CLIENTS") != NULL;
	if (style != NULL) {
		opt->style = strcmp(style, "x86") == 0   ? KD_STYLE_X86
			     : strcmp(style, "old") == 0 ? KD_STYLE_OLD
							 : KD_STYLE_NEW;
	}
}

static void take_argument(struct kd_options *opt, const char *name, const char *arg) {
	char text[sizeof opt->symbols];
	if (strcmp(name, "c") == 0) {
		copy(opt->commands, sizeof opt->commands, arg);
	} else if (strcmp(name, "cf") == 0 || strcmp(name, "cfr") == 0) {
		copy(opt->script, sizeof opt->script, arg);
	} else if (strncmp(name, "log", 3) == 0) {
		copy(opt->log, sizeof opt->log, arg);
		opt->log_append = name[3] == 'a';
	} else if (strcmp(name, "y") == 0) {
		copy(text, sizeof text, opt->symbols);
		snprintf(opt->symbols, sizeof opt->symbols, "%s%s%.1000s", arg, *text ? ";" : "",
			text);
	} else if (strcmp(name, "k") == 0) {
		char baud[16];
		part(arg, "port", opt->port, sizeof opt->port);
		if (part(arg, "baud", baud, sizeof baud)) {
			opt->baud = (unsigned)strtoul(baud, NULL, 10);
		}
	}
}

static void take_plain(struct kd_options *opt, const char *name) {
	opt->break_once |= strcmp(name, "bonc") == 0;
	opt->no_box |= strcmp(name, "myob") == 0;
	opt->quiet |= strcmp(name, "kqm") == 0;
	opt->no_io |= strcmp(name, "noio") == 0;
	opt->no_shell |= strcmp(name, "noshell") == 0;
}

/* Letters that may be run together: -rnv. */
static bool take_letters(struct kd_options *opt, const char *name) {
	if (*name == '\0' || name[strspn(name, "bdmnrsvx")] != '\0') {
		return false;
	}
	opt->verbose |= strchr(name, 'v') != NULL;
	opt->noisy |= strchr(name, 'n') != NULL;
	return true; /* -b is "no longer supported": nothing happens */
}

static bool take_server(struct kd_options *opt, const char *name, const char *arg) {
	char *out = strcmp(name, "server") == 0 ? opt->pipe : opt->remote;
	copy(opt->transport, sizeof opt->transport, arg);
	part(arg, "password", opt->password, sizeof opt->password);
	if (strncmp(arg, "npipe:", 6) != 0 || !part(arg, "pipe", out, sizeof opt->pipe)) {
		printf("kd: Invalid transport '%s'\n", arg);
		return false;
	}
	return true;
}

bool kd_options_read(struct kd_options *opt, int argc, char **argv, int *code) {
	memset(opt, 0, sizeof *opt);
	*code = 1;
	read_environment(opt);
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i] + 1;
		bool is_switch = argv[i][0] == '-' || argv[i][0] == '/';
		bool more = i + 1 < argc;
		if (is_switch && i == 1 && more &&
			(strcmp(name, "server") == 0 || strcmp(name, "remote") == 0)) {
			if (!take_server(opt, name, argv[++i])) {
				return false;
			}
		} else if (is_switch && strcmp(name, "version") == 0) {
			puts("kd version 10.0.19041.685");
			*code = 0;
			return false;
		} else if (is_switch && more &&
			   listed(with_argument, sizeof with_argument / sizeof *with_argument,
				   name)) {
			take_argument(opt, name, argv[++i]);
		} else if (is_switch && listed(plain, sizeof plain / sizeof *plain, name)) {
			take_plain(opt, name);
		} else if (!is_switch || !take_letters(opt, name)) {
			printf("kd: Invalid switch '%s'\n", is_switch ? name : argv[i]);
			return false;
		}
	}
	return true;
}
