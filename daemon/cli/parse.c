/* livedebug parse: the events of a debugger log, without a daemon. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/cli.h"
#include "cli/event_print.h"
#include "core/log_decode.h"
#include "core/kdparse.h"

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
	struct event_print print;
	int write_error; /* errno of the first write that failed */
	struct queued queue[QUEUE_MAX];
	size_t count;
	char in[CHUNK];
	char out[LOG_DECODE_ROOM(CHUNK)];
};

/* Print what no open stack can precede any more. */
static void print_ready(struct parse *p, uint64_t before) {
	size_t n = 0;

	for (; n < p->count && p->queue[n].event.line < before; n++) {
		event_print(&p->print, &p->queue[n].event);
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
		event_print(&p->print, event);
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
	fprintf(stderr,
		"livedebug parse: cannot write the events to stdout: %s; give them another place\n",
		strerror(p->write_error));
	return 1;
}

static int run_parse(const char *name, bool json) {
	struct parse *p = calloc(1, sizeof(*p));
	int code;

	if (!p) {
		fprintf(stderr, "livedebug parse: no memory for the text\n");
		return 1;
	}
#ifdef SIGPIPE
	signal(SIGPIPE, SIG_IGN);
#endif
	p->print.json = json;
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
