/* Stories of nt!PoolHitTag: set, its stops answered, put back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/story.h"

#define TAG 0x206b6444
#define POOL_STOP(place) \
	"Break instruction exception - code 80000003 (first chance)\r\n" place ":\r\n" \
	"fffff800`01003c81 cc              int     3\r\n0: kd> "
#define ALLOCATION POOL_STOP("nt!ExAllocatePoolWithTag+0x881")
#define FREE POOL_STOP("nt!ExFreePoolWithTag+0x649")

static void pool_up(void) {
	set.arm_count = 0;
	set.pool = (struct hit_settings){.wanted = true, .tag = TAG, .frames = 20};
	drive_up(&d, &set);
}

/* kd up to the `g`, where each `ed` is answered so and changes nothing. */
static void edits_get(const char *reply) {
	while (d.write[0] && strcmp(d.write, "g") != 0) {
		if (d.write[0] == 'e') {
			d.write[0] = '\0';
			drive_feed(&d, reply);
		} else {
			drive_kd_once(&d);
		}
	}
}

static void the_tag_is_written_and_read_back(void **state) {
	(void)state;
	pool_up();
	saw("halt_begin(arming); > dd nt!PoolHitTag L1; > .echo; > ed nt!PoolHitTag 0x206b6444; > .echo; "
	    "> dd nt!PoolHitTag L1; > .echo; > bl; > .echo; > g; halt_end(arming); armed;");
	is(SESSION_RUNNING, ARM_ARMED);
	assert_true(d.s.pool.edited);
	assert_int_equal(d.tag, TAG);
}

static void a_tag_that_cannot_be_written_is_partial(void **state) {
	(void)state;
	set.arm_count = 0;
	set.pool = (struct hit_settings){.wanted = true, .tag = TAG, .frames = 20};
	drive_init(&d, &set);
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_feed(&d, "0: kd> ");
	edits_get("Memory access error at ''\r\n0: kd> ");
	pass(5000);
	is(SESSION_RUNNING, ARM_PARTIAL);
	saw("partial(nt!PoolHitTag does not hold what was written)");
}

static void each_stop_gets_its_stack_and_goes_on(void **state) {
	(void)state;
	pool_up();
	drive_stop(&d); /* the break that was queued: not a hit, resumed as found */
	pass(200);
	drive_kd(&d);
	pass(3000);
	drive_clear(&d);
	for (int i = 0; i < 3; i++) {
		drive_feed(&d, i == 1 ? FREE : ALLOCATION);
		drive_kd(&d);
	}
	assert_string_equal(d.seen,
		"> .echo; halt_begin(hit); hit; > kb 14; > .echo; > g; "
		"> .echo; halt_end(hit); halt_begin(hit); hit; > kb 14; > .echo; > g; "
		"> .echo; halt_end(hit); halt_begin(hit); hit; > kb 14; > .echo; > g;");
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.s.hits, 3);
	assert_int_equal(d.breaks, 1);
}

static void other_stops_are_no_hits(void **state) {
	static const char *const stops[] = {POOL_STOP("nt!DbgBreakPointWithStatus"),
		POOL_STOP("netfoo!Assert+0x12"), POOL_STOP("netfoo!FreeAll+0x12"),
		"nt!ExFreePoolWithTag+0x649:\r\n0: kd> ",
		"Break instruction exception - code 80000003 (first chance)\r\n"
		"*   You are seeing this message because you pressed either   *\r\n"
		"nt!ExAllocatePoolWithTag+0x881:\r\n0: kd> ",
		"Access violation - code c0000005 (first chance)\r\nnt!ExAllocatePoolWithTag+0x1:\r\n0: kd> "};

	(void)state;
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		pool_up();
		pass(10000);
		drive_feed(&d, stops[i]);
		pass(200);
		drive_kd(&d);
		pass(3000);
		assert_int_equal(d.s.hits, 0);
		never("> kb");
		is(SESSION_RUNNING, ARM_ARMED);
	}
	fresh(NULL);
	drive_up(&d, &set); /* without the method it is somebody's */
	pass(10000);
	drive_feed(&d, ALLOCATION);
	pass(200);
	drive_kd(&d);
	assert_int_equal(d.s.hits, 0);
}

static void the_old_value_is_put_back(void **state) {
	(void)state;
	for (int how = 0; how < 3; how++) {
		drive_clear(&d);
		pool_up();
		d.tag = TAG;
		drive_clear(&d);
		drive_in(&d, how ? IN_STOP : IN_DISARM);
		drive_feed(&d, how == 2 ? ALLOCATION : "0: kd> ");
		drive_kd(&d);
		pass(2500);
		if (how == 2) {
			saw("hit; > kb 14; > .echo; > ed");
		}
		saw("> ed nt!PoolHitTag 0xffffff0f; > .echo; > dd nt!PoolHitTag L1; > .echo; > bc *; "
		    "> .echo; > bl; > .echo; > g;");
		assert_int_equal(d.tag, 0xffffff0f);
		assert_false(d.s.pool.edited);
		if (how) {
			ended(RESULT_RELEASED);
		} else {
			is(SESSION_RUNNING, ARM_DISARMED);
		}
	}
}

