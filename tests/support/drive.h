/*
 * Drives a session with virtual time: kd's text goes in through the real parser, the actions come
 * out as short words in `seen`. drive_kd() plays a kd that answers what was written.
 */
#ifndef LIVEDEBUG_TESTS_DRIVE_H
#define LIVEDEBUG_TESTS_DRIVE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/session.h"

#define DRIVE_PATH "Symbol search path is: SRV*c:\\websymbols\r\n"
#define DRIVE_CONNECT \
	"Connected to Windows 10 19041 x64 target at (Mon Nov 23 23:45:12.000 2026 (UTC + " \
	"0:00)), ptr64 TRUE\r\nKernel Debugger connection established.\r\n" DRIVE_PATH
#define DRIVE_BP "bp nt!MmAllocateSpecialPool \";kb;g\""
#define DRIVE_ROW \
	" 0 e Disable Clear  fffff802`47bca1e0     0001 (0001) nt!MmAllocateSpecialPool \";kb;g\"\r\n"
#define DRIVE_HIT \
	"Breakpoint 0 hit\r\n" \
	"RetAddr           : Args to Child : Call Site\r\n" \
	"fffff802`47bca1e0 : 00000000`00000000 00000000`00000000 00000000`00000000 " \
	"00000000`00000000 : nt!MmAllocateSpecialPool\r\n" \
	"fffff802`47bca1f0 : 00000000`00000000 00000000`00000000 00000000`00000000 " \
	"00000000`00000000 : nt!ExAllocatePoolWithTag+0x10\r\n\r\n"

struct drive {
	struct session s;
	struct kdparse parse;
	struct actions out;
	uint64_t now;
	char seen[60000]; /* since the last drive_clear(): " word word..." */
	size_t len;
	char write[300];   /* what was written last and is not answered; "" none */
	const char *rows;  /* what bl lists */
	unsigned long tag; /* what stands at nt!PoolHitTag */
	const char *reply; /* the answer to any other command before its prompt */
	unsigned writes, breaks, kills, ends;
};

static inline const char *drive_member(
	const char *text, const char *name, char *buffer, size_t cap) {
	const char *at = strstr(text, name);
	size_t n = 0;

	at = at ? at + strlen(name) : "";
	while (at[n] && at[n] != '"' && n + 1 < cap) {
		buffer[n] = at[n];
		n++;
	}
	buffer[n] = '\0';
	return buffer;
}

/* The digits behind `name`; "" if it is not there. */
static inline const char *drive_number(
	const char *text, const char *name, char *buffer, size_t cap) {
	drive_member(text, name, buffer, cap);
	buffer[strspn(buffer, "0123456789")] = '\0';
	return buffer;
}

static inline void drive_put(struct drive *d, const char *head, const char *tail) {
	int n = snprintf(d->seen + d->len, sizeof(d->seen) - d->len, "%s%s%s;", d->len ? " " : "",
		head, tail);

	d->len += n > 0 && d->len + (size_t)n < sizeof(d->seen) ? (size_t)n : 0;
}

static inline void drive_event(struct drive *d, const struct action *a) {
	char name[40], more[120];

	if (a->kind == ACT_ALARM && strstr(a->text, "\"event\":\"gap\"")) {
		drive_put(d, "gap ", drive_number(a->text, "\"ms\":", more, sizeof(more)));
		return;
	}
	if (a->kind == ACT_ALARM) {
		drive_put(d, "ALARM ", drive_member(a->text, "\"what\":\"", more, sizeof(more)));
		return;
	}
	drive_member(a->text, "\"event\":\"", name, sizeof(name));
	if (!strcmp(name, "state")) {
		return;
	}
	drive_member(a->text,
		!strcmp(name, "break")                                     ? "\"cause\":\""
		: !strcmp(name, "halt_begin") || !strcmp(name, "halt_end") ? "\"owner\":\""
		: !strcmp(name, "released")                                ? "\"result\":\""
									   : "\"why\":\"",
		more, sizeof(more));
	if (*more) {
		char both[180];
		snprintf(both, sizeof(both), "%s(%s)", name, more);
		drive_put(d, both, "");
	} else {
		drive_put(d, name, "");
	}
}

static inline void drive_written(struct drive *d, const struct action *a) {
	char line[300];
	size_t n = a->len < sizeof(line) ? a->len : sizeof(line) - 1;

	memcpy(line, a->text, n);
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	snprintf(d->write, sizeof(d->write), "%s", line);
	d->writes++;
	drive_put(d, "> ", !strncmp(line, ".echo ", 6) ? ".echo" : line[0] == 2 ? "^B" : line);
}

static inline void drive_take(struct drive *d) {
	for (size_t i = 0; i < d->out.count; i++) {
		const struct action *a = &d->out.list[i];
		char number[24];

		snprintf(number, sizeof(number), " %u", (unsigned)a->value);
		if (a->kind == ACT_WRITE) {
			drive_written(d, a);
		} else if (a->kind == ACT_EVENT || a->kind == ACT_ALARM) {
			drive_event(d, a);
		} else {
			drive_put(d, a->kind == ACT_BREAK ? "BREAK" : action_name(a->kind),
				a->kind == ACT_BREAK || a->kind == ACT_COMMAND_LINE ||
						a->kind == ACT_COMMAND_END
					? number
					: "");
			d->breaks += a->kind == ACT_BREAK;
			d->kills += a->kind == ACT_KILL;
			d->ends += a->kind == ACT_ENDED;
		}
	}
}

