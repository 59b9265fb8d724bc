/* The guard in front of what people type, and the machine's way with their commands. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/support/drive.h"

static enum command_kind judge(const char *line) {
	return command_judge(line, strlen(line));
}

static void what_wrecks_is_told_from_what_looks_like_it(void **state) {
	static const char *const wrecks[] = {"q", "QQ", " qd", "lm;q", ".kill", ".reboot", ".crash",
		".shell -ci \"lm\" find", ".SHELL", "kb; .reboot ;", ".if (1) { q }",
		"j 1 .block{.kill}"};
	static const char *const fine[] = {"lm t n", "dq nt!x", "bp nt!f \";kb;g\"", "!process 0 0",
		"r @rax", ".echo q", "qqq", ".shellx", "kb 20", "dt nt!_EPROCESS", "? g"};
	static const char *const runs[] = {"g", "G", "kb;g", "gh", "g @$ra", "gu", ".cont"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrecks) / sizeof(*wrecks); i++) {
		assert_int_equal(judge(wrecks[i]), COMMAND_ENDS);
	}
	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		assert_int_equal(judge(fine[i]), COMMAND_PLAIN);
	}
	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		assert_int_equal(judge(runs[i]), COMMAND_RESUMES);
	}
}

static void control_bytes_and_nothing_are_refused(void **state) {
	char longest[COMMAND_BYTES + 1];

	(void)state;
	assert_int_equal(judge("lm\ng"), COMMAND_BAD);
	assert_int_equal(judge("\x02"), COMMAND_BAD);
	assert_int_equal(judge("k\x01"), COMMAND_BAD);
	assert_int_equal(judge(" \t "), COMMAND_BAD);
	memset(longest, 'k', sizeof(longest));
	assert_int_equal(command_judge(longest, COMMAND_BYTES), COMMAND_BAD);
	assert_int_equal(command_judge(longest, COMMAND_BYTES - 1), COMMAND_PLAIN);
	assert_non_null(strstr(command_why(COMMAND_ENDS), ":force"));
}

/* --- the machine */

static struct drive d;

static void up(void) {
	struct session_settings set = drive_settings();

	drive_up(&d, &set);
	drive_clear(&d);
}

static void ask(const char *line, bool breaks) {
	struct session_input in = {
		.kind = IN_COMMAND, .now_ms = d.now, .text = line, .value = 7 << 1 | breaks};

	drive_input(&d, &in);
}

static void break_in(void) {
	drive_in(&d, IN_BREAK);
	drive_stop(&d);
	drive_clear(&d);
}

static void a_command_at_a_halt_leaves_it(void **state) {
	(void)state;
	up();
	break_in();
	d.reply = "fffff800 nt\r\n";
	ask("lm t n", false);
	drive_kd(&d);
	assert_true(drive_saw(&d, "> lm t n"));
	assert_true(drive_saw(&d, "command-line 7"));
	assert_true(drive_saw(&d, "command-end 1792"));
	assert_int_equal(d.s.state, SESSION_HALTED);
	assert_int_equal(d.s.script.job, JOB_NONE);
	drive_clear(&d);
	ask("lm", false); /* at once: the prompt is proved still */
	assert_true(drive_saw(&d, "> lm"));
	drive_kd(&d);
	drive_pass(&d, 65000);
	assert_int_equal(d.s.state, SESSION_RUNNING); /* the halt had its deadline */
}

static void with_break_it_halts_and_resumes(void **state) {
	(void)state;
	up();
	assert_int_equal(session_may_command(&d.s, false), 4);
	ask("lm", true);
	assert_true(drive_saw(&d, "BREAK"));
	assert_int_equal(session_may_command(&d.s, true), 4); /* one at a time */
	drive_stop(&d);
	assert_true(drive_saw(&d, "command-end 1792"));
	assert_true(drive_saw(&d, "> g"));
	drive_pass(&d, 3000);
	assert_int_equal(d.s.state, SESSION_RUNNING);
	assert_int_equal(d.s.arm, ARM_ARMED);
}

static void no_answer_is_told(void **state) {
	(void)state;
	up();
	ask("lm", true);
	drive_pass(&d, 70000);
	assert_int_equal(d.s.state, SESSION_UNKNOWN);
	assert_true(drive_saw(&d, "command-end 1797")); /* 7 << 8 | 5 */
	assert_int_equal(d.s.command_id, 0);
}

static void kd_that_ends_ends_the_command(void **state) {
	(void)state;
	up();
	break_in();
	ask("lm", false);
	drive_in(&d, IN_KD_ENDED);
	assert_true(drive_saw(&d, "command-end 1796"));
}

static void one_that_never_ends_is_interrupted_and_the_target_runs(void **state) {
	(void)state;
	up();
	break_in();
	ask("!loop", false);
	d.write[0] = '\0'; /* kd is busy */
	drive_pass(&d, 61000);
	assert_true(drive_saw(&d, "BREAK"));
	drive_feed(&d, "\r\n0: kd> ");
	drive_kd(&d);
	assert_true(drive_saw(&d, "command-end 1793"));
	assert_true(drive_saw(&d, "> g"));
	drive_pass(&d, 5000);
	assert_int_equal(d.s.state, SESSION_RUNNING);
}

static void a_stop_lets_it_end_and_releases(void **state) {
	(void)state;
	up();
	break_in();
	ask("lm", false);
	drive_in(&d, IN_STOP);
	drive_kd(&d);
	assert_true(drive_saw(&d, "command-end 1792"));
	assert_true(drive_saw(&d, "> bc *"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_wrecks_is_told_from_what_looks_like_it),
		cmocka_unit_test(control_bytes_and_nothing_are_refused),
		cmocka_unit_test(a_command_at_a_halt_leaves_it),
		cmocka_unit_test(with_break_it_halts_and_resumes),
		cmocka_unit_test(no_answer_is_told),
		cmocka_unit_test(kd_that_ends_ends_the_command),
		cmocka_unit_test(one_that_never_ends_is_interrupted_and_the_target_runs),
		cmocka_unit_test(a_stop_lets_it_end_and_releases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
