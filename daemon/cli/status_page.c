#include "cli/status_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define CELL 160
#define SPARE_ROWS 3 /* the line of names, the one to join, the shell's prompt or the watch's */

enum column {
	COLUMN_SESSION,
	COLUMN_PORT,
	COLUMN_STATE,
	COLUMN_ARM,
	COLUMN_HITS,
	COLUMN_RATE,
	COLUMN_HALTED,
	COLUMN_ATTACHED,
	COLUMN_TARGET,
	COLUMN_PIPE,
	COLUMN_JOIN,
	COLUMN_WHY,
	COLUMNS
};

static const char *const names[COLUMNS] = {"SESSION", "PORT", "STATE", "ARM", "HITS", "/MIN",
	"HALTED", "ATTACHED", "TARGET", "PIPE", "JOIN", "WHY"};

struct row {
	char cell[COLUMNS][CELL];
	enum page_colour colour;
};

struct table {
	struct row *rows;
	size_t count;
	size_t width[COLUMNS]; /* 0: the column is not shown */
	size_t gap;
	char server[CELL]; /* what stands before the pipe's name in each line to paste */
	bool pipe_is_name; /* each session's pipe has the session's name */
	bool is_short;     /* cells that can be are shortened */
};

/* --- a session's members ------------------------------------------------------------------------
 */

static const char *text_of(const json_t *item, const char *key, const char *otherwise) {
	const char *text = json_string_value(json_object_get(item, key));

	return text ? text : otherwise;
}

static long long number_of(const json_t *item, const char *key) {
	return (long long)json_integer_value(json_object_get(item, key));
}

static double share_of(const json_t *item, const char *key) {
	return json_number_value(json_object_get(json_object_get(item, "halts"), key)) * 100;
}

/* What a target or a teammate put into it must not act up on a person's screen. */
static void shown(char *out, size_t cap, const char *text) {
	struct text t;

	text_init(&t, out, cap);
	text_put_shown(&t, text, strlen(text));
}

static const char *age_of(const json_t *item, char out[32]) {
	uint64_t seconds = (uint64_t)number_of(item, "for_ms") / 1000;
	struct text t;

	text_init(&t, out, 32);
	if (seconds >= 172800) {
		text_put_u64(&t, seconds / 86400);
		text_put(&t, "d");
	} else if (seconds >= 7200) {
		text_put_u64(&t, seconds / 3600);
		text_put(&t, "h");
	} else if (seconds >= 120) {
		text_put_u64(&t, seconds / 60);
		text_put(&t, "m");
	} else {
		text_put_u64(&t, seconds);
		text_put(&t, "s");
	}
	return out;
}

static enum page_colour colour_of(const json_t *item) {
	const char *state = text_of(item, "state", ""), *arm = text_of(item, "arm", "");

	if (strcmp(state, "halted") == 0 || strcmp(state, "unknown") == 0 ||
		json_is_string(json_object_get(item, "journal_trouble"))) {
		return PAGE_BAD;
	}
	if (strcmp(state, "stopped") == 0) {
		return PAGE_DIM;
	}
	return strcmp(state, "running") != 0 ? PAGE_CARE
	       : strcmp(arm, "armed") == 0   ? PAGE_GOOD
	       : strcmp(arm, "partial") == 0 ? PAGE_CARE
					     : PAGE_PLAIN;
}

/* --- cells --------------------------------------------------------------------------------------
 */

static void put_state(char *out, const json_t *item) {
	const char *owner = text_of(item, "owner", NULL);
	char age[32];

	snprintf(out, CELL, "%s%s%s%s %s", text_of(item, "state", "?"), owner ? "(" : "",
		owner ? owner : "", owner ? ")" : "", age_of(item, age));
}

static void put_arm(char *out, const json_t *item) {
	long long breakpoints = number_of(item, "breakpoints");

	if (breakpoints > 0) {
		snprintf(out, CELL, "%s %lld", text_of(item, "arm", "?"), breakpoints);
	} else {
		snprintf(out, CELL, "%s", text_of(item, "arm", "?"));
	}
}

/* The writer by name, the others by number; a teammate may be gone, which kd does not say. */
static void put_attached(char *out, const json_t *item, bool is_short) {
	const char *writer = text_of(item, "writer", NULL), *client = text_of(item, "client", NULL);
	long long viewers = number_of(item, "viewers");
	char who[CELL / 2] = "";

	if (is_short) {
		snprintf(out, CELL, "%s%.0lld%s%s", writer ? "w" : "", viewers, viewers ? "v" : "",
			client ? "+kd" : "");
		return;
	}
	shown(who, sizeof(who), client ? client : "");
	snprintf(out, CELL, "%.40s%s%.0lld%s%s%.60s", writer ? writer : "",
		writer && viewers ? ", " : "", viewers,
		viewers == 1 ? " viewer"
		: viewers    ? " viewers"
			     : "",
		client && (writer || viewers) ? ", " : "", who);
}

