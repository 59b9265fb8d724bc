#include "core/admin.h"

#include <string.h>

#include "core/text.h"

/* The first row that fits counts. */
static const struct {
	const char *event, *what;
	unsigned id;
	enum admin_weight weight;
} rows[] = {
	{"state", NULL, 110, ADMIN_INFO},
	{"armed", NULL, 111, ADMIN_INFO},
	{"partial", NULL, 112, ADMIN_WARNING},
	{"disarmed", NULL, 113, ADMIN_INFO},
	{"paused", NULL, 114, ADMIN_WARNING},
	{"finished", NULL, 115, ADMIN_INFO},
	{"released", NULL, 116, ADMIN_INFO},
	{"halt_begin", NULL, 117, ADMIN_INFO},
	{"halt_end", NULL, 118, ADMIN_INFO},
	{"reboot", NULL, 119, ADMIN_INFO},
	{"not_back", NULL, 120, ADMIN_WARNING},
	{"storm", NULL, 121, ADMIN_WARNING},
	{"gap", NULL, 122, ADMIN_WARNING},
	{"reload", NULL, 123, ADMIN_INFO},
	{"power", NULL, 124, ADMIN_INFO},
	{"refused", NULL, 125, ADMIN_WARNING},
	{"clock", NULL, 126, ADMIN_INFO},
	{"alarm", "kd ended", 201, ADMIN_WARNING},
	{"alarm", "kd not started", 202, ADMIN_ERROR},
	{"alarm", "kd does not stay up", 203, ADMIN_ERROR},
	{"alarm", "kd replaced", 204, ADMIN_WARNING},
	{"alarm", "kd is silent", 205, ADMIN_WARNING},
	{"alarm", "port absent", 206, ADMIN_WARNING},
	{"alarm", "port busy", 207, ADMIN_WARNING},
	{"alarm", "transport lost", 208, ADMIN_WARNING},
	{"alarm", "break-in unanswered", 209, ADMIN_ERROR},
	{"alarm", "the target may stand halted", 210, ADMIN_ERROR},
	{"alarm", "halt over", 211, ADMIN_WARNING},
	{"alarm", "release mode", 212, ADMIN_ERROR},
	{"alarm", "not back", 213, ADMIN_WARNING},
	{"alarm", "storm", 214, ADMIN_WARNING},
	{"alarm", "evidence cannot be kept", 215, ADMIN_ERROR},
	{"alarm", "battery low", 216, ADMIN_ERROR},
	{"alarm", NULL, 200, ADMIN_WARNING},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool is(const char *word, const char *wanted) {
	return word && strcmp(word, wanted) == 0;
}

/* Halts have events of their own; a hit's are too many for this log. */
static bool is_routine(const struct admin_fact *f) {
	bool was_stop = is(f->from, "halted") || is(f->from, "breaking");
	bool is_halt = is(f->event, "halt_begin") || is(f->event, "halt_end");

	if (is(f->event, "state")) {
		return is(f->to, "halted") || is(f->to, "breaking") ||
		       (was_stop && is(f->to, "running")) || is(f->from, f->to ? f->to : "");
	}
	return is_halt && is(f->owner, "hit");
}

static void put(struct text *t, const char *before, const char *word) {
	if (word && *word) {
		text_put(t, before);
		text_put_escaped(t, word, strlen(word));
	}
}

bool admin_entry_of(const struct admin_fact *f, struct admin_entry *out) {
	struct text t;
	size_t i = 0;

	while (i < ROWS &&
		!(is(f->event, rows[i].event) && (!rows[i].what || is(f->what, rows[i].what)))) {
		i++;
	}
	if (i == ROWS || is_routine(f)) {
		return false;
	}
	out->id = rows[i].id;
	out->weight =
		is(f->result, "halted") || is(f->result, "unknown") ? ADMIN_ERROR : rows[i].weight;
	text_init(&t, out->text, sizeof(out->text));
	put(&t, "", f->session);
	put(&t, ": ", f->event);
	put(&t, ": ", f->what);
	put(&t, " from ", f->from);
	put(&t, " to ", f->to);
	put(&t, ", owner ", f->owner);
	put(&t, ": ", f->result);
	return true;
}

const char *admin_row(size_t n, const char **what, unsigned *id, enum admin_weight *weight) {
	if (n >= ROWS) {
		return NULL;
	}
	*what = rows[n].what;
	*id = rows[n].id;
	*weight = rows[n].weight;
	return rows[n].event;
}
