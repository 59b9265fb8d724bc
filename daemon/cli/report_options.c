#include "cli/report_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report_input.h"
#include "report/journal_line.h"
#include "report/pattern.h"

const char *const report_option_names[] = {"by", "top", "min-share", "match", "exclude", "since",
	"until", "boot", "pass-through", "max-stacks", "threads", "offsets", "explain", "diff",
	"per", "follow", NULL};

const char report_options_help[] =
	"\n"
	"      --by WORD           rank by module (the default), function, stack, boot or hour\n"
	"      --top N             text: show N rows of the ranking, however many lines that takes (with\n"
	"                          --by stack each with all its frames); without it what fits a screen\n"
	"\n"
	"Filters; what they leave out is counted and said:\n"
	"\n"
	"      --min-share P       leave out stacks with less than P percent of the hits, 0 to 100\n"
	"      --match RE          only stacks with a frame that matches; up to 16 times: any of them\n"
	"      --exclude RE        no stack with a frame that matches; up to 16 times\n"
	"      --since, --until T  hits from T on, or before T, in UTC, as in the journal: a day, with an\n"
	"                          hour, minute, second if wanted: 2026-11-23, 2026-11-23T22:15\n"
	"      --boot N            hits of the target's boot N, as the journal counts them\n"
	"\n"
	"A pattern RE is searched anywhere in a frame (`drv!Func`), in any case of letters: . any\n"
	"character, [a-z] [^a-z] one of a set or none of it, * + ? as often as wanted, at least once, at\n"
	"most once, ^ $ the frame's begin and end, | this or that, \\ takes the next character for itself.\n"
	"There are no groups: (a|b)c is written ac|bc.\n"
	"\n"
	"      --pass-through M    modules that only pass a request on, beside those that are known:\n"
	"                          NAME[,NAME...], or @FILE with a name a line\n"
	"      --max-stacks N      keep N unique stacks (200000); what comes behind them is counted\n"
	"                          for its module\n"
	"      --threads N         read a long log with N threads; else as many as there are\n"
	"                          processors, at most 8\n"
	"      --offsets           keep functions' offsets: another call site is another stack\n"
	"      --explain           print the lines that were not understood\n"
	"\n"
	"      --diff A B          compare two logs: new, gone, grown stacks (or --by module, function);\n"
	"                          as text, json, html with a differential flame graph, or folded with\n"
	"                          both counts; grown: half as much again and beyond chance\n"
	"      --per time|hits     compare hits a minute (the default if both logs have times) or shares\n"
	"      --follow            read on as the log grows, until Ctrl-C: the report in place on a\n"
	"                          terminal, a line a second at most elsewhere; survives rotation\n";

static bool refuse(const char *name, const char *value, const char *allowed) {
	fprintf(stderr, "livedebug report: --%s %s: %s\n", name, value, allowed);
	return false;
}

static bool set_number(const char *name, const char *value, uint64_t most, uint64_t *number) {
	char *end;
	errno = 0;
	unsigned long long got = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || errno || got == 0 || got > most) {
		return refuse(name, value, "a whole number from 1 on is wanted");
	}
	*number = got;
	return true;
}

static bool set_by(struct report_options *o, const char *value) {
	static const char *const words[] = {"module", "function", "stack", "boot", "hour"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], value) == 0) {
			o->choice.by = (enum report_by)i;
			o->by_given = true;
			return true;
		}
	}
	return refuse("by", value, "module, function, stack, boot or hour is wanted");
}

static bool set_per(struct report_options *o, const char *value) {
	bool is_time = strcmp(value, "time") == 0;
	if (!is_time && strcmp(value, "hits") != 0) {
		return refuse("per", value, "time or hits is wanted");
	}
	o->per = is_time ? DIFF_PER_TIME : DIFF_PER_HITS;
	return true;
}

static bool set_share(struct report_options *o, const char *value) {
	char *end;
	double percent = strtod(value, &end);
	if (end == value || (*end && strcmp(end, "%") != 0) || !(percent >= 0 && percent <= 100)) {
		return refuse("min-share", value, "a number of percent from 0 to 100 is wanted");
	}
	o->choice.min_share = percent / 100;
	return true;
}

static bool set_pattern(const char *name, const char *value, const char **list, size_t *count) {
	const char *fault = pattern_fault(value);
	if (fault || *count == REPORT_PATTERNS_MAX) {
		return refuse(name, value, fault ? fault : "at most 16 patterns are allowed");
	}
	list[(*count)++] = value;
	return true;
}

static bool in_range(const char *digits, int least, int most) {
	int value = (digits[0] - '0') * 10 + digits[1] - '0';
	return value >= least && value <= most;
}

