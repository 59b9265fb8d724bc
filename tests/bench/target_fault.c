#include "tests/bench/target.h"

#include <stdlib.h>
#include <string.h>

#include "tests/bench/symbols.h"

enum arg_type { ARG_NONE, ARG_COUNT, ARG_TIME };

/* When it may strike. The wire: before the packet of the event is sent. */
enum moment { MOMENT_WIRE, MOMENT_ANY, MOMENT_RUNNING };

struct fault_kind {
	const char *name;
	enum arg_type type;
	uint64_t standard; /* argument when none is given */
	enum moment moment;
	void (*strike)(struct target *t, uint64_t arg);
};

static void strike_reboot(struct target *t, uint64_t away) {
	t->away = away;
	power_reboot(t);
}

static void strike_powercut(struct target *t, uint64_t away) {
	truth_event(t, "powercut", NULL);
	serial_drop(&t->serial);
	power_off(t, away);
}

static void strike_bugcheck(struct target *t, uint64_t arg) {
	(void)arg;
	power_bugcheck(t);
}

static void strike_flood(struct target *t, uint64_t count) {
	t->flood += count;
}

static void strike_swallow(struct target *t, uint64_t count) {
	t->swallow += count;
}

static void strike_deaf(struct target *t, uint64_t arg) {
	(void)arg;
	t->is_deaf = true;
}

static void strike_hear(struct target *t, uint64_t arg) {
	(void)arg;
	t->is_deaf = false;
}

static void strike_corrupt(struct target *t, uint64_t count) {
	t->corrupt += count;
}

static void strike_lose(struct target *t, uint64_t count) {
	t->lose += count;
}

static void strike_mute(struct target *t, uint64_t time) {
	t->mute_until = t->now + time;
}

static void strike_garbage(struct target *t, uint64_t arg) {
	static const char text[] =
		"\r\nFirmware 0.90 (c) 0000-0000 Fictitious Systems\r\nMemory 00000000-0000ffff "
		"ok\r\nPort 0000iiii 0000\r\n\x1b[2J\x1b[0;0H";

	(void)arg;
	serial_send(t, (const uint8_t *)text, sizeof text - 1);
}

static void strike_int3(struct target *t, uint64_t arg) {
	(void)arg;
	work_idle_stack(t);
	t->context.reg[KDPROTO_RCX] = 0;
	stop_exception(
		t, WHY_INT3, KDPROTO_STATUS_BREAKPOINT, symbols_address("netfoo!Assert+0x12"));
}

/* nt!PoolHitTag stops at a free too; the other calls of this target are allocations. */
static void strike_free(struct target *t, uint64_t count) {
	t->frees += count;
}

static void strike_slow(struct target *t, uint64_t factor) {
	t->serial.byte_time *= factor > 0 ? factor : 1;
}

static const struct fault_kind kinds[] = {
	{"reboot", ARG_TIME, BOOT_TIME, MOMENT_RUNNING, strike_reboot},
	{"powercut", ARG_TIME, BOOT_TIME, MOMENT_ANY, strike_powercut},
	{"bugcheck", ARG_NONE, 0, MOMENT_RUNNING, strike_bugcheck},
	{"flood", ARG_COUNT, 200, MOMENT_ANY, strike_flood},
	{"swallow", ARG_COUNT, 1, MOMENT_WIRE, strike_swallow},
	{"deaf", ARG_NONE, 0, MOMENT_WIRE, strike_deaf},
	{"hear", ARG_NONE, 0, MOMENT_WIRE, strike_hear},
	{"corrupt", ARG_COUNT, 1, MOMENT_WIRE, strike_corrupt},
	{"lose", ARG_COUNT, 1, MOMENT_WIRE, strike_lose},
	{"mute", ARG_TIME, BOOT_TIME, MOMENT_WIRE, strike_mute},
	{"garbage", ARG_NONE, 0, MOMENT_WIRE, strike_garbage},
	{"int3", ARG_NONE, 0, MOMENT_RUNNING, strike_int3},
	{"free", ARG_COUNT, 1, MOMENT_WIRE, strike_free},
	{"slow", ARG_COUNT, 2, MOMENT_WIRE, strike_slow},
};

static const struct {
	const char *name;
	enum target_when when;
} whens[] = {{"hit", WHEN_HIT}, {"stop", WHEN_STOP}, {"bp", WHEN_BP}, {"boot", WHEN_BOOT}};

bool fault_parse_time(const char *text, uint64_t *ns) {
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {{"ms", MS}, {"s", SECOND}, {"m", 60 * SECOND}, {"h", 3600 * SECOND}};
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (end != text && strcmp(end, units[i].unit) == 0 && n < 1000000) {
			*ns = n * units[i].ns;
			return true;
		}
	return false;
}

static bool parse_count(const char *text, uint64_t *n) {
	char *end;

	*n = strtoull(text, &end, 10);
	return end != text && *end == '\0' && *n < 1000000000;
}

static bool parse_when(struct target_fault *f, const char *text) {
	f->when = WHEN_TIME;
	if (fault_parse_time(text, &f->n))
		return true;
	for (size_t i = 0; i < sizeof whens / sizeof *whens; i++) {
		size_t len = strlen(whens[i].name);
		f->when = whens[i].when;
		if (strncmp(text, whens[i].name, len) == 0 && parse_count(text + len, &f->n))
			return f->n > 0;
	}
	return false;
}

static bool parse_arg(struct target_fault *f, const char *text) {
	f->arg = f->kind->standard;
	if (text == NULL)
		return true;
	if (f->kind->type == ARG_TIME)
		return fault_parse_time(text, &f->arg);
	return f->kind->type == ARG_COUNT && parse_count(text, &f->arg);
}

