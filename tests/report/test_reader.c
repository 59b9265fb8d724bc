#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/reader.h"
#include "report/summary.h"

#define STAMP "2026-11-23T23:45:12.345678Z "
#define HEADER "ChildEBP RetAddr  \n"
#define STACK HEADER "f64138c0 8048b640 nt!Leaf+0x1\nf64138f0 8048d8e7 drv!Root+0x2\n"
#define FOLDED "drv!Root;nt!Leaf"

static struct report_reader *new_reader(void) {
	struct report_reader *r = malloc(sizeof(*r));
	assert_non_null(r);
	report_reader_init(r);
	return r;
}

/* What was read, folded, with the lines not understood behind it if they are wanted. Frees it. */
static char *folded(struct report_reader *r, bool strange) {
	struct report_summary s;
	char *text;
	size_t text_len;
	report_summary_init(&s, &r->fold, &r->facts, &(struct report_choice){0});
	FILE *out = open_memstream(&text, &text_len);
	report_write_folded(&s, out);
	if (strange) {
		report_write_strange(&r->facts, out);
	}
	(void)fclose(out);
	report_summary_finish(&s);
	report_reader_finish(r);
	free(r);
	return text;
}

static char *fold_bytes(const char *bytes, size_t len, size_t piece, uint64_t *gaps) {
	struct report_reader *r = new_reader();
	for (size_t at = 0; at < len; at += piece) {
		report_reader_feed(r, bytes + at, piece < len - at ? piece : len - at);
	}
	report_reader_end_log(r);
	*gaps = r->facts.gap_count;
	return folded(r, false);
}

/* In one piece, byte by byte, and in a few others. */
static void expect_n(const char *bytes, size_t len, const char *folded, uint64_t gaps) {
	static const size_t pieces[] = {1, 2, 3, 7, 4095, 1 << 20};
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		uint64_t got_gaps;
		char *got = fold_bytes(bytes, len, pieces[i], &got_gaps);
		assert_string_equal(got, folded);
		assert_int_equal(got_gaps, gaps);
		free(got);
	}
}

static void expect(const char *bytes, const char *folded) {
	expect_n(bytes, strlen(bytes), folded, 0);
}

static void a_console_log(void **state) {
	(void)state;
	expect("", "");
	expect("0: kd> g\nnothing\n", "");
	expect("kd> kb\n" STACK "kd> g\n" STACK "kd> ", FOLDED " 2\n");
	expect(STACK STACK "kd> kb\n" HEADER "f64138c0 8048b640 nt!Leaf+0x9\n",
		FOLDED " 2\nnt!Leaf 1\n");
}

static void line_ends_and_marks(void **state) {
	(void)state;
	expect("ChildEBP RetAddr  \r\nf64138c0 8048b640 nt!Leaf+0x1\r\nf64138f0 8048d8e7 drv!Root",
		FOLDED " 1\n");
	expect("\xef\xbb\xbf" STACK, FOLDED " 1\n");
	char wide[2 * sizeof(STACK) + 2] = "\xff\xfe";
	for (size_t i = 0; i < sizeof(STACK) - 1; i++) {
		wide[2 + 2 * i] = STACK[i];
		wide[3 + 2 * i] = 0;
	}
	expect_n(wide, 2 * sizeof(STACK), FOLDED " 1\n", 0);
}

static void a_journal(void **state) {
	(void)state;
	expect(STAMP "1 * {\"event\":\"state\"}\n" STAMP "2 < 0: kd> \\\n" STAMP "3 > kb\n" STAMP
		     "4 < ChildEBP RetAddr  \n" STAMP "5 < f64138c0 8048b640 nt!Le\\\n" STAMP
		     "6 * {\"event\":\"x\"}\n" STAMP "7 < af+0x1\\x0d\n" STAMP
		     "8 > ChildEBP RetAddr  \n" STAMP "9 < f64138f0 8048d8e7 drv!Root+0x2\n" STAMP
		     "10 < 0: kd> \\\n",
		FOLDED " 1\n");
	/* torn lines are passed over, and a console's log is no journal for a line in it */
	expect(STAMP "1 < ChildEBP RetAddr  \n2026-11-2\n" STAMP "2 < f64138c0 8048b640 a!b\n",
		"a!b 1\n");
	expect("x\n" STAMP "1 < ChildEBP RetAddr  \n" STAMP "2 < f64138c0 8048b640 a!b\n", "");
}

