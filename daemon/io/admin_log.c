#include "io/admin_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/service.h"

struct admin_log {
	uv_loop_t *loop;
	uv_work_t work;
	struct admin_entry queue[ADMIN_LOG_QUEUE], now;
	size_t count;
	unsigned lost;
	bool busy, closing;
};

struct admin_log *admin_log_create(uv_loop_t *loop) {
	struct admin_log *a = os_admin_log_wanted() ? calloc(1, sizeof(*a)) : NULL;

	if (a) {
		a->loop = loop;
		a->work.data = a;
	}
	return a;
}

static void write_one(uv_work_t *work) {
	const struct admin_log *a = work->data;

	os_admin_log(a->now.weight, a->now.id, a->now.text);
}

static void next(struct admin_log *a);

static void on_written(uv_work_t *work, int status) {
	struct admin_log *a = work->data;

	(void)status;
	a->busy = false;
	next(a);
}

static void next(struct admin_log *a) {
	if (a->busy) {
		return;
	}
	if (a->count == 0) {
		if (a->closing) {
			free(a);
		}
		return;
	}
	a->now = a->queue[0];
	memmove(a->queue, a->queue + 1, --a->count * sizeof(a->queue[0]));
	a->busy = uv_queue_work(a->loop, &a->work, write_one, on_written) == 0;
}

static void add(struct admin_log *a, const struct admin_entry *entry) {
	if (a->count == ADMIN_LOG_QUEUE) {
		a->lost++;
		return;
	}
	a->queue[a->count] = *entry;
	if (a->lost > 0) {
		snprintf(a->queue[a->count].text, ADMIN_TEXT, "%u events left out; %.150s", a->lost,
			entry->text);
		a->lost = 0;
	}
	a->count++;
	next(a);
}

static const char *member(const json_t *event, const char *key) {
	return json_string_value(json_object_get(event, key));
}

void admin_log_event(struct admin_log *a, const char *session, const json_t *event) {
	struct admin_fact fact = {.session = session,
		.event = member(event, "event"),
		.what = member(event, "what"),
		.from = member(event, "from"),
		.to = member(event, "to"),
		.owner = member(event, "owner"),
		.result = member(event, "result")};
	struct admin_entry entry;

	if (a && admin_entry_of(&fact, &entry)) {
		add(a, &entry);
	}
}

void admin_log_say(struct admin_log *a, unsigned id, enum admin_weight weight, const char *text) {
	struct admin_entry entry = {.id = id, .weight = weight};

	if (a) {
		snprintf(entry.text, sizeof(entry.text), "%s", text);
		add(a, &entry);
	}
}

void admin_log_close(struct admin_log *a) {
	if (a) {
		a->closing = true;
		next(a);
	}
}