/* "Windows 10 19041 x64" is W10.19041 where room is short. */
static void put_target(char *out, const json_t *item, bool is_short) {
	const char *target = text_of(item, "target", "");
	char version[16] = "", build[16] = "";

	if (is_short && sscanf(target, "Windows %15s %15s", version, build) == 2) {
		snprintf(out, CELL, "W%.8s.%.8s", version, build);
	} else {
		shown(out, CELL, target);
	}
}

static const char *pipe_of(const char *remote) {
	const char *pipe = remote ? strstr(remote, "pipe=") : NULL;

	return pipe ? pipe + 5 : "";
}

static void fill_row(struct row *r, const json_t *item, bool is_short) {
	const char *trouble = text_of(item, "journal_trouble", NULL);
	const char *remote = text_of(item, "remote", "");
	const json_t *hit = json_object_get(json_object_get(item, "halts"), "hit");

	snprintf(r->cell[COLUMN_SESSION], CELL, "%s", text_of(item, "name", "?"));
	snprintf(r->cell[COLUMN_PORT], CELL, "%s", text_of(item, "port", "?"));
	put_state(r->cell[COLUMN_STATE], item);
	put_arm(r->cell[COLUMN_ARM], item);
	snprintf(r->cell[COLUMN_HITS], CELL, "%lld", number_of(item, "hits"));
	snprintf(r->cell[COLUMN_RATE], CELL, "%lld", number_of(hit, "last_minute"));
	snprintf(r->cell[COLUMN_HALTED], CELL, "%.1f%%", share_of(item, "last_minute"));
	put_attached(r->cell[COLUMN_ATTACHED], item, is_short);
	put_target(r->cell[COLUMN_TARGET], item, is_short);
	snprintf(r->cell[COLUMN_PIPE], CELL, "%s", pipe_of(remote));
	snprintf(r->cell[COLUMN_JOIN], CELL, "%s", remote);
	shown(r->cell[COLUMN_WHY], CELL, trouble ? trouble : text_of(item, "why", ""));
	r->colour = colour_of(item);
}

/* --- the table ----------------------------------------------------------------------------------
 */

static void measure(struct table *t) {
	for (int c = 0; c < COLUMNS; c++) {
		size_t widest = 0;

		for (size_t i = 0; i < t->count; i++) {
			size_t columns = page_columns(t->rows[i].cell[c]);

			widest = columns > widest ? columns : widest;
		}
		if (widest > 0) { /* a column without a word in it is not shown */
			size_t name = strlen(names[c]);

			widest = name > widest ? name : widest;
		}
		t->width[c] = widest;
	}
}

static size_t total(const struct table *t) {
	size_t columns = 0, used = 0;

	for (int c = 0; c < COLUMNS; c++) {
		columns += t->width[c];
		used += t->width[c] > 0;
	}
	return columns + (used ? used - 1 : 0) * t->gap;
}

/* The part of the line to paste that all sessions share, up to the pipe's name. */
static void find_server(struct table *t) {
	t->pipe_is_name = true;
	t->server[0] = '\0';
	for (size_t i = 0; i < t->count; i++) {
		const char *remote = t->rows[i].cell[COLUMN_JOIN];
		const char *pipe = pipe_of(remote);
		size_t len = (size_t)(pipe - remote);

		if (!*pipe) {
			continue;
		}
		if (!*t->server) {
			snprintf(t->server, sizeof(t->server), "%.*s", (int)len, remote);
		} else if (strlen(t->server) != len || strncmp(t->server, remote, len) != 0) {
			t->server[0] = '\0';
			return;
		}
		t->pipe_is_name =
			t->pipe_is_name && strcmp(pipe, t->rows[i].cell[COLUMN_SESSION]) == 0;
	}
}

static void fill(struct table *t, const json_t *sessions) {
	json_t *item;
	size_t i;

	json_array_foreach(sessions, i, item) {
		t->rows[i] = (struct row){0};
		fill_row(&t->rows[i], item, t->is_short);
	}
	measure(t);
	find_server(t);
}

