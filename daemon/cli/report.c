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
#include "cli/report_diff.h"
#include "cli/report_follow.h"
#include "cli/report_input.h"
#include "cli/report_options.h"
#include "cli/report_progress.h"
#include "cli/report_output.h"
#include "report/journal_order.h"
#include "report/reader.h"
#include "report/summary.h"

static const char usage[] =
	"usage: livedebug report [--format text|folded|json|speedscope|html] [OPTION...] LOG...\n"
	"       livedebug report --diff [--per time|hits] [OPTION...] A B\n"
	"       livedebug report --follow [OPTION...] LOG\n"
	"\n"
	"Counts the unique stacks in logs: kd's own, a console's capture, livedebug's journals; bytes,\n"
	"UTF-8 or UTF-16 with a mark; - is stdin. Each stack is laid at the first frame, from the leaf,\n"
	"that is neither the kernel's nor of a library that allocates on behalf of drivers.\n"
	"\n"
	"      --format text    the answer on one screen: what was hit, when, the trend, a ranking (the\n"
	"                       default)\n"
	"      --format folded  `root;...;leaf COUNT`, as flame graph programs read it\n"
	"      --format json    one object; frames root first; daemon/README.md has its members\n"
	"      --format speedscope  a profile that speedscope opens\n"
	"      --format html    one file for a browser: flame graph, ranking, timeline\n"
	"      --json           the same as --format json\n";

/* How many logs could not be read; the rest is told. */
static size_t read_logs(struct report_reader *r, char **names, size_t threads) {
	struct report_progress progress;
	struct report_input input = {threads, report_progress_tell, &progress};
	size_t failed = 0;
	report_progress_begin(&progress);
	for (; *names; names++) {
		int error = report_input_read(r, *names, &input);
		if (error < 0) {
			report_progress_end(&progress);
			fprintf(stderr, "livedebug report: cannot read %s: %s\n", *names,
				uv_strerror(error));
			failed++;
		}
	}
	report_progress_end(&progress);
	return failed;
}

static void write_report(struct report_reader *r, const struct report_format *format,
	struct report_options *o, char **names) {
	if (o->explain) {
		report_write_strange(&r->facts, stdout);
		return;
	}
	(void)report_screen(&o->choice);
	report_output(&r->fold, &r->facts, format, o, names);
}

static int run_report(const struct report_format *format, struct report_options *o, char **names) {
	struct report_reader *r = malloc(sizeof(*r));
	size_t count = 0;
	if (!r) {
		abort();
	}
	while (names[count]) {
		count++;
	}
	journal_order(names, count);
	report_reader_init(r);
	report_options_apply(o, r);
	size_t failed = read_logs(r, names, o->threads);
	/* Of nothing that was read there is nothing to say. */
	if (failed < count || r->fold.total > 0) {
		write_report(r, format, o, names);
	}
	report_reader_finish(r);
	free(r);
	return report_output_finish(failed ? 1 : 0);
}

/* --diff: two logs, each with a reader of its own. */
static int run_diff(const struct report_format *format, struct report_options *o, char **names) {
	struct report_reader *r[2];
	size_t failed = 0;
	for (size_t i = 0; i < 2; i++) {
		char *name[] = {names[i], NULL};
		r[i] = malloc(sizeof(*r[i]));
		if (!r[i]) {
			abort();
		}
		report_reader_init(r[i]);
		report_options_apply(o, r[i]);
		failed += read_logs(r[i], name, o->threads);
	}
	int code = failed ? 1 : report_diff(r[0], r[1], format->name, o);
	for (size_t i = 0; i < 2; i++) {
		report_reader_finish(r[i]);
		free(r[i]);
	}
	return report_output_finish(code);
}

static int run_follow(const struct report_format *format, struct report_options *o, char **names) {
	if (names[1] || strcmp(names[0], "-") == 0 || o->explain) {
		fprintf(stderr, "livedebug report: --follow: one log is wanted, a file, without "
				"--explain\n");
		return 2;
	}
	return report_output_finish(report_follow(names[0], format, o));
}

/* What the options and the logs ask for. */
static int run(const struct report_format *format, struct report_options *o, char **names) {
	size_t count = 0;
	while (names[count]) {
		count++;
	}
#ifdef SIGPIPE
	signal(SIGPIPE, SIG_IGN);
#endif
	if (o->diff) {
		return report_diff_check(o, format->name, count) ? run_diff(format, o, names) : 2;
	}
	return o->follow ? run_follow(format, o, names) : run_report(format, o, names);
}

#define OPTIONS_MAX 32
#define FIRST_OF_OPTIONS 1000 /* above all letters */

/* --format, --json, --help, then those of report_options. */
static void list_options(struct option *list) {
	size_t n = 0;
	list[n++] = (struct option){"format", required_argument, NULL, 'f'};
	list[n++] = (struct option){"json", no_argument, NULL, 'j'};
	list[n++] = (struct option){"help", no_argument, NULL, 'h'};
	for (int i = 0; report_option_names[i] && n + 1 < OPTIONS_MAX; i++) {
		const char *name = report_option_names[i];
		bool bare = report_option_is_bare(name);
		list[n++] = (struct option){
			name, bare ? no_argument : required_argument, NULL, FIRST_OF_OPTIONS + i};
	}
	list[n] = (struct option){NULL, 0, NULL, 0};
}

/* -1: go on; else the exit code. */
static int take_option(int option, const struct report_format **format, struct report_options *o) {
	if (option == 'h') {
		fputs(usage, stdout);
		fputs(report_options_help, stdout);
		return 0;
	}
	if (option >= FIRST_OF_OPTIONS) {
		const char *name = report_option_names[option - FIRST_OF_OPTIONS];
		return report_option_set(o, name, optarg) ? -1 : 2;
	}
	if (option != 'f' && option != 'j') {
		fputs(usage, stderr);
		return 2;
	}
	*format = report_format_find(option == 'j' ? "json" : optarg);
	return *format ? -1 : 2;
}

int cli_report(int argc, char **argv) {
	struct option long_options[OPTIONS_MAX];
	const struct report_format *format = report_format_find("text");
	struct report_options o = {0};
	int option, code = -1;
	list_options(long_options);
	while (code < 0 && (option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		code = take_option(option, &format, &o);
	}
	if (code < 0 && optind == argc) {
		fputs(usage, stderr);
		code = 2;
	}
	code = code < 0 ? run(format, &o, argv + optind) : code;
	report_options_finish(&o);
	return code;
}
