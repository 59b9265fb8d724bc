/* Stories of what once left a target halted, or lost a stack: each of them was a failing test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/plan.h"
#include "tests/support/story.h"

#define CUT "     ^ User interrupted operation error in 'kb'\r\n0: kd> "
#define ESTABLISHED \
	"Connected to Windows 10 19041 x64 target at (noon), ptr64 TRUE\r\n" \
	"Kernel Debugger connection established.\r\n"
#define LOST \
	"... Retry sending the same data packet for 64 times.\r\n" \
	"The transport connection between host kernel debugger and target Windows seems lost.\r\n" \
	"please try resync with target, recycle the host debugger, or reboot the target " \
	"Windows.\r\n"
#define JOINED "ada (npipe \\\\.\\pipe\\x) connected at Mon Nov 23 23:45:12 2026\r\n"

static void up(void) {
	drive_up(&d, &set);
	is(SESSION_RUNNING, ARM_ARMED);
	pass(10000);
	drive_clear(&d);
}

/* --- seen running */

/* kd at a prompt, so long behind each line. */
static void slow_kd(uint64_t ms) {
	do {
		pass(ms);
	} while (drive_kd_once(&d));
}

static void a_kd_that_is_slow_has_longer_for_its_g(void **state) {
	(void)state;
	set.settle_ms = 100;
	up();
	drive_in(&d, IN_STOP);
	drive_feed(&d, "nt!DbgBreakPointWithStatus:\r\n0: kd> ");
	slow_kd(90);
	saw("> bl; > .echo; > g;");
	never("released"); /* 90 ms of quiet are nothing at a kd that needs 90 for an .echo */
	is(SESSION_HALTED, ARM_ARMED);
	pass(500);
	is(SESSION_HALTED, ARM_ARMED);
	pass(300);
	ended(RESULT_RELEASED);
}

static void a_stop_within_that_time_is_not_missed(void **state) {
	(void)state;
	set.settle_ms = 100;
	up();
	drive_in(&d, IN_STOP);
	drive_feed(&d, "nt!DbgBreakPointWithStatus:\r\n0: kd> ");
	slow_kd(90);
	pass(400);
	drive_stop(&d); /* the queued break-in */
	pass(5000);
	ended(RESULT_RELEASED);
	saw("> g; > .echo; > g;");
}

static void a_stop_takes_its_time_on_the_wire(void **state) {
	(void)state;
	assert_int_equal(plan_stop_ms(19200), 1131);
	assert_true(plan_stop_ms(9600) > 2000); /* the default of settle is too short there */
	assert_int_equal(plan_stop_ms(115200), 189);
}

/* --- a break-in inside a hit */

static void a_teammates_break_inside_a_hit_is_the_teammates(void **state) {
	(void)state;
	up();
	drive_feed(&d, JOINED "Breakpoint 0 hit\r\n" CUT);
	drive_kd(&d);
	saw("> .echo; halt_end(hit); halt_begin(client); > kb; > .echo;");
	is(SESSION_HALTED, ARM_ARMED);
	assert_int_equal(d.s.owner, OWNER_CLIENT);
	never("> bd");
	never("> g");
	never("ALARM");
	pass(50000);
	assert_int_equal(d.s.state, SESSION_HALTED);
	pass(12000); /* its deadline is as ever */
	drive_kd(&d);
	pass(2500);
	saw("ALARM halt over;");
	is(SESSION_RUNNING, ARM_ARMED);
	drive_feed(&d, DRIVE_HIT); /* and the next hit is a hit */
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.s.hits, 2);
}

static void a_break_of_nobody_inside_a_hit_is_resumed(void **state) {
	(void)state;
	up();
	drive_feed(&d, "Breakpoint 0 hit\r\n" CUT);
	drive_kd(&d);
	pass(2500);
	saw("halt_begin(found); > kb; > .echo; > g;");
	is(SESSION_RUNNING, ARM_ARMED);
}

