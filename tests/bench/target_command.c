/* The commands on stdin, one a line; each is answered by one. */
#include "tests/bench/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool command_parse_number(
	const char *text, unsigned long least, unsigned long most, uint64_t *out) {
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && *out >= least &&
	       *out <= most;
}

bool command_parse_rate(struct target *t, const char *text) {
	char *end;
	double rate = strtod(text, &end);

	if (end == text || *end != '\0' || !(rate >= 0) || rate > 1e6)
		return false;
	t->rate = (uint64_t)(rate * 1000);
	return true;
}

static void command_fault(struct target *t, char *rest) {
	const char *why;
	char *blank = strchr(rest, ' ');

	if (blank != NULL)
		*blank = ':';
	if (fault_add(t, rest, &why))
		printf("ok fault %s\n", rest);
	else
		printf("error %s\n", why);
}

static void command_number(struct target *t, const char *word, const char *rest) {
	bool is_hits = strcmp(word, "hits") == 0;
	bool is_good = is_hits ? command_parse_number(rest, 0, 1000000000, &t->hits_left)
			       : command_parse_rate(t, rest);

	if (is_good)
		work_schedule(t);
	printf(is_good ? "ok %s %s\n" : "error %s: bad number '%s'\n", word, rest);
}

static void command_print(struct target *t, const char *rest) {
	char text[512];

	snprintf(text, sizeof text, "%.500s\n", rest);
	stop_print_add(t, text);
	puts("ok print");
}

static void command_wait(struct target_loop *l, const char *rest) {
	uint64_t time;

	if (fault_parse_time(rest, &time))
		l->wait_until = l->target->now + time;
	else
		printf("error wait: bad time '%s'\n", rest);
}

void command_wait_over(struct target_loop *l) {
	if (l->target->now < l->wait_until)
		return;
	l->wait_until = NEVER;
	puts("ok wait");
	fflush(stdout);
}

static void command(struct target_loop *l, char *line) {
	struct target *t = l->target;
	size_t len = strcspn(line, " ");
	char *rest = line + len + (line[len] == ' ');

	line[len] = '\0';
	if (strcmp(line, "fault") == 0) {
		command_fault(t, rest);
	} else if (strcmp(line, "hits") == 0 || strcmp(line, "rate") == 0) {
		command_number(t, line, rest);
	} else if (strcmp(line, "print") == 0) {
		command_print(t, rest);
	} else if (strcmp(line, "mark") == 0) {
		truth_text(t, "mark", "", rest);
		puts("ok mark");
	} else if (strcmp(line, "wait") == 0) {
		command_wait(l, rest);
	} else if (strcmp(line, "state") == 0) {
		fputs("ok ", stdout);
		truth_state(t, stdout);
	} else if (strcmp(line, "quit") == 0) {
		puts("ok quit");
		l->is_ending = true;
	} else {
		printf("error no such command '%s'\n", line);
	}
	fflush(stdout);
}

static void take_line_bytes(struct target_loop *l, const char *bytes, size_t len) {
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\n') {
			if (l->line_len < sizeof l->line - 1)
				l->line[l->line_len++] = bytes[i];
			continue;
		}
		l->line[l->line_len] = '\0';
		l->line_len = 0;
		if (l->line[0] != '\0')
			command(l, l->line);
	}
}

/* Whoever started us may close our stdin and leave us running. */
void command_read(struct target_loop *l) {
	char bytes[512];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);

	if (n > 0)
		take_line_bytes(l, bytes, (size_t)n);
	else if (n == 0 || errno != EINTR)
		l->has_stdin = false;
}
