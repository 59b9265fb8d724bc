/* The batch file: lines, SET, folders, variables. kd's own command line is batch_kd.c's. */
#include "config/batch.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/batch_inside.h"
#include "config/names.h"
#include "config/strings.h"

#define BATCH_TEXT_MAX 512
#define BATCH_LINE_MAX 32767 /* cmd itself takes 8191 */

void batch_remark(struct batch_reading *r, const char *format, ...) {
	char text[BATCH_TEXT_MAX];
	struct batch *b = r->out;
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	b->remarks = array_grow(b->remarks, b->remark_count, sizeof(*b->remarks));
	b->remarks[b->remark_count++] = (struct batch_remark){r->line, string_copy(text)};
}

static char **slot_of(
	const struct string_list *names, const struct string_list *values, const char *name) {
	for (size_t i = 0; i < names->count; i++) {
		if (names_equal(names->at[i], name)) {
			return &values->at[i];
		}
	}
	return NULL;
}

static void put(struct string_list *names, struct string_list *values, const char *name,
	const char *value) {
	char **slot = slot_of(names, values, name);
	if (slot) {
		string_set(slot, value);
		return;
	}
	string_list_add(names, string_copy(name));
	string_list_add(values, string_copy(value));
}

const char *batch_variable(const struct batch_reading *r, const char *name) {
	char **slot = slot_of(&r->names, &r->values, name);
	return slot && **slot ? *slot : NULL;
}

void batch_key(struct batch_session *s, const char *key, const char *value) {
	if (value) {
		put(&s->keys, &s->values, key, value);
	}
}

const char *batch_key_of(const struct batch_session *s, const char *key) {
	char **slot = slot_of(&s->keys, &s->values, key);
	return slot ? *slot : NULL;
}

/* A word's bytes from *at on, quotes taken away; *at is moved behind it. */
static char *next_word(const char **at) {
	char *word = string_copy(*at), *end = word;
	bool quoted = false;
	for (; **at && (quoted || !isspace((unsigned char)**at)); (*at)++) {
		if (**at == '\\' && (*at)[1] == '"') {
			*end++ = *++*at;
		} else if (**at == '"') {
			quoted = !quoted;
		} else {
			*end++ = **at;
		}
	}
	*end = 0;
	return word;
}

void batch_words(const char *text, struct string_list *words) {
	for (;;) {
		while (isspace((unsigned char)*text)) {
			text++;
		}
		if (!*text) {
			return;
		}
		string_list_add(words, next_word(&text));
	}
}

/* The value of %NAME%, `len` bytes with both signs, or NULL and a remark. */
static const char *value_of(struct batch_reading *r, const char *text, size_t len) {
	char *name = string_copy_n(text + 1, len - 2);
	const char *value = batch_variable(r, name);
	if (!value && !strpbrk(name, " \t\"/\\:")) {
		batch_remark(r, "%%%s%%: not set in this file; put its value in its place", name);
	}
	free(name);
	return value;
}

/* %NAME%: known ones replaced; the rest stays and is told. The caller frees the copy. */
static char *expand(struct batch_reading *r, const char *text) {
	char *whole = string_copy("");
	while (*text) {
		const char *end = *text == '%' ? strchr(text + 1, '%') : NULL;
		size_t n = end && end > text + 1 ? (size_t)(end - text) + 1 : 1;
		n = end ? n : *text == '%' ? 1 : strcspn(text, "%");
		const char *value = end && n > 1 ? value_of(r, text, n) : NULL;
		char *part = value ? string_copy(value) : string_copy_n(text, n);
		string_append(&whole, part);
		free(part);
		text += n;
	}
	return whole;
}

static char *skip_blanks(char *text) {
	while (isspace((unsigned char)*text)) {
		text++;
	}
	return text;
}

static void trim_end(char *text) {
	size_t len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1])) {
		text[--len] = 0;
	}
}

