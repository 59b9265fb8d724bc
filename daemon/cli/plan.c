/* livedebug plan: what a hit will cost the target, how many fit, what would make it cheaper. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "core/guard.h"
#include "core/plan.h"
#include "io/control_call.h"

#define ANSWER_MS 5000

static const char usage[] =
	"usage: livedebug plan [OPTIONS] [SESSION...]\n"
	"\n"
	"For each session: how long a hit halts the target, the most hits a second, the share of time\n"
	"that it stands still at a given rate of hits, and what to change. By the wire's formula; hits\n"
	"that a running daemon has seen, or a journal has, correct it.\n"
	"\n" CLI_CONFIG_HELP "      --rate N/min         hits that are expected; also N/s\n"
	"      --journal FILE       take the hits from this journal, in place of the daemon's\n"
	"      --json               as JSON\n";

enum { OPTION_RATE = CLI_OPTION_OWN, OPTION_JOURNAL, OPTION_JSON };

/* The hits that were really had. */
struct seen {
	uint64_t hits, total_ms;
};

struct planner {
	struct cli_config_args config_args;
	uint64_t rate; /* a minute */
	const char *journal;
	bool as_json;
	char **names;
	json_t *status; /* of a running daemon; NULL: none */
};

/* --- what was seen -------------------------------------------------------------------------- */

/* `TIME SEQ * {...}`: an estimated halt of a hit. */
static void take_record(struct seen *seen, const char *line) {
	const char *json = strstr(line, " * {");
	json_t *event = json ? json_loads(json + 3, 0, NULL) : NULL;
	const char *name = json_string_value(json_object_get(event, "event"));

	if (name && strcmp(name, "halt_end") == 0 &&
		json_is_true(json_object_get(event, "estimate"))) {
		seen->hits++;
		seen->total_ms += (uint64_t)json_integer_value(json_object_get(event, "ms"));
	}
	json_decref(event);
}

/* getline() is not everywhere. A line of any length, its newline too; false at the end. */
static bool read_line(FILE *file, char **line, size_t *cap) {
	size_t len = 0;

	for (;;) {
		if (*cap - len < 2) {
			size_t more = *cap ? *cap * 2 : 4096;
			char *longer = realloc(*line, more);

			if (!longer) {
				return false;
			}
			*line = longer;
			*cap = more;
		}
		if (!fgets(*line + len, (int)(*cap - len), file)) {
			return len > 0;
		}
		len += strlen(*line + len);
		if (len > 0 && (*line)[len - 1] == '\n') {
			return true;
		}
	}
}

static bool read_journal(const char *path, struct seen *seen) {
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;

	if (!file) {
		fprintf(stderr, "livedebug plan: --journal %s: %s; `status` tells where it is\n",
			path, strerror(errno));
		return false;
	}
	while (read_line(file, &line, &cap)) {
		take_record(seen, line);
	}
	free(line);
	fclose(file);
	return true;
}

static bool on_answer(void *data, const char *line, size_t len) {
	struct planner *k = data;

	k->status = json_loadb(line, len, 0, NULL);
	return false;
}

/* A daemon need not run: then the formula stands alone. */
static void ask_daemon(struct planner *k, const struct config *c) {
	struct request request = {.verb = REQUEST_STATUS};
	char path[CLI_PATH_MAX] = "";

	if (cli_control_path(c, path, sizeof(path)) == 0) {
		(void)control_call(path, &request, ANSWER_MS, on_answer, k);
	}
}

static struct seen seen_by_daemon(const struct planner *k, const char *name) {
	struct seen seen = {0};
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(k->status, "sessions"), i, item) {
		const char *is = json_string_value(json_object_get(item, "name"));
		json_t *hit = json_object_get(json_object_get(item, "halts"), "hit");

		if (is && strcmp(is, name) == 0) {
			seen.hits = (uint64_t)json_integer_value(json_object_get(hit, "count"));
			seen.total_ms = seen.hits * (uint64_t)json_integer_value(
							    json_object_get(hit, "mean_ms"));
		}
	}
	return seen;
}

/* --- what is said --------------------------------------------------------------------------- */

static void print_advice(const struct plan *p, const struct plan_wish *w) {
	if (p->shorter) {
		printf("  kb %u in the breakpoint: %.2f s a hit\n", p->shorter,
			(double)p->shorter_us / 1e6);
	}
	if (p->faster_us) {
		printf("  115200 baud (target's bcdedit too): %.2f s a hit\n",
			(double)p->faster_us / 1e6);
	}
	if (p->sample) {
		printf("  %" PRIu64
		       " hits a minute are too many whatever the line: on_storm = sample\n",
			w->rate);
	}
}

