#include "cli/report_output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "report/text_line.h"

static const struct report_format formats[] = {
	{"text", report_write_text},
	{"folded", report_write_folded},
	{"json", report_write_json},
	{"speedscope", report_write_speedscope},
	{"html", report_write_html},
};

const struct report_format *report_format_find(const char *name) {
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, name) == 0) {
			return &formats[i];
		}
	}
	fprintf(stderr, "livedebug report: --format %s: one of these is wanted:", name);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		fprintf(stderr, " %s", formats[i].name);
	}
	fputs("\n", stderr);
	return NULL;
}

/* As the C library chooses it: the first of these that says something. */
static bool shows_utf8(void) {
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (value && value[0]) {
			return strstr(value, "UTF-8") || strstr(value, "utf8") ||
			       strstr(value, "UTF8") || strstr(value, "utf-8");
		}
	}
	return false;
}

static bool terminal_size(int *columns, int *rows) {
	uv_loop_t loop;
	uv_tty_t tty;
	bool found = false;
	if (uv_guess_handle(1) != UV_TTY || uv_loop_init(&loop) != 0) {
		return false;
	}
	if (uv_tty_init(&loop, &tty, 1, 0) == 0) {
		found = uv_tty_get_winsize(&tty, columns, rows) == 0;
		uv_close((uv_handle_t *)&tty, NULL);
		(void)uv_run(&loop, UV_RUN_DEFAULT);
	}
	(void)uv_loop_close(&loop);
	return found;
}

bool report_screen(struct report_choice *choice) {
	int columns = 0, rows = 0;
	bool is_terminal = terminal_size(&columns, &rows);
	bool usable = is_terminal && columns >= 40 && rows >= 8;
	choice->plain = !shows_utf8();
	choice->columns = usable ? (size_t)columns : TEXT_COLUMNS;
	choice->rows = (usable ? (size_t)rows : TEXT_ROWS) - 1; /* the shell's next prompt */
	return is_terminal;
}

/* --- what the report does not show --------------------------------------------------------- */

static void tell_strange(const struct facts *f) {
	fprintf(stderr,
		"livedebug report: %" PRIu64 " line%s not understood; --explain shows them\n",
		f->strange_count, f->strange_count == 1 ? " was" : "s were");
}

static void tell_merged(const struct fold *fold) {
	fprintf(stderr,
		"livedebug report: %" PRIu64 " hits of further unique stacks are counted as %s of "
		"their module; --max-stacks N keeps more\n",
		fold->merged, FOLD_OTHERS);
}

static void tell_no_time(const struct facts *f) {
	fprintf(stderr,
		"livedebug report: %" PRIu64 " hits have no time and were left out; only a "
		"journal has times\n",
		f->no_time);
}

static void tell_none(const struct report_summary *s, char **names) {
	const struct facts *f = s->facts;
	fprintf(stderr, "livedebug report: no stack found in %s", names[0]);
	for (size_t i = 1; names[i]; i++) {
		fprintf(stderr, ", %s", names[i]);
	}
	if (s->hidden + f->left_out > 0) {
		fprintf(stderr, ": the filters left out all %" PRIu64 " hits\n",
			s->hidden + f->left_out);
	} else {
		fprintf(stderr, ": %" PRIu64 " lines, none of them a stack's (kb, k, kv, ...)\n",
			f->lines);
	}
}

void report_output(struct fold *fold, const struct facts *facts, const struct report_format *format,
	const struct report_options *o, char **names) {
	struct report_summary s;
	struct report_choice choice = o->choice;
	bool strange = facts->strange_count > 0, merged = fold->merged > 0;
	size_t notes = (size_t)strange + merged + (facts->no_time > 0);
	choice.rows -= choice.rows > notes ? notes : 0;
	report_summary_init(&s, fold, facts, &choice);
	if (s.stack_count == 0) {
		tell_none(&s, names);
	}
	if (s.stack_count > 0 || format->write != report_write_text) {
		format->write(&s, stdout);
	}
	report_summary_finish(&s);
	if (strange) {
		tell_strange(facts);
	}
	if (merged) {
		tell_merged(fold);
	}
	if (facts->no_time > 0) {
		tell_no_time(facts);
	}
}

int report_output_finish(int code) {
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout)) {
		return code;
	}
	if (errno == EPIPE || errno == 0) {
		return 0;
	}
	fprintf(stderr,
		"livedebug report: cannot write the report to standard output: %s; what is there "
		"of it is not whole\n",
		strerror(errno));
	return 1;
}
