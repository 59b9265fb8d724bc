/* Gaps by rate, when a journal's file is changed, when evidence is lost. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/evidence.h"

#define SECOND 1000

static void within_the_rate_all_is_kept(void **state) {
	struct evidence_rate r;

	(void)state;
	evidence_rate_init(&r, 100);
	for (uint64_t t = SECOND; t < 60 * SECOND; t += 100) {
		assert_true(evidence_rate_keep(&r, t, 10));
		assert_int_equal(evidence_rate_due(&r, t), 0);
	}
	assert_int_equal(r.lost, 0);
}

static void no_limit_keeps_all(void **state) {
	struct evidence_rate r;

	(void)state;
	evidence_rate_init(&r, UINT64_MAX);
	assert_true(evidence_rate_keep(&r, 5, UINT64_MAX / 2));
	assert_int_equal(evidence_rate_rest(&r), 0);
}

/* A kd that spews for ten minutes: few records, and they add up. */
static void a_long_gap_is_told_ever_more_seldom(void **state) {
	struct evidence_rate r;
	uint64_t told = 0, sent = 0, kept = 0;
	unsigned records = 0;

	(void)state;
	evidence_rate_init(&r, 1000);
	for (uint64_t t = SECOND; t < 600 * SECOND; t += 10) {
		uint64_t due = evidence_rate_due(&r, t);

		records += due > 0;
		told += due;
		sent += 100;
		kept += evidence_rate_keep(&r, t, 100) ? 100 : 0;
	}
	assert_int_equal(kept, 1000); /* the first second's; then one gap */
	assert_in_range(records, 10, 17);
	told += evidence_rate_rest(&r);
	assert_int_equal(told + kept, sent);
	assert_int_equal(told, r.lost);
}

static void a_gap_ends_after_a_second_below_the_rate(void **state) {
	struct evidence_rate r;

	(void)state;
	evidence_rate_init(&r, 100);
	assert_true(evidence_rate_keep(&r, 10 * SECOND, 100));
	assert_false(evidence_rate_keep(&r, 10 * SECOND + 1, 1));
	assert_false(evidence_rate_keep(&r, 11 * SECOND, 5)); /* a calm second begins */
	assert_int_equal(evidence_rate_due(&r, 12 * SECOND), 6);
	assert_true(evidence_rate_keep(&r, 12 * SECOND, 5));
	assert_false(evidence_rate_keep(&r, 12 * SECOND, 100));
	assert_int_equal(evidence_rate_due(&r, 12 * SECOND + 999), 0); /* goes on: not yet */
	assert_int_equal(evidence_rate_due(&r, 15 * SECOND), 100);     /* nobody spoke: over */
	assert_int_equal(r.lost, 106);
}

