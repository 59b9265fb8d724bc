#include "cli/event_words.h"

#include <string.h>

static const char *member(const json_t *event, const char *name) {
	const char *text = json_string_value(json_object_get(event, name));

	return text ? text : "";
}

static void put(struct text *t, const char *before, const char *text) {
	if (*text) {
		text_put(t, before);
		text_put_shown(t, text, strlen(text));
	}
}

static void put_in(struct text *t, const char *text) {
	if (*text) {
		put(t, " (", text);
		text_put(t, ")");
	}
}

static void put_ms(struct text *t, const char *before, const json_t *event, const char *name) {
	const json_t *value = json_object_get(event, name);

	if (json_is_integer(value)) {
		text_put(t, before);
		text_put_duration(t, (uint64_t)json_integer_value(value));
	}
}

static void put_number(struct text *t, const json_t *event, const char *name, const char *unit) {
	text_put(t, " ");
	text_put_u64(t, (uint64_t)json_integer_value(json_object_get(event, name)));
	text_put(t, unit);
}

static void state(struct text *t, const json_t *e) {
	const char *step = member(e, "step");

	put(t, "", member(e, "from"));
	put(t, " -> ", member(e, "to"));
	put(t, ", step ", step);
	put_in(t, member(e, "owner"));
	put(t, ": ", member(e, "evidence"));
	if (strcmp(member(e, "why"), member(e, "evidence")) != 0) {
		put(t, "; ", member(e, "why"));
	}
}

static void break_in(struct text *t, const json_t *e) {
	text_put(t, "break-in is sent");
	put_in(t, member(e, "owner"));
	put(t, ": ", member(e, "cause"));
}

static void halt_begin(struct text *t, const json_t *e) {
	text_put(t, "the target is halted");
	put_in(t, member(e, "owner"));
	put(t, ": ", member(e, "cause"));
}

static void halt_end(struct text *t, const json_t *e) {
	text_put(t, "the target runs");
	put_in(t, member(e, "owner"));
	put_ms(t, ", was halted for ", e, "ms");
	put(t, ": ", member(e, "cause"));
}

static void gap(struct text *t, const json_t *e) {
	text_put(t, "GAP:");
	put_number(t, e, "bytes", " bytes are missing");
	put(t, ": ", member(e, "reason"));
}

static void alarm(struct text *t, const json_t *e) {
	put(t, "ALARM: ", member(e, "what"));
	put(t, ": ", member(e, "why"));
}

static void hold(struct text *t, const json_t *e) {
	put_ms(t, "the halt is lengthened to ", e, "ms");
	text_put(t, " from now");
}

static void client(struct text *t, const json_t *e) {
	put(t, "a teammate joined: ", member(e, "who"));
}

static void command(struct text *t, const json_t *e) {
	put(t, "", member(e, "who"));
	put(t, " types: ", member(e, "text"));
}

static void lease(struct text *t, const json_t *e) {
	put(t, "write lease ", member(e, "what"));
	put(t, ", from ", member(e, "from"));
	put(t, ": ", member(e, "who"));
}

static void reload(struct text *t, const json_t *e) {
	put(t, "profile read again by ", member(e, "who"));
	put(t, ": ", member(e, "did"));
	put_in(t, member(e, "keys"));
	put(t, ": ", member(e, "why"));
}

static void released(struct text *t, const json_t *e) {
	put(t, "the session has ended, its target is ", member(e, "result"));
	put(t, ": ", member(e, "why"));
}

static const struct {
	const char *event;
	void (*words)(struct text *t, const json_t *e);
} known[] = {
	{"state", state},
	{"break", break_in},
	{"halt_begin", halt_begin},
	{"halt_end", halt_end},
	{"gap", gap},
	{"alarm", alarm},
	{"hold", hold},
	{"client_connected", client},
	{"command", command},
	{"lease", lease},
	{"reload", reload},
	{"released", released},
};

/* What stands in every event, or is told already. */
static bool is_common(const char *name) {
	static const char *const common[] = {"time", "session", "seq", "boot", "event"};

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (strcmp(common[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static void put_member(struct text *t, const char *name, const json_t *value) {
	put(t, " ", name);
	text_put(t, "=");
	if (json_is_string(value)) {
		put(t, "", json_string_value(value));
	} else if (json_is_integer(value)) {
		text_put(t, json_integer_value(value) < 0 ? "-" : "");
		text_put_u64(
			t, (uint64_t)(json_integer_value(value) < 0 ? -json_integer_value(value)
								    : json_integer_value(value)));
	} else {
		text_put(t, json_is_true(value)     ? "yes"
			    : json_is_false(value)  ? "no"
			    : json_is_array(value)  ? "[...]"
			    : json_is_object(value) ? "{...}"
			    : json_is_real(value)   ? "(a fraction)"
						    : "-");
	}
}

void event_words(struct text *t, const json_t *event) {
	const char *name = member(event, "event");
	json_t *value;
	const char *key;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].event, name) == 0) {
			known[i].words(t, event);
			return;
		}
	}
	put(t, "", name);
	json_object_foreach((json_t *)event, key, value) {
		if (!is_common(key)) {
			put_member(t, key, value);
		}
	}
}
