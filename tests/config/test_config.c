#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/options.h"
#include "config/value.h"
#include "core/guard.h"
#include "tests/config/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define GOOD "[session a]\nport=COM1\nbaud_rate=19200\nlog_file=a.log\n"
#define GOOD_B "[session b]\nport=COM2\nbaud_rate=19200\nlog_file=b.log\n"

static void expect_errors(const char *text, const char *errors) {
	struct loaded l;
	load(&l, text);
	assert_string_equal(l.errors, errors);
	assert_int_equal(l.config.failed, *errors != 0);
	unload(&l);
}

static void faults_of_sections(void **state) {
	static const struct {
		const char *text, *errors;
	} rows[] = {
		{GOOD, ""},
		{"", "x.ini: error: there is no [session NAME] section\n"},
		{"[daemon]\n[default]\n", "x.ini: error: there is no [session NAME] section\n"},
		{"port=COM1\n" GOOD, "x.ini:1: error: a key before the first section\n"},
		{"[session a]\n", "x.ini:1: error: session 'a' lacks 'port'\n"
				  "x.ini:1: error: session 'a' lacks 'baud_rate'\n"
				  "x.ini:1: error: session 'a' lacks 'log_file'\n"},
		{GOOD "[deamon]\n",
			"x.ini:5: error: unknown section [deamon]; did you mean [daemon]?\n"},
		{GOOD "[Session a]\n", "x.ini:5: error: unknown section [Session a]; there are "
				       "[daemon], [default] and [session NAME]\n"},
		{GOOD "[session]\n", "x.ini:5: error: bad session name '': the name is missing\n"},
		{GOOD "[session com1]\n",
			"x.ini:5: error: bad session name 'com1': Windows reserves "
			"this name for a device\n"},
		{GOOD "[session a b]\n", "x.ini:5: error: bad session name 'a b': a name has "
					 "letters, digits, _ and - only\n"},
		{GOOD "[session A]\nport=COM2\n",
			"x.ini:5: error: [session A] is there already (line 1)\n"},
		{"[daemon]\n" GOOD "[daemon]\n",
			"x.ini:6: error: [daemon] is there already (line 1)\n"},
		{"[session a\n", "x.ini:1: error: the ] is missing\n"
				 "x.ini:1: error: session 'a' lacks 'port'\n"
				 "x.ini:1: error: session 'a' lacks 'baud_rate'\n"
				 "x.ini:1: error: session 'a' lacks 'log_file'\n"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect_errors(rows[i].text, rows[i].errors);
	}
}

/* Each stands in line 5, below GOOD. */
static void faults_of_keys(void **state) {
	static const struct {
		const char *line, *error;
	} rows[] = {
		{"prot = COM2", "unknown key 'prot'; did you mean 'port'?"},
		{"colour = red", "unknown key 'colour'"},
		{"clients_max = 3", "'clients_max' is a key of [daemon]"},
		{"port = COM2", "'port' is given twice (line 2)"},
		{"halt_max =", "halt_max: the value is missing"},
		{"kd =", "kd: the value is missing"},
		{"halt_max = 60", "halt_max = 60: the unit is missing (ms, s, m, h, d)"},
		{"halt_max = 60x", "halt_max = 60x: expected a number and a unit (ms, s, m, h, d)"},
		{"halt_max = 1 s", "halt_max = 1 s: expected a number and a unit (ms, s, m, h, d)"},
		{"halt_max = 0s", "halt_max = 0s: out of range: 100ms to 1d"},
		{"halt_max = 25h", "halt_max = 25h: out of range: 100ms to 1d"},
		{"journal_rate = 1000", "journal_rate = 1000: the unit is missing (B, K, M, G)"},
		{"journal_rate = 1B", "journal_rate = 1B: out of range: 1K to 1G a second, or off"},
		{"noshell = true", "noshell = true: expected yes or no"},
		{"log_mode = new", "log_mode = new: expected one of: append, open"},
		{"prove = Echo", "prove = Echo: expected one of: echo, none"},
		{"on_found = go", "on_found = go: expected one of: arm, resume"},
		{"break_methods = sigint ctrl_x",
			"break_methods: no 'ctrl_x'; there is: sigint, ctrl_c, ctrl_break"},
		{"arm_at = later", "arm_at = later: expected boot, after DURATION or manual"},
		{"arm_at = after", "arm_at = after: expected boot, after DURATION or manual"},
		{"arm_at = after 90", "arm_at = 90: the unit is missing (ms, s, m, h, d)"},
		{"arm_at = after 8d", "arm_at = 8d: out of range: 0s to 7d"},
		{"env. = x", "env.NAME: the name is missing, too long or has a blank, : or ;"},
		{"restart_min = 2m", "restart_min is longer than restart_max"},
		{"restart_max = 100ms", "restart_min is longer than restart_max"},
		{"halt_duty = warn 40% act 30%",
			"halt_duty = warn 40% act 30%: expected `warn 5% act 30%` (warn not above "
			"act), or off"},
		{"hits_per_minute = 0", "hits_per_minute = 0: expected auto, a number from 1 to "
					"1000000, or off"},
		{"stop_after = 1000",
			"stop_after = 1000: expected such as `1000 hits, 72h`, one of "
			"the two, or never"},
		{"on_storm = stop", "on_storm = stop: expected one of: pause, sample, alarm"},
		{"storm_hold_off = 5", "storm_hold_off = 5: the unit is missing (ms, s, m, h, d)"},
		{"arm_method = poolhittag", "arm_method = poolhittag needs pool_tag"},
		{"arm_method = tag", "arm_method = tag: expected one of: breakpoint, poolhittag"},
		{"pool_tag = Ddk.x", "pool_tag = Ddk.x: a tag has at most four characters"},
		{"pool_tag = 0x123456789",
			"pool_tag = 0x123456789: expected 0x and one to eight hexadecimal digits"},
		{"pool_tag = Dd?\narm_method = poolhittag",
			"pool_tag = Dd?: nt!PoolHitTag takes no wildcard"},
		{"arm_method = poolhittag\npool_tag = Ddk\nprove = none",
			"arm_method = poolhittag needs prove = echo"},
		{"pool_frames = 0", "pool_frames = 0: out of range: 1 to 255 frames"},
		{"pool_frames = 256", "pool_frames = 256: out of range: 1 to 255 frames"},
		{"on_bugcheck = analyse",
			"on_bugcheck: no 'analyse'; there is: record, go, analyze, reboot"},
		{"on_bugcheck = go, reboot", "on_bugcheck: go or reboot, not both"},
		{"on_bugcheck = record", "on_bugcheck: then what? one of go, analyze, reboot"},
		{"bugcheck_max = 99ms",
			"bugcheck_max = 99ms: expected such as `30s` or `30s, 256K`: 100ms to 1h, "
			"1K to 16M"},
		{"bugcheck_max = 30s, 17M",
			"bugcheck_max = 30s, 17M: expected such as `30s` or `30s, 256K`: 100ms to "
			"1h, 1K to 16M"},
		{"on_stop = keep", "on_stop = keep: expected one of: release"},
		{"log_max = 63K", "log_max = 63K: out of range: 64K to 1024G, or off"},
		{"log_max = 1025G", "log_max = 1025G: out of range: 64K to 1024G, or off"},
		{"log_keep = some",
			"log_keep = some: all, or how many rotated journals stay: 0 to 999999"},
		{"log_keep = -1",
			"log_keep = -1: all, or how many rotated journals stay: 0 to 999999"},
		{"log_keep = 1000000",
			"log_keep = 1000000: all, or how many rotated journals stay: 0 to 999999"},
		{"disk_reserve = 1025G", "disk_reserve = 1025G: out of range: 0B to 1024G, or off"},
		{"server_options = hidden,password=x",
			"server_options: a password does not belong in a profile; write it into a "
			"file of its own and name that with password_file"},
		{"password_file = p", "password_file needs server"},
		{"quit_methods = q", "quit_methods: not yet; this version does not have it"},
		{"noshell = \xff", "noshell = \xff: expected yes or no"},
	};
	char text[512], errors[512];
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), GOOD "%s\n", rows[i].line);
		snprintf(errors, sizeof(errors), "x.ini:5: error: %s\n", rows[i].error);
		expect_errors(text, errors);
	}
	expect_errors(GOOD "[daemon]\nview = me, @ops\nport = COM1\nclients_max = 1025\n",
		"x.ini:7: error: 'port' is a key of [session NAME] or [default]\n"
		"x.ini:8: error: clients_max = 1025: out of range: 1 to 1024 clients\n");
}

