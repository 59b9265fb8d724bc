#include "cli/event_print.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"

/* Bytes from outside, escaped for the form in use. */
static const char *escape(struct event_print *p, const char *bytes, size_t len) {
	struct text t;

	text_init(&t, p->escaped, sizeof(p->escaped));
	if (p->json) {
		text_put_json(&t, bytes, len);
	} else {
		text_put_escaped(&t, bytes, len);
	}
	return p->escaped;
}

static void print_member(struct event_print *p, const char *name, const char *bytes, size_t len) {
	if (p->json) {
		printf(",\"%s\":\"%s\"", name, escape(p, bytes, len));
	} else {
		printf(" %s", escape(p, bytes, len));
	}
}

static void print_number(const struct event_print *p, const char *name, unsigned long long value) {
	printf(p->json ? ",\"%s\":%llu" : " %s=%llu", name, value);
}

/* The word that follows `mark`: letters and digits. */
static struct stack_slice word_behind(const char *text, size_t len, const char *mark) {
	ptrdiff_t found = text_find(text, len, mark);
	size_t from = found < 0 ? len : (size_t)found + strlen(mark), to = from;

	while (to < len &&
		((text[to] >= '0' && text[to] <= '9') || (text[to] >= 'A' && text[to] <= 'Z') ||
			(text[to] >= 'a' && text[to] <= 'z'))) {
		to++;
	}
	return (struct stack_slice){text + from, to - from};
}

static void print_params(struct event_print *p, const char *list, size_t len) {
	bool first = true;

	printf(p->json ? ",\"params\":[" : " (");
	while (len > 0) {
		size_t start = 0;
		size_t end;

		while (start < len && strchr("(,) \t", list[start])) {
			start++;
		}
		for (end = start; end < len && !strchr("(,) \t", list[end]); end++) {
		}
		if (end > start) {
			const char *form = p->json ? "%s\"%s\"" : "%s%s";

			printf(form, first ? "" : ",", escape(p, list + start, end - start));
			first = false;
		}
		list += end;
		len -= end;
	}
	printf(p->json ? "]" : ")");
}

static void print_exception(struct event_print *p, const struct kd_event *e) {
	struct stack_slice code = word_behind(e->text, e->len, " - code ");

	print_member(p, "code", code.at, code.len);
	print_member(p, "chance", e->first_chance ? "first" : "second", e->first_chance ? 5 : 6);
}

static void print_bugcheck(struct event_print *p, const struct kd_event *e) {
	struct stack_slice code = word_behind(e->text, e->len, "Error: ");

	print_member(p, "code", code.at, code.len);
	print_params(p, e->list, e->list_len);
}

void event_print(struct event_print *p, const struct kd_event *e) {
	const char *name = kd_event_name(e->kind);
	unsigned long long line = e->line;

	if (p->json) {
		printf("{\"event\":\"%s\",\"line\":%llu", name, line);
	} else {
		printf("%llu: %s", line, name);
	}
	if (e->kind == KD_STACK) {
		print_number(p, "frames", e->frames);
	} else if (e->kind == KD_BP_HIT) {
		print_number(p, "id", e->id);
	} else if (e->kind == KD_EXCEPTION) {
		print_exception(p, e);
	} else if (e->kind == KD_BUGCHECK) {
		print_bugcheck(p, e);
	} else if (e->kind == KD_CLIENT_CONNECTED) {
		print_member(p, "who", e->who, e->who_len);
	} else {
		if (e->kind == KD_PROMPT) {
			const char *mode = e->user_mode ? "user" : "kernel";

			print_member(p, "mode", mode, strlen(mode));
		}
		print_member(p, "text", e->text, e->len);
	}
	printf(p->json ? "}\n" : "\n");
}
