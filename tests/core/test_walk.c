/*
 * Random walks: a simple model of kd and the target takes what the session does and answers,
 * forgets, dies and reboots at random. After each step the rules of DESIGN section 2 must hold.
 * SEED=N begins with that walk; with WALK_TRACE=1 it is the only one, and told step by step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/session_inside.h"
#include "tests/support/drive.h"

enum { WALKS = 2000, STEPS = 300 };

static bool tracing;

struct model {
	struct drive d;
	uint64_t random;
	char queue[16][300]; /* lines that kd has not read */
	size_t queued;
	/* the truth */
	bool kd, kd_hung, starting, dying, connected, halted, off, break_sent, breakpoint;
	bool ed_failed;
	bool edited;            /* nt!PoolHitTag holds our tag */
	bool symbols, fetching; /* nt's are in the store; symchk is at work */
	/* what the rules need */
	bool break_out, may_write, behind_go, nonce_out, disarmed, hurried, killed, quit, down;
	bool fake_shutdown; /* a DbgPrint said so: nothing tells it from a real one but output */
	size_t method;
	unsigned port_asked;
	uint64_t nonce_asked, break_at, down_at, quiet_since;
	char fault[200];
};

static uint64_t draw(struct model *m, uint64_t n) {
	m->random = m->random * 6364136223846793005u + 1442695040888963407u;
	return (m->random >> 33) % n;
}

static void fault(struct model *m, const char *what, const char *detail) {
	if (!m->fault[0]) {
		snprintf(m->fault, sizeof(m->fault), "%s: %.120s", what, detail);
	}
}

/* --- the rules */

static void rule_break(struct model *m, const struct action *a, bool cause) {
	if (!cause) {
		fault(m, "rule 1", "a break-in without its cause before it");
	}
	if (m->break_out && a->value <= m->method) {
		fault(m, "rule 1", "a break-in while one is unanswered");
	}
	if (m->d.s.kd_up == false || m->killed || m->quit) {
		fault(m, "rule 1", "a break-in for a kd that is not there");
	}
	m->break_out = true;
	m->method = (size_t)a->value;
	m->break_at = m->d.now;
	m->break_sent = true;
}

static void rule_quit(struct model *m, const char *how) {
	const struct session *s = &m->d.s;
	bool unknown = s->outcome != RESULT_RELEASED;

	if (s->hurried || !m->kd || m->kd_hung) {
		return;
	}
	if (unknown && m->break_out && m->d.now >= m->break_at + s->set.break_timeout_ms) {
		return; /* the target never answered */
	}
	if (m->off || !m->connected || m->fake_shutdown) {
		return;
	}
	if (m->halted || m->breakpoint || m->edited) {
		fault(m, "rule 2", how);
	}
}

static void rule_kill(struct model *m) {
	const struct session *s = &m->d.s;

	if (s->state == SESSION_UNKNOWN) { /* replaced: it was silent for halt_max */
		if (m->d.now < m->quiet_since + s->set.halt_max_ms) {
			fault(m, "rule 2", "kd replaced though it was not silent for halt_max");
		}
	} else if (!m->quit) {
		rule_quit(m, "kd ended while a halt or a breakpoint is there");
	}
	m->killed = true;
}

static void rule_write(struct model *m, const struct action *a) {
	if (memchr(a->text, '\n', a->len) != a->text + a->len - 1) {
		fault(m, "rule 4: not one line", a->text);
	}
	if (a->text[0] == 2) {
		rule_quit(m, "quit while a halt or a breakpoint is there");
		m->quit = true;
	} else if (!strncmp(a->text, ".echo LD-", 9)) {
		if (m->nonce_out) {
			fault(m, "rule 4", "a second nonce");
		}
		m->nonce_out = true;
		m->nonce_asked = m->d.now;
	} else {
		if (!m->may_write) {
			fault(m, "rule 4: at no proved prompt", a->text);
		}
		m->behind_go = !strcmp(a->text, "g\n") || !strcmp(a->text, ".reboot\n");
	}
	if (m->quit && a->text[0] != 2) {
		fault(m, "rule 4: behind the quit line", a->text);
	}
	m->may_write = false;
}

/* --- what the session did */

