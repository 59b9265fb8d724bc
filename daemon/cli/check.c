/* livedebug check: read a profile, tell what is wrong with it or what it means. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "config/strings.h"
#include "core/plan.h"

static const char usage[] =
	"usage: livedebug check [OPTIONS] [SESSION...]\n"
	"\n"
	"Reads the profile. Good: a line for each session, with the time that a hit with `kb 20`\n"
	"halts the target at the session's rate. Not good: every error on stderr, exit code 2.\n"
	"\n" CLI_CONFIG_HELP "      --dump               the values in effect, as a profile\n"
	"      --sample             a profile to start from, every key explained\n"
	"      --json               the sessions as JSON\n";

enum { OPTION_DUMP = CLI_OPTION_OWN, OPTION_SAMPLE, OPTION_JSON };

struct check {
	struct cli_config_args config_args;
	bool dump, sample, json;
	char **names; /* sessions asked for; NULL at its end */
};

/*
 * Bytes on the wire of one hit: stop, context, the stack reads of `kb 20` with symbols at hand,
 * step off the breakpoint, go. amd64; a model, not a measurement. Ten bits a byte.
 */
#define HIT_BYTES 5524

static double hit_seconds(const struct profile *p) {
	return 10.0 * HIT_BYTES / (double)p->baud_rate;
}

/* The rates that the target's bcdedit takes. */
static bool is_usual_rate(uint64_t rate) {
	static const uint64_t rates[] = {9600, 19200, 38400, 57600, 115200};
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		if (rates[i] == rate) {
			return true;
		}
	}
	return false;
}

static void print_session(const struct profile *p) {
	double seconds = hit_seconds(p);
	printf("%-12s %-6s %7" PRIu64
	       " baud  halts about %.2f s a hit (kb 20): at most %.2g a second\n",
		p->name, p->port, p->baud_rate, seconds, 1 / seconds);
	if (!is_usual_rate(p->baud_rate)) {
		fprintf(stderr,
			"livedebug: session '%s': bcdedit knows 9600, 19200, 38400, 57600 and "
			"115200, not %" PRIu64 "\n",
			p->name, p->baud_rate);
	}
	if (p->settle_ms < plan_stop_ms(p->baud_rate)) {
		fprintf(stderr,
			"livedebug: session '%s': settle = %" PRIu64 "ms: at %" PRIu64
			" baud a stop right behind `g` shows itself after "
			"%" PRIu64 "ms: a halted target may be taken for a running one\n",
			p->name, p->settle_ms, p->baud_rate, plan_stop_ms(p->baud_rate));
	}
	if (p->arm_method == ARM_POOLHITTAG && p->arm.count > 0) {
		fprintf(stderr,
			"livedebug: session '%s': arm_method = poolhittag: the commands of arm are "
			"not used\n",
			p->name);
	}
	if (string_list_has(&p->on_bugcheck, "reboot")) {
		fprintf(stderr,
			"livedebug: session '%s': on_bugcheck = reboot: the target writes no crash "
			"dump\n",
			p->name);
	}
}

static json_t *session_json(const struct profile *p) {
	return json_pack("{s:s, s:s, s:I, s:f}", "name", p->name, "port", p->port, "baud_rate",
		(json_int_t)p->baud_rate, "halt_per_hit_s", hit_seconds(p));
}

static void print_json(const struct check *k, const struct config *c) {
	json_t *list = json_array();
	for (size_t i = 0; i < c->session_count; i++) {
		if (cli_config_chosen(c, k->names, &c->sessions[i])) {
			json_array_append_new(list, session_json(&c->sessions[i]));
		}
	}
	json_dumpf(list, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
	putchar('\n');
	json_decref(list);
}

static void print_config(const struct check *k, const struct config *c) {
	if (k->json) {
		print_json(k, c);
		return;
	}
	if (k->dump) {
		config_dump_daemon(c, stdout);
	}
	for (size_t i = 0; i < c->session_count; i++) {
		if (!cli_config_chosen(c, k->names, &c->sessions[i])) {
			continue;
		}
		if (k->dump) {
			config_dump_session(&c->sessions[i], stdout);
		} else {
			print_session(&c->sessions[i]);
		}
	}
}

static int check(struct check *k) {
	struct config c;
	int code = cli_config_load(&k->config_args, &c);
	if (code == 0) {
		code = cli_config_check_names(&k->config_args, &c, k->names);
	}
	if (code == 0) {
		print_config(k, &c);
	}
	config_finish(&c);
	return code;
}

static bool take_option(void *data, int option, const char *argument) {
	struct check *k = data;

	(void)argument; /* none of them has one */
	switch (option) {
	case OPTION_DUMP:
		k->dump = true;
		return true;
	case OPTION_SAMPLE:
		k->sample = true;
		return true;
	case OPTION_JSON:
		k->json = true;
		return true;
	default:
		return false;
	}
}

int cli_check(int argc, char **argv) {
	static const struct option long_options[] = {CLI_CONFIG_LONG_OPTIONS,
		{"dump", no_argument, NULL, OPTION_DUMP},
		{"sample", no_argument, NULL, OPTION_SAMPLE},
		{"json", no_argument, NULL, OPTION_JSON}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	struct check k = {0};
	int code =
		cli_config_parse(&k.config_args, argc, argv, long_options, usage, take_option, &k);

	if (code >= 0) {
		return code;
	}
	k.names = argv + optind;
	if (k.sample) {
		config_sample(stdout);
		return 0;
	}
	return check(&k);
}