static void a_gap_ends_a_stack(void **state) {
	static const char log[] =
		STAMP "1 < ChildEBP RetAddr  \n" STAMP "2 < f64138c0 8048b640 a!b\n" STAMP
		      "3 < f6413\\\n" STAMP "4 ! {\"event\":\"gap\",\"bytes\":5}\n" STAMP
		      "5 < f64138c0 8048b640 c!d\n" STAMP "6 ! {\"event\":\"alarm\"}\n";
	(void)state;
	expect_n(log, sizeof(log) - 1, "a!b 1\n", 1);
}

static void the_end_of_a_log_ends_its_stack_and_its_form(void **state) {
	struct report_reader *r = malloc(sizeof(*r));
	(void)state;
	assert_non_null(r);
	report_reader_init(r);
	report_reader_feed(r, "ChildEBP RetAddr  \nf64138c0 8048b640 a!b", 41);
	report_reader_end_log(r);
	report_reader_feed(r, "f64138c0 8048b640 a!b\n", 22);
	report_reader_end_log(r);
	assert_int_equal(r->fold.total, 1);
	report_reader_feed(r, STAMP "1 < ", 32);
	report_reader_end_log(r);
	report_reader_feed(r, STACK, strlen(STACK));
	report_reader_end_log(r);
	assert_int_equal(r->fold.total, 2);
	report_reader_finish(r);
	free(r);
}

static void long_lines_are_cut(void **state) {
	size_t len = 3 * REPORT_LINE_MAX;
	char *log = malloc(len + sizeof(STACK));
	(void)state;
	assert_non_null(log);
	memset(log, 'x', len);
	log[len] = '\n';
	memcpy(log + len + 1, STACK, sizeof(STACK) - 1);
	expect_n(log, len + sizeof(STACK), FOLDED " 1\n", 0);
	free(log);
}

static struct report_reader *read_journal(const char *log, struct report_filter filter) {
	struct report_reader *r = malloc(sizeof(*r));
	assert_non_null(r);
	report_reader_init(r);
	r->filter = filter;
	report_reader_begin_log(r, "x");
	report_reader_feed(r, log, strlen(log));
	report_reader_end_log(r);
	return r;
}

static void done_with(struct report_reader *r) {
	report_reader_finish(r);
	free(r);
}

#define ROW1 " < ChildEBP RetAddr  \n"
static const char timed[] =
	"2026-11-23T10:00:00.000000Z 1 * {\"event\":\"state\",\"boot\":1}\n"
	"2026-11-23T10:00:01.000000Z 2" ROW1
	"2026-11-23T10:00:02.000000Z 3 < f64138c0 8048b640 a!b\n"
	"2026-11-23T11:00:00.000000Z 4 * {\"event\":\"storm\",\"boot\":2,\"factor\":0.25,\"hits\":1}\n"
	"2026-11-23T11:00:01.000000Z 5" ROW1
	"2026-11-23T11:00:01.500000Z 6 < f64138c0 8048b640 a!b\n"
	"2026-11-23T12:00:00.000000Z 7 ! {\"event\":\"gap\",\"boot\":2,\"reason\":\"full\",\"bytes\":7}\n";

static void times_boots_sampling_and_gaps(void **state) {
	(void)state;
	struct report_reader *r = read_journal(timed, (struct report_filter){0});
	assert_int_equal(r->fold.count, 1);
	const struct fold_stack *s = &r->fold.stacks[0];
	assert_int_equal(s->count, 2);
	assert_true(s->weight == 4 + 1);
	assert_int_equal(s->first_us, 1795428001000000);
	assert_int_equal(s->last_us, 1795428001000000 + INT64_C(3600000000));
	assert_int_equal(fold_tally_get(&s->boots, 1), 1);
	assert_int_equal(fold_tally_get(&s->boots, 2), 1);
	assert_int_equal(r->facts.sample_count, 1);
	assert_int_equal(r->facts.gap_count, 1);
	assert_int_equal(r->facts.gaps[0].bytes, 7);
	assert_string_equal(r->facts.gaps[0].reason, "full");
	done_with(r);
}