static void faults_of_the_required_keys(void **state) {
	static const struct {
		const char *port, *error;
	} rows[] = {
		{"COM1", NULL},
		{"com255", NULL},
		{"\\\\.\\COM12", NULL},
		{"\\\\.\\CNCA0", NULL},
		{"COM0", "port = COM0: expected a name such as COM1 or \\\\.\\COM12"},
		{"COM", "port = COM: expected a name such as COM1 or \\\\.\\COM12"},
		{"COM1234", "port = COM1234: expected a name such as COM1 or \\\\.\\COM12"},
		{"COM1:", "port = COM1:: expected a name such as COM1 or \\\\.\\COM12"},
		{"\\\\.\\a b", "port = \\\\.\\a b: expected a name such as COM1 or \\\\.\\COM12"},
		{"\\\\.\\", "port = \\\\.\\: expected a name such as COM1 or \\\\.\\COM12"},
		{"/dev/ttyS0", "port = /dev/ttyS0: expected a name such as COM1 or \\\\.\\COM12; a "
			       "device's path is port_device"},
	};
	char text[512], errors[512];
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), "[session a]\nport=%s\nbaud_rate=300\nlog_file=l\n",
			rows[i].port);
		snprintf(errors, sizeof(errors), "x.ini:2: error: %s\n",
			rows[i].error ? rows[i].error : "");
		expect_errors(text, rows[i].error ? errors : "");
	}
	expect_errors("[session a]\nport=COM1\nbaud_rate=299\nlog_file=\n",
		"x.ini:3: error: baud_rate = 299: out of range: 300 to 4000000 bits per second\n"
		"x.ini:4: error: log_file: the value is missing\n");
	expect_errors("[session a]\nport=COM1\nbaud_rate=4000001\nlog_file=l\n",
		"x.ini:3: error: baud_rate = 4000001: out of range: 300 to 4000000 bits per second\n");
	expect_errors("[session a]\nport=COM1\nbaud_rate=19200 baud\nlog_file=l\n",
		"x.ini:3: error: baud_rate = 19200 baud: expected a whole number\n");
}

