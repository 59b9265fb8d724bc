/* The guard by itself, and in a session: storms, windows, the end of the job, a teammate's time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/story.h"

#define OFF_MS 300000
#define NOW 9000000
#define UPTIME "Debug session time: noon\r\nSystem Uptime: 0 days 0:00:%02u.%03u\r\n"

static struct guard_settings wish;
static struct guard g;
static struct guard_sample sample;

static int fresh_guard(void **state) {
	wish = (struct guard_settings){.warn_pm = 50,
		.act_pm = 300,
		.auto_hits = true,
		.hold_off_ms = OFF_MS,
		.hit_ms = 500};
	return fresh(state);
}

/* --- the parts */

static void keys_as_text(void **state) {
	static const char *const bad[] = {"", "warn", "warn 5", "warn 5% act", "warn 40% act 30%",
		"warn 5% act 101%", "act 5%", "warn 0% act 5%", "warn 5% act 30% x"};
	static const char *const bad_stop[] = {
		"", "1000", "0 hits", "72", "1000 hitsx", "0h", "1000 hits, never", "x"};

	(void)state;
	assert_true(guard_parse_duty("warn 7% act 20%", &wish));
	assert_int_equal(wish.warn_pm, 70);
	assert_int_equal(wish.act_pm, 200);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(guard_parse_duty(bad[i], &wish));
	}
	assert_int_equal(wish.act_pm, 200);
	assert_true(guard_parse_duty("off", &wish) && wish.act_pm == 0);
	assert_true(guard_parse_hits("90", &wish) && wish.hits_per_minute == 90);
	assert_true(guard_parse_hits("auto", &wish) && wish.auto_hits);
	assert_true(guard_parse_hits("off", &wish) && !wish.auto_hits && !wish.hits_per_minute);
	assert_false(guard_parse_hits("0", &wish) || guard_parse_hits("9x", &wish) ||
		     guard_parse_hits("1000001", &wish));
	assert_true(guard_parse_stop("1000 hits, 72h", &wish));
	assert_int_equal(wish.stop_hits, 1000);
	assert_int_equal(wish.stop_ms, 72 * 3600000);
	assert_true(guard_parse_stop("5m", &wish) && wish.stop_hits == 0);
	assert_true(guard_parse_stop("5 hits", &wish) && wish.stop_ms == 0);
	assert_true(guard_parse_stop("never", &wish) && wish.stop_hits == 0);
	for (size_t i = 0; i < sizeof(bad_stop) / sizeof(bad_stop[0]); i++) {
		assert_false(guard_parse_stop(bad_stop[i], &wish));
	}
}

static void uptime_as_text(void **state) {
	uint64_t ms = 0;
	static const char good[] = "System Uptime: 2 days 1:09:20.555";
	static const char none[] = "System Uptime: not available";

	(void)state;
	assert_true(guard_read_uptime(good, sizeof(good) - 1, &ms));
	assert_int_equal(ms, 2 * 86400000 + 3600000 + 9 * 60000 + 20555);
	assert_false(guard_read_uptime(none, sizeof(none) - 1, &ms));
	assert_false(guard_read_uptime(good, sizeof(good) - 8, &ms));
	assert_false(guard_read_uptime("", 0, &ms));
}

static void the_limit_follows_the_time_of_a_hit(void **state) {
	(void)state;
	guard_init(&g, &wish);
	assert_int_equal(guard_limit(&g, 0), 36);
	assert_int_equal(guard_limit(&g, 3000), 6);
	assert_int_equal(guard_limit(&g, 60000), 1);
	assert_int_equal(guard_window_ms(&g), 9000);
	g.set.auto_hits = false;
	assert_int_equal(guard_limit(&g, 500), 0);
	g.set.hits_per_minute = 7;
	assert_int_equal(guard_limit(&g, 500), 7);
}

/* Hits `apart` until one is too many. */
static unsigned hits_until(uint64_t *now, uint64_t apart, enum guard_verdict verdict) {
	unsigned n = 1;

	while (guard_hit(&g, *now, 500, 0) != verdict && n < 1000) {
		*now += apart;
		n++;
	}
	return n;
}

static void a_burst_gets_half_a_minute_and_a_drizzle_all(void **state) {
	uint64_t now = NOW;

	(void)state;
	guard_init(&g, &wish);
	guard_armed(&g, now);
	assert_int_equal(hits_until(&now, 1, VERDICT_STORM), 19);
	assert_int_equal(guard_want(&g, now), GUARD_DISABLE);
	guard_armed(&g, now);
	assert_int_equal(hits_until(&now, 60000 / 36 + 1, VERDICT_STORM), 1000);
}

