#include "config/options.h"

#include <string.h>

#include "config/config.h"
#include "config/names.h"

#define MS ((uint64_t)1)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define KIB ((uint64_t)1024)
#define GIB (KIB * KIB * KIB)
#define TIB (KIB * GIB)

#define DAEMON(name, kind, field) \
	.key = (name), .scope = SCOPE_DAEMON, .type = (kind), \
	.offset = offsetof(struct daemon_options, field)
#define SESSION(name, kind, field) \
	.key = (name), .scope = SCOPE_SESSION, .type = (kind), \
	.offset = offsetof(struct profile, field)
#define BETWEEN(from, to) .least = (from), .most = (to)
#define OPTIONAL .can_be_blank = true
#define LIVE .change = CHANGE_LIVE
#define NEXT_DAEMON .change = CHANGE_DAEMON
#define LATER(now, then) .later = true, .accepts = (now), .later_fallback = (then)

static const char *const log_modes[] = {"append", "open", NULL};
static const char *const arm_methods[] = {"breakpoint", "poolhittag", NULL};
static const char *const proofs[] = {"echo", "none", NULL};
static const char *const found_actions[] = {"arm", "resume", NULL};
static const char *const storm_actions[] = {"pause", "sample", "alarm", NULL};
static const char *const stop_actions[] = {"release", NULL};
static const char *const bugcheck_words[] = {"record", "go", "analyze", "reboot", NULL};
/* SIGINT to kd's process group; the other platforms' names join the list with their code. */
static const char *const break_words[] = {"sigint", "ctrl_c", "ctrl_break", NULL};

