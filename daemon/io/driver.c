#include "io/driver.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/evidence.h"
#include "core/secret.h"
#include "core/symbols.h"
#include "core/text.h"
#include "io/child.h"
#include "io/fetch.h"
#include "io/files.h"
#include "io/journal.h"
#include "io/kdstart.h"
#include "io/preflight.h"
#include "io/settings.h"
#include "io/statekeeper.h"
#include "os/os.h"
#include "os/power.h"

#define PATH_BYTES 4096
#define PIECE_BYTES 4096 /* of kd's output at once */
#define QUEUE_MAX 32     /* an action gives one input at most, and a step has ACTIONS_MAX actions */

/* An input that came while actions were being carried out. */
struct waiting {
	enum session_input_kind kind;
	uint64_t value;
	char text[256];
};

struct driver {
	uv_loop_t *loop;
	struct driver_options options; /* its profile is ours */
	struct profile profile;
	struct session session;
	uint64_t since_ms; /* session.since_ms, whose wall time is `since` */
	uv_timeval64_t since;
	struct kdparse parser;
	struct actions actions;
	struct child *child;
	struct preflight *preflight;
	struct fetch *fetch;
	struct profile local; /* the profile as kd gets it: no symbol server where symchk fetches */
	struct journal *journal;
	struct evidence_health health;
	int64_t armed_at; /* stop_after counts from there: seconds since 1970; 0: not yet */
	struct statekeeper *keeper;
	uv_timer_t deadline;
	uv_work_t work; /* what kdstart prepares */
	struct kdstart start;
	struct secret_mask mask; /* over what this kd has printed so far */
	bool preparing, kill_wanted, stepping;
	struct waiting queue[QUEUE_MAX];
	size_t queued;
	unsigned closing; /* parts that are not closed yet */
	uint64_t unwritten;
	driver_closed_fn *done;
	void *done_data;
	char journal_path[PATH_BYTES], symchk[PATH_BYTES], local_symbols[PATH_BYTES];
};

static void take_input(
	struct driver *d, enum session_input_kind kind, uint64_t value, const char *text);

/* --- events, alarms ----------------------------------------------------------------------------
 */

static void on_event(void *data, char kind, const char *json, size_t len) {
	struct driver *d = data;

	d->options.events->event(d->options.data, d, kind, json, len);
}

/* Trouble of the shell itself, which the machine does not know. */
static void alarm_shell(struct driver *d, const char *what, const char *why) {
	char members[1024];
	struct text t;

	text_init(&t, members, sizeof(members));
	text_put(&t, "\"event\":\"alarm\"");
	text_put_member(&t, "what", what);
	text_put_member(&t, "why", why);
	journal_event(d->journal, '!', d->session.boot, members);
}

/* --- kd ----------------------------------------------------------------------------------------
 */

/*
 * Line by line, so that in the journal an event stands below the line that it came from. A password
 * that kd echoes goes nowhere.
 */
static void on_output(void *data, const char *bytes, size_t len) {
	struct driver *d = data;
	char shown[PIECE_BYTES];

	while (len > 0) {
		size_t limit = len < sizeof(shown) ? len : sizeof(shown);
		const char *end = memchr(bytes, '\n', limit);
		size_t piece = end ? (size_t)(end - bytes) + 1 : limit;

		memcpy(shown, bytes, piece);
		secret_mask(&d->mask, shown, piece);
		journal_from_kd(d->journal, shown, piece);
		d->options.events->console(d->options.data, d, shown, piece);
		kdparse_feed(&d->parser, shown, piece);
		bytes += piece;
		len -= piece;
	}
}

static void on_ended(void *data, const char *how) {
	struct driver *d = data;
	struct child *c = d->child;

	d->child = NULL;
	child_close(c);
	journal_flush_line(d->journal);
	kdparse_finish(&d->parser);
	take_input(d, IN_KD_ENDED, 0, how);
}

static const struct child_events child_events = {on_output, on_ended};

static void on_console(void *data, const struct kd_event *event);

