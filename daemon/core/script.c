#include "core/script.h"

#include <string.h>

void script_begin(
	struct script *s, enum script_job job, const char *const *commands, size_t count) {
	uint32_t breakpoint = s->breakpoint;

	memset(s, 0, sizeof(*s));
	s->job = job;
	s->breakpoint = breakpoint;
	s->end = "g";
	if (job == JOB_ARM || job == JOB_COMMAND) {
		s->commands = commands;
		s->command_count = count;
	} else {
		s->command_count = job == JOB_RELEASE || job == JOB_DISABLE || job == JOB_PAUSE ||
				   job == JOB_ENABLE;
	}
}

bool script_add(struct script *s, const char *command) {
	size_t len = strlen(command);

	if (s->own_count == SCRIPT_OWN || len >= SCRIPT_OWN_BYTES) {
		return false;
	}
	memcpy(s->own[s->own_count++], command, len + 1);
	return true;
}

const char *script_own_sent(const struct script *s) {
	return s->sent && s->next > 0 && s->next <= s->own_count ? s->own[s->next - 1] : NULL;
}

void script_drop(struct script *s) {
	script_begin(s, JOB_NONE, NULL, 0);
}

static bool has_list(const struct script *s) {
	return s->job == JOB_ARM || s->job == JOB_RELEASE || s->job == JOB_PAUSE ||
	       s->job == JOB_ENABLE;
}

static size_t list_index(const struct script *s) {
	return s->own_count + s->command_count;
}

static size_t go_index(const struct script *s) {
	return list_index(s) + (has_list(s) ? 1 : 0);
}

enum script_step script_peek(const struct script *s) {
	size_t go = go_index(s);

	if (s->job == JOB_NONE || s->next > go) {
		return STEP_END;
	}
	if (s->next == go) {
		return s->stays ? STEP_END : STEP_GO;
	}
	return s->next == list_index(s) ? STEP_LIST : STEP_COMMAND;
}

static void put_command(const struct script *s, struct text *line) {
	if (s->next < s->own_count) {
		text_put(line, s->own[s->next]);
	} else if (s->job == JOB_ARM || s->job == JOB_COMMAND) {
		text_put(line, s->commands[s->next - s->own_count]);
	} else if (s->job == JOB_DISABLE) {
		text_put(line, "bd ");
		text_put_u64(line, s->breakpoint);
	} else {
		text_put(line, s->job == JOB_PAUSE    ? "bd *"
			       : s->job == JOB_ENABLE ? "be *"
						      : "bc *");
	}
}

enum script_step script_take(struct script *s, uint64_t now_ms, struct text *line) {
	enum script_step step = script_peek(s);

	if (step == STEP_END) {
		return step;
	}
	if (step == STEP_COMMAND) {
		put_command(s, line);
	} else {
		text_put(line, step == STEP_LIST ? "bl" : s->end);
	}
	text_put(line, "\n");
	s->next++;
	s->sent = true;
	s->overdue = s->interrupted = false;
	s->sent_ms = now_ms;
	return step;
}

void script_cut(struct script *s) {
	if (script_peek(s) != STEP_END) {
		script_again(s);
	}
}

bool script_retry(struct script *s, size_t own) {
	if (s->retried) {
		return false;
	}
	s->retried = true;
	s->next = s->own_count - (own < s->own_count ? own : s->own_count);
	return true;
}

void script_again(struct script *s) {
	s->next = go_index(s);
}

bool script_listing(const struct script *s) {
	return s->sent && has_list(s) && s->next == list_index(s) + 1;
}

void script_fail(struct script *s, const char *what, const char *detail, size_t len) {
	struct text t;

	if (s->error[0]) {
		return;
	}
	text_init(&t, s->error, sizeof(s->error));
	text_put(&t, what);
	if (len > 0) {
		text_put(&t, ": ");
		text_put_n(&t, detail, len);
	}
}

const char *script_job_name(enum script_job job) {
	static const char *const names[SCRIPT_JOBS] = {
		[JOB_NONE] = "none",
		[JOB_ARM] = "arm",
		[JOB_RELEASE] = "release",
		[JOB_RESUME] = "resume",
		[JOB_DISABLE] = "disable",
		[JOB_PAUSE] = "pause",
		[JOB_ENABLE] = "enable",
		[JOB_HIT] = "hit",
		[JOB_SYMBOLS] = "symbols",
		[JOB_COMMAND] = "command",
		[JOB_BUGCHECK] = "bugcheck",
		[JOB_STACK] = "stack",
	};

	return job < SCRIPT_JOBS ? names[job] : "?";
}