static void a_share_that_is_too_high_acts_whatever_the_bucket_says(void **state) {
	(void)state;
	wish.auto_hits = false;
	guard_init(&g, &wish);
	guard_armed(&g, NOW);
	assert_int_equal(guard_hit(&g, NOW, 500, 3001), VERDICT_WARN);
	assert_int_equal(guard_hit(&g, NOW, 500, 4000), VERDICT_FINE); /* said already */
	assert_int_equal(guard_hit(&g, NOW, 500, 18000), VERDICT_FINE);
	assert_int_equal(guard_hit(&g, NOW, 500, 18001), VERDICT_STORM);
}

static void each_break_in_once_in_a_hold_off(void **state) {
	(void)state;
	guard_init(&g, &wish);
	guard_armed(&g, NOW);
	assert_int_equal(guard_hit(&g, NOW, 500, 60000), VERDICT_STORM);
	guard_sent(&g, GUARD_DISABLE, NOW); /* and it is never answered */
	assert_int_equal(guard_want(&g, NOW + OFF_MS - 1), GUARD_NOTHING);
	assert_int_equal(guard_due(&g), NOW + OFF_MS);
	assert_int_equal(guard_want(&g, NOW + OFF_MS), GUARD_DISABLE);
}

static void an_alarm_is_once_in_a_hold_off_and_nothing_else(void **state) {
	(void)state;
	wish.on_storm = STORM_ALARM;
	guard_init(&g, &wish);
	guard_armed(&g, NOW);
	assert_int_equal(guard_hit(&g, NOW, 500, 60000), VERDICT_STORM);
	assert_int_equal(guard_hit(&g, NOW + 1, 500, 60000), VERDICT_FINE);
	assert_int_equal(guard_want(&g, NOW + 1), GUARD_NOTHING);
	assert_int_equal(guard_hit(&g, NOW + OFF_MS, 500, 60000), VERDICT_STORM);
}

static void window(uint64_t now, uint64_t off, uint64_t on, uint64_t end) {
	g.phase = GUARD_TRIPPED;
	g.sampling = true;
	guard_sent(&g, GUARD_DISABLE, now);
	guard_uptime(&g, off);
	assert_false(guard_done(&g, GUARD_DISABLE, now, &sample));
	assert_int_equal(guard_due(&g), now + OFF_MS - 9000);
	guard_sent(&g, GUARD_ENABLE, now + OFF_MS - 9000);
	guard_uptime(&g, on);
	assert_false(guard_done(&g, GUARD_ENABLE, now + OFF_MS - 9000, &sample));
	assert_int_equal(guard_due(&g), now + OFF_MS);
	guard_hit(&g, now + OFF_MS - 8000, 500, 0);
	guard_sent(&g, GUARD_DISABLE, now + OFF_MS);
	guard_uptime(&g, end);
	assert_true(guard_done(&g, GUARD_DISABLE, now + OFF_MS, &sample));
	assert_int_equal(sample.hits, 1);
}

static void a_window_is_measured_by_the_targets_clock_if_it_goes(void **state) {
	(void)state;
	guard_init(&g, &wish);
	window(NOW, 1000, 291000, 291100);
	assert_true(sample.target_clock);
	assert_int_equal(sample.enabled_ms, 100);
	assert_int_equal(sample.total_ms, 290100);
	guard_init(&g, &wish);
	window(NOW, 1000, 1000, 1000);
	assert_false(sample.target_clock);
	assert_int_equal(sample.enabled_ms, 9000);
	assert_int_equal(sample.total_ms, OFF_MS);
}

/* --- in a session */

static void up(void) {
	set.guard = wish;
	drive_up(&d, &set);
	is(SESSION_RUNNING, ARM_ARMED);
}

static void hits(unsigned n) {
	for (unsigned i = 0; i < n; i++) {
		drive_feed(&d, DRIVE_HIT);
		d.now += 10;
	}
}

/* The stop that the guard asked for; kd answers `.time` with this uptime. */
static void guard_stop(unsigned seconds, unsigned ms, const char *rows) {
	char reply[120];

	snprintf(reply, sizeof(reply), UPTIME, seconds, ms);
	d.reply = reply;
	d.rows = rows;
	drive_stop(&d);
	d.reply = "";
	pass(3000);
}