static void spawn(struct driver *d, bool append_log) {
	int error;

	statekeeper_set(d->keeper, true, true); /* from here on the target may be touched */
	d->mask = (struct secret_mask){0};
	kdparse_init(&d->parser, on_console, d);
	error = kdstart_run(&d->start, d->loop, append_log, &child_events, d, &d->child);
	take_input(d, error ? IN_KD_FAILED : IN_KD_STARTED, 0, error ? d->start.why : NULL);
}

/* In a thread. */
static void prepare(uv_work_t *work) {
	struct driver *d = work->data;

	kdstart_prepare(&d->start);
}

static void say_moved(struct driver *d) {
	char members[64];

	snprintf(members, sizeof(members), "\"event\":\"log_moved\",\"number\":%u", d->start.moved);
	driver_say(d, members);
}

static void finish_close(struct driver *d);

static void on_prepared(uv_work_t *work, int status) {
	struct driver *d = work->data;
	int error = status ? status : d->start.move_error;

	d->preparing = false;
	if (d->done) {
		finish_close(d);
	} else if (d->kill_wanted) {
		take_input(d, IN_KD_FAILED, 0, "not started: no longer wanted");
	} else if (d->start.failed) {
		take_input(d, IN_KD_FAILED, 0, d->start.why);
	} else {
		if (error) {
			alarm_shell(d, "the old log could not be moved aside: kd appends to it",
				uv_strerror(error));
		} else if (d->start.moved > 0) {
			say_moved(d);
		}
		spawn(d, !d->start.fresh || error != 0);
	}
}

/* The profile as kd gets it; anew for each kd, as live keys may have been changed. */
static void make_local(struct driver *d, bool found) {
	d->local = d->profile;
	d->local.symbol_path = found ? d->local_symbols : d->profile.symbol_path;
}

/*
 * With log_mode = open the old log is moved once in a daemon's life; kd itself would truncate it.
 * One that has grown to log_max is moved before any start. While kd runs it stays where it is.
 */
static void act_spawn(struct driver *d, enum spawn_log log) {
	d->kill_wanted = false;
	if (d->child || d->preparing) {
		return; /* the machine has one kd at a time */
	}
	make_local(d, d->session.set.can_fetch);
	d->start = (struct kdstart){.profile = &d->local,
		.fresh = log == SPAWN_LOG_FRESH,
		.log_max = d->profile.log_max};
	d->work.data = d;
	if (kdstart_must_prepare(&d->start) &&
		uv_queue_work(d->loop, &d->work, prepare, on_prepared) == 0) {
		d->preparing = true;
		return;
	}
	spawn(d, true);
}

static void act_write(struct driver *d, const struct action *a) {
	int error;

	if (!d->child) {
		return; /* it ended a moment ago; the machine is about to be told */
	}
	error = child_write(d->child, a->text, a->len); /* first: a halted server waits for it */
	journal_to_kd(d->journal, a->text, a->len);
	if (error) {
		alarm_shell(d, "kd takes no input", uv_strerror(error));
	}
}

static void act_break(struct driver *d, size_t method) {
	const char *word = settings_break_method(d->options.profile, method);
	int error = UV_ESRCH;

	if (d->child) {
		error = word ? child_break(d->child, word) : UV_ENOTSUP;
	}
	if (error) {
		take_input(d, IN_BREAK_FAILED, 0, uv_strerror(error));
	}
}

static void act_kill(struct driver *d) {
	d->kill_wanted = true;
	if (d->child) {
		child_kill(d->child);
	}
}

/* --- the port ----------------------------------------------------------------------------------
 */

static void on_port(void *data, enum preflight_answer answer, const char *why) {
	static const enum session_input_kind kinds[] = {
		[PREFLIGHT_FREE] = IN_PORT_FREE,
		[PREFLIGHT_ABSENT] = IN_PORT_ABSENT,
		[PREFLIGHT_BUSY] = IN_PORT_BUSY,
	};
	struct driver *d = data;

	d->preflight = NULL;
	take_input(d, kinds[answer], 0, why);
}

