/* The one writer's lease. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/lease.h"

static struct lease l;
static char from[LEASE_WHO];

static enum lease_answer take(uint64_t holder, const char *who, bool force, uint64_t now) {
	return lease_take(&l, holder, who, force, now, from);
}

static void one_has_it_until_it_leaves(void **state) {
	(void)state;
	l = (struct lease){0};
	assert_true(lease_may_type(&l, 9, 0));
	assert_int_equal(take(1, "ann", false, 1000), LEASE_TAKEN);
	assert_int_equal(take(2, "bob", false, 2000), LEASE_REFUSED);
	assert_string_equal(from, "ann");
	assert_false(lease_may_type(&l, 2, 2000));
	assert_true(lease_may_type(&l, 1, 2000));
	assert_int_equal(take(1, "ann", false, 3000), LEASE_KEPT);
	assert_false(lease_leave(&l, 2));
	assert_true(lease_leave(&l, 1));
	assert_false(lease_leave(&l, 0));
	assert_int_equal(take(2, "bob", false, 4000), LEASE_TAKEN);
	assert_string_equal(l.who, "bob");
}

static void force_takes_it_over_and_tells_from_whom(void **state) {
	(void)state;
	l = (struct lease){0};
	(void)take(1, "ann", false, 0);
	assert_int_equal(take(2, "bob", true, 1), LEASE_FORCED);
	assert_string_equal(from, "ann");
	assert_false(lease_may_type(&l, 1, 2));
	assert_false(lease_leave(&l, 1));
}

static void idleness_counts_from_the_last_line(void **state) {
	(void)state;
	l = (struct lease){0};
	(void)take(1, "ann", false, 0);
	assert_true(lease_may_type(&l, 1, 5000));
	assert_int_equal(take(2, "bob", false, 5000 + LEASE_IDLE_MS - 1), LEASE_REFUSED);
	assert_int_equal(take(2, "bob", false, 5000 + LEASE_IDLE_MS), LEASE_EXPIRED);
	assert_string_equal(from, "ann");
}

static void it_ends_by_itself_at_its_time(void **state) {
	(void)state;
	l = (struct lease){0};
	assert_int_equal(lease_due(&l), 0);
	assert_false(lease_expire(&l, LEASE_IDLE_MS * 2, from));
	(void)take(1, "ann", false, 100);
	assert_true(lease_may_type(&l, 1, 5000));
	assert_int_equal(lease_due(&l), 5000 + LEASE_IDLE_MS);
	assert_false(lease_expire(&l, lease_due(&l) - 1, from));
	assert_true(lease_expire(&l, lease_due(&l), from));
	assert_string_equal(from, "ann");
	assert_int_equal(lease_due(&l), 0);
	assert_int_equal(take(2, "bob", false, 5000 + LEASE_IDLE_MS), LEASE_TAKEN);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_has_it_until_it_leaves),
		cmocka_unit_test(force_takes_it_over_and_tells_from_whom),
		cmocka_unit_test(idleness_counts_from_the_last_line),
		cmocka_unit_test(it_ends_by_itself_at_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
