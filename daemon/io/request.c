#include "io/request.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
	[REQUEST_STATUS] = "status",
	[REQUEST_EVENTS] = "events",
	[REQUEST_START] = "start",
	[REQUEST_STOP] = "stop",
	[REQUEST_BREAK] = "break",
	[REQUEST_GO] = "go",
	[REQUEST_ARM] = "arm",
	[REQUEST_DISARM] = "disarm",
	[REQUEST_HOLD] = "hold",
	[REQUEST_RELEASE] = "release",
	[REQUEST_CMD] = "cmd",
	[REQUEST_ATTACH] = "attach",
	[REQUEST_RELOAD] = "reload",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == REQUEST_VERBS, "a name for each verb");

const char *request_verb_name(enum request_verb verb) {
	return verb < REQUEST_VERBS ? names[verb] : "";
}

enum request_verb request_verb_of(const char *name) {
	size_t i = 0;

	while (i < REQUEST_VERBS && strcmp(names[i], name) != 0) {
		i++;
	}
	return (enum request_verb)i;
}

static const char *read_number(const json_t *root, const char *key, uint64_t *out) {
	const json_t *value = json_object_get(root, key);

	if (!value) {
		return NULL;
	}
	if (!json_is_integer(value) || json_integer_value(value) < 0) {
		return "a time is not a whole number of milliseconds";
	}
	*out = (uint64_t)json_integer_value(value);
	return NULL;
}

static const char *read_session(const json_t *root, struct request *r) {
	const json_t *value = json_object_get(root, "session");
	bool all = json_is_true(json_object_get(root, "all"));
	bool may_be_all = r->verb == REQUEST_STATUS || r->verb == REQUEST_EVENTS ||
			  (r->verb == REQUEST_STOP && all);

	if (r->verb == REQUEST_RELOAD) {
		return value && !json_is_null(value) ? "reload is of the whole profile" : NULL;
	}
	if (!value || json_is_null(value)) {
		return may_be_all ? NULL : "which session?";
	}
	if (all || !json_is_string(value) || json_string_length(value) == 0) {
		return "session is not a name";
	}
	/* A longer one cannot be there either, but must not be cut into one that is. */
	if (json_string_length(value) >= sizeof(r->session)) {
		return "session's name is too long";
	}
	snprintf(r->session, sizeof(r->session), "%s", json_string_value(value));
	return NULL;
}

/* NULs and other control bytes are refused where the line is judged, but must get there. */
static const char *read_text(const json_t *root, struct request *r) {
	const json_t *value = json_object_get(root, "text");
	size_t len = json_string_length(value);

	r->breaks = json_is_true(json_object_get(root, "break"));
	if (r->verb != REQUEST_CMD) {
		return NULL;
	}
	if (!json_is_string(value) || len == 0) {
		return "which command?";
	}
	if (len >= sizeof(r->text) || memchr(json_string_value(value), '\0', len)) {
		return "the command is too long or has a NUL in it";
	}
	memcpy(r->text, json_string_value(value), len + 1);
	return NULL;
}

static const char *read_members(const json_t *root, struct request *r) {
	const json_t *version = json_object_get(root, "version");
	const char *verb = json_string_value(json_object_get(root, "verb"));
	const char *wrong;

	if (!json_is_integer(version) || json_integer_value(version) != REQUEST_VERSION) {
		return "version 1 is spoken here";
	}
	r->verb = verb ? request_verb_of(verb) : REQUEST_VERBS;
	if (r->verb == REQUEST_VERBS) {
		return "no such verb";
	}
	wrong = read_session(root, r);
	if (!wrong) {
		wrong = read_number(root, "timeout_ms", &r->timeout_ms);
	}
	if (!wrong) {
		wrong = read_number(root, "for_ms", &r->hold_ms);
	}
	if (!wrong) {
		wrong = read_text(root, r);
	}
	r->write = json_is_true(json_object_get(root, "write"));
	r->force = json_is_true(json_object_get(root, "force"));
	r->follow = json_is_true(json_object_get(root, "follow"));
	if (!wrong && r->verb == REQUEST_HOLD && r->hold_ms == 0) {
		wrong = "hold for how long?";
	}
	return wrong;
}

const char *request_parse(const char *line, size_t len, struct request *out) {
	struct request r = {.verb = REQUEST_VERBS};
	json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	const char *wrong = json_is_object(root) ? read_members(root, &r) : "not a JSON object";

	json_decref(root);
	if (!wrong) {
		*out = r;
	}
	return wrong;
}

char *request_format(const struct request *r) {
	json_t *root = json_pack(
		"{s:i, s:s}", "version", REQUEST_VERSION, "verb", request_verb_name(r->verb));
	char *text, *line;

	if (*r->session) {
		json_object_set_new(root, "session", json_string(r->session));
	} else if (r->verb == REQUEST_STOP) {
		json_object_set_new(root, "all", json_true());
	}
	if (r->follow) {
		json_object_set_new(root, "follow", json_true());
	}
	if (r->verb == REQUEST_CMD) {
		json_object_set_new(root, "text", json_string(r->text));
	}
	if (r->write) {
		json_object_set_new(root, "write", json_true());
	}
	if (r->force) {
		json_object_set_new(root, "force", json_true());
	}
	if (r->breaks) {
		json_object_set_new(root, "break", json_true());
	}
	if (r->hold_ms) {
		json_object_set_new(root, "for_ms", json_integer((json_int_t)r->hold_ms));
	}
	if (r->timeout_ms) {
		json_object_set_new(root, "timeout_ms", json_integer((json_int_t)r->timeout_ms));
	}
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	line = text ? realloc(text, strlen(text) + 2) : NULL;
	if (line) {
		memcpy(line + strlen(line), "\n", 2);
	} else {
		free(text);
	}
	return line;
}
