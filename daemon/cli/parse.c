/* livedebug parse: the events of a debugger log, without a daemon. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/cli.h"
#include "core/log_decode.h"
#include "core/kdparse.h"
#include "core/text.h"

#define CHUNK 65536

/* Events that may wait for the stack around them; more than any real stack has inside. */
#define QUEUE_MAX 4096

static const char usage[] =
        "usage: livedebug parse [--json] [FILE]\n"
        "\n"
        "Lists the events in the console output of kd: prompts, stacks, stops, reboots, errors.\n"
        "FILE is a log as kd writes it (bytes, UTF-8 or UTF-16 with a mark); none or - is stdin.\n"
        "\n"
        "  --json   one JSON object a line\n";

struct queued {
	struct kd_event event;
	char *text; /* what the event points to, in one block: text, list, who */
};

struct parse {
	struct kdparse parser;
	struct log_decode decode;
	bool json;
	int write_error; /* errno of the first write that failed */
	struct queued queue[QUEUE_MAX];
	size_t count;
	char escaped[KDPARSE_LINE_MAX * 6 + 1];
	char in[CHUNK];
	char out[LOG_DECODE_ROOM(CHUNK)];
};

/* Bytes from outside, escaped for the form in use. */
static const char *escape(struct parse *p, const char *bytes, size_t len) {
	struct text t;

	text_init(&t, p->escaped, sizeof(p->escaped));
	if (p->json) {
		text_put_json(&t, bytes, len);
	} else {
		text_put_escaped(&t, bytes, len);
	}
	return p->escaped;
}

static void print_member(struct parse *p, const char *name, const char *bytes, size_t len) {
	if (p->json) {
		printf(",\"%s\":\"%s\"", name, escape(p, bytes, len));
	} else {
		printf(" %s", escape(p, bytes, len));
	}
}

