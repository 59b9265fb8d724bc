#include "core/command.h"

#include <stdbool.h>
#include <string.h>

static const char *const ends[] = {"q", "qq", "qd", ".kill", ".reboot", ".crash", ".shell",
	".detach", ".abandon", ".restart", ".logclose", ".logopen", ".logfile", ".endsrv", NULL};
static const char *const resumes[] = {"g", "gh", "gn", "gc", "gu", "ga", ".cont", NULL};

static bool is_blank(char c) {
	return c == ' ' || c == '\t';
}

/* kd takes the names of its commands in either case. */
static bool is_word(const char *word, size_t len, const char *name) {
	size_t i = 0;

	while (i < len && name[i] && (word[i] | 0x20) == (name[i] | 0x20)) {
		i++;
	}
	return i == len && !name[i];
}

static bool is_one_of(const char *word, size_t len, const char *const *names) {
	for (size_t i = 0; names[i]; i++) {
		if (is_word(word, len, names[i])) {
			return true;
		}
	}
	return false;
}

/* The first word; `g@$ra`, `q;` and `.shell/x` end where a name can not go on. */
static enum command_kind judge_one(const char *at, const char *end) {
	size_t len = 0;

	while (at < end && (is_blank(*at) || *at == '{' || *at == '}')) {
		at++;
	}
	while (at + len < end &&
		(strchr("._", at[len]) || (at[len] >= '0' && at[len] <= '9') ||
			(at[len] | 0x20) >= 'a') &&
		(at[len] | 0x20) <= 'z') {
		len++;
	}
	return is_one_of(at, len, ends)      ? COMMAND_ENDS
	       : is_one_of(at, len, resumes) ? COMMAND_RESUMES
					     : COMMAND_PLAIN;
}

static bool is_bad(const char *line, size_t len) {
	bool blank = true;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			return true;
		}
		blank = blank && is_blank(line[i]);
	}
	return blank || len >= COMMAND_BYTES;
}

enum command_kind command_judge(const char *line, size_t len) {
	const char *end = line + len, *at = line;
	enum command_kind worst = COMMAND_PLAIN;
	bool quoted = false;

	if (is_bad(line, len)) {
		return COMMAND_BAD;
	}
	for (const char *c = line; c <= end; c++) {
		bool over = c == end || (!quoted && strchr(";{}", *c));

		quoted = c < end && *c == '"' ? !quoted : quoted;
		if (over) {
			enum command_kind kind = judge_one(at, c);

			worst = kind > worst ? kind : worst;
			at = c + 1;
		}
	}
	return worst;
}

const char *command_why(enum command_kind kind) {
	static const char *const why[] = {
		[COMMAND_PLAIN] = "",
		[COMMAND_RESUMES] = "it lets the target run: use `go`",
		[COMMAND_ENDS] =
			"it ends or wrecks the session: write :force before it if you mean it",
		[COMMAND_BAD] = "it is empty, too long or has control bytes",
	};

	return why[kind];
}