static void what_two_sessions_may_not_share(void **state) {
	static const struct {
		const char *first, *second, *error; /* line 5 of each section */
	} rows[] = {
		{"server=npipe:pipe=x", "server=npipe:pipe=y", NULL},
		{"server=npipe:pipe=x", "server=npipe:hidden,pipe=X",
			"server npipe:hidden,pipe=X is already used by session 'a' (line 5)"},
		{"server=tcp:port=5005", "server=tcp:port=5005",
			"server tcp:port=5005 is already used by session 'a' (line 5)"},
		{"port_device=/dev/ttyS0", "port_device=/dev/ttyS0",
			"port_device /dev/ttyS0 is already used by session 'a' (line 5)"},
		{"port_device=/dev/ttyS0", "port_device=/dev/ttys0", NULL},
	};
	char text[512], errors[512];
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), GOOD "%s\n" GOOD_B "%s\n", rows[i].first,
			rows[i].second);
		snprintf(errors, sizeof(errors), "x.ini:10: error: %s\n",
			rows[i].error ? rows[i].error : "");
		expect_errors(text, rows[i].error ? errors : "");
	}
	expect_errors(GOOD "[session b]\nport=\\\\.\\com1\nbaud_rate=19200\nlog_file=./a.log\n",
		"x.ini:6: error: port \\\\.\\com1 is already used by session 'a' (line 2)\n"
		"x.ini:8: error: log_file ./a.log is already used by session 'a' (line 4)\n");
	expect_errors("[default]\nlog_file=x\nbaud_rate=9600\n[session a]\nport=COM1\n"
		      "[session b]\nport=COM2\n",
		"x.ini:6: error: log_file x is already used by session 'a' (line 4)\n");
	expect_errors("[default]\nlog_file=x\nbaud_rate=9600\n[session a]\nport=COM1\nwork_dir=/a\n"
		      "[session b]\nport=COM2\nwork_dir=/b\n",
		"");
}

