#include "tests/bench/target.h"

#include <stdarg.h>

static const char *const whys[] = {
	[WHY_LOAD] = "load",
	[WHY_SHUTDOWN] = "shutdown",
	[WHY_BREAK_IN] = "break-in",
	[WHY_HIT] = "hit",
	[WHY_REHIT] = "rehit",
	[WHY_STEP] = "step",
	[WHY_INT3] = "int3",
	[WHY_BUGCHECK] = "bugcheck",
};
_Static_assert(sizeof whys / sizeof *whys == WHY_COUNT, "a name for each reason");

const char *truth_why(enum target_why why) {
	return whys[why];
}

static void begin(struct target *t, const char *event) {
	fprintf(t->truth, "{\"t\":%llu,\"event\":\"%s\"", (unsigned long long)(t->now / MS), event);
}

static void end(struct target *t) {
	fputs("}\n", t->truth);
	fflush(t->truth);
}

void truth_event(struct target *t, const char *event, const char *members, ...) {
	va_list args;

	if (t->truth == NULL)
		return;
	begin(t, event);
	if (members != NULL) {
		fputc(',', t->truth);
		va_start(args, members);
		vfprintf(t->truth, members, args);
		va_end(args);
	}
	end(t);
}

static void put_json_text(FILE *out, const char *text) {
	fputc('"', out);
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p < 0x20 || *p > 0x7e || *p == '"' || *p == '\\')
			fprintf(out, "\\u%04x", *p);
		else
			fputc(*p, out);
	}
	fputc('"', out);
}

void truth_text(struct target *t, const char *event, const char *members, const char *text) {
	if (t->truth == NULL)
		return;
	begin(t, event);
	fprintf(t->truth, ",%s\"text\":", members);
	put_json_text(t->truth, text);
	end(t);
}

static const char *mode_name(const struct target *t) {
	switch (t->mode) {
	case MODE_OFF:
		return "off";
	case MODE_RUNNING:
		return "running";
	case MODE_SENDING:
		return t->send == SEND_PRINT ? "printing" : "halted";
	case MODE_HALTED:
		return "halted";
	}
	return "";
}

/* In a DbgPrint the machine counts as running: it goes on by itself. */
void truth_state(struct target *t, FILE *out) {
	const char *mode = mode_name(t);
	const char *comma = "";

	fprintf(out, "{\"t\":%llu,\"event\":\"end\",\"running\":%s,\"mode\":\"%s\",\"why\":\"%s\",",
		(unsigned long long)(t->now / MS),
		mode[0] == 'r' || mode[0] == 'p' ? "true" : "false", mode, truth_why(t->why));
	fputs("\"breakpoints\":[", out);
	for (size_t i = 0; i < BREAKPOINTS; i++) {
		if (t->breakpoints[i].address == 0)
			continue;
		fprintf(out, "%s\"0x%llx\"", comma, (unsigned long long)t->breakpoints[i].address);
		comma = ",";
	}
	fprintf(out,
		"],\"hits\":%llu,\"passes\":%llu,\"stops\":%llu,\"boots\":%llu,"
		"\"poolhittag\":\"0x%08x\"}\n",
		(unsigned long long)t->hits, (unsigned long long)t->passes,
		(unsigned long long)t->stops, (unsigned long long)t->boots, work_pool_hit_tag(t));
	fflush(out);
}
