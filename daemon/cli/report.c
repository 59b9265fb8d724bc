/* livedebug report: who allocates, how often, from where: unique stacks of logs, without a daemon.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/cli.h"
#include "report/reader.h"
#include "report/summary.h"

#define CHUNK 65536

static const char usage[] =
	"usage: livedebug report [--format text|folded|json|speedscope] LOG...\n"
	"\n"
	"Counts the unique stacks in logs: kd's own, a console's capture, livedebug's journals; bytes,\n"
	"UTF-8 or UTF-16 with a mark; - is stdin. Each stack is laid at the first frame, from the leaf,\n"
	"that is neither the kernel's nor of a library that allocates on behalf of drivers.\n"
	"\n"
	"      --format text    a ranking by module, then each stack, leaf first (the default)\n"
	"      --format folded  `root;...;leaf COUNT`, as flame graph programs read it\n"
	"      --format json    one object; frames root first\n"
	"      --format speedscope  a profile that speedscope opens\n"
	"      --json           the same\n";

static const struct format {
	const char *name;
	void (*write)(const struct report_summary *s, FILE *out);
} formats[] = {
	{"text", report_write_text},
	{"folded", report_write_folded},
	{"json", report_write_json},
	{"speedscope", report_write_speedscope},
};

static const struct format *find_format(const char *name) {
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, name) == 0) {
			return &formats[i];
		}
	}
	return NULL;
}

/* 0, or a negative UV_E code. */
static int read_file(struct report_reader *r, uv_file file) {
	static char chunk[CHUNK];
	int got;
	do {
		uv_buf_t buf = uv_buf_init(chunk, CHUNK);
		uv_fs_t req;
		got = uv_fs_read(NULL, &req, file, &buf, 1, -1, NULL);
		uv_fs_req_cleanup(&req);
		report_reader_feed(r, chunk, got > 0 ? (size_t)got : 0);
	} while (got > 0);
	report_reader_end_log(r);
	return got;
}

static int read_named(struct report_reader *r, const char *name) {
	uv_fs_t req;
	int file = uv_fs_open(NULL, &req, name, UV_FS_O_RDONLY, 0, NULL);
	uv_fs_req_cleanup(&req);
	if (file < 0) {
		return file;
	}
	int error = read_file(r, file);
	(void)uv_fs_close(NULL, &req, file, NULL);
	uv_fs_req_cleanup(&req);
	return error;
}

/* 1 when a log could not be read, of which the rest is told. */
static int read_logs(struct report_reader *r, char **names) {
	int code = 0;
	for (; *names; names++) {
		int error = strcmp(*names, "-") == 0 ? read_file(r, 0) : read_named(r, *names);
		if (error < 0) {
			fprintf(stderr, "livedebug report: cannot read %s: %s\n", *names,
				uv_strerror(error));
			code = 1;
		}
	}
	return code;
}

/* A reader that has seen enough, as `head`, is no failure. */
static int finish_output(int code) {
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout)) {
		return code;
	}
	if (errno == EPIPE || errno == 0) {
		return 0;
	}
	fprintf(stderr, "livedebug report: cannot write: %s\n", strerror(errno));
	return 1;
}

static int run_report(const struct format *format, char **names) {
	struct report_reader *r = malloc(sizeof(*r));
	struct report_summary s;
	if (!r) {
		abort();
	}
#ifdef SIGPIPE
	signal(SIGPIPE, SIG_IGN);
#endif
	report_reader_init(r);
	int code = read_logs(r, names);
	report_summary_init(&s, &r->fold, &r->facts, &(struct report_choice){0});
	if (s.stack_count == 0 && format->write != report_write_text) {
		fprintf(stderr, "livedebug report: no stack found\n");
	}
	format->write(&s, stdout);
	report_summary_finish(&s);
	report_reader_finish(r);
	free(r);
	return finish_output(code);
}

int cli_report(int argc, char **argv) {
	static const struct option long_options[] = {{"format", required_argument, NULL, 'f'},
		{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	const struct format *format = find_format("text");
	int option;
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		format = option == 'j'   ? find_format("json")
			 : option == 'f' ? find_format(optarg)
					 : NULL;
		if (!format) {
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind == argc) {
		fputs(usage, stderr);
		return 2;
	}
	return run_report(format, argv + optind);
}
