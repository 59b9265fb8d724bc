#include "cli/report_diff.h"

#include <string.h>

#include "cli/report_output.h"
#include "report/diff.h"

static const struct {
	const char *name;
	void (*write)(const struct diff *d, FILE *out);
} formats[] = {
	{"text", diff_write_text},
	{"folded", diff_write_folded},
	{"json", diff_write_json},
	{"html", diff_write_html},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static size_t find_format(const char *name) {
	size_t i = 0;
	while (i < FORMATS && strcmp(formats[i].name, name) != 0) {
		i++;
	}
	return i;
}

static bool refuse(const char *why) {
	fprintf(stderr, "livedebug report: --diff: %s\n", why);
	return false;
}

bool report_diff_check(const struct report_options *o, const char *format, size_t count) {
	if (count != 2) {
		return refuse("two logs are wanted, the older one first: --diff A B");
	}
	if (o->follow || o->explain) {
		return refuse("does not go together with --follow and --explain");
	}
	if (o->choice.by == REPORT_BY_BOOT || o->choice.by == REPORT_BY_HOUR) {
		return refuse("compares by stack, function or module; boots and hours of two logs "
			      "have nothing to do with each other");
	}
	if (find_format(format) == FORMATS) {
		return refuse("the formats of a comparison are text, folded, json and html");
	}
	return true;
}

static const char *log_name(const struct report_reader *r) {
	return r->facts.log_count > 0 ? r->facts.logs[0] : "-";
}

int report_diff(struct report_reader *a, struct report_reader *b, const char *format,
	struct report_options *o) {
	struct diff d;
	struct diff_input input_a = {&a->fold, &a->facts}, input_b = {&b->fold, &b->facts};
	if (!o->by_given) {
		o->choice.by = REPORT_BY_STACK;
	}
	(void)report_screen(&o->choice);
	if (!diff_init(&d, &input_a, &input_b, &o->choice, o->per)) {
		bool first = a->fold.interval_us == 0 || a->fold.last_us == a->fold.first_us;
		fprintf(stderr,
			"livedebug report: --per time: %s has no times, or one moment only; "
			"--per hits compares shares\n",
			log_name(first ? a : b));
		return 1;
	}
	formats[find_format(format)].write(&d, stdout);
	diff_finish(&d);
	return 0;
}
