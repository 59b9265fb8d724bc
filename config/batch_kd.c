/* kd's command line and environment, as keys of a session. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/batch_inside.h"
#include "config/names.h"
#include "config/strings.h"

#define PATH_TEXT_MAX 1024

/* The command line of kd in hand. */
struct kd_line {
	struct batch_reading *r;
	struct batch_session *s;
	const struct string_list *words;
	size_t at;
	char *args; /* for kd_args */
};

const char *batch_debugger(const char *word) {
	static const char *const known[] = {"kd", "windbg", "cdb", "ntsd"};
	const char *base = word;
	char name[16];
	for (const char *p = word; *p; p++) {
		base = *p == '\\' || *p == '/' || *p == ':' ? p + 1 : base;
	}
	snprintf(name, sizeof(name), "%s", base);
	size_t len = strlen(name);
	if (len > 4 && names_equal(name + len - 4, ".exe")) {
		name[len - 4] = 0;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (names_equal(name, known[i])) {
			return known[i];
		}
	}
	return NULL;
}

static void keep_arg(struct kd_line *k, const char *word) {
	const char *quote = strpbrk(word, " \t") ? "\"" : "";
	string_append(&k->args, k->args ? " " : "");
	string_append(&k->args, quote);
	string_append(&k->args, word);
	string_append(&k->args, quote);
}

/* The word behind the option in hand, or NULL and a remark. */
static const char *argument(struct kd_line *k) {
	if (k->at + 1 < k->words->count) {
		return k->words->at[++k->at];
	}
	batch_remark(k->r, "%s: nothing stands behind it", k->words->at[k->at]);
	return NULL;
}

/* A log's path is kd's folder's, where it is not a whole one. */
static void set_log(struct kd_line *k, const char *path, const char *mode) {
	char whole[PATH_TEXT_MAX];
	bool is_whole = path && (strchr(path, ':') || *path == '\\' || *path == '/');
	if (path && !is_whole && k->r->folder) {
		snprintf(whole, sizeof(whole), "%s\\%s", k->r->folder, path);
		path = whole;
	}
	batch_key(k->s, "log_file", path);
	batch_key(k->s, "log_mode", mode);
}

/* One part of a transport's text, up to the comma; *at is moved behind it. NULL: no more. */
static char *next_part(const char **at) {
	if (!**at) {
		return NULL;
	}
	size_t n = strcspn(*at, ",");
	char *part = string_copy_n(*at, n);
	*at += n + ((*at)[n] == ',');
	return part;
}

static void take_com(struct kd_line *k, const char *text) {
	char *part;
	while ((part = next_part(&text))) {
		if (names_behind(part, "port=")) {
			batch_key(k->s, "port", names_behind(part, "port="));
		} else if (names_behind(part, "baud=")) {
			batch_key(k->s, "baud_rate", names_behind(part, "baud="));
		} else {
			batch_remark(
				k->r, "-k com:...%s: not carried over: serial ports only", part);
		}
		free(part);
	}
}

static void take_connection(struct kd_line *k) {
	bool has = k->at + 1 < k->words->count && !strchr("-/", k->words->at[k->at + 1][0]);
	const char *text = has ? k->words->at[++k->at] : "com:";
	if (names_behind(text, "com:")) {
		take_com(k, names_behind(text, "com:"));
	} else {
		batch_remark(
			k->r, "-k %s: not carried over: livedebug connects by serial cable", text);
	}
}

static void add_option(char **list, const char *word) {
	string_append(list, *list ? "," : "");
	string_append(list, word);
}

/* npipe:pipe=NAME,hidden,password=...: the transport, the options, and what must not be copied. */
static void take_server(struct kd_line *k) {
	const char *text = argument(k);
	char *part, *server = NULL, *options = NULL;
	while (text && (part = next_part(&text))) {
		bool names_place = names_behind(part, "npipe:") || names_behind(part, "tcp:") ||
				   names_behind(part, "pipe=") || names_behind(part, "port=");
		if (names_behind(part, "password=")) {
			batch_remark(k->r, "password=: not carried over: write it into a file of "
					   "its own and name that with password_file");
		} else {
			add_option(names_place ? &server : &options, part);
		}
		free(part);
	}
	batch_key(k->s, "server", server);
	batch_key(k->s, "server_options", options);
	free(server);
	free(options);
}