static void print_number(const struct parse *p, const char *name, unsigned long long value) {
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

static void print_params(struct parse *p, const char *list, size_t len) {
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

static void print_exception(struct parse *p, const struct kd_event *e) {
	struct stack_slice code = word_behind(e->text, e->len, " - code ");

	print_member(p, "code", code.at, code.len);
	print_member(p, "chance", e->first_chance ? "first" : "second", e->first_chance ? 5 : 6);
}

static void print_bugcheck(struct parse *p, const struct kd_event *e) {
	struct stack_slice code = word_behind(e->text, e->len, "Error: ");

	print_member(p, "code", code.at, code.len);
	print_params(p, e->list, e->list_len);
}

static void print_event(struct parse *p, const struct kd_event *e) {
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

/* Print what no open stack can precede any more. */
static void print_ready(struct parse *p, uint64_t before) {
	size_t n = 0;

	for (; n < p->count && p->queue[n].event.line < before; n++) {
		print_event(p, &p->queue[n].event);
		free(p->queue[n].text);
	}
	p->count -= n;
	memmove(p->queue, p->queue + n, p->count * sizeof(p->queue[0]));
}

static void print_ready_now(struct parse *p) {
	uint64_t stack = kdparse_open_stack(&p->parser);

	print_ready(p, stack > 0 ? stack : UINT64_MAX);
}

/* A copy of the event that lives on. False: no memory. */
static bool keep_event(struct queued *to, const struct kd_event *event) {
	char *text = malloc(event->len + event->list_len + 1);

	if (!text) {
		return false;
	}
	*to = (struct queued){*event, text};
	memcpy(text, event->text, event->len);
	if (event->list_len > 0) {
		memcpy(text + event->len, event->list, event->list_len);
	}
	to->event.text = text;
	to->event.list = text + event->len;
	if (event->who) {
		to->event.who = text + (event->who - event->text);
	}
	return true;
}

/* kdparse tells of a stack at its end; `parse` lists events by their lines. */
static void take_event(void *data, const struct kd_event *event) {
	struct parse *p = data;
	struct queued kept;
	size_t at;

	if (event->kind >= KD_STACK_BEGIN) {
		return;
	}
	if (p->count == QUEUE_MAX) {
		print_ready(p, UINT64_MAX);
	}
	if (!keep_event(&kept, event)) {
		print_event(p, event);
		return;
	}
	for (at = p->count; at > 0 && p->queue[at - 1].event.line > event->line; at--) {
		p->queue[at] = p->queue[at - 1];
	}
	p->queue[at] = kept;
	p->count++;
	print_ready_now(p);
}

static void flush_output(struct parse *p) {
	errno = 0;
	if ((fflush(stdout) != 0 || ferror(stdout)) && p->write_error == 0) {
		p->write_error = errno != 0 ? errno : EPIPE;
	}
}

/* 0, or a negative UV_E code of the input. Stops when the output is gone. */
static int read_all(struct parse *p, uv_file file) {
	int got = 1;

	while (got > 0 && p->write_error == 0) {
		uv_buf_t buf = uv_buf_init(p->in, CHUNK);
		uv_fs_t req;

		got = uv_fs_read(NULL, &req, file, &buf, 1, -1, NULL);
		uv_fs_req_cleanup(&req);
		if (got >= 0) {
			size_t len = log_decode(&p->decode, p->in, (size_t)got, p->out);

			kdparse_feed(&p->parser, p->out, len);
			print_ready_now(p);
			flush_output(p);
		}
	}
	kdparse_finish(&p->parser);
	print_ready(p, UINT64_MAX);
	flush_output(p);
	return got < 0 ? got : 0;
}

static int complain(const char *name, const char *what, int error) {
	fprintf(stderr,
	        "livedebug parse: cannot %s %s: %s; give a file that you may read, or - for stdin\n",
	        what, name, uv_strerror(error));
	return 1;
}

static int parse_input(struct parse *p, const char *name) {
	bool is_stdin = strcmp(name, "-") == 0;
	uv_fs_t req;
	int file = 0, error;

	if (!is_stdin) {
		file = uv_fs_open(NULL, &req, name, UV_FS_O_RDONLY, 0, NULL);
		uv_fs_req_cleanup(&req);
	}
	if (file < 0) {
		return complain(name, "open", file);
	}
	error = read_all(p, file);
	if (!is_stdin) {
		(void)uv_fs_close(NULL, &req, file, NULL);
		uv_fs_req_cleanup(&req);
	}
	return error < 0 ? complain(is_stdin ? "stdin" : name, "read", error) : 0;
}

/* A reader that has seen enough, as `head`, is no failure. */
static int finish_output(const struct parse *p, int code) {
	if (p->write_error == 0) {
		return code;
	}
	if (p->write_error == EPIPE) {
		return 0;
	}
	fprintf(stderr, "livedebug parse: cannot write the events: %s; give them another place\n",
	        strerror(p->write_error));
	return 1;
}

static int run_parse(const char *name, bool json) {
	struct parse *p = calloc(1, sizeof(*p));
	int code;

	if (!p) {
		fprintf(stderr, "livedebug parse: no memory\n");
		return 1;
	}
#ifdef SIGPIPE
	signal(SIGPIPE, SIG_IGN);
#endif
	p->json = json;
	kdparse_init(&p->parser, take_event, p);
	code = finish_output(p, parse_input(p, name));
	free(p);
	return code;
}

int cli_parse(int argc, char **argv) {
	const char *name = NULL;
	bool json = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			fputs(usage, stdout);
			return 0;
		}
		if (strcmp(argv[i], "--json") == 0) {
			json = true;
		} else if ((argv[i][0] == '-' && argv[i][1] != '\0') || name) {
			fprintf(stderr, "livedebug parse: unexpected '%s'\n%s", argv[i], usage);
			return 2;
		} else {
			name = argv[i];
		}
	}
	return run_parse(name ? name : "-", json);
}