static void queue(struct model *m, const char *text) {
	if (m->kd && m->queued < 16) {
		snprintf(m->queue[m->queued], sizeof(m->queue[0]), "%s", text);
		m->queue[m->queued][strcspn(m->queue[m->queued], "\n")] = '\0';
		m->queued++;
	}
}

static void act(struct model *m) {
	bool cause = false;

	for (size_t i = 0; i < m->d.out.count; i++) {
		const struct action *a = &m->d.out.list[i];

		if (tracing) {
			printf("    %s %s\n", action_name(a->kind), a->text ? a->text : "");
		}
		if (a->kind == ACT_BREAK) {
			rule_break(m, a, cause);
		} else if (a->kind == ACT_KILL) {
			rule_kill(m);
			m->dying = m->kd;
		} else if (a->kind == ACT_WRITE) {
			rule_write(m, a);
			queue(m, a->text);
		} else if (a->kind == ACT_SPAWN) {
			m->starting = true;
		} else if (a->kind == ACT_FETCH) {
			if (m->fetching && !m->quit) {
				fault(m, "symbols", "a second symchk");
			}
			m->fetching = true;
		} else if (a->kind == ACT_ENDED) {
			m->fetching = false; /* the shell ends it */
		} else if (a->kind == ACT_CHECK_PORT) {
			m->port_asked++;
		} else if (a->kind == ACT_EVENT) {
			cause = cause || strstr(a->text, "\"event\":\"break\"");
		}
	}
}

static void check(struct model *m) {
	const struct session *s = &m->d.s;

	if (m->disarmed && (s->arm == ARM_ARMED || s->arm == ARM_ARMING)) {
		fault(m, "rule 11", "armed after a disarm");
	}
	if (s->state == SESSION_RUNNING && s->break_pending) {
		fault(m, "state", "running with a break-in pending");
	}
	if (session_typing(s) && s->break_pending) {
		fault(m, "rule 1",
			"a break-in is pending at a halt: the next one would be a second");
	}
	if (s->going_down != m->down) {
		m->down = s->going_down;
		m->down_at = m->d.now;
	}
	if (m->down && s->stop_deadline_ms != UINT64_MAX && !m->dying &&
		m->d.now > s->stop_deadline_ms + 3000) {
		fault(m, "stop", "not stopped within stop_max");
	}
	if (s->state == SESSION_HALTED && session_deadline(s) == UINT64_MAX) {
		fault(m, "rule 3", "a halt without a deadline");
	}
	if (s->release_mode && s->going_down && s->state != SESSION_LAUNCHING &&
		s->state != SESSION_PORT && session_deadline(s) == UINT64_MAX && !m->dying &&
		!s->break_pending) {
		fault(m, "release mode", "nothing is to come");
	}
}

static void input(struct model *m, const struct session_input *in) {
	session_step(&m->d.s, in, &m->d.out);
	act(m);
	check(m);
}

static void in(struct model *m, enum session_input_kind kind) {
	struct session_input one = {.kind = kind,
		.now_ms = m->d.now,
		.value = draw(m, 200000) | 2,
		.text = kind == IN_COMMAND ? "lm" : NULL};

	if (kind == IN_DISARM && session_verb(&m->d.s, IN_DISARM) == 0) {
		m->disarmed = !m->d.s.dirty;
	} else if (kind == IN_ARM && session_verb(&m->d.s, IN_ARM) == 0) {
		m->disarmed = false;
	}
	input(m, &one);
	/* Not a person's: what is disarmed for want of a place to keep it. */
	m->disarmed = m->disarmed || (m->d.s.arm == ARM_DISARMED && !m->d.s.no_evidence);
}

static void emit(void *data, const struct kd_event *e) {
	struct model *m = (struct model *)data;
	struct session_input one = {.kind = IN_CONSOLE, .now_ms = m->d.now, .event = e};

	if (e->kind == KD_LINE) {
		m->may_write = false;
		if (m->nonce_out && m->d.s.prove.outstanding &&
			e->len == strlen(m->d.s.prove.nonce) &&
			!memcmp(e->text, m->d.s.prove.nonce, e->len)) {
			m->nonce_out = m->break_out = false;
			m->may_write = true; /* at the prompt that follows */
		}
	}
	input(m, &one);
}