static void an_indented_line_is_a_command_only_below_arm(void **state) {
	(void)state;
	expect_errors(GOOD "\tkd=x\n",
		"x.ini:5: error: an indented line continues 'log_file', which "
		"has one line; keys start in the first column\n");
	expect_errors(GOOD "arm = bp x\n\thalt_max = 5s\n",
		"x.ini:6: error: an indented key below 'arm' would be a debugger command; keys "
		"start in the first column\n");
	expect_errors(GOOD "arm = bp x\n\tr eax = 5\n\t? halt_max=5\n", "");
	expect_errors(GOOD "amr = bp x\n\tbp y\n",
		"x.ini:5: error: unknown key 'amr'; did you mean 'arm'?\n");
}

static void all_errors_come_in_one_run(void **state) {
	(void)state;
	expect_errors("[session a]\nprot=COM1\nhalt_max=1\nbaud_rate=x\n[sesion b]\nport=COM9\n",
		"x.ini:2: error: unknown key 'prot'; did you mean 'port'?\n"
		"x.ini:3: error: halt_max = 1: the unit is missing (ms, s, m, h, d)\n"
		"x.ini:4: error: baud_rate = x: expected a whole number\n"
		"x.ini:5: error: unknown section [sesion b]; there are [daemon], [default] and "
		"[session NAME]\n"
		"x.ini:1: error: session 'a' lacks 'port'\n"
		"x.ini:1: error: session 'a' lacks 'log_file'\n");
}

static void commands_are_kept_byte_for_byte(void **state) {
	static const char *const commands[] = {"bp nt!MmAllocateSpecialPool \";kb;g\"",
		".echo A ; kb ; g", ";kb;g", "\";kb;g\"", "a\t=  b"};
	struct loaded l;
	(void)state;
	load(&l, GOOD "arm = bp nt!MmAllocateSpecialPool \";kb;g\"  \n\t .echo A ; kb ; g\t\n"
		      "arm = ;kb;g\n; a comment\n\n \";kb;g\"\n\ta\t=  b\n");
	assert_string_equal(l.errors, "");
	const struct string_list *arm = &l.config.sessions[0].arm;
	assert_int_equal(arm->count, COUNT(commands));
	for (size_t i = 0; i < COUNT(commands); i++) {
		assert_string_equal(arm->at[i], commands[i]);
	}
	unload(&l);
}

