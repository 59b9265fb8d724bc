/* What a report is asked for: filters, ranking, the user's own pass-through modules. */
#ifndef LIVEDEBUG_CLI_REPORT_OPTIONS_H
#define LIVEDEBUG_CLI_REPORT_OPTIONS_H

#include "report/diff.h"
#include "report/reader.h"
#include "report/summary.h"

#define REPORT_PATTERNS_MAX 16

/* Zero it before the first call. */
struct report_options {
	struct report_filter filter;
	struct report_choice choice;
	struct module_table modules;
	bool offsets, explain;
	bool diff, follow;
	bool by_given; /* else a comparison is by stack */
	enum diff_per per;
	size_t stacks_max, threads;
	const char *match[REPORT_PATTERNS_MAX], *exclude[REPORT_PATTERNS_MAX];
	size_t match_count, exclude_count;
};

/* The long options that report_option_set() knows; the lines about them for --help. */
extern const char *const report_option_names[];
extern const char report_options_help[];

/*
 * Take an option; `value` is borrowed, NULL for those of report_option_is_bare(). False: it is
 * wrong, which was told on stderr with the word given and what is allowed.
 */
bool report_option_set(struct report_options *o, const char *name, const char *value);

/* Has the option no value? */
bool report_option_is_bare(const char *name);

/* Let the reader and the choice follow the options, which must stay as they are. */
void report_options_apply(struct report_options *o, struct report_reader *r);

/* Free what it owns. */
void report_options_finish(struct report_options *o);

#endif