static void act_check_port(struct driver *d) {
	const struct profile *p = d->options.profile;
	int error;

	if (d->preflight) {
		return;
	}
	error = preflight_start(d->loop, profile_device(p), on_port, d, &d->preflight);
	if (error) {
		take_input(d, IN_PORT_BUSY, 0, uv_strerror(error));
	}
}

/* --- symbols -----------------------------------------------------------------------------------
 */

static void on_fetched(void *data, bool ok, const char *why) {
	struct driver *d = data;

	d->fetch = NULL;
	take_input(d, IN_FETCHED, ok, why);
}

static void act_fetch(struct driver *d, const char *line) {
	char manifest[PATH_BYTES];
	int error = UV_ENAMETOOLONG;

	fetch_cancel(d->fetch);
	d->fetch = NULL;
	if ((size_t)snprintf(manifest, sizeof(manifest), "%s/%s.symchk", d->options.state_dir,
		    d->options.profile->name) < sizeof(manifest)) {
		error = fetch_start(d->loop, d->options.profile, d->symchk, manifest, line,
			on_fetched, d, &d->fetch);
	}
	if (error) {
		take_input(d, IN_FETCHED, 0, uv_strerror(error));
	}
}

/* Where there is a symchk, kd itself gets the stores without their servers. */
static bool find_symchk(struct driver *d) {
	const struct profile *p = &d->profile;
	bool found = fetch_find(p, d->symchk, sizeof(d->symchk));
	struct text t;

	if (found) {
		text_init(&t, d->local_symbols, sizeof(d->local_symbols));
		symbols_local_path(p->symbol_path, &t);
		found = t.len > 0; /* no store of its own: there is nothing to fetch into */
	}
	return found;
}

/* --- the machine -------------------------------------------------------------------------------
 */

static void act_ended(struct driver *d) {
	bool released = d->session.result == RESULT_RELEASED;

	fetch_cancel(d->fetch);
	d->fetch = NULL;
	statekeeper_set(d->keeper, false, !released);
}

static void carry_out(struct driver *d, const struct action *a) {
	switch (a->kind) {
	case ACT_CHECK_PORT:
		act_check_port(d);
		break;
	case ACT_SPAWN:
		act_spawn(d, (enum spawn_log)a->value);
		break;
	case ACT_WRITE:
		act_write(d, a);
		break;
	case ACT_BREAK:
		act_break(d, (size_t)a->value);
		break;
	case ACT_KILL:
		act_kill(d);
		break;
	case ACT_EVENT:
		journal_event(d->journal, '*', d->session.boot, a->text);
		break;
	case ACT_ALARM:
		journal_event(d->journal, '!', d->session.boot, a->text);
		break;
	case ACT_FETCH:
		act_fetch(d, a->text);
		break;
	case ACT_COMMAND_LINE:
		d->options.events->command(d->options.data, a->value, a->text, 0, "");
		break;
	case ACT_COMMAND_END:
		d->options.events->command(
			d->options.data, a->value >> 8, NULL, (int)(a->value & 0xff), a->text);
		break;
	case ACT_ENDED:
		act_ended(d);
		break;
	case ACTION_KINDS:
		break;
	}
}

/* In the state file before kd gets the next line is more than a thread can promise: soon after. */
static struct statefile facts_of(const struct driver *d) {
	const struct session *s = &d->session;
	bool disarmed = s->arm == ARM_DISARMED || s->disarm_wanted;
	struct statefile facts = {.disarmed = disarmed && !s->no_evidence,
		.pool_edited = s->pool.edited,
		.pool_old = s->pool.old,
		.armed_at = d->armed_at,
		.hits = s->guard.set.stop_hits ? s->guard.hits : 0};

	memcpy(facts.target, s->target, sizeof(facts.target));
	return facts;
}

static void note_armed(struct driver *d) {
	const struct guard *g = &d->session.guard;
	uv_timeval64_t now = {0};

	if (g->armed_ms == 0 && g->before_ms == 0) {
		d->armed_at = 0;
	} else if (d->armed_at == 0) {
		(void)uv_gettimeofday(&now);
		d->armed_at = now.tv_sec;
	}
}