static void defaults_of_the_table(void **state) {
	struct loaded l;
	(void)state;
	load(&l, GOOD);
	const struct profile *p = &l.config.sessions[0];
	assert_string_equal(p->name, "a");
	assert_string_equal(p->kd, "auto");
	assert_null(p->kd_args);
	assert_null(p->work_dir);
	assert_null(p->server);
	assert_null(p->pool_tag);
	assert_string_equal(p->port, "COM1");
	assert_true(p->baud_rate == 19200);
	assert_int_equal(p->log_mode, LOG_APPEND);
	assert_true(p->noshell);
	assert_int_equal(p->arm_at, PROFILE_ARM_AFTER);
	assert_true(p->arm_after_ms == 90000);
	assert_int_equal(p->arm.count, 0);
	assert_true(p->arm_max_ms == 60000 && p->command_timeout_ms == 60000);
	assert_true(p->break_timeout_ms == 30000 && p->settle_ms == 2000);
	assert_int_equal(p->break_methods.count, 0);
	assert_int_equal(p->prove, PROVE_ECHO);
	assert_true(p->halt_max_ms == 60000 && p->hold_max_ms == 3600000);
	assert_string_equal(p->halt_duty, "warn 5% act 30%");
	assert_string_equal(p->hits_per_minute, "auto");
	assert_string_equal(p->stop_after, "1000 hits, 72h");
	assert_int_equal(p->on_storm, STORM_PAUSE);
	assert_true(p->storm_hold_off_ms == 300000);
	assert_int_equal(p->on_bugcheck.count, 2);
	assert_string_equal(p->on_bugcheck.at[1], "go");
	assert_string_equal(p->bugcheck_max, "30s, 256K");
	assert_int_equal(p->on_found, ON_FOUND_ARM);
	assert_true(p->stop_max_ms == 90000 && p->return_max_ms == 900000);
	assert_true(p->restart_min_ms == 1000 && p->restart_max_ms == 60000);
	assert_true(p->journal_rate == 1048576);
	assert_true(p->log_max == 256 << 20 && p->disk_reserve == 1 << 30);
	assert_string_equal(p->log_keep, "all");
	assert_true(l.config.daemon.clients_max == 64);
	unload(&l);
}

static void a_session_goes_before_default_and_default_before_the_table(void **state) {
	struct loaded l;
	(void)state;
	load(&l, GOOD
		"halt_max=5s\nenv.A=own\n[default]\nhalt_max=7s\nhold_max=8s\nserver=tcp:port=1\n"
		"env.A=x\nenv.B=y\narm=bp x\n\tbp y\n" GOOD_B "server=\narm=bp z\n");
	assert_string_equal(l.errors, "");
	const struct profile *a = &l.config.sessions[0], *b = &l.config.sessions[1];
	assert_true(a->halt_max_ms == 5000 && a->hold_max_ms == 8000);
	assert_true(b->halt_max_ms == 7000);
	assert_string_equal(a->server, "tcp:port=1");
	assert_null(b->server);
	assert_int_equal(a->arm.count, 2);
	assert_int_equal(b->arm.count, 1);
	assert_string_equal(b->arm.at[0], "bp z");
	assert_int_equal(a->env.count, 2);
	assert_string_equal(a->env.at[0], "A=own");
	assert_string_equal(a->env.at[1], "B=y");
	unload(&l);
}

static void an_empty_session_takes_all_from_default(void **state) {
	(void)state;
	expect_errors("[default]\nport=COM1\nbaud_rate=9600\nlog_file=x\n[session a]", "");
}

static void a_blank_arm_clears_what_default_has(void **state) {
	struct loaded l;
	(void)state;
	load(&l, "[default]\narm=bp x\n" GOOD "arm=\n" GOOD_B "arm=\n\tbp y\n");
	assert_string_equal(l.errors, "");
	assert_int_equal(l.config.sessions[0].arm.count, 0);
	assert_int_equal(l.config.sessions[1].arm.count, 1);
	unload(&l);
}

static void overrides(void **state) {
	static const char *const sets[] = {"a.port=com7", "default.halt_max= 3s ",
		"a.arm=.echo = ;", "a.arm=g", "daemon.clients_max=2", "A.env.X=1=2", "b.work_dir="};
	struct loaded l;
	(void)state;
	const char *text = "[default]\nwork_dir=/w\n" GOOD "arm=bp x\n" GOOD_B "halt_max=1s\n";
	load_n(&l, text, strlen(text), sets, COUNT(sets));
	assert_string_equal(l.errors, "");
	const struct profile *a = &l.config.sessions[0], *b = &l.config.sessions[1];
	assert_string_equal(a->port, "com7");
	assert_true(a->halt_max_ms == 3000 && b->halt_max_ms == 1000);
	assert_int_equal(a->arm.count, 2);
	assert_string_equal(a->arm.at[0], ".echo = ;");
	assert_string_equal(a->arm.at[1], "g");
	assert_true(l.config.daemon.clients_max == 2);
	assert_string_equal(a->env.at[0], "X=1=2");
	assert_string_equal(a->work_dir, "/w");
	assert_null(b->work_dir);
	unload(&l);
}

