#include "core/actions.h"

#include <string.h>

void actions_clear(struct actions *a) {
	a->count = 0;
	a->used = 0;
}

void actions_add(struct actions *a, enum action_kind kind, uint64_t value) {
	if (a->count < ACTIONS_MAX) {
		a->list[a->count++] = (struct action){.kind = kind, .value = value};
	}
}

void actions_add_text(
	struct actions *a, enum action_kind kind, const char *head, const char *tail) {
	struct text t;

	if (a->count >= ACTIONS_MAX || a->used >= ACTIONS_ARENA) {
		return;
	}
	text_init(&t, a->arena + a->used, ACTIONS_ARENA - a->used);
	text_put(&t, head ? head : "");
	text_put(&t, tail ? tail : "");
	a->list[a->count++] = (struct action){.kind = kind, .text = t.at, .len = t.len};
	a->used += t.len + 1;
}

const char *action_name(enum action_kind kind) {
	static const char *const names[ACTION_KINDS] = {
		[ACT_CHECK_PORT] = "check-port",
		[ACT_SPAWN] = "spawn",
		[ACT_WRITE] = "write",
		[ACT_BREAK] = "break",
		[ACT_KILL] = "kill",
		[ACT_EVENT] = "event",
		[ACT_ALARM] = "alarm",
		[ACT_FETCH] = "fetch",
		[ACT_COMMAND_LINE] = "command-line",
		[ACT_COMMAND_END] = "command-end",
		[ACT_ENDED] = "ended",
	};

	return kind < ACTION_KINDS ? names[kind] : "?";
}