static void say(struct model *m, const char *text) {
	if (tracing) {
		printf("  < %s\n", text);
	}
	m->quiet_since = m->d.now;
	kdparse_feed(&m->d.parse, text, strlen(text));
}

/* --- kd and the target */

static void stop_target(struct model *m) {
	uint64_t since = m->quiet_since;

	m->halted = true;
	m->break_out = false;
	say(m, "nt!DbgBreakPointWithStatus:\r\n0: kd> ");
	m->quiet_since = since; /* the shape of a prompt is no answer */
}

static void connect_target(struct model *m) {
	m->connected = true;
	m->fake_shutdown = false;
	say(m, DRIVE_CONNECT);
}

static void crash_or_reboot(struct model *m) {
	m->breakpoint = m->edited = m->halted = false;
	m->off = true;
	say(m, "Shutdown occurred at (noon)...unloading all symbol tables.\r\n"
	       "Waiting to reconnect...\r\n");
}

/* What poolhittag and the symbols ask for. False: none of it. */
static bool run_rarer(struct model *m, const char *line) {
	if (!strncmp(line, "dd ", 3)) {
		say(m, m->edited ? "fffff800`01200000  206b6444\r\n"
				 : "fffff800`01200000  ffffff0f\r\n");
	} else if (!strncmp(line, "ed ", 3)) {
		m->ed_failed = !m->ed_failed && draw(m, 10) == 0; /* not twice */
		m->edited = m->ed_failed ? m->edited : !strcmp(line + 16, " 0x206b6444");
	} else if (!strncmp(line, "lm ", 3)) {
		say(m, m->symbols ? "1 2   nt      (pdb symbols)\r\n"
				  : "1 2   nt   (export symbols)\r\n");
	} else if (!strncmp(line, "!lmi", 4)) {
		say(m, "RSDS - GUID: {0123ABCD-4567-89AB-CDEF-0123456789AB}\r\n"
		       "               Age: 2, Pdb: ntkrnlmp.pdb\r\n");
	} else {
		return false;
	}
	return true;
}

static void run_command(struct model *m, const char *line) {
	if (run_rarer(m, line)) {
		say(m, "0: kd> ");
		return;
	}
	if (!strcmp(line, ".reboot")) {
		crash_or_reboot(m);
		return;
	}
	if (!strncmp(line, ".echo ", 6)) {
		say(m, line + 6);
		say(m, "\r\n");
	} else if (!strncmp(line, "bp ", 3)) {
		m->breakpoint = draw(m, 10) != 0;
		say(m, m->breakpoint ? "" : "Couldn't resolve error at 'nt!x'\r\n");
	} else if (!strcmp(line, "bc *")) {
		m->breakpoint = false;
	} else if (!strcmp(line, "bl")) {
		say(m, m->breakpoint ? DRIVE_ROW : "");
	} else if (!strcmp(line, "g")) {
		m->halted = false;
		return;
	}
	say(m, "0: kd> ");
}

/* One line, when kd reads it: at a stop, the quit line always. */
static bool kd_reads(struct model *m) {
	char line[300];

	if (!m->kd || m->kd_hung || m->queued == 0) {
		return false;
	}
	if (m->queue[m->queued - 1][0] == 2) {
		m->dying = true;
		m->queued = 0;
		return true;
	}
	if (!m->halted || !m->connected) {
		return false;
	}
	memcpy(line, m->queue[0], sizeof(line));
	memmove(m->queue[0], m->queue[1], sizeof(m->queue) - sizeof(m->queue[0]));
	m->queued--;
	run_command(m, line);
	return true;
}

static void kd_ends(struct model *m) {
	m->kd = m->kd_hung = m->dying = m->connected = m->break_sent = false;
	m->break_out = m->nonce_out = m->may_write = m->killed = m->quit = false;
	m->queued = 0;
	kdparse_init(&m->d.parse, emit, m);
	in(m, IN_KD_ENDED);
}

static void kd_starts(struct model *m) {
	m->starting = false;
	if (draw(m, 12) == 0) {
		in(m, IN_KD_FAILED);
		return;
	}
	m->kd = true;
	m->kd_hung = draw(m, 12) == 0;
	kdparse_init(&m->d.parse, emit, m);
	in(m, IN_KD_STARTED);
	if (m->kd_hung) {
		return;
	}
	say(m, "Waiting to reconnect...\r\n");
	if (m->halted && !m->off && m->kd) {
		connect_target(m);
		stop_target(m);
	}
}