static void our_break_inside_a_hit_keeps_its_stack(void **state) {
	(void)state;
	up();
	drive_feed(&d, "Breakpoint 0 hit\r\n");
	drive_in(&d, IN_BREAK);
	drive_feed(&d, CUT);
	drive_kd(&d);
	saw("halt_begin(operator); > kb; > .echo;");
	assert_int_equal(session_verb_done(&d.s, IN_BREAK), 0);
	assert_int_equal(session_verb(&d.s, IN_GO), 0);
	up();
	drive_feed(&d, "Breakpoint 0 hit\r\n");
	drive_in(&d, IN_STOP);
	drive_feed(&d, CUT);
	drive_kd(&d);
	saw("halt_begin(detach); > kb; > .echo; > bc *;");
	pass(2500);
	ended(RESULT_RELEASED);
	never("gap");
}

static void a_hit_that_was_cut_is_counted_once(void **state) {
	(void)state;
	up();
	drive_feed(&d, "Breakpoint 0 hit\r\n");
	drive_in(&d, IN_BREAK);
	drive_feed(&d, "     ^ User interrupted operation error in 'kb'\r\n"
		       "nt!MmAllocateSpecialPool:\r\nfffff802`47bca1e0 mov qword ptr "
		       "[rsp+8],rbx\r\n0: kd> ");
	drive_kd(&d);
	saw("halt_begin(operator); > kb; > .echo;");
	assert_int_equal(d.s.hits, 1);
}

static void a_stack_that_is_half_there_is_a_gap(void **state) {
	(void)state;
	up();
	drive_feed(&d, DRIVE_HIT);
	drive_in(&d, IN_BREAK);
	drive_feed(&d, CUT);
	drive_kd(&d);
	never("> kb");
	up();
	drive_feed(&d, "Breakpoint 0 hit\r\nRetAddr           : Args to Child : Call Site\r\n"
		       "fffff802`47bca1e0 : 0 0 0 0 : nt!MmAllocateSpecialPool\r\n");
	drive_feed(&d, "Breakpoint 0 hit\r\n");
	drive_in(&d, IN_BREAK);
	drive_feed(&d, "RetAddr           : Args to Child : Call Site\r\n"
		       "fffff802`47bca1e0 : 00000000`00000000 00000000`00000000 00000000`00000000 "
		       "00000000`00000000 : nt!MmAllocateSpecialPool\r\n" CUT);
	drive_kd(&d);
	never("> kb");
	saw("gap 0;");
}

static void a_prompt_that_a_teammate_types_over_is_seen(void **state) {
	static const char typed[] = "0: kd> [VM\\ada (npipe \\\\.\\pipe\\x)] q\r\n";

	(void)state;
	up(); /* a stop behind a hit: its text is whole, and quiet */
	drive_feed(&d, JOINED DRIVE_HIT "Break instruction exception - code 80000003 (first "
					"chance)\r\nnetfoo!Assert+0x12:\r\n");
	drive_feed(&d, typed);
	saw("> .echo;");
	drive_kd(&d);
	saw("halt_begin(client);");
	pass(63000);
	drive_kd(&d);
	pass(2500);
	saw("ALARM halt over;");
	is(SESSION_RUNNING, ARM_ARMED);
	drive_clear(&d); /* a stop out of nothing */
	drive_feed(&d, typed);
	drive_kd(&d);
	saw("halt_begin(client);");
}

static void a_teammates_g_is_faster_than_our_kb(void **state) {
	(void)state;
	up();
	drive_feed(&d, JOINED "Breakpoint 0 hit\r\n" CUT "g\r\n");
	pass(100);
	drive_feed(&d, DRIVE_HIT);
	saw("gap 100; hit;");
	pass(5000);
	is(SESSION_RUNNING, ARM_ARMED);
	drive_clear(&d);
	drive_feed(&d, "Breakpoint 0 hit\r\n" CUT "[VM\\ada (npipe \\\\.\\pipe\\x)] g\r\n");
	pass(5000);
	saw("gap 2");
	is(SESSION_RUNNING, ARM_ARMED);
}

