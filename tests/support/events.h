/* Records what kdparse emits, as text that tests compare. */
#ifndef LIVEDEBUG_TESTS_EVENTS_H
#define LIVEDEBUG_TESTS_EVENTS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/kdparse.h"
#include "core/text.h"

#define EVENTS_ROW 256

struct events {
	struct events_row {
		uint64_t line;
		char text[EVENTS_ROW]; /* "LINE event fields" */
	} * row;
	size_t count, room;
	bool all;      /* the daemon's kinds and the texts too */
	uint64_t hash; /* of every text, whole */
};

static inline void events_add_fields(struct text *t, const struct kd_event *e) {
	if (e->kind == KD_PROMPT && e->user_mode) {
		text_put(t, " user");
	} else if (e->kind == KD_STACK || e->kind == KD_BP_HIT) {
		text_put(t, e->kind == KD_STACK ? " frames=" : " id=");
		text_put_u64(t, e->kind == KD_STACK ? e->frames : e->id);
	} else if (e->kind == KD_EXCEPTION || e->kind == KD_BUGCHECK) {
		text_put(t, " ");
		text_put_hex(t, e->code, 8);
		for (size_t i = 0; i < e->param_count; i++) {
			text_put(t, ",");
			text_put_hex(t, e->params[i], 1);
		}
	} else if (e->kind == KD_CLIENT_CONNECTED) {
		text_put(t, " who=");
		text_put_n(t, e->who, e->who_len);
	} else if (e->kind == KD_ESTABLISHED && e->wanted_break) {
		text_put(t, " wanted");
	}
	if (e->kind == KD_EXCEPTION) {
		text_put(t, e->first_chance ? " first" : " second");
	}
}

static inline void events_take(void *data, const struct kd_event *e) {
	struct events *events = (struct events *)data;
	struct text t;

	for (size_t i = 0; i < e->len; i++) {
		events->hash = (events->hash ^ (unsigned char)e->text[i]) * 1099511628211u;
	}
	if (!events->all && e->kind >= KD_STACK_BEGIN) {
		return;
	}
	if (events->count == events->room) {
		events->room = events->room * 2 + 64;
		events->row = (struct events_row *)realloc(
			events->row, events->room * sizeof(events->row[0]));
	}
	struct events_row *row = &events->row[events->count++];

	row->line = e->line;
	text_init(&t, row->text, sizeof(row->text));
	text_put_u64(&t, e->line);
	text_put(&t, " ");
	text_put(&t, kd_event_name(e->kind));
	events_add_fields(&t, e);
	if (events->all) {
		text_put(&t, e->behind_prompt ? " > " : " : ");
		text_put_n(&t, e->text, e->len);
	}
}

/* As `parse` lists them: by line, events of one line as they came. */
static inline void events_sort(struct events *events) {
	for (size_t i = 1; i < events->count; i++) {
		struct events_row row = events->row[i];
		size_t at = i;

		for (; at > 0 && events->row[at - 1].line > row.line; at--) {
			events->row[at] = events->row[at - 1];
		}
		events->row[at] = row;
	}
}

static inline void events_free(struct events *events) {
	free(events->row);
	memset(events, 0, sizeof(*events));
}

static inline bool events_equal(const struct events *a, const struct events *b) {
	if (a->count != b->count || a->hash != b->hash) {
		return false;
	}
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->row[i].text, b->row[i].text) != 0) {
			return false;
		}
	}
	return true;
}

static inline uint32_t events_random(uint32_t *state) {
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/*
 * Parse bytes: whole (most 0), or in pieces of 1 to `most` bytes. Each piece is a heap block of its
 * own size, so that a sanitizer sees a read past its end.
 */
static inline void events_parse(
	struct events *events, const char *bytes, size_t len, size_t most, uint32_t seed) {
	struct kdparse *parser = (struct kdparse *)malloc(sizeof(*parser));

	events->hash = 14695981039346656037u;
	kdparse_init(parser, events_take, events);
	while (len > 0) {
		size_t part = most == 0 ? len : 1 + events_random(&seed) % most;
		part = part < len ? part : len;
		char *piece = (char *)malloc(part);

		memcpy(piece, bytes, part);
		kdparse_feed(parser, piece, part);
		free(piece);
		bytes += part;
		len -= part;
	}
	kdparse_finish(parser);
	free(parser);
}

/* Do equal bytes give equal events whole, byte by byte and in `splits` seeded ways? */
static inline bool events_split_equally(const char *bytes, size_t len, unsigned splits) {
	struct events whole = {.all = true};
	bool equal = true;

	events_parse(&whole, bytes, len, 0, 1);
	for (unsigned i = 0; i <= splits && equal; i++) {
		struct events cut = {.all = true};

		events_parse(&cut, bytes, len, i == 0 ? 1 : 1 + i * 7 % 300, i + 1);
		equal = events_equal(&whole, &cut);
		events_free(&cut);
	}
	events_free(&whole);
	return equal;
}

#endif