/* Does the line begin with this command of cmd's? What stands behind it, or NULL. */
static char *behind(char *line, const char *command) {
	const char *rest = names_behind(line, command);
	if (!rest || isalnum((unsigned char)*rest) || *rest == '_') {
		return NULL;
	}
	return skip_blanks(line + (rest - line));
}

/* SET NAME=VALUE, SET "NAME=VALUE": cmd keeps every byte, the closing quote ends the second. */
static void take_set(struct batch_reading *r, char *text) {
	if (*text == '/') {
		batch_remark(r, "set %s: not carried over", text);
		return;
	}
	if (*text == '"') {
		char *end = strrchr(++text, '"');
		if (end) {
			*end = 0;
		}
	}
	char *equals = strchr(text, '=');
	if (!equals || equals == text) {
		return; /* `set NAME` only shows */
	}
	*equals = 0;
	put(&r->names, &r->values, text, equals + 1);
}

static bool has_drive(const char *path) {
	return isalpha((unsigned char)path[0]) && path[1] == ':';
}

static void take_folder(struct batch_reading *r, char *text) {
	char *rest = behind(text, "/d");
	char whole[BATCH_TEXT_MAX];
	struct string_list words = {0};
	batch_words(rest ? rest : text, &words);
	const char *path = words.count ? words.at[0] : NULL;
	if (path && has_drive(path)) {
		string_set(&r->folder, path);
	} else if (path && *path == '\\' && r->drive) {
		snprintf(whole, sizeof(whole), "%s%s", r->drive, path);
		string_set(&r->folder, whole);
	} else if (path && *path == '\\') {
		string_set(&r->folder, path);
		batch_remark(r, "cd %s: the file names no drive; put it before work_dir", path);
	} else if (path) {
		batch_remark(r, "cd %s: only whole paths can be carried over; set work_dir", path);
	}
	string_list_clear(&words);
}

/* `start "title" /min kd ...` and `call kd ...` are what stands behind them. */
static char *inner_command(char *line) {
	char *rest = behind(line, "call");
	if (rest) {
		return inner_command(rest);
	}
	rest = behind(line, "start");
	if (!rest) {
		return line;
	}
	if (*rest == '"') {
		char *end = strchr(rest + 1, '"');
		rest = end ? skip_blanks(end + 1) : rest;
	}
	while (*rest == '/') {
		rest += strcspn(rest, " \t");
		rest = skip_blanks(rest);
	}
	return rest;
}

static bool is_idle(char *line) {
	static const char *const idle[] = {"rem", "echo", "cls", "title", "color", "pause",
		"setlocal", "endlocal", "exit", "mode", "popd", "chcp"};
	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++) {
		if (behind(line, idle[i])) {
			return true;
		}
	}
	return *line == ':' || !*line; /* a label, a `::` comment */
}

static void take_other(struct batch_reading *r, char *line) {
	char shown[SHOWN_MAX];
	struct string_list words = {0};
	line = inner_command(line);
	batch_words(line, &words);
	if (words.count && batch_debugger(words.at[0])) {
		batch_kd(r, &words);
	} else {
		batch_remark(r, "%s: not carried over", string_show(line, shown));
	}
	string_list_clear(&words);
}

static void take_command(struct batch_reading *r, char *line) {
	char *rest;
	line = skip_blanks(line);
	if (*line == '@') {
		line = skip_blanks(line + 1);
	}
	if (is_idle(line)) {
		return;
	}
	if ((rest = behind(line, "set"))) {
		take_set(r, rest);
		return;
	}
	trim_end(line);
	if (has_drive(line) && !line[2]) {
		line[2] = 0;
		string_set(&r->drive, line);
	} else if ((rest = behind(line, "cd")) || (rest = behind(line, "chdir")) ||
		   (rest = behind(line, "pushd"))) {
		take_folder(r, rest);
	} else {
		take_other(r, line);
	}
}