static void break_lands(struct model *m) {
	m->break_sent = false;
	if (draw(m, 8) == 0) {
		return; /* swallowed */
	}
	if (!m->connected) {
		connect_target(m);
	}
	m->break_out = false;
	stop_target(m);
}

static void pool_hit(struct model *m) {
	uint64_t since = m->quiet_since;

	m->halted = true;
	say(m, "Break instruction exception - code 80000003 (first chance)\r\n"
	       "nt!ExAllocatePoolWithTag+0x881:\r\n0: kd> ");
	m->quiet_since = since;
}

static void hit(struct model *m) {
	if (m->d.s.state == SESSION_UNKNOWN) {
		m->break_out = false; /* the target runs: that break was swallowed */
	}
	say(m, DRIVE_HIT);
	if (draw(m, 10) == 0) {
		stop_target(m);
	}
}

static void chatter(struct model *m) {
	static const char *const lines[] = {"hello\r\n", "0: kd> ", "0: kd> \r\n",
		"LD-0123456789abcdef\r\n0: kd> ", "Breakpoint 0 hit\r\n",
		"Shutdown occurred at (noon)...\r\n", "Kernel Debugger connection established.\r\n",
		"*** Fatal System Error: 0x000000d1\r\n   (0x1,0x2,0x3,0x4)\r\n",
		"ada (npipe \\\\L\\pipe\\x) connected at Mon Nov 23 23:45:12 2026\r\n", "\r\n",
		"Microsoft (R) Windows Debugger Version 10.0\r\n", "Waiting to reconnect...\r\n"};

	uint64_t since = m->quiet_since;

	const char *text = lines[draw(m, sizeof(lines) / sizeof(lines[0]))];

	m->fake_shutdown = m->fake_shutdown || text[0] == 'S';
	m->break_out = m->break_out && !(text[0] == 'B' && m->d.s.state == SESSION_UNKNOWN);
	say(m, text);
	m->quiet_since = since; /* text is no answer */
}

static void reboot(struct model *m) {
	m->breakpoint = m->edited = m->halted = false;
	m->break_out = m->break_out && m->break_sent;
	if (draw(m, 2)) {
		say(m, "Shutdown occurred at (noon)...unloading all symbol tables.\r\n"
		       "Waiting to reconnect...\r\n");
	}
	m->off = true;
}

static void fetched(struct model *m) {
	bool ok = draw(m, 2);
	struct session_input one = {
		.kind = IN_FETCHED, .now_ms = m->d.now, .value = ok, .text = "no network"};

	m->fetching = false;
	m->symbols = m->symbols || (ok && draw(m, 4));
	input(m, &one);
}

static void environment(struct model *m) {
	bool heard = m->kd && !m->kd_hung && m->connected && !m->halted && !m->off;

	switch (draw(m, 12)) {
	case 0:
		if (m->kd && draw(m, 6) == 0) {
			m->kd_hung = true;
		}
		break;
	case 1:
		if (m->kd && draw(m, 6) == 0) {
			kd_ends(m);
		}
		break;
	case 2:
		if (heard && draw(m, 3) == 0) {
			reboot(m);
		}
		break;
	case 3:
		if (m->off) {
			m->off = false;
			if (m->kd && !m->kd_hung) {
				connect_target(m);
			}
		}
		break;
	case 4:
	case 5:
		if (heard) {
			chatter(m);
		}
		break;
	case 6:
	case 7:
		if (heard && m->breakpoint) {
			hit(m);
		}
		break;
	case 8:
		if (heard && m->edited) {
			pool_hit(m);
		} else if (heard && draw(m, 4) == 0) {
			stop_target(m);
		}
		break;
	case 9:
		if (m->fetching) {
			fetched(m);
		}
		break;
	default:
		break;
	}
}

static void operators(struct model *m) {
	static const enum session_input_kind verbs[] = {IN_BREAK, IN_GO, IN_ARM, IN_DISARM, IN_HOLD,
		IN_EVIDENCE_LOST, IN_EVIDENCE_BACK, IN_START, IN_COMMAND, IN_COMMAND, IN_STOP,
		IN_HURRY, IN_RELEASE};
	size_t which = (size_t)draw(m, 40);

	if (which < 10 || (which < 13 && draw(m, 6) == 0)) { /* stop and hurry end the rest */
		in(m, verbs[which]);
	}
}

