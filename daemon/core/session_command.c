/* One command of an operator at a time: typed at a proved prompt, its output handed on. */
#include <string.h>

#include "core/session_inside.h"

/* `why` says what became of it; "" that it was done. */
static void end_command(struct session *s, int code, const char *why, struct actions *out) {
	uint64_t id = s->command_id;

	s->command_id = 0;
	actions_add_text(out, ACT_COMMAND_END, why, NULL);
	out->list[out->count - 1].value = id << 8 | (uint64_t)code;
}

static bool is_waiting_for_break(const struct session *s) {
	return s->state == SESSION_BREAKING && s->command_breaks;
}

int session_may_command(const struct session *s, bool breaks) {
	bool idle = session_typing(s) && s->script.job == JOB_NONE;

	if (s->going_down || s->state == SESSION_STOPPED || !s->set.prove || s->command_id != 0) {
		return 4;
	}
	return s->state == SESSION_UNKNOWN ? 5 : idle || (breaks && session_free(s)) ? 0 : 4;
}

void session_command(struct session *s, const struct session_input *in, struct actions *out) {
	bool breaks = (in->value & 1) != 0;
	struct text t;

	if (!in->text || session_may_command(s, breaks) != 0) {
		return;
	}
	text_init(&t, s->command, sizeof(s->command));
	text_put(&t, in->text);
	s->command_line = s->command;
	s->command_id = in->value >> 1;
	s->command_breaks = session_free(s);
	if (s->command_breaks) {
		session_break(s, OWNER_OPERATOR, "an operator's command", out);
	} else {
		session_begin_job(s, JOB_COMMAND, out);
	}
}

void session_command_line(struct session *s, const char *line, size_t len, struct actions *out) {
	char buffer[KDPARSE_LINE_MAX + 1];
	struct text t;

	if (s->script.job != JOB_COMMAND || !s->script.sent || s->resuming || s->command_id == 0) {
		return;
	}
	text_init(&t, buffer, sizeof(buffer));
	text_put_n(&t, line, len);
	actions_add_text(out, ACT_COMMAND_LINE, buffer, NULL);
	if (out->count > 0) {
		out->list[out->count - 1].value = s->command_id;
	}
}

void session_command_done(struct session *s, struct actions *out) {
	if (s->script.job == JOB_COMMAND && s->command_id != 0) {
		end_command(s, s->script.error[0] ? 1 : 0, s->script.error, out);
	}
}

void session_command_check(struct session *s, struct actions *out) {
	if (s->command_id != 0 && s->script.job != JOB_COMMAND && !is_waiting_for_break(s)) {
		end_command(s, s->state == SESSION_UNKNOWN ? 5 : 4,
			"the target left the prompt before the command was done", out);
	}
}