static void keep_facts(struct driver *d) {
	struct statefile facts;

	note_armed(d);
	facts = facts_of(d);
	statekeeper_keep(d->keeper, &facts);
}

/*
 * Where may the journal change its file? Where the target runs or is away; in a storm of hits,
 * which may never be seen to end, between a hit's own line and its stack.
 */
static void mark(struct driver *d, uint64_t hits_before) {
	const struct session *s = &d->session;
	bool quiet = s->state != SESSION_HALTED && s->state != SESSION_BREAKING &&
		     s->state != SESSION_UNKNOWN && s->state != SESSION_DETACHING;

	if (quiet || (s->hits != hits_before && !s->hit_stack)) {
		journal_mark(d->journal);
	}
}

/* Taken once: the clocks drift apart, and a moment that has been shown must not move. */
static void note_since(struct driver *d) {
	if (d->session.since_ms != d->since_ms) {
		d->since_ms = d->session.since_ms;
		(void)uv_gettimeofday(&d->since);
	}
}

static void step(struct driver *d, const struct session_input *in) {
	uint64_t hits = d->session.hits;

	d->stepping = true;
	session_step(&d->session, in, &d->actions);
	for (size_t i = 0; i < d->actions.count; i++) {
		carry_out(d, &d->actions.list[i]);
	}
	keep_facts(d);
	mark(d, hits);
	note_since(d);
	d->stepping = false;
}

static void on_deadline(uv_timer_t *timer) {
	take_input(timer->data, IN_TICK, 0, NULL);
}

/* At least a millisecond: a deadline that a step leaves in the past must not spin the loop. */
static void set_deadline(struct driver *d) {
	uint64_t due = session_deadline(&d->session);
	uint64_t now = os_now_ms();

	if (d->done || due == UINT64_MAX) {
		uv_timer_stop(&d->deadline);
		return;
	}
	uv_update_time(d->loop);
	uv_timer_start(&d->deadline, on_deadline, due > now ? due - now : 1, 0);
}

static void step_all(struct driver *d, const struct session_input *first) {
	step(d, first);
	while (d->queued > 0) {
		struct waiting next = d->queue[0];
		struct session_input in = {.kind = next.kind,
			.now_ms = os_now_ms(),
			.value = next.value,
			.text = *next.text ? next.text : NULL};

		memmove(d->queue, d->queue + 1, --d->queued * sizeof(d->queue[0]));
		step(d, &in);
	}
	set_deadline(d);
	d->options.events->stepped(d->options.data, d);
}

static void take_input(
	struct driver *d, enum session_input_kind kind, uint64_t value, const char *text) {
	struct session_input in = {
		.kind = kind, .now_ms = os_now_ms(), .value = value, .text = text};

	if (!d->stepping) {
		step_all(d, &in);
		return;
	}
	assert(d->queued < QUEUE_MAX);
	d->queue[d->queued] = (struct waiting){.kind = kind, .value = value};
	snprintf(d->queue[d->queued].text, sizeof(d->queue[0].text), "%s", text ? text : "");
	d->queued++;
}

static void on_console(void *data, const struct kd_event *event) {
	struct driver *d = data;
	struct session_input in = {.kind = IN_CONSOLE, .now_ms = os_now_ms(), .event = event};

	assert(!d->stepping);
	step_all(d, &in);
}

/* The journal has looked at its disk. */
static void on_looked(void *data, bool writable, uint64_t free_bytes) {
	const struct evidence_sight sight = {writable, free_bytes};
	struct driver *d = data;
	enum evidence_news news = evidence_look(&d->health, os_now_ms(), &sight);

	if (news != EVIDENCE_SAME) {
		take_input(d, news == EVIDENCE_BACK ? IN_EVIDENCE_BACK : IN_EVIDENCE_LOST, 0,
			evidence_news_text(news));
	}
}