static bool is_go(const char *command) {
	return strcmp(command, "g") == 0 || strcmp(command, "gh") == 0 ||
	       strcmp(command, "gn") == 0;
}

static void add_command(struct kd_line *k, const char *from, size_t n) {
	while (n && isspace((unsigned char)*from)) {
		from++;
		n--;
	}
	while (n && isspace((unsigned char)from[n - 1])) {
		n--;
	}
	char *command = string_copy_n(from, n);
	if (n == 0 || is_go(command)) {
		free(command); /* letting the target go is livedebug's own last step */
		return;
	}
	string_list_add(&k->s->arm, command);
}

/* -c "bp X \";kb;g\"; g": cut at each `;` outside of quotes. */
static void take_commands(struct kd_line *k) {
	const char *text = argument(k), *from = text;
	bool quoted = false;
	if (!text) {
		return;
	}
	if (strcspn(text, "$") != strlen(text) && strstr(text, "$$")) {
		batch_remark(k->r,
			"-c %s: scripts ($$<, $$>) cannot be read from here; put their "
			"commands under arm",
			text);
	}
	for (const char *p = text; *p; p++) {
		quoted ^= *p == '"';
		if (*p == ';' && !quoted) {
			add_command(k, from, (size_t)(p - from));
			from = p + 1;
		}
	}
	add_command(k, from, strlen(from));
}

enum kd_take {
	TAKE_KEEP,     /* kd_args */
	TAKE_KEEP_ARG, /* kd_args, with the word behind it */
	TAKE_DROP,     /* told with the reason */
	TAKE_DROP_ARG,
	TAKE_SERVER,
	TAKE_CONNECTION,
	TAKE_COMMANDS,
	TAKE_LOG_OPEN,
	TAKE_LOG_APPEND,
	TAKE_SYMBOLS,
	TAKE_IMAGES,
	TAKE_NOSHELL
};

struct kd_option {
	const char *name;
	enum kd_take take;
	const char *why;
};

static const char ansi[] = "livedebug names the log in kd's environment, where it is not Unicode";

static const struct kd_option kd_options[] = {
	{"server", TAKE_SERVER, NULL},
	{"remote", TAKE_DROP_ARG, "a client of somebody's server; livedebug runs the server"},
	{"k", TAKE_CONNECTION, NULL},
	{"kl", TAKE_DROP, "local kernel debugging is no live session"},
	{"kx", TAKE_DROP_ARG, "EXDI: livedebug connects by serial cable"},
	{"kqm", TAKE_DROP, "quiet mode hides the lines by which a break-in is recognised"},
	{"b", TAKE_DROP, "livedebug breaks in by itself when arm_at says so"},
	{"bonc", TAKE_DROP, "livedebug breaks in by itself when arm_at says so"},
	{"d", TAKE_DROP, "livedebug breaks in by itself when arm_at says so"},
	{"x", TAKE_DROP, "livedebug breaks in by itself when arm_at says so"},
	{"c", TAKE_COMMANDS, NULL},
	{"cf", TAKE_DROP_ARG, "put the script's commands under arm, one a line"},
	{"cfr", TAKE_DROP_ARG, "put the script's commands under arm, one a line"},
	{"logo", TAKE_LOG_OPEN, NULL},
	{"loga", TAKE_LOG_APPEND, NULL},
	{"logou", TAKE_LOG_OPEN, ansi},
	{"logau", TAKE_LOG_APPEND, ansi},
	{"y", TAKE_SYMBOLS, NULL},
	{"i", TAKE_IMAGES, NULL},
	{"noshell", TAKE_NOSHELL, NULL},
	{"noio", TAKE_DROP, "livedebug types to kd's standard input"},
	{"secure", TAKE_DROP, "it forbids a downstream symbol store; noshell = yes is kept"},
	{"m", TAKE_DROP, "modems are not supported"},
	{"myob", TAKE_KEEP, "kept; it also hides the box that kd prints at a break-in"},
	{"z", TAKE_DROP_ARG, "a dump file is no live session"},
	{"wake", TAKE_DROP_ARG, "no session"},
	{"QR", TAKE_DROP_ARG, "no session"},
	{"t", TAKE_KEEP_ARG, NULL},
	{"clines", TAKE_KEEP_ARG, NULL},
	{"sflags", TAKE_KEEP_ARG, NULL},
	{"srcpath", TAKE_KEEP_ARG, NULL},
	{"n", TAKE_KEEP, NULL},
	{"v", TAKE_KEEP, NULL},
	{"r", TAKE_KEEP, NULL},
	{"s", TAKE_KEEP, NULL},
	{"lines", TAKE_KEEP, NULL},
	{"failinc", TAKE_KEEP, NULL},
	{"sdce", TAKE_KEEP, NULL},
	{"ses", TAKE_KEEP, NULL},
	{"sicv", TAKE_KEEP, NULL},
	{"sins", TAKE_KEEP, "kept; with it kd does not read symbol_path's variable"},
	{"snc", TAKE_KEEP, NULL},
	{"snul", TAKE_KEEP, NULL},
	{"sup", TAKE_KEEP, NULL},
};

