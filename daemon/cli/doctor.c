/* livedebug doctor: why is it waiting? The command line and what is printed. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/options.h"
#include "core/text.h"

static const char usage[] =
	"usage: livedebug doctor [OPTIONS] [SESSION]\n"
	"\n"
	"Why is it waiting? Looks at the daemon, the port, the rate, kd, the symbols, the pipe and\n"
	"the log's folder of one session or all, and tells for each what was seen and the next\n"
	"step. Nothing is ever sent to the target. Exit code 1 when something is wrong.\n"
	"\n" CLI_CONFIG_HELP
	"      --listen DURATION    hear the line for so long (10s) while no debugger has it\n"
	"      --json               the findings as JSON\n";

enum { OPTION_LISTEN = CLI_OPTION_OWN, OPTION_JSON };

static const char *const verdict_words[] = {"ok", "warn", "FAIL", "?"};
static const char *const verdict_names[] = {"ok", "warning", "failed", "unknown"};

struct finding *doctor_find(struct doctor *d, const char *name, enum finding_verdict verdict) {
	size_t at = d->count < FINDINGS_MAX ? d->count++ : FINDINGS_MAX - 1;
	struct finding *f = &d->findings[at];

	memset(f, 0, sizeof(*f));
	f->name = name;
	f->verdict = verdict;
	return f;
}

static void examine(struct doctor *d) {
	doctor_daemon(d);
	doctor_port(d);
	doctor_line(d);
	doctor_rate(d);
	doctor_kd(d);
	doctor_symbols(d);
	doctor_pipe(d);
	doctor_log(d);
	doctor_account(d);
	doctor_service(d);
	doctor_power(d);
}

static void print_escaped(const char *text) {
	char shown[2 * FINDING_TEXT];
	struct text t;

	text_init(&t, shown, sizeof(shown));
	for (; *text; text++) {
		/* Backslashes are those of paths here. */
		if (*text == '\\') {
			text_put(&t, "\\");
		} else {
			text_put_escaped(&t, text, 1);
		}
	}
	printf("%s\n", shown);
}

/* What to compare on the target, which this computer cannot see. */
static void print_target_side(const struct profile *p) {
	printf("  On the target, as an administrator:\n"
	       "        bcdedit /dbgsettings     must show debugtype Serial, baudrate %" PRIu64
	       " and the port of the cable\n"
	       "        bcdedit /enum {current}  must show debug Yes\n"
	       "        to set it: bcdedit /debug on\n"
	       "                   bcdedit /dbgsettings serial debugport:1 baudrate:%" PRIu64
	       "   (then a reboot)\n"
	       "        to Windows Server 2003, in boot.ini: /debug /debugport=com1 "
	       "/baudrate=%" PRIu64 "\n",
		p->baud_rate, p->baud_rate, p->baud_rate);
}

static int print_findings(const struct doctor *d) {
	int code = 0;

	printf("%s (%s, %" PRIu64 " baud)\n", d->profile->name, d->profile->port,
		d->profile->baud_rate);
	for (size_t i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];

		printf("  %-5s %-8s ", verdict_words[f->verdict], f->name);
		print_escaped(f->evidence);
		if (f->next[0]) {
			printf("        next:    ");
			print_escaped(f->next);
		}
		code = f->verdict == FINDING_FAIL ? 1 : code;
	}
	print_target_side(d->profile);
	return code;
}

static json_t *findings_json(const struct doctor *d, int *code) {
	json_t *list = json_array();

	for (size_t i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];
		json_t *item = json_pack("{s:s, s:s, s:s%}", "check", f->name, "verdict",
			verdict_names[f->verdict], "evidence", f->evidence, strlen(f->evidence));

		if (!item) { /* a name that is not UTF-8 */
			item = json_pack("{s:s, s:s}", "check", f->name, "verdict",
				verdict_names[f->verdict]);
		}
		if (f->next[0]) {
			json_object_set_new(item, "next", json_string(f->next));
		}
		json_array_append_new(list, item);
		*code = f->verdict == FINDING_FAIL ? 1 : *code;
	}
	return json_pack("{s:s, s:s, s:o}", "session", d->profile->name, "port", d->profile->port,
		"findings", list);
}

struct doctor_args {
	struct cli_config_args config_args;
	uint64_t listen_ms;
	bool as_json;
	const char *name;
};

static int examine_one(
	const struct doctor_args *a, const struct config *c, const struct profile *p, json_t *out) {
	static struct doctor d;
	int code = 0;

	d = (struct doctor){.config = c, .profile = p, .listen_ms = a->listen_ms};
	d.is_told = !a->as_json;
	examine(&d);
	if (!a->as_json) {
		return print_findings(&d);
	}
	json_array_append_new(out, findings_json(&d, &code));
	return code;
}

static int examine_all(const struct doctor_args *a, const struct config *c) {
	const struct profile *only = a->name ? cli_config_session(c, a->name) : NULL;
	json_t *out = json_array();
	int code = 0;

	if (a->name && !only) {
		fprintf(stderr,
			"livedebug doctor: no session '%s' in %s; `livedebug check` lists them\n",
			a->name, a->config_args.path);
		json_decref(out);
		return 3;
	}
	for (size_t i = 0; i < c->session_count; i++) {
		if (!only || only == &c->sessions[i]) {
			code |= examine_one(a, c, &c->sessions[i], out);
		}
	}
	if (a->as_json) {
		json_dumpf(out, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(out);
	return code;
}

static bool take_option(void *data, int option, const char *argument) {
	struct doctor_args *a = data;

	switch (option) {
	case OPTION_LISTEN:
		if (!text_parse_duration(argument, &a->listen_ms) || a->listen_ms == 0) {
			fprintf(stderr,
				"livedebug doctor: --listen %s: a duration, such as 10s, is wanted\n",
				argument);
			return false;
		}
		return true;
	case OPTION_JSON:
		a->as_json = true;
		return true;
	default:
		return false;
	}
}

int cli_doctor(int argc, char **argv) {
	static const struct option long_options[] = {CLI_CONFIG_LONG_OPTIONS,
		{"listen", required_argument, NULL, OPTION_LISTEN},
		{"json", no_argument, NULL, OPTION_JSON}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	struct doctor_args a = {0};
	struct config c;
	int code =
		cli_config_parse(&a.config_args, argc, argv, long_options, usage, take_option, &a);

	if (code >= 0) {
		return code;
	}
	if (argc - optind > 1) {
		fprintf(stderr, "livedebug doctor: one session, please, not also '%s'\n",
			argv[optind + 1]);
		return 2;
	}
	a.name = argv[optind];
	code = cli_config_load(&a.config_args, &c);
	if (code == 0) {
		code = examine_all(&a, &c);
	}
	config_finish(&c);
	return code;
}