/* The end of the command that begins at `line`: an `&` outside of quotes, or the text's end. */
static char *command_end(char *line) {
	bool quoted = false;
	for (; *line && (quoted || *line != '&'); line++) {
		quoted ^= *line == '"';
	}
	return line;
}

static void take_line(struct batch_reading *r, const char *text) {
	char *line = expand(r, text), *at = line;
	while (*at) {
		char *end = command_end(at), *next = *end ? end + 1 : end;
		*end = 0;
		take_command(r, at);
		at = next;
	}
	free(line);
}

/* A comment's %NAMES% are nobody's: told apart before anything is expanded. */
static bool is_comment(char *line) {
	char *first = skip_blanks(line);
	first = skip_blanks(*first == '@' ? first + 1 : first);
	return behind(first, "rem") || *first == ':';
}

/* The line that begins at bytes[*at], blanks at its end cut; *at is moved to the next. */
static char *next_line(const char *bytes, size_t len, size_t *at) {
	const char *end = memchr(bytes + *at, '\n', len - *at);
	size_t n = end ? (size_t)(end - bytes) - *at : len - *at;
	char *line = string_copy_n(bytes + *at, n);
	*at += n + 1;
	trim_end(line);
	return line;
}

static void take_whole_line(struct batch_reading *r, char *line) {
	if (strlen(line) > BATCH_LINE_MAX) {
		batch_remark(r, "a line of over %d bytes: passed over", BATCH_LINE_MAX);
	} else if (!is_comment(line)) {
		take_line(r, line);
	}
}

/* Does it go on in the next line? The ^ that says so is cut. */
static bool goes_on(char *part) {
	size_t n = strlen(part);
	bool more = n && part[n - 1] == '^';
	part[n - more] = 0;
	return more;
}

static void read_lines(struct batch_reading *r, const char *bytes, size_t len) {
	char *line = string_copy("");
	size_t number = 0;
	for (size_t at = 0; at < len;) {
		char *part = next_line(bytes, len, &at);
		bool more = goes_on(part);
		number++;
		r->line = *line ? r->line : number;
		string_append(&line, part);
		free(part);
		if (!more || at >= len) {
			take_whole_line(r, line);
			*line = 0;
		}
	}
	free(line);
}

void batch_read(struct batch *b, const char *bytes, size_t len) {
	struct batch_reading r = {.out = b};
	memset(b, 0, sizeof(*b));
	read_lines(&r, bytes, len);
	free(r.drive);
	free(r.folder);
	string_list_clear(&r.names);
	string_list_clear(&r.values);
}

void batch_finish(struct batch *b) {
	for (size_t i = 0; i < b->session_count; i++) {
		string_list_clear(&b->sessions[i].keys);
		string_list_clear(&b->sessions[i].values);
		string_list_clear(&b->sessions[i].arm);
	}
	for (size_t i = 0; i < b->remark_count; i++) {
		free(b->remarks[i].text);
	}
	free(b->sessions);
	free(b->remarks);
	memset(b, 0, sizeof(*b));
}

static void write_arm(const struct string_list *arm, FILE *out) {
	for (size_t i = 0; i < arm->count; i++) {
		bool needs_key = i == 0 || strchr(";#", arm->at[i][0]);
		fprintf(out, "%s%s\n", needs_key ? "arm = " : "\t", arm->at[i]);
	}
}

void batch_write(const struct batch *b, const char *name, FILE *out) {
	for (size_t i = 0; i < b->session_count; i++) {
		const struct batch_session *s = &b->sessions[i];
		if (i) {
			fprintf(out, "\n[session %s-%zu]\n", name, i + 1);
		} else {
			fprintf(out, "[session %s]\n", name);
		}
		for (size_t k = 0; k < s->keys.count; k++) {
			fprintf(out, "%s = %s\n", s->keys.at[k], s->values.at[k]);
		}
		write_arm(&s->arm, out);
	}
}