static const struct fault_kind *kind_of(const char *name) {
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static const char *parse(struct target_fault *f, char *spec) {
	char *when = strchr(spec, '@');
	char *arg;

	if (when != NULL)
		*when++ = '\0';
	arg = strchr(spec, ':');
	if (arg != NULL)
		*arg++ = '\0';
	f->kind = kind_of(spec);
	if (f->kind == NULL)
		return "no such fault";
	if (!parse_arg(f, arg))
		return "bad argument of the fault";
	if (when != NULL && !parse_when(f, when))
		return "bad moment of the fault (Ns, Nms, hitN, stopN, bpN, bootN)";
	f->fired = when == NULL;
	return NULL;
}

static struct target_fault *free_slot(struct target *t) {
	for (size_t i = 0; i < t->fault_count; i++)
		if (t->faults[i].done)
			return &t->faults[i];
	return t->fault_count < FAULTS_MAX ? &t->faults[t->fault_count++] : NULL;
}

bool fault_add(struct target *t, const char *spec, const char **why) {
	struct target_fault f = {.when = WHEN_NOW};
	struct target_fault *slot;
	char copy[128];

	snprintf(copy, sizeof copy, "%s", spec);
	*why = parse(&f, copy);
	if (*why != NULL)
		return false;
	slot = free_slot(t);
	*why = "too many faults";
	if (slot != NULL)
		*slot = f;
	return slot != NULL;
}

static void strike(struct target *t, struct target_fault *f) {
	f->fired = false;
	f->done = true;
	truth_event(t, "fault", "\"name\":\"%s\"", f->kind->name);
	f->kind->strike(t, f->arg);
}

/*
 * A fault at an event that has a packet waits until the host has that packet; one at a time or by
 * command strikes at once, if its machine runs or need not.
 */
static bool may_strike(const struct target *t, const struct target_fault *f) {
	if (!f->fired || f->done)
		return false;
	if (f->kind->moment == MOMENT_RUNNING)
		return t->mode == MODE_RUNNING;
	return f->kind->moment == MOMENT_WIRE || f->when <= WHEN_TIME || t->mode != MODE_SENDING;
}

void fault_event(struct target *t, enum target_when when, uint64_t n) {
	for (size_t i = 0; i < t->fault_count; i++) {
		struct target_fault *f = &t->faults[i];
		if (f->done || f->when != when || f->n != n)
			continue;
		f->fired = true;
		if (f->kind->moment == MOMENT_WIRE)
			strike(t, f);
	}
}

uint64_t fault_next(const struct target *t) {
	uint64_t next = NEVER;

	for (size_t i = 0; i < t->fault_count; i++) {
		const struct target_fault *f = &t->faults[i];
		if (may_strike(t, f))
			return 0;
		if (f->when == WHEN_TIME && !f->fired && !f->done && f->n < next)
			next = f->n;
	}
	return next;
}

void fault_run_due(struct target *t) {
	for (size_t i = 0; i < t->fault_count; i++) {
		struct target_fault *f = &t->faults[i];
		if (f->when == WHEN_TIME && !f->done && f->n <= t->now)
			f->fired = true;
		if (may_strike(t, f))
			strike(t, f);
	}
}

void fault_list(FILE *out) {
	static const char *const args[] = {
		[ARG_NONE] = "", [ARG_COUNT] = "[:COUNT]", [ARG_TIME] = "[:TIME]"};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		fprintf(out, "%s%s%s", i == 0 ? "" : " ", kinds[i].name, args[kinds[i].type]);
	fputc('\n', out);
}

void fault_damage(struct target *t, uint8_t *frame, size_t *len) {
	if (t->lose > 0) {
		t->lose--;
		*len = 0;
	} else if (t->corrupt > 0) {
		t->corrupt--;
		frame[machine_random(t) % *len] ^= (uint8_t)(1u << machine_random(t) % 8);
	}
}

static const char connected_line[] =
	"Connected to Windows 10 19041 x64 target at (Mon Dec 29 22:30:50.424 2025 "
	"(UTC - 8:00)), ptr64 TRUE\n";
static const char shutdown_line[] =
	"Shutdown occurred at (Mon Dec 29 22:30:44.315 2025 (UTC - 8:00))...unloading all "
	"symbol tables.\n";

/* What a driver may print, and a reader of kd's output must not take for kd's own words. */
static const char *const flood_lines[] = {
	"DRV: request %llu queued\n",
	"0: kd> ",
	"kd> ",
	"\n0: kd> g\n",
	"Breakpoint 0 hit\n",
	connected_line,
	"Kernel Debugger connection established.\n",
	shutdown_line,
	"Waiting to reconnect...\n",
	"Child-SP          RetAddr           Call Site\n",
	"fffff880`02005800 fffff800`0100349c nt!MmAllocateSpecialPool\n",
	".echo LD-0123456789abcdef\n",
	"LD-0123456789abcdef\n",
	"*** Fatal System Error: 0x000000d1\n",
	"Break instruction exception - code 80000003 (first chance)\n",
	"no newline %llu ",
	"\r\n",
	"tab\tbell\a escape\x1b[31m high \xff\xfe %llu\n",
	"bbbbbbbb 0000 iiii %llu\n",
};

void fault_flood_line(struct target *t, char *out, size_t size) {
	const char *line = flood_lines[t->flood_n % (sizeof flood_lines / sizeof *flood_lines)];
	const char *mark = strstr(line, "%llu");

	t->flood_n++;
	if (mark == NULL)
		snprintf(out, size, "%s", line);
	else
		snprintf(out, size, "%.*s%llu%s", (int)(mark - line), line,
			(unsigned long long)t->flood_n, mark + 4);
}