void driver_input(struct driver *d, enum session_input_kind kind, uint64_t value) {
	if (kind == IN_START) { /* nothing is armed first and disarmed then */
		d->health.told = false;
		on_looked(d, !journal_trouble(d->journal), journal_free_bytes(d->journal));
	}
	take_input(d, kind, value, NULL);
}

void driver_input_text(struct driver *d, enum session_input_kind kind, const char *text) {
	take_input(d, kind, 0, text);
}

void driver_alarm(struct driver *d, const char *what, const char *why) {
	alarm_shell(d, what, why);
}

void driver_say(struct driver *d, const char *members) {
	journal_event(d->journal, '*', d->session.boot, members);
}

static void say_command(struct driver *d, const char *line, const char *who) {
	char members[COMMAND_BYTES * 8];
	struct text t;

	text_init(&t, members, sizeof(members));
	text_put(&t, "\"event\":\"command\"");
	text_put_member(&t, "who", who);
	text_put_member(&t, "text", line);
	journal_event(d->journal, '*', d->session.boot, members);
}

void driver_command(struct driver *d, uint64_t id, bool breaks, const char *line, const char *who) {
	struct session_input in = {
		.kind = IN_COMMAND, .now_ms = os_now_ms(), .value = id << 1 | breaks, .text = line};

	assert(!d->stepping);
	say_command(d, line, who);
	step_all(d, &in);
}

/* --- life --------------------------------------------------------------------------------------
 */

/* What the profile says of the journal. */
static struct journal_limits limits_of(const struct profile *p) {
	bool all = !p->log_keep || strcmp(p->log_keep, "all") == 0;

	return (struct journal_limits){.rate = p->journal_rate,
		.log_max = p->log_max,
		.keep = all ? EVIDENCE_KEEP_ALL : strtoul(p->log_keep, NULL, 10),
		.log_file = p->log_file};
}

static void set_limits(struct driver *d) {
	const struct journal_limits limits = limits_of(&d->profile);

	journal_set_limits(d->journal, &limits);
	d->health.reserve = d->profile.disk_reserve;
	d->health.hold_off_ms = d->profile.storm_hold_off_ms;
}

static int open_files(struct driver *d, struct statefile *found, char *why, size_t cap) {
	const struct profile *p = d->options.profile;
	struct journal_options options = {.path = d->journal_path,
		.session = p->name,
		.limits = limits_of(p),
		.looked = on_looked,
		.event = on_event,
		.data = d};
	char state_path[PATH_BYTES];
	size_t cap_path = sizeof(state_path);
	int error;

	if ((size_t)snprintf(state_path, cap_path, "%s/%s.state", d->options.state_dir, p->name) >=
			cap_path ||
		(size_t)snprintf(d->journal_path, cap_path, "%s/%s.journal", d->options.state_dir,
			p->name) >= cap_path) {
		snprintf(why, cap, "state_dir: %s", uv_strerror(UV_ENAMETOOLONG));
		return UV_ENAMETOOLONG;
	}
	error = journal_open(d->loop, &options, &d->journal);
	if (error) {
		snprintf(why, cap, "%s: %s", d->journal_path,
			error == UV_EBUSY ? "another livedebug has it" : uv_strerror(error));
		return error;
	}
	d->keeper = statekeeper_create(d->loop, state_path, found);
	return d->keeper ? 0 : UV_ENOMEM;
}

static void forget_journal(void *data, uint64_t unwritten) {
	(void)data;
	(void)unwritten;
}