static void the_command_of_a_breakpoint(void **state) {
	static const char *const commands[] = {"bp nt!A \"r;g\"", "bp nt!B \".echo x; kb 10 ;g\"",
		"bp nt!C \"j (poi(x)) {kn 5};gc\"", "ed nt!D 1"};
	char buffer[64];
	struct text t;

	(void)state;
	text_init(&t, buffer, sizeof(buffer));
	assert_true(arm_stack_command(commands, 4, 2, &t));
	assert_string_equal(buffer, "kn 5");
	text_init(&t, buffer, sizeof(buffer));
	assert_true(arm_stack_command(commands, 4, 0, &t)); /* it has none: the first that has */
	assert_string_equal(buffer, "kb 10");
	text_init(&t, buffer, sizeof(buffer));
	assert_false(arm_stack_command(commands, 1, 0, &t));
}

/* --- a hit that nobody took */

#define LEFT \
	"Break instruction exception - code 80000003 (first chance)\r\n" \
	"nt!MmAllocateSpecialPool:\r\nfffff802`47bca1e0 mov qword ptr [rsp+8],rbx\r\n0: kd> "

static void finds(const char *stop) {
	new_kd();
	connects();
	drive_feed(&d, stop);
	drive_kd(&d);
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void a_hit_that_a_dead_kd_left_is_taken(void **state) {
	(void)state;
	up();
	finds(LEFT);
	saw("hit;");
	saw("> kb; > .echo; > bp ");
	assert_int_equal(d.s.hits, 1);
	saw("gap 25000;"); /* and the time without a kd is a gap */
	up();
	finds("Break instruction exception - code 80000003 (first chance)\r\n"
	      "nt!DbgBreakPointWithStatus:\r\n0: kd> ");
	never("> kb");
	assert_int_equal(d.s.hits, 0);
}

static void a_hit_that_was_counted_is_not_counted_twice(void **state) {
	(void)state;
	up();
	drive_feed(&d, "Breakpoint 0 hit\r\n");
	finds(LEFT);
	saw("> kb; > .echo; > bp ");
	assert_int_equal(d.s.hits, 1);
	finds("nt!DbgBreakPointWithStatus:\r\n0: kd> ");
	assert_int_equal(d.s.hits, 1);
}

/* --- what may be missing */

static void the_time_without_kd_is_a_gap(void **state) {
	(void)state;
	up();
	drive_in(&d, IN_KD_ENDED);
	pass(4000);
	drive_launch(&d);
	connects();
	saw("ALARM kd ended;");
	drive_stop(&d);
	saw("gap 19000;");
	up(); /* a power cut: what is not known is how long ago it was */
	drive_feed(&d, DRIVE_HIT);
	pass(7000);
	drive_feed(&d, ESTABLISHED DRIVE_PATH);
	saw("reboot; gap 7000;");
	up(); /* an orderly end has none */
	drive_feed(&d, DRIVE_HIT);
	pass(7000);
	drive_feed(&d, SHUTDOWN);
	pass(7000);
	drive_feed(&d, ESTABLISHED DRIVE_PATH);
	never("gap");
}

/* --- a boot that was none */

static void a_faked_boot_forgets_nothing(void **state) {
	(void)state;
	up();
	drive_feed(&d, ESTABLISHED); /* on a quiet line, and quiet behind it */
	pass(5000);
	saw("reboot;");
	drive_in(&d, IN_STOP);
	saw("break(clean detach); BREAK 0;");
	drive_stop(&d);
	pass(2500);
	saw("> bc *;");
	ended(RESULT_RELEASED);
	up(); /* with a shutdown line before it */
	drive_feed(&d, SHUTDOWN);
	pass(10000);
	drive_feed(&d, ESTABLISHED);
	pass(5000);
	drive_in(&d, IN_STOP);
	saw("break(clean detach); BREAK 0;");
}

static void a_faked_boot_and_shutdown_do_not_hide_what_follows(void **state) {
	(void)state;
	up();
	drive_feed(&d, ESTABLISHED SHUTDOWN "Waiting to reconnect...\r\nhello\r\n");
	is(SESSION_RUNNING, ARM_ARMED); /* no machine that is down says hello */
	pass(5000);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void a_teammate_who_joins_is_no_sign_of_the_target(void **state) {
	(void)state;
	up();
	drive_feed(&d, SHUTDOWN);
	pass(5000);
	drive_feed(&d, JOINED);
	is(SESSION_WAITING, ARM_ARMED);
	up();
	drive_feed(&d, LOST JOINED);
	is(SESSION_UNKNOWN, ARM_ARMED);
}

static void a_boot_that_kd_tells_of_costs_no_break(void **state) {
	(void)state;
	up();
	drive_feed(&d, SHUTDOWN);
	pass(10000);
	drive_feed(&d, ESTABLISHED DRIVE_PATH);
	pass(5000);
	drive_in(&d, IN_STOP);
	ended(RESULT_RELEASED);
	assert_int_equal(d.breaks, 1);
}

static void a_faked_search_path_is_not_kds(void **state) {
	(void)state;
	up();
	drive_feed(&d, "Symbol search path is: c:\\fake\r\n");
	pass(10000);
	drive_feed(&d, ESTABLISHED "Symbol search path is: c:\\fake\r\n");
	pass(5000);
	drive_in(&d, IN_STOP);
	saw("break(clean detach); BREAK 0;");
}

/* --- the transport is lost */

static void a_quiet_target_is_not_unknown_for_ever(void **state) {
	(void)state;
	up();
	drive_feed(&d, LOST);
	is(SESSION_UNKNOWN, ARM_ARMED); /* kd's own advice is no output of the target */
	saw("ALARM transport lost; > .echo;");
	pass(59000);
	assert_int_equal(d.kills, 0);
	pass(2000);
	saw("ALARM kd replaced; kill;");
	new_kd();
	saw("break(arm: kd has started); BREAK 0;");
	drive_stop(&d);
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void output_shows_that_it_is_not_lost(void **state) {
	(void)state;
	up();
	drive_feed(&d, LOST "hello\r\n");
	is(SESSION_RUNNING, ARM_ARMED);
	pass(5 * MINUTE);
	assert_int_equal(d.kills, 0);
}

static void a_hit_that_loses_the_line_is_not_left_halted(void **state) {
	(void)state;
	up();
	drive_feed(&d, "Breakpoint 0 hit\r\n" LOST);
	is(SESSION_UNKNOWN, ARM_ARMED);
	pass(61000);
	saw("ALARM kd replaced; kill;");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		STORY(a_kd_that_is_slow_has_longer_for_its_g),
		STORY(a_stop_within_that_time_is_not_missed),
		STORY(a_stop_takes_its_time_on_the_wire),
		STORY(a_teammates_break_inside_a_hit_is_the_teammates),
		STORY(a_break_of_nobody_inside_a_hit_is_resumed),
		STORY(our_break_inside_a_hit_keeps_its_stack),
		STORY(a_hit_that_was_cut_is_counted_once),
		STORY(a_stack_that_is_half_there_is_a_gap),
		STORY(a_prompt_that_a_teammate_types_over_is_seen),
		STORY(a_teammates_g_is_faster_than_our_kb),
		STORY(the_command_of_a_breakpoint),
		STORY(a_hit_that_a_dead_kd_left_is_taken),
		STORY(a_hit_that_was_counted_is_not_counted_twice),
		STORY(the_time_without_kd_is_a_gap),
		STORY(a_faked_boot_forgets_nothing),
		STORY(a_faked_boot_and_shutdown_do_not_hide_what_follows),
		STORY(a_teammate_who_joins_is_no_sign_of_the_target),
		STORY(a_boot_that_kd_tells_of_costs_no_break),
		STORY(a_faked_search_path_is_not_kds),
		STORY(a_quiet_target_is_not_unknown_for_ever),
		STORY(output_shows_that_it_is_not_lost),
		STORY(a_hit_that_loses_the_line_is_not_left_halted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