/* What can be said once for all is not said in each line. */
static void say_once(struct table *t) {
	if (*t->server) {
		t->width[COLUMN_JOIN] = 0;
		t->width[COLUMN_PIPE] = t->pipe_is_name ? 0 : t->width[COLUMN_PIPE];
	} else {
		t->width[COLUMN_PIPE] = 0;
	}
}

static void fit(struct table *t, const json_t *sessions, size_t width) {
	static const enum column least_needed[] = {
		COLUMN_WHY, COLUMN_JOIN, COLUMN_TARGET, COLUMN_ATTACHED, COLUMN_PORT, COLUMN_PIPE};

	say_once(t);
	if (width == 0) {
		return;
	}
	if (total(t) > width) {
		t->width[COLUMN_WHY] = 0;
	}
	if (total(t) > width) {
		t->is_short = true;
		fill(t, sessions);
		say_once(t);
		t->width[COLUMN_WHY] = 0;
	}
	if (total(t) > width) {
		t->gap = 1;
	}
	for (size_t i = 0; i < sizeof(least_needed) / sizeof(least_needed[0]) && total(t) > width;
		i++) {
		t->width[least_needed[i]] = 0;
	}
}

static bool is_number(int c) {
	return c == COLUMN_HITS || c == COLUMN_RATE || c == COLUMN_HALTED;
}

static void put_cell(struct page *p, const char *text, int c, size_t width, size_t left) {
	size_t columns = page_columns(text), room = width < left ? width : left;

	if (is_number(c) && columns < room) {
		page_put(p, "%*s", (int)(room - columns), "");
		page_cell(p, text, columns, false);
		return;
	}
	page_cell(p, text, room, true);
}

/* NULL: the line of names. No line is longer than the screen is wide. */
static void put_row(struct page *p, const struct table *t, const struct row *r) {
	size_t left = p->width ? p->width : SIZE_MAX, start = p->len, at = 0;

	for (int c = 0; c < COLUMNS && left > 0; c++) {
		size_t gap = at > 0 ? t->gap : 0;

		if (t->width[c] == 0 || left <= gap) {
			continue;
		}
		page_put(p, "%*s", (int)gap, "");
		left -= gap;
		page_colour(p, !r ? PAGE_BOLD : c == COLUMN_STATE ? r->colour : PAGE_PLAIN);
		put_cell(p, r ? r->cell[c] : names[c], c, t->width[c], left);
		page_colour(p, PAGE_PLAIN);
		left -= t->width[c] < left ? t->width[c] : left;
		at++;
	}
	while (!p->colour && p->len > start && p->at[p->len - 1] == ' ') {
		p->len--;
	}
	page_put(p, "\n");
}

static void put_join(struct page *p, const struct table *t) {
	char line[CELL + 16];

	if (*t->server) {
		snprintf(line, sizeof(line), "join: %s%s", t->server,
			t->pipe_is_name ? "SESSION" : "PIPE");
		page_colour(p, PAGE_DIM);
		page_cell(p, line, p->width ? p->width : sizeof(line), false);
		page_colour(p, PAGE_PLAIN);
		page_put(p, "\n");
	}
}

void status_page_all(struct page *p, const json_t *sessions) {
	size_t count = json_array_size(sessions), most = count;
	struct table t = {.count = count, .gap = 2};

	if (p->rows > SPARE_ROWS && count > p->rows - SPARE_ROWS) {
		most = p->rows - SPARE_ROWS - 1;
	}
	t.rows = calloc(count + 1, sizeof(*t.rows));
	if (!t.rows) {
		return;
	}
	fill(&t, sessions);
	fit(&t, sessions, p->width);
	put_row(p, &t, NULL);
	for (size_t i = 0; i < most; i++) {
		put_row(p, &t, &t.rows[i]);
	}
	if (most < count) {
		page_put(p, "... and %zu more\n", count - most);
	}
	put_join(p, &t);
	free(t.rows);
}

/* --- one session --------------------------------------------------------------------------------
 */

static void put_label(struct page *p, const char *label) {
	page_colour(p, PAGE_DIM);
	page_put(p, "  %-10s", label);
	page_colour(p, PAGE_PLAIN);
}

static void put_line(struct page *p, const char *label, const char *text) {
	char safe[1024];

	if (!text || !*text) {
		return;
	}
	shown(safe, sizeof(safe), text);
	put_label(p, label);
	page_put(p, "%s\n", safe);
}