static void what_a_filter_leaves(void **state) {
	struct report_filter since = {.has_since = true, .since_us = 1795428001000001};
	struct report_filter until = {.has_until = true, .until_us = 1795428001000001};
	(void)state;
	struct report_reader *r = read_journal(timed, since);
	assert_int_equal(r->fold.total, 1);
	assert_int_equal(r->facts.left_out, 1);
	assert_int_equal(fold_tally_get(&r->fold.boots, 2), 1);
	done_with(r);
	r = read_journal(timed, until);
	assert_int_equal(fold_tally_get(&r->fold.boots, 1), 1);
	assert_int_equal(r->fold.total, 1);
	done_with(r);
	r = read_journal(timed, (struct report_filter){.boot = 2});
	assert_int_equal(r->fold.total, 1);
	assert_int_equal(fold_tally_get(&r->fold.boots, 2), 1);
	done_with(r);
	r = read_journal(STACK, since);
	assert_int_equal(r->fold.total, 0);
	assert_int_equal(r->facts.no_time, 1);
	done_with(r);
}

static void what_is_not_understood_is_kept(void **state) {
	(void)state;
	struct report_reader *r = read_journal(
		"hello\n" HEADER "f64138c0 8048b640 nt!Leaf+0x1\nWARNING: Stack unwind\nwhat?\n"
		"f64138f0 8048d8e7 drv!Root+0x2\nafter\nkd> x\nf64138f0 8048d8e7 drv!Root+0x2\n",
		(struct report_filter){0});
	assert_int_equal(r->fold.total, 1);
	assert_int_equal(r->facts.strange_count, 2);
	assert_int_equal(r->facts.strange[0].line, 5);
	assert_memory_equal(r->facts.strange[0].text, "what?", 5);
	assert_int_equal(r->facts.strange[1].line, 9);
	done_with(r);
}

/* A row of 80 columns may go on below; the row before it was plain. */
static void wrapped_rows_among_plain_ones(void **state) {
	static const char plain[] = "f64138c0 8048b640 nt!Leaf+0x1\n";
	char log[4096] = "", wide[128];
	(void)state;
	(void)snprintf(wide, sizeof(wide), "f64138c0 8048b640 drv!%056d+0\nx12 (FPO: [0,1])\n", 0);
	for (int i = 0; i < 3; i++) {
		strcat(strcat(strcat(strcat(log, HEADER), plain), plain), plain);
		strcat(strcat(strcat(strcat(log, wide), plain), "Breakpoint 0 hit\n"), "\n");
	}
	assert_int_equal(strcspn(wide, "\n"), 80);
	char *line = malloc(4096);
	(void)snprintf(line, 4096, "nt!Leaf;drv!%056d;nt!Leaf;nt!Leaf;nt!Leaf 3\n", 0);
	expect(log, line);
	free(line);
}

/* Plain rows, a wrapped one, a warning, a row without symbol, both line ends. */
static char *make_log(size_t stacks) {
	char *log = calloc(stacks, 1024);
	assert_non_null(log);
	for (size_t i = 0; i < stacks; i++) {
		char *at = log + strlen(log);
		const char *end = i % 3 ? "\n" : "\r\n";
		at += sprintf(at, "ChildEBP RetAddr  Args to Child%s", end);
		for (size_t k = 0; k < 6; k++) {
			at += sprintf(at,
				"%08zx %08zx 00000001 00000002 00000003 drv%zu!F%zu+0x%zx%s",
				i * 7919, k * 104729, i % 5, (i * k) % 7, k, end);
			at += i % 4 == 0 && k == 2 ? sprintf(at, "WARNING: Stack unwind%s", end)
						   : 0;
			at += i % 5 == 0 && k == 3 ? sprintf(at,
							     "f64138c0 8048b640 00000001 00000002 "
							     "00000003 %035d%s1%s",
							     0, end, end)
						   : 0;
			at += i % 7 == 0 && k == 4
				      ? sprintf(at,
						"f64138c0 8048b640 00000001 00000002 00000003%s",
						end)
				      : 0;
		}
		sprintf(at, i % 2 ? "Breakpoint 0 hit%s" : "0: kd> g%s", end);
	}
	return log;
}