static const struct kd_option *find_option(const char *name) {
	static const struct kd_option unknown = {
		NULL, TAKE_KEEP, "not known; kept in kd_args: see that kd takes it"};
	for (size_t i = 0; i < sizeof(kd_options) / sizeof(kd_options[0]); i++) {
		if (names_equal(kd_options[i].name, name)) {
			return &kd_options[i];
		}
	}
	return &unknown;
}

static void keep_with_argument(struct kd_line *k) {
	keep_arg(k, k->words->at[k->at]);
	const char *next = argument(k);
	if (next) {
		keep_arg(k, next);
	}
}

static void drop(struct kd_line *k, bool with_argument) {
	if (with_argument && k->at + 1 < k->words->count) {
		k->at++;
	}
}

static void take_option(struct kd_line *k, const struct kd_option *o) {
	const char *word = k->words->at[k->at];
	switch (o->take) {
	case TAKE_KEEP:
		keep_arg(k, word);
		return;
	case TAKE_KEEP_ARG:
		keep_with_argument(k);
		return;
	case TAKE_DROP:
	case TAKE_DROP_ARG:
		drop(k, o->take == TAKE_DROP_ARG);
		return;
	case TAKE_SERVER:
		take_server(k);
		return;
	case TAKE_CONNECTION:
		take_connection(k);
		return;
	case TAKE_COMMANDS:
		take_commands(k);
		return;
	case TAKE_LOG_OPEN:
		set_log(k, argument(k), "open");
		return;
	case TAKE_LOG_APPEND:
		set_log(k, argument(k), "append");
		return;
	case TAKE_SYMBOLS:
		batch_key(k->s, "symbol_path", argument(k));
		return;
	case TAKE_IMAGES:
		batch_key(k->s, "env._NT_EXECUTABLE_IMAGE_PATH", argument(k));
		return;
	case TAKE_NOSHELL:
		batch_key(k->s, "noshell", "yes");
		return;
	}
}

static void take_word(struct kd_line *k) {
	const char *word = k->words->at[k->at];
	if (strcmp(word, ">") == 0 || strcmp(word, ">>") == 0 || strcmp(word, "<") == 0) {
		batch_remark(
			k->r, "%s: not carried over: livedebug holds kd's input and output", word);
		drop(k, true);
		return;
	}
	if ((*word != '-' && *word != '/') || !word[1]) {
		batch_remark(k->r, "%s: not carried over: no option of kd", word);
		return;
	}
	const struct kd_option *o = find_option(word + 1);
	if (o->why) {
		bool kept = o->take != TAKE_DROP && o->take != TAKE_DROP_ARG;
		batch_remark(k->r, "%s: %s%s", word, kept ? "" : "not carried over: ", o->why);
	}
	take_option(k, o);
}