static void an_edit_that_stays_is_not_released(void **state) {
	(void)state;
	pool_up();
	drive_in(&d, IN_STOP);
	drive_feed(&d, "0: kd> ");
	edits_get("0: kd> ");
	pass(2500);
	ended(RESULT_UNKNOWN);
}

static void the_edit_of_an_earlier_life_is_undone(void **state) {
	(void)state;
	set.arm_count = 0;
	set.dirty_start = true;
	set.past_deaths = 3;
	set.pool = (struct hit_settings){
		.wanted = true, .tag = TAG, .frames = 20, .edited = true, .old = 0x31323334};
	drive_init(&d, &set);
	d.now = 1000000000;
	d.tag = TAG;
	drive_in(&d, IN_START);
	saw("ALARM release mode");
	drive_launch(&d);
	connects();
	drive_stop(&d);
	pass(2500);
	saw("> ed nt!PoolHitTag 0x31323334;");
	ended(RESULT_RELEASED);
	set.past_deaths = 0; /* and where it is armed again, what is put back later is known */
	drive_init(&d, &set);
	d.tag = TAG;
	drive_in(&d, IN_START);
	drive_launch(&d);
	connects();
	drive_stop(&d);
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.s.pool.old, 0x31323334);
}

static void a_boot_takes_the_edit_away(void **state) {
	(void)state;
	pool_up();
	connects();
	assert_false(d.s.pool.edited);
	pass(91000);
	d.tag = 0xffffff0f;
	drive_stop(&d);
	pass(2500);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.tag, TAG);
}

static void a_hit_at_an_operators_halt_is_marked(void **state) {
	(void)state;
	pool_up();
	drive_in(&d, IN_BREAK);
	drive_feed(&d, ALLOCATION);
	drive_kd(&d);
	assert_int_equal(d.s.owner, OWNER_OPERATOR);
	assert_int_equal(d.s.hits, 1);
	saw("hit; gap ;"); /* the gap */
}

/* In a storm the target is never seen running: the guard acts at one of the stops. */
static void a_storm_of_tags_is_paused_and_goes_on_later(void **state) {
	(void)state;
	set.guard = (struct guard_settings){.hits_per_minute = 5, .hold_off_ms = 300000};
	pool_up();
	for (int i = 0; i < 40 && d.tag == TAG; i++) {
		drive_feed(&d, ALLOCATION);
		drive_kd(&d);
		pass(10);
	}
	assert_int_equal(d.tag, 0xffffff0f);
	saw("storm");
	saw("hit; > kb 14; > .echo; > ed nt!PoolHitTag 0xffffff0f;");
	assert_true(d.s.hits < 20);
	pass(3000);
	is(SESSION_RUNNING, ARM_PAUSED);
	assert_int_equal(d.breaks, 1);
	pass(300000);
	drive_stop(&d);
	pass(3000);
	is(SESSION_RUNNING, ARM_ARMED);
	assert_int_equal(d.tag, TAG);
}

static void enough_tags_are_disarmed_at_one_of_their_stops(void **state) {
	(void)state;
	set.guard = (struct guard_settings){.stop_hits = 3};
	pool_up();
	for (int i = 0; i < 10 && d.tag == TAG; i++) {
		drive_feed(&d, ALLOCATION);
		drive_kd(&d);
		pass(10);
	}
	pass(3000);
	assert_int_equal(d.tag, 0xffffff0f);
	is(SESSION_RUNNING, ARM_DISARMED);
	assert_true(d.s.hits >= 3 && d.s.hits <= 4);
	assert_int_equal(d.breaks, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		STORY(the_tag_is_written_and_read_back),
		STORY(a_tag_that_cannot_be_written_is_partial),
		STORY(each_stop_gets_its_stack_and_goes_on),
		STORY(other_stops_are_no_hits),
		STORY(the_old_value_is_put_back),
		STORY(an_edit_that_stays_is_not_released),
		STORY(the_edit_of_an_earlier_life_is_undone),
		STORY(a_boot_takes_the_edit_away),
		STORY(a_hit_at_an_operators_halt_is_marked),
		STORY(a_storm_of_tags_is_paused_and_goes_on_later),
		STORY(enough_tags_are_disarmed_at_one_of_their_stops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