static char *fold_cut(const char *log, size_t len, size_t cut, bool slow) {
	struct report_reader *r = new_reader();
	r->slow = slow;
	report_reader_feed(r, log, cut);
	report_reader_feed(r, log + cut, len - cut);
	report_reader_end_log(r);
	return folded(r, true);
}

static void cut_anywhere_it_is_the_same(void **state) {
	char *log = make_log(12);
	size_t len = strlen(log);
	char *wanted = fold_cut(log, len, 0, true);
	(void)state;
	assert_true(strlen(wanted) > 100);
	for (size_t cut = 0; cut <= len; cut++) {
		char *got = fold_cut(log, len, cut, false);
		assert_string_equal(got, wanted);
		free(got);
	}
	free(wanted);
	free(log);
}

/* Each thousand and ninth; all of them in `make long`. */
static void every_offset_of_a_long_log(void **state) {
	char *log = make_log(240);
	size_t len = strlen(log), step = getenv("LONG") ? 1 : 1009;
	char *wanted = fold_cut(log, len, 0, true);
	(void)state;
	assert_in_range(len, 90000, 110000);
	for (size_t cut = 0; cut <= len; cut += step) {
		char *got = fold_cut(log, len, cut, false);
		assert_string_equal(got, wanted);
		free(got);
	}
	free(wanted);
	free(log);
}

static void plain_rows_are_what_core_says(void **state) {
	char *log = make_log(400);
	size_t len = strlen(log);
	char *wanted = fold_cut(log, len, 0, true), *got = fold_cut(log, len, 0, false);
	(void)state;
	assert_true(len > 100000);
	assert_string_equal(got, wanted);
	free(wanted);
	free(got);
	free(log);
}

/* The stop line is known from the first log; in the second one it says the source all the same. */
static void each_log_has_its_own_sources(void **state) {
	static const char log[] = STACK "Breakpoint 0 hit\n" STACK "Breakpoint 0 hit\n" STACK;
	struct report_reader *r = new_reader();
	(void)state;
	for (int i = 0; i < 2; i++) {
		report_reader_begin_log(r, i ? "b" : "a");
		report_reader_feed(r, log, sizeof(log) - 1);
		report_reader_end_log(r);
	}
	fold_settle(&r->fold);
	const struct fold_tally *sources = &r->fold.stacks[0].sources;
	assert_int_equal(fold_tally_get(sources, fold_source(&r->fold, "a", 1)), 1);
	assert_int_equal(fold_tally_get(sources, fold_source(&r->fold, "b", 1)), 1);
	assert_int_equal(fold_tally_get(sources, fold_source(&r->fold, "breakpoint 0", 12)), 4);
	done_with(r);
}

static void any_bytes_do_no_harm(void **state) {
	char bytes[4096];
	uint32_t x = 1;
	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		x = x * 1664525u + 1013904223u;
		bytes[i] = (char)(x >> 24);
	}
	expect_n(bytes, sizeof(bytes), "", 0);
	memset(bytes, 0, sizeof(bytes));
	expect_n(bytes, sizeof(bytes), "", 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_console_log),
		cmocka_unit_test(line_ends_and_marks),
		cmocka_unit_test(a_journal),
		cmocka_unit_test(a_gap_ends_a_stack),
		cmocka_unit_test(the_end_of_a_log_ends_its_stack_and_its_form),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(times_boots_sampling_and_gaps),
		cmocka_unit_test(what_a_filter_leaves),
		cmocka_unit_test(what_is_not_understood_is_kept),
		cmocka_unit_test(wrapped_rows_among_plain_ones),
		cmocka_unit_test(cut_anywhere_it_is_the_same),
		cmocka_unit_test(every_offset_of_a_long_log),
		cmocka_unit_test(plain_rows_are_what_core_says),
		cmocka_unit_test(each_log_has_its_own_sources),
		cmocka_unit_test(any_bytes_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