static void print_plan(const char *name, const struct plan *p, const struct plan_wish *w) {
	printf("%s: a hit halts the target %.2f s (%s), at most %.2g hits a second\n", name,
		(double)p->halt_us / 1e6,
		p->calibrated ? "measured: estimates of hits that were seen" : "by the formula",
		(double)p->most_pm / 60000);
	printf("  %u breakpoint%s, %u frames, %" PRIu64 " baud: bytes = 2536 + 356 x breakpoints + "
	       "131.6 x frames = %" PRIu64 "; halt = 10 x bytes / baud = %.2f s\n",
		p->breakpoints, p->breakpoints == 1 ? "" : "s", p->frames, w->baud, p->bytes,
		(double)p->model_us / 1e6);
	if (p->calibrated) {
		printf("  %" PRIu64 " hits were seen: %.2f s each\n", w->hits,
			(double)w->measured_ms / 1000);
	}
	if (w->rate) {
		printf("  at %" PRIu64 " hits a minute it stands still %.1f%% of the time\n",
			w->rate, (double)p->duty_pm / 10);
	}
	if (p->act_rate) {
		printf("  halt_duty acts from %" PRIu64 " hits a minute on\n", p->act_rate);
	}
	print_advice(p, w);
}

static json_t *plan_json(const char *name, const struct plan *p, const struct plan_wish *w) {
	json_t *root = json_pack("{s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:b, s:I, s:f}", "name", name,
		"baud_rate", (json_int_t)w->baud, "breakpoints", (json_int_t)p->breakpoints,
		"frames", (json_int_t)p->frames, "bytes", (json_int_t)p->bytes, "formula_s",
		(double)p->model_us / 1e6, "halt_s", (double)p->halt_us / 1e6, "calibrated",
		(int)p->calibrated, "hits_seen", (json_int_t)w->hits, "most_per_s",
		(double)p->most_pm / 60000);

	if (w->rate) {
		json_object_set_new(root, "duty", json_real((double)p->duty_pm / 1000));
	}
	json_object_set_new(root, "rate_per_min", json_integer((json_int_t)w->rate));
	json_object_set_new(root, "acts_at_per_min", json_integer((json_int_t)p->act_rate));
	json_object_set_new(root, "kb10_s", json_real((double)p->shorter_us / 1e6));
	json_object_set_new(root, "baud115200_s", json_real((double)p->faster_us / 1e6));
	json_object_set_new(root, "sample", json_boolean(p->sample));
	return root;
}

static void plan_session(
	struct planner *k, const struct profile *s, const struct seen *journal, json_t *list) {
	struct seen seen = k->journal ? *journal : seen_by_daemon(k, s->name);
	struct guard_settings guard = {0};
	struct plan_wish w = {.baud = s->baud_rate,
		.arm = (const char *const *)s->arm.at,
		.arm_count = s->arm.count,
		.rate = k->rate,
		.hits = seen.hits,
		.measured_ms = seen.hits ? (seen.total_ms + seen.hits / 2) / seen.hits : 0};
	struct plan p;

	(void)guard_parse_duty(s->halt_duty, &guard); /* checked when it was read */
	w.act_pm = guard.act_pm;
	plan_make(&p, &w);
	if (k->as_json) {
		json_array_append_new(list, plan_json(s->name, &p, &w));
	} else {
		print_plan(s->name, &p, &w);
	}
}

static int plan_all(struct planner *k, const struct config *c) {
	struct seen journal = {0};
	json_t *list;

	if (cli_config_check_names(&k->config_args, c, k->names)) {
		return 3;
	}
	if (k->journal && !read_journal(k->journal, &journal)) {
		return 1;
	}
	if (!k->journal) {
		ask_daemon(k, c);
	}
	list = json_array();
	for (size_t i = 0; i < c->session_count; i++) {
		if (cli_config_chosen(c, k->names, &c->sessions[i])) {
			plan_session(k, &c->sessions[i], &journal, list);
		}
	}
	if (k->as_json) {
		json_dumpf(list, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		putchar('\n');
	}
	json_decref(list);
	json_decref(k->status);
	return 0;
}

/* `10/min`, `2/s` */
static bool parse_rate(const char *text, uint64_t *rate) {
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	bool each_second = strcmp(end, "/s") == 0;

	if (*text < '0' || *text > '9' || n == 0 || n > 1000000 ||
		(!each_second && strcmp(end, "/min") != 0)) {
		return false;
	}
	*rate = each_second ? n * 60 : n;
	return true;
}

static bool take_option(void *data, int option, const char *argument) {
	struct planner *k = data;

	switch (option) {
	case OPTION_RATE:
		if (!parse_rate(argument, &k->rate)) {
			fprintf(stderr,
				"livedebug plan: --rate %s: expected such as 10/min or 2/s\n",
				argument);
			return false;
		}
		return true;
	case OPTION_JOURNAL:
		k->journal = argument;
		return true;
	case OPTION_JSON:
		k->as_json = true;
		return true;
	default:
		return false;
	}
}

int cli_plan(int argc, char **argv) {
	static const struct option long_options[] = {CLI_CONFIG_LONG_OPTIONS,
		{"rate", required_argument, NULL, OPTION_RATE},
		{"journal", required_argument, NULL, OPTION_JOURNAL},
		{"json", no_argument, NULL, OPTION_JSON}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	struct planner k = {0};
	struct config c;
	int code =
		cli_config_parse(&k.config_args, argc, argv, long_options, usage, take_option, &k);

	if (code >= 0) {
		return code;
	}
	k.names = argv + optind;
	code = cli_config_load(&k.config_args, &c);
	if (code == 0) {
		code = plan_all(&k, &c);
	}
	config_finish(&c);
	return code;
}