static void file_is_changed_by_size_and_day_between_hits(void **state) {
	const struct {
		struct evidence_file f;
		bool want;
	} rows[] = {
		{{.bytes = 99, .calm = true}, false},
		{{.bytes = 100, .calm = true}, true},
		{{.bytes = 149, .calm = false}, false},
		{{.bytes = 150, .calm = false}, true},
		{{.bytes = 1, .day = 7, .today = 8, .calm = true}, true},
		{{.bytes = 1, .day = 8, .today = 7, .calm = true}, true}, /* the clock was set */
		{{.bytes = 1, .day = 7, .today = 8, .calm = false}, false},
		{{.bytes = 0, .day = 7, .today = 8, .calm = true}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(evidence_rotate(&rows[i].f, 100), rows[i].want);
	}
	assert_false(evidence_rotate(
		&(struct evidence_file){.bytes = UINT64_MAX / 2, .calm = true}, UINT64_MAX));
}

static void nothing_is_deleted_unless_so_many_are_to_stay(void **state) {
	(void)state;
	assert_int_equal(evidence_expired(1000000, EVIDENCE_KEEP_ALL), 0);
	assert_int_equal(evidence_expired(3, 3), 0);
	assert_int_equal(evidence_expired(5, 3), 2);
}

static struct evidence_health h;

static enum evidence_news look(uint64_t t, bool writable, uint64_t free_bytes) {
	return evidence_look(&h, t, &(struct evidence_sight){writable, free_bytes});
}

static void unwritable_for_a_minute_is_told_once(void **state) {
	unsigned told = 0;

	(void)state;
	h = (struct evidence_health){.hold_off_ms = 300 * SECOND};
	for (uint64_t t = SECOND; t < 300 * SECOND; t += SECOND) {
		enum evidence_news news = look(t, false, UINT64_MAX);

		assert_true(news == EVIDENCE_SAME || t == 61 * SECOND);
		told += news == EVIDENCE_UNWRITABLE;
	}
	assert_int_equal(told, 1);
}

static void a_short_trouble_is_no_news(void **state) {
	(void)state;
	h = (struct evidence_health){.reserve = 1000};
	for (uint64_t t = SECOND; t < 600 * SECOND; t += SECOND) {
		assert_int_equal(look(t, t / SECOND % 60 == 59, UINT64_MAX), EVIDENCE_SAME);
	}
}

static void below_the_reserve_is_told_at_once(void **state) {
	(void)state;
	h = (struct evidence_health){.reserve = 1000, .hold_off_ms = 10};
	assert_int_equal(look(1, true, 1000), EVIDENCE_SAME);
	assert_int_equal(look(2, true, 999), EVIDENCE_NO_ROOM);
	assert_int_equal(look(3, false, 0), EVIDENCE_SAME);
	assert_int_equal(look(70 * SECOND, false, 0), EVIDENCE_SAME); /* once is enough */
}

/* Back after a hold-off without a break, an eighth above the reserve. */
static void good_again_is_believed_after_a_hold_off(void **state) {
	(void)state;
	h = (struct evidence_health){.reserve = 800, .hold_off_ms = 300 * SECOND};
	assert_int_equal(look(1 * SECOND, true, 799), EVIDENCE_NO_ROOM);
	assert_int_equal(look(2 * SECOND, true, 899), EVIDENCE_SAME);
	assert_int_equal(look(400 * SECOND, true, 899), EVIDENCE_SAME);
	assert_int_equal(look(401 * SECOND, true, 900), EVIDENCE_SAME);
	assert_int_equal(look(700 * SECOND, false, 900), EVIDENCE_SAME); /* anew from here on */
	assert_int_equal(look(701 * SECOND, true, 900), EVIDENCE_SAME);
	assert_int_equal(look(1000 * SECOND, true, 900), EVIDENCE_SAME);
	assert_int_equal(look(1001 * SECOND, true, 900), EVIDENCE_BACK);
	assert_int_equal(look(1002 * SECOND, true, 800), EVIDENCE_SAME);
	assert_int_equal(look(1003 * SECOND, true, 799), EVIDENCE_NO_ROOM);
}

static void each_loss_has_its_words(void **state) {
	(void)state;
	assert_null(evidence_news_text(EVIDENCE_SAME));
	assert_null(evidence_news_text(EVIDENCE_BACK));
	assert_string_not_equal(
		evidence_news_text(EVIDENCE_UNWRITABLE), evidence_news_text(EVIDENCE_NO_ROOM));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(within_the_rate_all_is_kept),
		cmocka_unit_test(no_limit_keeps_all),
		cmocka_unit_test(a_long_gap_is_told_ever_more_seldom),
		cmocka_unit_test(a_gap_ends_after_a_second_below_the_rate),
		cmocka_unit_test(file_is_changed_by_size_and_day_between_hits),
		cmocka_unit_test(nothing_is_deleted_unless_so_many_are_to_stay),
		cmocka_unit_test(unwritable_for_a_minute_is_told_once),
		cmocka_unit_test(a_short_trouble_is_no_news),
		cmocka_unit_test(below_the_reserve_is_told_at_once),
		cmocka_unit_test(good_again_is_believed_after_a_hold_off),
		cmocka_unit_test(each_loss_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