static void faults_of_overrides(void **state) {
	static const struct {
		const char *set, *error;
	} rows[] = {
		{"nonsense", "--set nonsense: error: expected --set SESSION.KEY=VALUE"},
		{"port=COM1", "--set port: error: expected --set SESSION.KEY=VALUE"},
		{".port=COM1", "--set .port: error: expected --set SESSION.KEY=VALUE"},
		{"a.=1", "--set a.: error: expected --set SESSION.KEY=VALUE"},
		{"c.port=COM1", "--set c.port: error: no session 'c'; there are: a, b"},
		{"a.prot=1", "--set a.prot: error: unknown key 'prot'; did you mean 'port'?"},
		{"a.halt_max=5",
			"--set a.halt_max: error: halt_max = 5: the unit is missing (ms, s, m, h, d)"},
		{"a.kd=a\nb", "--set a.kd: error: kd: a control byte in the value"},
		{"daemon.port=COM1",
			"--set daemon.port: error: 'port' is a key of [session NAME] or [default]"},
		{"a.halt_duty=auto",
			"--set a.halt_duty: error: halt_duty = auto: expected `warn 5% "
			"act 30%` (warn not above act), or off"},
		{"a.env.a b=c",
			"--set a.env.a b: error: env.NAME: the name is missing, too long or "
			"has a blank, : or ;"},
		{"b.port=com1", "--set b.port: error: port com1 is already used by session 'a' "
				"(line 2)"},
		{"a.port=COM2", "x.ini:6: error: port COM2 is already used by session 'a' (--set "
				"a.port)"},
	};
	char errors[512];
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct loaded l;
		load_n(&l, GOOD GOOD_B, strlen(GOOD GOOD_B), &rows[i].set, 1);
		snprintf(errors, sizeof(errors), "%s\n", rows[i].error);
		assert_string_equal(l.errors, errors);
		assert_true(l.config.failed);
		unload(&l);
	}
}

static void a_dump_loads_to_the_same_config(void **state) {
	static const char text[] =
		"[daemon]\nstate_dir = /var/x\nclients_max = 3\n[default]\nbaud_rate = 115200\n"
		"[session a]\nport=COM1\nlog_file=c:\\a.log\nkd=/opt/kd\nkd_args=-v \"a b\"\nwork_dir=/w\n"
		"env.A=1\nenv.E=\nenv.P(x86)=a ; b = c\nport_device=/dev/x\nlog_mode=open\n"
		"symbol_path=SRV*c:\\s*http://x ; y\nserver=npipe:pipe=a\nserver_options=hidden\n"
		"noshell=no\narm_at=boot\narm=;a\n\tb ; c\narm=#d\n\t e\nsettle=150ms\nprompt=> \n"
		"prove=none\non_found=resume\non_bugcheck=record , go\njournal_rate=off\n"
		"break_methods = sigint,\nlog_max=off\n"
		"[session b]\nport=COM2\nlog_file=b\narm_at=manual\njournal_rate=1000K\n"
		"[session c]\nport=COM3\nlog_file=c\narm_at=after  0s\n";
	struct loaded first, second;
	(void)state;
	load(&first, text);
	assert_string_equal(first.errors, "");
	char *dump = dump_text(&first.config);
	load(&second, dump);
	assert_string_equal(second.errors, "");
	char *again = dump_text(&second.config);
	assert_string_equal(dump, again);
	assert_non_null(strstr(dump, "\narm = ;a\n\tb ; c\narm = #d\n\te\n"));
	assert_non_null(strstr(dump, "\nenv.P(x86) = a ; b = c\n"));
	assert_non_null(strstr(dump, "\non_bugcheck = record, go\n"));
	free(dump);
	free(again);
	unload(&first);
	unload(&second);
}