static inline void drive_input(struct drive *d, const struct session_input *in) {
	session_step(&d->s, in, &d->out);
	drive_take(d);
}

static inline void drive_emit(void *data, const struct kd_event *e) {
	struct drive *d = (struct drive *)data;

	drive_input(d, &(struct session_input){.kind = IN_CONSOLE, .now_ms = d->now, .event = e});
}

static inline void drive_in(struct drive *d, enum session_input_kind kind) {
	if (kind == IN_KD_STARTED || kind == IN_KD_ENDED) {
		kdparse_init(&d->parse, drive_emit, d);
		d->write[0] = '\0';
	}
	drive_input(d, &(struct session_input){.kind = kind,
			       .now_ms = d->now,
			       .value = 120001,
			       .text = kind == IN_COMMAND ? "lm" : NULL});
}

static inline void drive_feed(struct drive *d, const char *text) {
	kdparse_feed(&d->parse, text, strlen(text));
}

static inline void drive_clear(struct drive *d) {
	d->len = 0;
	d->seen[0] = '\0';
}

static inline bool drive_saw(const struct drive *d, const char *words) {
	return strstr(d->seen, words) != NULL;
}

/* Let time pass, with a tick at each deadline. False: a deadline that is not in the future. */
static inline bool drive_pass(struct drive *d, uint64_t ms) {
	uint64_t end = d->now + ms;

	for (;;) {
		uint64_t next = session_deadline(&d->s);
		if (next > end) {
			d->now = end;
			return true;
		}
		d->now = next > d->now ? next : d->now;
		drive_in(d, IN_TICK);
		if (session_deadline(&d->s) <= d->now) {
			return false;
		}
	}
}

/* kd at a prompt answers one line. False: there is none, or it lets the target run. */
static inline bool drive_kd_once(struct drive *d) {
	char line[300];

	snprintf(line, sizeof(line), "%s", d->write);
	if (!line[0] || !strcmp(line, "g") || !strcmp(line, ".reboot") || line[0] == 2) {
		return false;
	}
	d->write[0] = '\0';
	if (!strncmp(line, ".echo ", 6)) {
		drive_feed(d, line + 6);
		drive_feed(d, "\r\n");
	} else if (!strcmp(line, "bl")) {
		drive_feed(d, d->rows);
	} else if (!strncmp(line, "dd ", 3)) {
		snprintf(line, sizeof(line), "fffff800`01200000  %08lx\r\n", d->tag);
		drive_feed(d, line);
	} else if (!strncmp(line, "ed nt!PoolHitTag 0x", 19)) {
		d->tag = strtoul(line + 19, NULL, 16);
	} else {
		drive_feed(d, d->reply);
		d->rows = !strcmp(line, "bc *")                      ? ""
			  : !strncmp(line, "bp ", 3) && !d->reply[0] ? DRIVE_ROW
								     : d->rows;
	}
	drive_feed(d, "0: kd> ");
	return true;
}

static inline void drive_kd(struct drive *d) {
	while (drive_kd_once(d)) {
	}
}

/* A stop, and all that is typed at it. */
static inline void drive_stop(struct drive *d) {
	drive_feed(d, "Break instruction exception - code 80000003 (first chance)\r\n"
		      "nt!DbgBreakPointWithStatus:\r\n0: kd> ");
	drive_kd(d);
}

static const char *const drive_arm[] = {DRIVE_BP};

static inline struct session_settings drive_settings(void) {
	return (struct session_settings){
		.arm = drive_arm,
		.arm_count = 1,
		.arm_at = ARM_AT_AFTER,
		.on_bugcheck = {.max_ms = 30000, .max_bytes = 256 * 1024},
		.prove = true,
		.break_methods = 2,
		.arm_after_ms = 90000,
		.arm_max_ms = 60000,
		.command_timeout_ms = 20000,
		.break_timeout_ms = 30000,
		.settle_ms = 2000,
		.halt_max_ms = 60000,
		.hold_max_ms = 3600000,
		.stop_max_ms = 90000,
		.return_max_ms = 900000,
		.restart_min_ms = 1000,
		.restart_max_ms = 60000,
		.random_seed = 1,
	};
}

static inline void drive_init(struct drive *d, const struct session_settings *set) {
	d->now = 1000000;
	d->rows = d->reply = "";
	d->tag = 0xffffff0f;
	d->write[0] = '\0';
	d->writes = d->breaks = d->kills = d->ends = 0;
	drive_clear(d);
	session_init(&d->s, set);
	kdparse_init(&d->parse, drive_emit, d);
}

/* kd is started, and waits for a target. */
static inline void drive_launch(struct drive *d) {
	drive_in(d, IN_PORT_FREE);
	drive_in(d, IN_KD_STARTED);
	drive_feed(d, "Opened \\\\.\\COM1\r\nWaiting to reconnect...\r\n");
}

/* From the start to running; armed when the profile says so. */
static inline void drive_up(struct drive *d, const struct session_settings *set) {
	drive_init(d, set);
	drive_in(d, IN_START);
	drive_launch(d);
	drive_feed(d, DRIVE_CONNECT);
	if (d->s.state == SESSION_BREAKING) {
		drive_stop(d);
		drive_pass(d, 5000);
	}
}

#endif