int driver_open(uv_loop_t *loop, const struct driver_options *options, struct driver **out,
	char *why, size_t why_cap) {
	struct driver *d = calloc(1, sizeof(*d));
	struct session_settings set;
	struct statefile found;
	int error;

	snprintf(why, why_cap, "no memory");
	if (!d) {
		return UV_ENOMEM;
	}
	d->loop = loop;
	d->options = *options;
	profile_copy(&d->profile, options->profile);
	d->options.profile = &d->profile;
	d->health.reserve = d->profile.disk_reserve;
	d->health.hold_off_ms = d->profile.storm_hold_off_ms;
	(void)uv_gettimeofday(&d->since);
	error = open_files(d, &found, why, why_cap);
	if (error) {
		if (d->journal) {
			journal_close(d->journal, forget_journal, NULL);
		}
		profile_finish(&d->profile);
		free(d);
		return error;
	}
	if (found.died) {
		journal_event(d->journal, '!', 0,
			"\"event\":\"gap\",\"reason\":\"the daemon died: what kd said last may "
			"stand in its log only\",\"bytes\":0");
	}
	d->armed_at = found.armed_at;
	settings_from_profile(&set, &d->profile, &found);
	set.can_fetch = find_symchk(d);
	session_init(&d->session, &set);
	kdparse_init(&d->parser, on_console, d);
	uv_timer_init(loop, &d->deadline);
	d->deadline.data = d;
	*out = d;
	return 0;
}

bool driver_is_down(const struct driver *d) {
	return d->session.state == SESSION_STOPPED && !d->child && !d->preparing;
}

void driver_adjust(struct driver *d, const struct profile *now, const struct diff *diff) {
	struct statefile facts = facts_of(d);
	struct session_settings set;

	assert(!d->stepping);
	diff_take_live(diff, now, &d->profile);
	settings_from_profile(&set, &d->profile, &facts);
	session_adjust(&d->session, &set);
	set_limits(d);
	set_deadline(d);
}

static bool is_same_port(const struct profile *a, const struct profile *b) {
	return strcmp(profile_device(a), profile_device(b)) == 0;
}

void driver_renew(struct driver *d, const struct profile *now) {
	struct statefile facts = facts_of(d);
	struct session_settings set;
	bool other_log;

	assert(driver_is_down(d) && !d->stepping);
	facts.dirty = d->session.dirty;
	if (!is_same_port(&d->profile, now)) {
		facts.target[0] = '\0'; /* that was another computer */
	}
	other_log = strcmp(d->profile.log_file, now->log_file) != 0;
	preflight_cancel(d->preflight); /* its answer would be of the old port */
	d->preflight = NULL;
	profile_copy(&d->profile, now);
	settings_from_profile(&set, &d->profile, &facts);
	set.can_fetch = find_symchk(d);
	set.log_other = other_log;
	session_renew(&d->session, &set);
	set_limits(d);
	set_deadline(d);
}

const struct session *driver_session(const struct driver *d) {
	return &d->session;
}

const struct profile *driver_profile(const struct driver *d) {
	return d->options.profile;
}

uv_timeval64_t driver_since(const struct driver *d) {
	return d->since;
}

const char *driver_journal_path(const struct driver *d) {
	return d->journal_path;
}

uint64_t driver_lost_bytes(const struct driver *d) {
	return journal_lost_bytes(d->journal);
}

const char *driver_trouble(const struct driver *d) {
	return journal_trouble(d->journal);
}

int driver_kd_pid(const struct driver *d) {
	return d->child ? child_pid(d->child) : 0;
}

static void finish_close(struct driver *d) {
	if (--d->closing == 0) {
		d->done(d->done_data, d->unwritten);
		profile_finish(&d->profile);
		free(d);
	}
}

static void on_journal_closed(void *data, uint64_t unwritten) {
	struct driver *d = data;

	d->unwritten = unwritten;
	finish_close(d);
}

static void on_part_closed(void *data) {
	finish_close(data);
}

static void on_timer_closed(uv_handle_t *handle) {
	finish_close(handle->data);
}

void driver_close(struct driver *d, driver_closed_fn *done, void *data) {
	d->done = done;
	d->done_data = data;
	d->closing = 3 + d->preparing;
	child_close(d->child);
	fetch_cancel(d->fetch);
	preflight_cancel(d->preflight);
	uv_close((uv_handle_t *)&d->deadline, on_timer_closed);
	journal_close(d->journal, on_journal_closed, d);
	statekeeper_close(d->keeper, on_part_closed, d);
}