#define DISABLED_ROW \
	" 0 d Enable Clear  fffff802`47bca1e0     0001 (0001) nt!MmAllocateSpecialPool \";kb;g\"\r\n"

static void a_storm_is_paused_and_armed_again(void **state) {
	(void)state;
	up();
	drive_clear(&d);
	hits(19);
	pass(1);
	saw("storm; ALARM storm;");
	saw("break(too many hits: bd *); halt_end(hit); BREAK 0;");
	guard_stop(1, 0, DISABLED_ROW);
	is(SESSION_RUNNING, ARM_PAUSED);
	saw("halt_begin(guard); > .time; > .echo; > bd *; > .echo; > bl; > .echo; > g; halt_end(guard); paused(too many hits: held off);");
	drive_clear(&d);
	pass(OFF_MS - 10000);
	is(SESSION_RUNNING, ARM_PAUSED);
	pass(20000);
	saw("break(the hold-off is over: be *)");
	guard_stop(2, 0, DRIVE_ROW);
	is(SESSION_RUNNING, ARM_ARMED);
	saw("> be *; > .echo; > bl;");
	assert_int_equal(d.s.halts.owner_count[OWNER_GUARD], 2);
}

static void breakpoints_that_stay_enabled_are_not_paused(void **state) {
	(void)state;
	up();
	hits(19);
	pass(1);
	guard_stop(1, 0, DRIVE_ROW);
	is(SESSION_RUNNING, ARM_PARTIAL);
	saw("partial(breakpoints are left enabled after bd *)");
}

static void a_break_that_was_queued_is_resumed_once(void **state) {
	(void)state;
	up();
	hits(19);
	pass(1);
	d.rows = DISABLED_ROW;
	drive_stop(&d);
	drive_clear(&d);
	d.write[0] = '\0';
	drive_stop(&d); /* right behind the g */
	pass(3000);
	is(SESSION_RUNNING, ARM_PAUSED);
	saw("> g; halt_end(guard)");
	assert_int_equal(d.s.halts.owner_count[OWNER_GUARD], 1);
}

static void a_sample_has_windows_and_tells_its_factor(void **state) {
	(void)state;
	wish.on_storm = STORM_SAMPLE;
	up();
	hits(19);
	pass(1);
	guard_stop(1, 0, DISABLED_ROW);
	pass(OFF_MS - 10000);
	guard_stop(31, 0, DRIVE_ROW);
	is(SESSION_RUNNING, ARM_ARMED);
	hits(5);
	drive_clear(&d);
	pass(10000);
	saw("break(the sample's window is over: bd *)");
	guard_stop(41, 0, DISABLED_ROW);
	is(SESSION_RUNNING, ARM_PAUSED);
	saw("storm; paused");
}

static void a_paused_session_that_boots_is_armed_anew(void **state) {
	(void)state;
	up();
	hits(19);
	pass(1);
	guard_stop(1, 0, DISABLED_ROW);
	drive_feed(&d, "chatter\r\n" DRIVE_CONNECT);
	is(SESSION_RUNNING, ARM_UNARMED);
	assert_int_equal(d.s.guard.phase, GUARD_IDLE);
	pass(91000);
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
}

/* A daemon that died is followed by one that goes on counting; a person's arming begins anew. */
static void stop_after_goes_on_in_the_next_life(void **state) {
	(void)state;
	wish = (struct guard_settings){.stop_hits = 3, .stop_ms = 600000};
	guard_init(&g, &wish);
	guard_resume(&g, 2, 599000);
	assert_int_equal(guard_due(&g), 0); /* not armed yet */
	guard_armed(&g, NOW);
	assert_int_equal(guard_due(&g), NOW + 1000);
	assert_int_equal(guard_want(&g, NOW + 999), GUARD_NOTHING);
	(void)guard_hit(&g, NOW, 500, 0);
	assert_int_equal(guard_want(&g, NOW), GUARD_FINISH);
	guard_again(&g);
	guard_armed(&g, NOW);
	assert_int_equal(guard_due(&g), NOW + 600000);
	guard_init(&g, &wish);
	guard_resume(&g, 0, 700000); /* it was over while no daemon ran */
	guard_armed(&g, NOW);
	assert_int_equal(guard_want(&g, NOW), GUARD_FINISH);
}