static void a_file_that_cannot_be_read(void **state) {
	struct loaded l;
	(void)state;
	l.stream = open_memstream(&l.errors, &l.len);
	config_load(&l.config, "/nonexistent/x.ini", NULL, 0, keep_error, &l);
	fclose(l.stream);
	assert_string_equal(l.errors, "/nonexistent/x.ini: error: No such file or directory\n");
	assert_true(l.config.failed);
	unload(&l);
}

static void a_value_of_4096_bytes(void **state) {
	char *text = NULL;
	size_t len;
	struct loaded l;
	(void)state;
	FILE *f = open_memstream(&text, &len);
	fputs(GOOD "symbol_path=", f);
	for (size_t i = 0; i < 4096; i++) {
		fputc(" ;x*"[i > 0 && i < 4095 ? i % 4 : 3], f);
	}
	fclose(f);
	load(&l, text);
	assert_string_equal(l.errors, "");
	assert_string_equal(l.config.sessions[0].symbol_path, strstr(text, "symbol_path=") + 12);
	unload(&l);
	free(text);
}

/* Errors show what came from outside bounded and without control bytes. */
static void outside_text_is_bounded_in_errors(void **state) {
	char text[3000] = GOOD "noshell=";
	struct loaded l;
	(void)state;
	memset(text + strlen(text), 'y', 2000);
	load(&l, text);
	assert_true(l.len < 300);
	assert_non_null(strstr(l.errors, "yyy...: expected yes or no"));
	unload(&l);
	const char *set = "\x1b[2J.port=1";
	load_n(&l, GOOD, strlen(GOOD), &set, 1);
	assert_string_equal(l.errors,
		"--set \\x1b[2J.port: error: no session '\\x1b[2J'; there are: "
		"a\n");
	unload(&l);
}

/* Every row: its default is a value that it takes, and lies within its range. */
static void every_default_is_good(void **state) {
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &option_table[i];
		union {
			struct profile profile;
			struct daemon_options daemon;
		} field;
		char why[VALUE_WHY_MAX];
		memset(&field, 0, sizeof(field));
		assert_true(option_find(o->scope, o->key) == o);
		assert_non_null(o->help);
		assert_true(!o->later || !o->fallback || strcmp(o->accepts, o->fallback) == 0);
		if (o->fallback) {
			assert_true(value_parse(o, o->key, o->fallback, &field, why));
		}
		if (o->sample) {
			assert_true(value_parse(o, o->key, o->sample, &field, why));
		}
		value_clear(o, &field);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_of_sections),
		cmocka_unit_test(faults_of_keys),
		cmocka_unit_test(faults_of_the_required_keys),
		cmocka_unit_test(what_two_sessions_may_not_share),
		cmocka_unit_test(an_indented_line_is_a_command_only_below_arm),
		cmocka_unit_test(all_errors_come_in_one_run),
		cmocka_unit_test(commands_are_kept_byte_for_byte),
		cmocka_unit_test(defaults_of_the_table),
		cmocka_unit_test(a_session_goes_before_default_and_default_before_the_table),
		cmocka_unit_test(an_empty_session_takes_all_from_default),
		cmocka_unit_test(a_blank_arm_clears_what_default_has),
		cmocka_unit_test(overrides),
		cmocka_unit_test(faults_of_overrides),
		cmocka_unit_test(a_dump_loads_to_the_same_config),
		cmocka_unit_test(a_file_that_cannot_be_read),
		cmocka_unit_test(a_value_of_4096_bytes),
		cmocka_unit_test(outside_text_is_bounded_in_errors),
		cmocka_unit_test(every_default_is_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