/* clang-format off */
const struct option option_table[] = {
	{DAEMON("state_dir", OPTION_STRING, state_dir), NEXT_DAEMON, OPTIONAL,
	 .help = "folder of the journals, made if absent; not set: the platform's place"},
	{DAEMON("control", OPTION_STRING, control), NEXT_DAEMON, OPTIONAL,
	 .help = "path of the control socket; not set: the platform's place"},
	{DAEMON("clients_max", OPTION_NUMBER, clients_max), LIVE, BETWEEN(1, 1024), .fallback = "64",
	 .unit = "clients", .help = "clients that may be connected to the control socket at once"},
	{DAEMON("view", OPTION_STRING, view), LIVE, OPTIONAL,
	 .help = "who else may look: users and @groups, blanks or commas between; always: the "
		 "daemon's own user and root"},
	{DAEMON("write", OPTION_STRING, write), LIVE, OPTIONAL,
	 .help = "who else may look and change a session's state: users and @groups"},

	{DAEMON("keep_awake", OPTION_YESNO, keep_awake), LIVE, .fallback = "yes",
	 .help = "keep this computer from sleeping by itself while a session is armed"},
	{DAEMON("battery_low", OPTION_NUMBER, battery_low), LIVE, BETWEEN(0, 100), .fallback = "15",
	 .unit = "percent", .help = "of this computer's battery, without mains, at which every "
		 "session is disarmed until somebody arms it again; 0: never"},

	{SESSION("kd", OPTION_STRING, kd), .fallback = "auto",
	 .help = "the debugger's path; auto: looked for on PATH and where the tools install it"},
	{SESSION("kd_args", OPTION_STRING, kd_args), OPTIONAL,
	 .help = "more arguments for it, split at blanks; \"...\" keeps blanks"},
	{SESSION("work_dir", OPTION_STRING, work_dir), OPTIONAL, .sample = "c:\\debug",
	 .help = "the folder it is started in; not set: the daemon's"},
	{SESSION("env.", OPTION_ENV, env), OPTIONAL,
	 .help = "more environment for it: env.NAME = VALUE, one key a variable"},

	{SESSION("port", OPTION_PORT, port), .required = true, .sample = "COM1",
	 .help = "the port's name as the debugger knows it, such as COM1 or \\\\.\\COM12"},
	{SESSION("port_device", OPTION_STRING, port_device), OPTIONAL,
	 .help = "Linux: the device behind that name, such as /dev/ttyUSB0"},
	{SESSION("baud_rate", OPTION_NUMBER, baud_rate), BETWEEN(300, 4000000), .required = true,
	 .unit = "bits per second", .sample = "19200",
	 .help = "the line's rate, the same as the target's (bcdedit /dbgsettings): 9600, 19200, "
		 "38400, 57600 or 115200; `livedebug check` tells the halt per hit"},

	{SESSION("log_file", OPTION_STRING, log_file), .required = true,
	 .sample = "c:\\debug\\debug.log", .help = "the debugger's log, one a session"},
	{SESSION("log_mode", OPTION_WORD, log_mode), LIVE, .words = log_modes, .fallback = "append",
	 .help = "open: an old file is moved aside before the first start; restarts always append"},
	{SESSION("symbol_path", OPTION_STRING, symbol_path), OPTIONAL,
	 .sample = "SRV*c:\\websymbols*http://msdl.microsoft.com/download/symbols",
	 .help = "where the debugger finds symbols (_NT_SYMBOL_PATH)"},
	{SESSION("symchk", OPTION_STRING, symchk), .fallback = "auto",
	 .help = "fetches nt's symbols while the target runs; then the debugger itself uses no "
		 "symbol server, at which a halted target would wait. auto: the symchk beside kd, if "
		 "it is there; a path; off: the debugger fetches"},
	{SESSION("symchk_args", OPTION_STRING, symchk_args), LIVE, .fallback = "/im %manifest% /s %path%",
	 .help = "its arguments; %manifest%: a file that names the pdb, %path%: symbol_path"},
	{SESSION("symchk_max", OPTION_DURATION, symchk_max_ms), LIVE, BETWEEN(100 * MS, 24 * HOUR),
	 .fallback = "10m", .help = "longest time for one of its three tries"},
	{SESSION("server", OPTION_STRING, server), OPTIONAL, .sample = "npipe:pipe=livedebug",
	 .help = "the debugging server that teammates attach to"},
	{SESSION("server_options", OPTION_STRING, server_options), OPTIONAL,
	 .help = "more of its options, commas between, such as hidden"},
	{SESSION("password_file", OPTION_STRING, password_file), OPTIONAL,
	 .help = "file whose first line is the server's password, 1 to 12 letters and digits; for "
		 "its owner alone. A password has no place in the profile itself"},
	{SESSION("noshell", OPTION_YESNO, noshell), .fallback = "yes",
	 .help = "refuse .shell to everybody on the session"},

	{SESSION("arm_at", OPTION_ARM_AT, arm_at), LIVE, BETWEEN(0, 7 * 24 * HOUR),
	 .fallback = "after 90s",
	 .help = "when to arm: boot (at each connection), after DURATION behind it, or manual; a "
		 "target found running is armed at once unless manual"},
	{SESSION("arm", OPTION_COMMANDS, arm), OPTIONAL,
	 .sample = "bp nt!MmAllocateSpecialPool \";kb;g\"",
	 .help = "the debugger commands that arm, one a line; indented lines below continue it"},
	{SESSION("arm_method", OPTION_WORD, arm_method), .words = arm_methods,
	 .fallback = "breakpoint",
	 .help = "breakpoint: what arm says; poolhittag, in its place: nt!PoolHitTag, "
		 "which stops the target at each allocation and free of pool_tag"},
	{SESSION("pool_tag", OPTION_STRING, pool_tag), OPTIONAL,
	 .help = "the tag of arm_method = poolhittag, such as Ddk (blanks fill it up, case "
		 "counts) or 0x206b6444; `livedebug pooltag` explains tags"},
	{SESSION("pool_frames", OPTION_NUMBER, pool_frames), BETWEEN(1, 255), .fallback = "20",
	 .unit = "frames", .help = "of each stack that arm_method = poolhittag prints"},
	{SESSION("arm_max", OPTION_DURATION, arm_max_ms), LIVE, BETWEEN(100 * MS, 24 * HOUR),
	 .fallback = "60s", .help = "longest halt for arming"},
	{SESSION("command_timeout", OPTION_DURATION, command_timeout_ms), LIVE,
	 BETWEEN(100 * MS, 24 * HOUR), .fallback = "60s",
	 .help = "longest wait for one command's end"},
	{SESSION("break_timeout", OPTION_DURATION, break_timeout_ms), LIVE,
	 BETWEEN(100 * MS, 1 * HOUR), .fallback = "30s",
	 .help = "longest wait for the prompt behind one way to break in"},
	{SESSION("settle", OPTION_DURATION, settle_ms), LIVE, BETWEEN(100 * MS, 10 * MINUTE),
	 .fallback = "2s",
	 .help = "so long without a stop behind `g` means: seen running; longer where kd answers "
		 "slowly"},

	{SESSION("break_methods", OPTION_LIST, break_methods), LIVE, .words = break_words,
	 .help = "ways to break in, tried in this order; else this system's own"},
	{SESSION("quit_methods", OPTION_LIST, quit_methods), LATER(NULL, NULL),
	 .help = "ways to end the debugger, tried in this order"},
	{SESSION("prompt", OPTION_STRING, prompt), OPTIONAL,
	 .help = "the prompt of another console; not set: KD's prompts"},
	{SESSION("prove", OPTION_WORD, prove), .words = proofs, .fallback = "echo",
	 .help = "how a prompt is proved; none, for other consoles: break in and resume only"},

	{SESSION("halt_max", OPTION_DURATION, halt_max_ms), LIVE, BETWEEN(100 * MS, 24 * HOUR),
	 .fallback = "60s", .help = "longest halt of the target before it is resumed"},
	{SESSION("hold_max", OPTION_DURATION, hold_max_ms), LIVE, BETWEEN(100 * MS, 7 * 24 * HOUR),
	 .fallback = "60m", .help = "longest halt that an operator may ask for"},
	{SESSION("halt_duty", OPTION_STRING, halt_duty), LIVE, .fallback = "warn 5% act 30%",
	 .help = "share of the last minute that hits may halt: warn above the first, act as "
		 "on_storm says above the second; or off"},
	{SESSION("hits_per_minute", OPTION_STRING, hits_per_minute), LIVE, .fallback = "auto",
	 .help = "most hits in a minute: a number; off; auto: as many as halt_duty lets in at the "
		 "measured time of a hit"},
	{SESSION("on_storm", OPTION_WORD, on_storm), LIVE, .words = storm_actions, .fallback = "pause",
	 .help = "above either: pause (breakpoints disabled for storm_hold_off), sample (enabled for "
		 "a window in each storm_hold_off; the report can scale), alarm (only that)"},
	{SESSION("storm_hold_off", OPTION_DURATION, storm_hold_off_ms), LIVE, BETWEEN(100 * MS, 24 * HOUR),
	 .fallback = "5m", .help = "how long a pause lasts; the guard breaks in no more often"},
	{SESSION("stop_after", OPTION_STRING, stop_after), LIVE, .fallback = "1000 hits, 72h",
	 .help = "disarm cleanly after so many hits or so long since the first arming; never"},

	{SESSION("on_found", OPTION_WORD, on_found), LIVE, .words = found_actions, .fallback = "arm",
	 .help = "a target found halted at the start: arm it, or only resume it"},
	{SESSION("on_bugcheck", OPTION_LIST, on_bugcheck), .words = bugcheck_words,
	 .fallback = "record, go",
	 .help = "a crash of the target: record it; analyze it; then go (it writes its dump), or "
		 "reboot (it does not)"},
	{SESSION("bugcheck_max", OPTION_STRING, bugcheck_max), LIVE, .fallback = "30s, 256K",
	 .help = "the analysis is ended after this time (100ms to 1h), or when it has printed so much "
		 "(1K to 16M; not said: 256K)"},
	{SESSION("on_stop", OPTION_WORD, on_stop), LIVE, .words = stop_actions, .fallback = "release",
	 .help = "what a stop of the session does with the target: clear, let run, see it run; "
		 "nothing else is safe"},
	{SESSION("stop_max", OPTION_DURATION, stop_max_ms), LIVE, BETWEEN(100 * MS, 1 * HOUR),
	 .fallback = "90s", .help = "longest time for a clean stop"},
	{SESSION("return_max", OPTION_DURATION, return_max_ms), LIVE, BETWEEN(100 * MS, 7 * 24 * HOUR),
	 .fallback = "15m", .help = "a target not back so long after a reboot is an alarm"},
	{SESSION("restart_min", OPTION_DURATION, restart_min_ms), LIVE, BETWEEN(10 * MS, 1 * HOUR),
	 .fallback = "1s", .help = "first pause before the debugger is started again"},
	{SESSION("restart_max", OPTION_DURATION, restart_max_ms), LIVE, BETWEEN(10 * MS, 1 * HOUR),
	 .fallback = "60s", .help = "longest such pause"},

	{SESSION("log_max", OPTION_SIZE, log_max), LIVE, BETWEEN(64 * KIB, TIB), .can_be_off = true,
	 .off_value = UINT64_MAX, .fallback = "256M",
	 .help = "a journal of this size, or of another day, is rotated, between two hits; kd's log of this "
		 "size is moved aside when kd starts; off: never"},
	{SESSION("log_keep", OPTION_STRING, log_keep), LIVE, .fallback = "all",
	 .help = "how many rotated journals stay: all, or a number; older ones are deleted, each told "
		 "in the journal before; kd's logs never are"},
	{SESSION("disk_reserve", OPTION_SIZE, disk_reserve), LIVE, BETWEEN(0, TIB), .can_be_off = true,
	 .off_value = 0, .fallback = "1G",
	 .help = "with less room left on the journal's or the log's disk: disarm and alarm; armed "
		 "again when there was room for a storm_hold_off"},
	{SESSION("journal_rate", OPTION_SIZE, journal_rate), LIVE, BETWEEN(1 * KIB, GIB),
	 .can_be_off = true, .off_value = UINT64_MAX, .fallback = "1M", .unit = "a second",
	 .help = "output above this rate becomes a marked gap in the journal"},
};
/* clang-format on */

const size_t option_count = sizeof(option_table) / sizeof(option_table[0]);

static bool row_is(const struct option *o, enum option_scope scope, const char *key) {
	if (o->scope != scope) {
		return false;
	}
	if (o->type == OPTION_ENV) {
		return strncmp(key, o->key, strlen(o->key)) == 0;
	}
	return strcmp(key, o->key) == 0;
}

const struct option *option_find(enum option_scope scope, const char *key) {
	for (size_t i = 0; i < option_count; i++) {
		if (row_is(&option_table[i], scope, key)) {
			return &option_table[i];
		}
	}
	return NULL;
}

const char *option_nearest(enum option_scope scope, const char *key) {
	struct nearest best;
	nearest_init(&best, key);
	for (size_t i = 0; i < option_count; i++) {
		if (option_table[i].scope == scope) {
			nearest_try(&best, option_table[i].key);
		}
	}
	return best.name;
}
