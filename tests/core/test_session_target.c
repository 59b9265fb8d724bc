/* Stories of symbols fetched while the target runs, and of what kind of target it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/story.h"

/* --- symbols */

#define LIST(kind) "0: kd> fffff800`01000000 fffff800`01800000   nt         (" kind " symbols)\r\n"
#define IMAGE \
	"    CODEVIEW    25, 19c65c,  19bc5c RSDS - GUID: {0123ABCD-4567-89AB-CDEF-0123456789AB}\r\n" \
	"      Age: 2, Pdb: ntkrnlmp.pdb\r\n"

/* kd at a prompt, with or without the symbols. */
static void answers_about_symbols(const char *list) {
	while (d.write[0] && strcmp(d.write, "g") != 0) {
		bool lists = !strncmp(d.write, "lm ", 3), tells = !strncmp(d.write, "!lmi", 4);

		if (lists || tells) {
			d.write[0] = '\0';
			drive_feed(&d, lists ? list : IMAGE);
			drive_feed(&d, "0: kd> ");
		} else {
			drive_kd_once(&d);
		}
	}
}

static void symbols_up(const char *list) {
	set.can_fetch = true;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_feed(&d, "0: kd> ");
	answers_about_symbols(list);
	pass(2500);
}

static void fetch_ends(bool ok) {
	drive_input(&d, &(struct session_input){.kind = IN_FETCHED,
				.now_ms = d.now,
				.value = ok,
				.text = ok ? NULL : "symchk: exit code 1: no network"});
}

static void symbols_that_are_there_cost_no_second_halt(void **state) {
	(void)state;
	symbols_up(LIST("pdb"));
	saw("halt_begin(arming); > ld nt; > .echo; > lm m nt; > .echo; > !lmi nt; > .echo; > bp nt!MmAllocateSpecialPool "
	    "\";kb;g\"; > .echo; > bl; > .echo; > g; halt_end(arming); armed;");
	assert_int_equal(d.breaks, 1);
	never("fetch;");
}

static void symbols_are_fetched_while_the_target_runs(void **state) {
	(void)state;
	symbols_up(LIST("export"));
	is(SESSION_RUNNING, ARM_ARMING);
	saw("> !lmi nt; > .echo; > g; symbols; fetch; halt_end(arming);");
	pass(10 * MINUTE);
	assert_int_equal(d.breaks, 1); /* it waits for symchk, whatever is due */
	drive_clear(&d);
	fetch_ends(true);
	saw("symbols; break(arm: symbols are there); BREAK 0;");
	drive_feed(&d, "0: kd> ");
	answers_about_symbols(LIST("pdb"));
	pass(2500);
	saw("> .reload /f nt; > .echo; > lm m nt; > .echo; > !lmi nt; > .echo; > bp");
	is(SESSION_RUNNING, ARM_ARMED);
	connects(); /* a boot of the same system: they are in the store */
	pass(91000);
	drive_stop(&d);
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void symbols_are_given_up_after_three_tries(void **state) {
	(void)state;
	symbols_up(LIST("export"));
	fetch_ends(false);
	fetch_ends(false); /* late, of nobody */
	pass(11000);
	fetch_ends(false);
	pass(MINUTE);
	drive_clear(&d);
	fetch_ends(false);
	assert_string_equal(d.seen,
		"ALARM no symbols; partial(no symbols for nt: symchk: exit code 1: no network);");
	is(SESSION_RUNNING, ARM_PARTIAL);
	pass(10 * MINUTE);
	assert_int_equal(d.breaks, 1);
	drive_in(&d, IN_ARM); /* somebody asks again */
	drive_feed(&d, "0: kd> ");
	answers_about_symbols(LIST("pdb"));
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void symbols_that_kd_does_not_find_are_given_up_too(void **state) {
	(void)state;
	symbols_up(LIST("export"));
	for (int i = 0; i < 3; i++) {
		is(SESSION_RUNNING, ARM_ARMING);
		fetch_ends(true);
		drive_feed(&d, "0: kd> ");
		answers_about_symbols(LIST("export"));
		pass(2500);
	}
	is(SESSION_RUNNING, ARM_PARTIAL);
	saw("partial(no symbols for nt: symchk fetched, and kd does not find them)");
	assert_int_equal(d.breaks, 4);
}

static void what_comes_while_symbols_are_fetched(void **state) {
	(void)state;
	symbols_up(LIST("export"));
	drive_in(&d, IN_DISARM);
	fetch_ends(true);
	if (d.s.break_pending) {
		drive_stop(&d);
	}
	pass(10 * MINUTE);
	is(SESSION_RUNNING, ARM_DISARMED);
	assert_true(d.breaks <= 2);
	symbols_up(LIST("export"));
	connects(); /* a boot */
	pass(10 * MINUTE);
	assert_int_equal(d.breaks, 1);
	fetch_ends(true);
	drive_feed(&d, "0: kd> ");
	answers_about_symbols(LIST("pdb"));
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
	symbols_up(LIST("export"));
	drive_in(&d, IN_STOP); /* and nobody waits for symchk */
	drive_stop(&d);
	pass(2500);
	ended(RESULT_RELEASED);
	fetch_ends(true);
	assert_int_equal(d.s.state, SESSION_STOPPED);
}

/* --- what kind of target */

#define CONNECT_TO(system) \
	"Connected to " system " target at (noon), ptr64 TRUE\r\n" \
	"Kernel Debugger connection established.\r\n" DRIVE_PATH

static void another_target_is_an_alarm_before_arming(void **state) {
	(void)state;
	drive_up(&d, &set);
	drive_clear(&d);
	connects();
	never("ALARM");
	drive_feed(&d, "Connected to Windows 3 1 x86 target\r\n"); /* a DbgPrint */
	never("ALARM");
	drive_feed(&d, CONNECT_TO("Windows 7 7601 x86 compatible"));
	saw("reboot; ALARM another target;");
	pass(91000);
	saw("ALARM another target; break(arm: the target has booted);");
	set.target = "Windows 10 19041 x64"; /* and over a restart of ours */
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	drive_feed(&d, CONNECT_TO("Windows 7 7601 x86 compatible"));
	saw("ALARM another target;");
}

static void a_build_that_lacks_the_function_is_told(void **state) {
	(void)state;
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	drive_feed(&d, CONNECT_TO("Windows 10 17763 x64"));
	never("ALARM the breakpoint");
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	drive_feed(&d, CONNECT_TO("Windows 10 18362 x64"));
	saw("ALARM the breakpoint will not be hit;");
	assert_non_null(strstr(d.out.arena, "ExAllocateHeapSpecialPool"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		STORY(symbols_that_are_there_cost_no_second_halt),
		STORY(symbols_are_fetched_while_the_target_runs),
		STORY(symbols_are_given_up_after_three_tries),
		STORY(symbols_that_kd_does_not_find_are_given_up_too),
		STORY(what_comes_while_symbols_are_fetched),
		STORY(another_target_is_an_alarm_before_arming),
		STORY(a_build_that_lacks_the_function_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