/* Variables that are kd's and no key of their own. */
static bool is_debuggers(const char *name) {
	static const char *const heads[] = {
		"_NT_", "DBGENG_", "DBGHELP_", "SRCSRV_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"};
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if (names_behind(name, heads[i])) {
			return true;
		}
	}
	return false;
}

static void take_variable(struct kd_line *k, const char *name, const char *value) {
	char key[PATH_TEXT_MAX];
	static const char *const own[] = {"_NT_DEBUG_PORT", "_NT_DEBUG_BAUD_RATE",
		"_NT_DEBUG_LOG_FILE_OPEN", "_NT_DEBUG_LOG_FILE_APPEND", "_NT_SYMBOL_PATH"};
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (names_equal(name, own[i])) {
			return;
		}
	}
	if (names_equal(name, "KDQUIET") || names_equal(name, "_NT_DEBUG_BUS")) {
		batch_remark(k->r,
			"%s: not carried over: livedebug takes it out of kd's environment", name);
	} else if (is_debuggers(name) && *value) {
		snprintf(key, sizeof(key), "env.%s", name);
		batch_key(k->s, key, value);
	}
}

static void take_environment(struct kd_line *k) {
	const struct batch_reading *r = k->r;
	const char *open = batch_variable(r, "_NT_DEBUG_LOG_FILE_OPEN");
	const char *append = batch_variable(r, "_NT_DEBUG_LOG_FILE_APPEND");
	batch_key(k->s, "work_dir", r->folder);
	batch_key(k->s, "port", batch_variable(r, "_NT_DEBUG_PORT"));
	batch_key(k->s, "baud_rate", batch_variable(r, "_NT_DEBUG_BAUD_RATE"));
	if (open || append) {
		set_log(k, open ? open : append, open ? "open" : "append");
	}
	batch_key(k->s, "symbol_path", batch_variable(r, "_NT_SYMBOL_PATH"));
	for (size_t i = 0; i < r->names.count; i++) {
		take_variable(k, r->names.at[i], r->values.at[i]);
	}
}

/* What the profile must have and kd itself would have assumed. */
static void fill_required(struct kd_line *k) {
	if (!batch_key_of(k->s, "port")) {
		batch_key(k->s, "port", "COM1");
		batch_remark(k->r, "no port is named: COM1, which is kd's own default");
	}
	if (!batch_key_of(k->s, "baud_rate")) {
		batch_key(k->s, "baud_rate", "19200");
		batch_remark(k->r, "no rate is named: 19200, which is kd's own default; it must be "
				   "the target's");
	}
	if (!batch_key_of(k->s, "log_file")) {
		set_log(k, "debug.log", "append");
		batch_remark(k->r, "no log is named: %s", batch_key_of(k->s, "log_file"));
	}
	if (names_equal(batch_key_of(k->s, "log_mode"), "open")) {
		batch_remark(k->r, "the log was overwritten at each start; livedebug moves the old "
				   "one aside and appends");
	}
}

static void take_program(struct kd_line *k) {
	const char *word = k->words->at[0], *name = batch_debugger(word);
	if (strcmp(name, "kd") == 0) {
		bool has_folder = strpbrk(word, "\\/:") != NULL;
		batch_key(k->s, "kd", has_folder ? word : NULL);
		return;
	}
	batch_remark(k->r, "%s: livedebug runs kd; its options are taken as kd's", word);
}

void batch_kd(struct batch_reading *r, const struct string_list *words) {
	struct batch *b = r->out;
	b->sessions = array_grow(b->sessions, b->session_count, sizeof(*b->sessions));
	struct kd_line k = {.r = r, .s = &b->sessions[b->session_count++], .words = words};
	memset(k.s, 0, sizeof(*k.s));
	k.s->line = r->line;
	take_program(&k);
	take_environment(&k);
	for (k.at = 1; k.at < words->count; k.at++) {
		take_word(&k);
	}
	fill_required(&k);
	batch_key(k.s, "kd_args", k.args);
	free(k.args);
}