/* A prefix of a journal's time, at least the day; a Z at its end may be left out. */
static bool set_time(const char *name, const char *value, bool *has, int64_t *us) {
	char line[] = "0000-00-00T00:00:00.000000Z 1 *";
	struct journal_line parsed;
	size_t len = strlen(value);
	len -= len > 10 && len < 27 && value[len - 1] == 'Z';
	bool fits = len == 10 || len == 13 || len == 16 || len == 19 || len == 23 || len == 26 ||
		    len == 27;
	if (fits) {
		memcpy(line, value, len);
	}
	if (!fits || !journal_line_parse(line, strlen(line), &parsed) ||
		!in_range(line + 5, 1, 12) || !in_range(line + 8, 1, 31) ||
		!in_range(line + 11, 0, 23) || !in_range(line + 14, 0, 59)) {
		return refuse(name, value, "a time as 2026-11-23 or 2026-11-23T22:15:00 is wanted");
	}
	*has = true;
	*us = journal_line_time(line);
	return true;
}

static bool add_modules(struct report_options *o, const char *names, const char *separators) {
	while (*names) {
		size_t len = strcspn(names, separators);
		if (len > 0 && names[0] != '#' && !module_table_add(&o->modules, names, len)) {
			fprintf(stderr,
				"livedebug report: --pass-through %.*s: the name of a module is "
				"wanted, as kd shows it in front of the !\n",
				(int)len, names);
			return false;
		}
		names += len;
		names += strspn(names, separators);
	}
	return true;
}

static bool set_pass_through(struct report_options *o, const char *value) {
	char line[256];
	bool good = true;
	if (value[0] != '@') {
		return *value ? add_modules(o, value, ",")
			      : refuse("pass-through", "''", "the name of a module is wanted");
	}
	FILE *file = fopen(value + 1, "r");
	if (!file) {
		return refuse("pass-through", value, strerror(errno));
	}
	while (good && fgets(line, sizeof(line), file)) {
		good = line[0] == '#' || add_modules(o, line, " \t\r\n");
	}
	(void)fclose(file);
	return good;
}

static bool set_boot(struct report_options *o, const char *value) {
	uint64_t number;
	if (!set_number("boot", value, UINT32_MAX, &number)) {
		return false;
	}
	o->filter.boot = (uint32_t)number;
	return true;
}

static bool set_size(const char *name, const char *value, uint64_t most, size_t *size) {
	uint64_t number;
	if (!set_number(name, value, most, &number)) {
		return false;
	}
	*size = (size_t)number;
	return true;
}

static bool is(const char *name, const char *other) {
	return strcmp(name, other) == 0;
}

bool report_option_is_bare(const char *name) {
	return is(name, "offsets") || is(name, "explain") || is(name, "diff") || is(name, "follow");
}

bool report_option_set(struct report_options *o, const char *name, const char *value) {
	struct report_filter *f = &o->filter;
	if (report_option_is_bare(name)) {
		*(is(name, "offsets")        ? &o->offsets
			: is(name, "diff")   ? &o->diff
			: is(name, "follow") ? &o->follow
					     : &o->explain) = true;
		return true;
	}
	return is(name, "by")           ? set_by(o, value)
	       : is(name, "top")        ? set_size(name, value, 10000000, &o->choice.top)
	       : is(name, "min-share")  ? set_share(o, value)
	       : is(name, "match")      ? set_pattern(name, value, o->match, &o->match_count)
	       : is(name, "exclude")    ? set_pattern(name, value, o->exclude, &o->exclude_count)
	       : is(name, "since")      ? set_time(name, value, &f->has_since, &f->since_us)
	       : is(name, "until")      ? set_time(name, value, &f->has_until, &f->until_us)
	       : is(name, "boot")       ? set_boot(o, value)
	       : is(name, "per")        ? set_per(o, value)
	       : is(name, "max-stacks") ? set_size(name, value, 10000000, &o->stacks_max)
	       : is(name, "threads")    ? set_size(name, value, REPORT_THREADS_MAX, &o->threads)
					: set_pass_through(o, value);
}

static bool matches_any(const char *const *patterns, size_t count, const char *text) {
	for (size_t i = 0; i < count; i++) {
		if (pattern_matches(patterns[i], text)) {
			return true;
		}
	}
	return false;
}

static bool keep_stack(void *data, const struct fold *fold, const struct fold_stack *stack) {
	const struct report_options *o = data;
	bool matched = o->match_count == 0;
	for (size_t i = 0; i < stack->frame_count; i++) {
		const char *text = fold->frames[stack->frames[i]].text;
		if (matches_any(o->exclude, o->exclude_count, text)) {
			return false;
		}
		matched = matched || matches_any(o->match, o->match_count, text);
	}
	return matched;
}

void report_options_apply(struct report_options *o, struct report_reader *r) {
	r->filter = o->filter;
	r->offsets = o->offsets;
	r->fold.modules = &o->modules;
	r->fold.stacks_max = o->stacks_max;
	if (o->match_count + o->exclude_count > 0) {
		o->choice.keep = keep_stack;
		o->choice.keep_data = o;
	}
}

void report_options_finish(struct report_options *o) {
	module_table_finish(&o->modules);
}