static void pass(struct model *m) {
	uint64_t next;

	while (kd_reads(m)) { /* kd is quick; the rules count in seconds */
	}
	next = session_deadline(&m->d.s);
	if (draw(m, 2) && next != UINT64_MAX) {
		m->d.now = next > m->d.now ? next : m->d.now;
	} else {
		uint64_t step = m->d.now + draw(m, 3000);
		m->d.now = step < next ? step : next > m->d.now ? next : m->d.now;
	}
	in(m, IN_TICK);
	if (session_deadline(&m->d.s) <= m->d.now) {
		fault(m, "busy loop", "the deadline is not in the future after a tick");
	}
}

static void step(struct model *m) {
	if (m->dying) {
		kd_ends(m);
	} else if (m->port_asked && draw(m, 2)) {
		m->port_asked = 0;
		in(m, draw(m, 8) ? IN_PORT_FREE : draw(m, 2) ? IN_PORT_ABSENT : IN_PORT_BUSY);
	} else if (m->starting) {
		kd_starts(m);
	} else if (m->break_sent && m->kd && !m->kd_hung && !m->off && !m->halted && draw(m, 2)) {
		break_lands(m);
	} else if (draw(m, 4) && kd_reads(m)) {
		return;
	} else if (draw(m, 3) == 0) {
		environment(m);
	} else if (draw(m, 6) == 0) {
		operators(m);
	} else {
		pass(m);
	}
}

static void trace(const struct model *m, unsigned i) {
	if (tracing) {
		printf("%u %llu %s %s %s%s%s\n", i, (unsigned long long)m->d.now,
			session_state_name(m->d.s.state), session_arm_name(m->d.s.arm),
			session_owner_name(m->d.s.owner), m->d.s.going_down ? " down" : "",
			m->halted ? " (halted)" : "");
	}
}

static bool walk(uint64_t seed) {
	static struct model m;
	struct session_settings set = drive_settings();

	memset(&m, 0, sizeof(m));
	m.random = seed * 2 + 1;
	draw(&m, 2);
	set.random_seed = seed;
	set.arm_at = (enum session_arm_at)draw(&m, 3);
	set.on_found = draw(&m, 2) ? FOUND_ARM : FOUND_RESUME;
	set.can_fetch = draw(&m, 3) == 0;
	set.on_bugcheck.analyze = draw(&m, 3) == 0;
	set.on_bugcheck.reboot = draw(&m, 3) == 0;
	if (draw(&m, 3) == 0) {
		set.arm_count = 0;
		set.pool = (struct hit_settings){.wanted = true, .tag = 0x206b6444, .frames = 20};
	}
	drive_init(&m.d, &set);
	kdparse_init(&m.d.parse, emit, &m);
	in(&m, IN_START);
	for (unsigned i = 0; i < STEPS && !m.fault[0]; i++) {
		step(&m);
		trace(&m, i);
	}
	if (m.fault[0]) {
		print_error("SEED=%llu: %s\n", (unsigned long long)seed, m.fault);
	}
	return !m.fault[0];
}

static void rules_hold_on_random_walks(void **state) {
	const char *seed = getenv("SEED");
	uint64_t first = seed ? strtoull(seed, NULL, 10) : 1;
	unsigned bad = 0, count;

	(void)state;
	tracing = getenv("WALK_TRACE") != NULL;
	count = tracing ? 1 : WALKS;
	for (uint64_t i = 0; i < count && bad < 5; i++) {
		bad += !walk(first + i);
	}
	assert_int_equal(bad, 0);
}

/*
 * Walks that once found something: a faked boot, and release mode with the tag still in place; a
 * hit that did not resume, behind a disarm.
 */
static void rules_hold_where_they_once_did_not(void **state) {
	static const uint64_t known[] = {3678763089, 2241381897};

	(void)state;
	for (size_t i = 0; !tracing && i < sizeof(known) / sizeof(known[0]); i++) {
		assert_true(walk(known[i]));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_hold_on_random_walks),
		cmocka_unit_test(rules_hold_where_they_once_did_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