static void put_standing(struct page *p, const json_t *s) {
	const char *owner = text_of(s, "owner", NULL);
	long long breakpoints = number_of(s, "breakpoints");
	char age[32];

	put_label(p, "state");
	page_colour(p, colour_of(s));
	page_put(p, "%s%s%s%s", text_of(s, "state", "?"), owner ? " (" : "", owner ? owner : "",
		owner ? ")" : "");
	page_colour(p, PAGE_PLAIN);
	page_put(p, " for %s, since %s\n", age_of(s, age), text_of(s, "since", "?"));
	put_line(p, "evidence", text_of(s, "evidence", NULL));
	put_line(p, "why", text_of(s, "why", NULL));
	put_label(p, "arm");
	page_put(p, "%s", text_of(s, "arm", "?"));
	if (breakpoints > 0) {
		page_put(p, ", %lld breakpoint%s", breakpoints, breakpoints == 1 ? "" : "s");
	}
	page_put(p, "\n");
	put_line(p, "symbols", text_of(s, "symbols", NULL));
	put_line(p, "result", text_of(s, "result", NULL));
}

static void put_target_line(struct page *p, const json_t *s) {
	const char *target = text_of(s, "target", "");
	char safe[256];

	shown(safe, sizeof(safe), target);
	put_label(p, "target");
	page_put(p, "%s%sboot %lld\n", *safe ? safe : "not seen yet", ", ", number_of(s, "boot"));
}

static void put_hits(struct page *p, const json_t *s) {
	const json_t *hit = json_object_get(json_object_get(s, "halts"), "hit");

	put_label(p, "hits");
	page_put(p, "%lld, %lld in the last minute", number_of(s, "hits"),
		number_of(hit, "last_minute"));
	if (number_of(hit, "count") > 0) {
		page_put(p, "; each halts about %lld ms, the longest %lld ms",
			number_of(hit, "mean_ms"), number_of(hit, "longest_ms"));
	}
	page_put(p, "\n");
}

static void put_halted(struct page *p, const json_t *s) {
	const json_t *halts = json_object_get(s, "halts");
	const char *key;
	json_t *owner;

	put_label(p, "halted");
	page_put(p, "%.1f s in %lld halts: %.1f%% of the last minute, %.2f%% of the hour",
		(double)number_of(halts, "total_ms") / 1000, number_of(halts, "count"),
		share_of(s, "last_minute"), share_of(s, "last_hour"));
	if (number_of(halts, "longest_ms") > 0) {
		page_put(p, "; longest %.1f s (%s)", (double)number_of(halts, "longest_ms") / 1000,
			text_of(halts, "longest_owner", "?"));
	}
	page_put(p, "\n");
	json_object_foreach(json_object_get(halts, "owners"), key, owner) {
		put_label(p, "");
		page_put(p, "%s: %.1f s in %lld\n", key, (double)number_of(owner, "ms") / 1000,
			number_of(owner, "count"));
	}
}

static void put_people(struct page *p, const json_t *s) {
	const char *writer = text_of(s, "writer", NULL), *client = text_of(s, "client", NULL);
	long long viewers = number_of(s, "viewers");
	char safe[256];

	put_label(p, "attached");
	page_put(p, "writer: %s; viewers: %lld", writer ? writer : "none", viewers);
	if (client) {
		shown(safe, sizeof(safe), client);
		page_put(p, "; teammates so far: %lld, the last %s", number_of(s, "clients_seen"),
			safe);
	}
	page_put(p, "\n");
	put_line(p, "join", text_of(s, "remote", NULL));
}

void status_page_one(struct page *p, const json_t *s) {
	const char *trouble = text_of(s, "journal_trouble", NULL);

	page_colour(p, PAGE_BOLD);
	page_put(p, "%s", text_of(s, "name", "?"));
	page_colour(p, PAGE_PLAIN);
	page_put(p, " on %s at %lld bits per second\n", text_of(s, "port", "?"),
		number_of(s, "baud_rate"));
	put_standing(p, s);
	put_target_line(p, s);
	put_hits(p, s);
	put_halted(p, s);
	put_people(p, s);
	put_label(p, "kd");
	page_put(p, "pid %lld; starts: %lld; break-ins: %lld\n", number_of(s, "kd_pid"),
		number_of(s, "kd_starts"), number_of(s, "breaks_sent"));
	put_line(p, "log", text_of(s, "log", NULL));
	put_line(p, "journal", text_of(s, "journal", NULL));
	if (trouble || number_of(s, "lost_bytes") > 0) {
		put_label(p, "");
		page_colour(p, PAGE_BAD);
		page_put(p, "%lld bytes are missing%s%s", number_of(s, "lost_bytes"),
			trouble ? "; it cannot be written: " : "", trouble ? trouble : "");
		page_colour(p, PAGE_PLAIN);
		page_put(p, "\n");
	}
}
