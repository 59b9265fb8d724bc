#include "core/symbols.h"

#include <string.h>

void symbols_init(struct symbols *y, bool can_fetch) {
	memset(y, 0, sizeof(*y));
	y->can_fetch = can_fetch;
}

void symbols_forget(struct symbols *y) {
	if (!symbols_busy(y)) {
		symbols_init(y, y->can_fetch);
	}
}

bool symbols_ask(const struct symbols *y) {
	return y->can_fetch && (y->state == SYMBOLS_UNASKED || y->state == SYMBOLS_FETCHED);
}

bool symbols_busy(const struct symbols *y) {
	return y->state == SYMBOLS_FETCHING || y->state == SYMBOLS_RETRY;
}

const char *symbols_command(const struct symbols *y, size_t i) {
	static const char *const commands[] = {"ld nt", "lm m nt", "!lmi nt"};

	if (i == 0 && y->state == SYMBOLS_FETCHED) {
		return ".reload /f nt"; /* what was not found once is not looked for again */
	}
	return i < sizeof(commands) / sizeof(commands[0]) ? commands[i] : NULL;
}

/* --- what kd says
 * -------------------------------------------------------------------------------- */

static bool is_name(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

static bool is_hex(char c) {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Where the words behind `head` begin; NULL: they are not in the line. */
static const char *behind(const char *line, size_t len, const char *head, size_t *left) {
	ptrdiff_t at = text_find(line, len, head);

	if (at < 0) {
		return NULL;
	}
	*left = len - (size_t)at - strlen(head);
	return line + at + strlen(head);
}

/* "RSDS - GUID: {3844DBB9-2017-4967-BE7A-A4A2C20430FA}" */
static void read_guid(struct symbols *y, const char *text, size_t len) {
	struct text t;

	text_init(&t, y->id, sizeof(y->id) - 9); /* room for the age */
	for (size_t i = 0; i < len && text[i] != '}'; i++) {
		if (is_hex(text[i])) {
			text_put_n(&t, text + i, 1);
		}
	}
	y->pdb[0] = '\0';
}

/* "Age: 2, Pdb: ntkrnlmp.pdb" */
static void read_age(struct symbols *y, const char *age, size_t age_len) {
	size_t len, id = strlen(y->id);
	const char *pdb = behind(age, age_len, "Pdb: ", &len);
	struct text t;

	if (!pdb || y->pdb[0] || id != 32) {
		return;
	}
	text_init(&t, y->id + id, sizeof(y->id) - id);
	for (size_t i = 0; i < age_len && i < 8 && is_hex(age[i]); i++) {
		text_put_n(&t, age + i, 1);
	}
	text_init(&t, y->pdb, sizeof(y->pdb));
	for (size_t i = 0; i < len && is_name(pdb[i]); i++) {
		text_put_n(&t, pdb + i, 1);
	}
}

void symbols_line(struct symbols *y, const char *line, size_t len) {
	size_t left;
	const char *at = behind(line, len, " nt ", &left);

	if (at && text_find(at, left, "(pdb symbols)") >= 0) {
		y->has_pdb = true;
	}
	at = behind(line, len, "GUID: {", &left);
	if (at) {
		read_guid(y, at, left);
	}
	at = behind(line, len, "Age: ", &left);
	if (at) {
		read_age(y, at, left);
	}
}

/* --- what comes next
 * ----------------------------------------------------------------------------- */

static void say_why(struct symbols *y, const char *why) {
	struct text t;

	text_init(&t, y->why, sizeof(y->why));
	text_put(&t, "no symbols for nt: ");
	text_put(&t, why);
}

enum symbols_state symbols_asked(struct symbols *y) {
	bool again = y->state == SYMBOLS_FETCHED;

	if (y->has_pdb) {
		y->state = SYMBOLS_THERE;
		y->why[0] = '\0';
	} else if (!y->pdb[0] || strlen(y->id) < 33) {
		say_why(y, "kd does not say which pdb it needs; symchk = off lets it fetch");
		y->state = SYMBOLS_GIVEN_UP;
	} else if (again && y->tries >= SYMBOLS_TRIES) {
		say_why(y, "symchk fetched, and kd does not find them");
		y->state = SYMBOLS_GIVEN_UP;
	} else {
		y->tries++;
		y->state = SYMBOLS_FETCHING;
	}
	y->has_pdb = false;
	return y->state;
}

void symbols_retry(struct symbols *y) {
	if (y->state == SYMBOLS_RETRY) {
		y->tries++;
		y->state = SYMBOLS_FETCHING;
	}
}

enum symbols_state symbols_fetched(struct symbols *y, bool ok, const char *why) {
	if (y->state != SYMBOLS_FETCHING) {
		return y->state;
	}
	if (ok) {
		y->state = SYMBOLS_FETCHED;
		y->why[0] = '\0';
		return y->state;
	}
	say_why(y, why);
	y->state = y->tries >= SYMBOLS_TRIES ? SYMBOLS_GIVEN_UP : SYMBOLS_RETRY;
	return y->state;
}

void symbols_manifest(const struct symbols *y, struct text *t) {
	text_put(t, y->pdb);
	text_put(t, ",");
	text_put(t, y->id);
	text_put(t, ",1");
}

/* --- paths
 * --------------------------------------------------------------------------------------- */

static bool is_server(const char *part, size_t len) {
	return text_starts(part, len, "http://") || text_starts(part, len, "https://") ||
	       text_starts(part, len, "HTTP://") || text_starts(part, len, "HTTPS://");
}

/* "SRV*store*http://server" without the last part; nothing where no store is left. */
static void put_element(const char *element, size_t len, struct text *t) {
	char buffer[4096];
	struct text kept;
	size_t parts = 0;
	bool has_star = memchr(element, '*', len) != NULL;

	text_init(&kept, buffer, sizeof(buffer));
	while (len > 0) {
		const char *star = memchr(element, '*', len);
		size_t part = star ? (size_t)(star - element) : len;

		if (!is_server(element, part)) {
			text_put(&kept, parts > 0 ? "*" : "");
			text_put_n(&kept, element, part);
			parts++;
		}
		element += part + (star != NULL);
		len -= part + (star != NULL);
	}
	if (parts > (has_star ? 1 : 0)) {
		text_put(t, t->len > 0 ? ";" : "");
		text_put_n(t, buffer, kept.len);
	}
}

void symbols_local_path(const char *path, struct text *t) {
	while (*path) {
		size_t len = strcspn(path, ";");

		put_element(path, len, t);
		path += len;
		path += *path == ';';
	}
}

const char *symbols_state_name(enum symbols_state state) {
	static const char *const names[SYMBOLS_STATES] = {
		"unasked", "there", "fetching", "retry", "fetched", "given up"};

	return state < SYMBOLS_STATES ? names[state] : "?";
}