static void stop_after_disarms_and_keeps_the_session(void **state) {
	(void)state;
	for (int by_time = 0; by_time < 2; by_time++) {
		wish = (struct guard_settings){
			.stop_hits = by_time ? 0 : 3, .stop_ms = by_time ? 600000 : 0};
		up();
		hits(by_time ? 1 : 3);
		pass(by_time ? 600000 : 1);
		saw("break(stop_after is reached);");
		assert_int_equal(d.breaks, 2);
		d.rows = "";
		drive_stop(&d);
		pass(3000);
		is(SESSION_RUNNING, ARM_DISARMED);
		saw("> bc *;");
		saw("disarmed; finished;");
		drive_clear(&d);
		drive_feed(&d, "chatter\r\n" DRIVE_CONNECT);
		pass(1000000);
		is(SESSION_RUNNING, ARM_DISARMED); /* across reboots too */
		drive_in(&d, IN_ARM);
		drive_stop(&d);
		pass(3000);
		is(SESSION_RUNNING, ARM_ARMED); /* and counts anew */
	}
}

static void teammate_halts(void) {
	drive_feed(&d,
		"LAPTOP\\ada (npipe \\\\LAPTOP\\pipe\\x) connected at Mon Nov 23 23:45:12 2026\r\n");
	drive_stop(&d);
	pass(200);
	drive_kd(&d);
	assert_int_equal(d.s.owner, OWNER_CLIENT);
}

static void a_teammate_is_warned_half_way_with_the_line_to_paste(void **state) {
	(void)state;
	set.name = "web1";
	up();
	teammate_halts();
	drive_clear(&d);
	pass(29000);
	drive_kd(&d);
	assert_false(drive_saw(&d, "> .echo"));
	pass(2000);
	drive_kd(&d); /* a proof, then the line */
	drive_kd(&d);
	assert_true(drive_saw(&d, "> .echo"));
	assert_true(d.s.warned);
	drive_in(&d, IN_HOLD); /* two minutes from now: warned anew half-way to that */
	assert_false(d.s.warned);
	pass(100000);
	drive_kd(&d);
	drive_kd(&d);
	assert_true(d.s.warned);
	assert_int_equal(d.s.state, SESSION_HALTED);
	pass(30000);
	drive_kd(&d);
	pass(16000); /* this kd is slow: its `g` has a quarter of halt_max */
	is(SESSION_RUNNING, ARM_ARMED);
	saw("ALARM halt over");
}

static void a_command_beyond_halt_max_is_interrupted(void **state) {
	(void)state;
	up();
	teammate_halts();
	drive_feed(&d, "!poolused 2\r\nPool Used:\r\n");
	drive_clear(&d);
	pass(63000);
	saw("ALARM halt over; > .echo; break(halt_max is over and a command runs); BREAK 0;");
	drive_feed(&d, "0: kd> ");
	drive_kd(&d);
	saw("> g;");
	drive_stop(&d); /* the break was queued: resumed once, under the same owner */
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.s.halts.owner_count[OWNER_CLIENT], 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(keys_as_text, fresh_guard),
		cmocka_unit_test_setup(uptime_as_text, fresh_guard),
		cmocka_unit_test_setup(the_limit_follows_the_time_of_a_hit, fresh_guard),
		cmocka_unit_test_setup(a_burst_gets_half_a_minute_and_a_drizzle_all, fresh_guard),
		cmocka_unit_test_setup(
			a_share_that_is_too_high_acts_whatever_the_bucket_says, fresh),
		cmocka_unit_test_setup(each_break_in_once_in_a_hold_off, fresh_guard),
		cmocka_unit_test_setup(
			an_alarm_is_once_in_a_hold_off_and_nothing_else, fresh_guard),
		cmocka_unit_test_setup(
			a_window_is_measured_by_the_targets_clock_if_it_goes, fresh_guard),
		cmocka_unit_test_setup(a_storm_is_paused_and_armed_again, fresh_guard),
		cmocka_unit_test_setup(breakpoints_that_stay_enabled_are_not_paused, fresh_guard),
		cmocka_unit_test_setup(a_break_that_was_queued_is_resumed_once, fresh_guard),
		cmocka_unit_test_setup(a_sample_has_windows_and_tells_its_factor, fresh_guard),
		cmocka_unit_test_setup(a_paused_session_that_boots_is_armed_anew, fresh_guard),
		cmocka_unit_test_setup(stop_after_goes_on_in_the_next_life, fresh_guard),
		cmocka_unit_test_setup(stop_after_disarms_and_keeps_the_session, fresh_guard),
		cmocka_unit_test_setup(
			a_teammate_is_warned_half_way_with_the_line_to_paste, fresh_guard),
		cmocka_unit_test_setup(a_command_beyond_halt_max_is_interrupted, fresh_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
