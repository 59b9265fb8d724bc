/* kd's command line and environment. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "io/kdcommand.h"

#define STRING(text) ((char *)(text))

static struct profile recipe(void) {
	return (struct profile){
		.name = STRING("web1"),
		.port = STRING("COM1"),
		.baud_rate = 19200,
		.log_file = STRING("c:\\debug\\debug.log"),
		.symbol_path = STRING("SRV*c:\\websymbols*http://x"),
		.server = STRING("npipe:pipe=livedebug"),
		.noshell = true,
	};
}

static const char *const program[] = {"/usr/bin/kd"};

static void build(struct kd_command *c, const struct profile *p, const uv_env_item_t *env, int n,
	bool append) {
	assert_int_equal(kd_command_init(c, p, env, n, program, 1, append), 0);
}

static bool has(const struct words *w, const char *word) {
	for (size_t i = 0; i < w->count; i++) {
		if (strcmp(w->at[i], word) == 0) {
			return true;
		}
	}
	return false;
}

static void check_args(const struct profile *p, const char *const *want) {
	struct kd_command c;

	build(&c, p, NULL, 0, true);
	for (size_t i = 0; want[i]; i++) {
		assert_true(i < c.args.count);
		assert_string_equal(c.args.at[i], want[i]);
		assert_true(want[i + 1] || i + 1 == c.args.count);
	}
	kd_command_finish(&c);
}

/* In the command line where nothing stands before kd; else it is the launcher's to add. */
static void password_behind_the_server(void **state) {
	struct profile p = recipe();
	struct kd_command c;
	const uv_env_item_t stale = {STRING("livedebug_password"), STRING("old")};

	(void)state;
	build(&c, &p, &stale, 1, true);
	assert_false(has(&c.env, "livedebug_password=old"));
	assert_int_equal(kd_command_password(&c, "Sesame", false), 0);
	assert_true(has(&c.args, "npipe:pipe=livedebug,password=Sesame"));
	assert_false(has(&c.env, "LIVEDEBUG_PASSWORD=Sesame"));
	kd_command_finish(&c);
	build(&c, &p, NULL, 0, true);
	assert_int_equal(kd_command_password(&c, "Sesame", true), 0);
	assert_true(has(&c.args, "npipe:pipe=livedebug"));
	assert_true(has(&c.env, "LIVEDEBUG_PASSWORD=Sesame"));
	kd_command_finish(&c);
}

static void server_comes_first(void **state) {
	struct profile p = recipe();

	(void)state;
	check_args(&p, (const char *const[]){
			       "/usr/bin/kd", "-server", "npipe:pipe=livedebug", "-noshell", NULL});
	p.server_options = STRING("hidden");
	p.noshell = false;
	p.kd_args = STRING("-n  -y \"c:\\my symbols\" -c\"\"");
	check_args(
		&p, (const char *const[]){"/usr/bin/kd", "-server", "npipe:pipe=livedebug,hidden",
			    "-n", "-y", "c:\\my symbols", "-c", NULL});
	p.server = NULL;
	p.noshell = true;
	p.kd_args = NULL;
	check_args(&p, (const char *const[]){"/usr/bin/kd", NULL});
}

static void environment_is_the_recipes(void **state) {
	struct profile p = recipe();
	struct kd_command c;

	(void)state;
	build(&c, &p, NULL, 0, true);
	assert_true(has(&c.env, "_NT_DEBUG_PORT=COM1"));
	assert_true(has(&c.env, "_NT_DEBUG_BAUD_RATE=19200"));
	assert_true(has(&c.env, "_NT_DEBUG_LOG_FILE_APPEND=c:\\debug\\debug.log"));
	assert_true(has(&c.env, "_NT_SYMBOL_PATH=SRV*c:\\websymbols*http://x"));
	assert_true(has(&c.env, "DBGENG_NO_BUGCHECK_ANALYSIS=1"));
	assert_int_equal(c.env.count, 5);
	kd_command_finish(&c);
	p.on_bugcheck = (struct string_list){(char *[]){STRING("record"), STRING("analyze")}, 2};
	build(&c, &p, NULL, 0, false);
	assert_true(has(&c.env, "_NT_DEBUG_LOG_FILE_OPEN=c:\\debug\\debug.log"));
	assert_int_equal(c.env.count, 4);
	kd_command_finish(&c);
}

static void symchk_gets_a_manifest_and_the_path(void **state) {
	static const char *const wanted[] = {"/usr/bin/symchk", "/im", "/m y/x", "/s",
		"SRV*c:\\websymbols*http://x", "-v %path%x"};
	static const char *const symchk[] = {"/usr/bin/symchk"};
	struct profile p = recipe();
	struct kd_command c;

	(void)state;
	p.symchk_args = STRING("/im %manifest% /s %path% \"-v %path%x\"");
	assert_int_equal(kd_command_symchk(&c, &p, NULL, 0, symchk, 1, "/m y/x"), 0);
	assert_int_equal(c.args.count, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(c.args.at[i], wanted[i]);
	}
	assert_true(has(&c.env, "_NT_SYMBOL_PATH=SRV*c:\\websymbols*http://x"));
	kd_command_finish(&c);
}

static void debuggers_own_variables_are_not_inherited(void **state) {
	static const struct {
		const char *name;
		bool is_kept;
	} rows[] = {{"PATH", true}, {"_NT_DEBUG_BUS", false}, {"_nt_alt_symbol_path", false},
		{"KDQUIET", false}, {"KdQuiet", false}, {"KDQUIETLY", true},
		{"DBGENG_NO_DEBUG_PRIVILEGE", false}, {"DBGHELP_HOMEDIR", false},
		{"SRCSRV_INI_FILE", false}, {"NT_SYMBOLS", true}};
	struct profile p = recipe();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uv_env_item_t item = {.name = STRING(rows[i].name), .value = STRING("v")};
		struct kd_command c;

		build(&c, &p, &item, 1, true);
		assert_int_equal(c.env.count, 5 + rows[i].is_kept);
		kd_command_finish(&c);
	}
}

static void env_keys_win(void **state) {
	char *keys[] = {
		STRING("BENCH_COM1=/tmp/x"), STRING("_NT_DEBUG_PORT=COM9"), STRING("PATH=")};
	struct profile p = recipe();
	uv_env_item_t item = {.name = STRING("PATH"), .value = STRING("/bin")};
	struct kd_command c;

	(void)state;
	p.env = (struct string_list){keys, 3};
	build(&c, &p, &item, 1, true);
	assert_true(has(&c.env, "BENCH_COM1=/tmp/x"));
	assert_true(has(&c.env, "_NT_DEBUG_PORT=COM9"));
	assert_false(has(&c.env, "_NT_DEBUG_PORT=COM1"));
	assert_true(has(&c.env, "PATH="));
	assert_int_equal(c.env.count, 7);
	kd_command_finish(&c);
}

static void line_for_teammates(void **state) {
	struct profile p = recipe();
	char line[128];

	(void)state;
	kd_command_remote(&p, "LAPTOP", line, sizeof(line));
	assert_string_equal(line, "kd -remote npipe:server=LAPTOP,pipe=livedebug");
	p.server = NULL;
	kd_command_remote(&p, "LAPTOP", line, sizeof(line));
	assert_string_equal(line, "");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server_comes_first),
		cmocka_unit_test(password_behind_the_server),
		cmocka_unit_test(environment_is_the_recipes),
		cmocka_unit_test(symchk_gets_a_manifest_and_the_path),
		cmocka_unit_test(debuggers_own_variables_are_not_inherited),
		cmocka_unit_test(env_keys_win),
		cmocka_unit_test(line_for_teammates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
