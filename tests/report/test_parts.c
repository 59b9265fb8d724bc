#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/parts.h"

#define LOG_MAX (1 << 17)

/* All lines that a log is mixed of: most of them again and again, as in a real one. */
static const char *const lines[] = {
	"ChildEBP RetAddr  Args to Child              ",
	"ChildEBP RetAddr  Args to Child              ",
	"ChildEBP RetAddr  ",
	"RetAddr           : Args to Child                                                           : Call Site",
	" # ChildEBP RetAddr  Args to Child",
	"%08x %08x 00000001 00000002 00000003 nt!Alloc+0x%x",
	"%08x %08x 00000001 00000002 00000003 drv!Work+0x1",
	"%08x %08x 00000001 00000002 00000003 drv!Work+0x2 (FPO: [0,%x])",
	"%08x %08x nt!Free+0x%x",
	"%08x %08x nt!Free",
	"ffff84a2`%08x : ffff4c8d`a72ab32b ffff9116`a0f2a154 ffffb8eb`%08x ffff58f4`642c975a : nt!F%x",
	"0%x %08x %08x 00000001 00000002 00000003 fs!Read+0x4",
	"%08x %08x 00000001 00000002 00000003 %036x",
	"%08x %08x 00000001 00000002 00000003",
	"1c (FPO: [1,2,3])",
	"WARNING: Stack unwind information not available. Following frames may be wrong.",
	"Breakpoint 0 hit",
	"Breakpoint 0 hit",
	"Breakpoint %x hit",
	"0: kd> g",
	"kd> kb",
	"STACK_TEXT:  ",
	"FOLLOWUP_IP: ",
	"something else %x %x",
	"",
};
#define LINES (sizeof(lines) / sizeof(lines[0]))

static uint32_t state = 1;

static uint32_t draw(uint32_t below) {
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % below;
}

/* Rows come in runs, or hardly any would be plain. */
static size_t make_log(char *log, uint32_t seed) {
	size_t len = 0, run = 0, what = 0;
	state = seed;
	while (len < 6000) {
		if (run == 0) {
			what = draw(LINES);
			run = what > 4 && what < 13 ? draw(6) + 1 : 1;
		}
		run--;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
		len += (size_t)sprintf(log + len, lines[what], draw(5), draw(1000), draw(6));
#pragma GCC diagnostic pop
		len += (size_t)sprintf(log + len, seed % 3 ? "\n" : "\r\n");
	}
	return len;
}

/* Everything that a reader found, in the order in which it was found. */
static char *found(struct report_reader *r) {
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct fold *f = &r->fold;
	fold_settle(f);
	fprintf(out, "%ju hits, %ju merged, %ju lines, %ju bytes, %ju strange, now %s\n",
		(uintmax_t)f->total, (uintmax_t)f->merged, (uintmax_t)r->facts.lines,
		(uintmax_t)r->facts.bytes, (uintmax_t)r->facts.strange_count,
		fold_source_name(f, r->hit.source).at);
	for (size_t i = 0; i < f->count; i++) {
		const struct fold_stack *s = &f->stacks[i];
		for (size_t k = 0; k < s->frame_count; k++) {
			fprintf(out, "%s;", fold_frame_text(f, s->frames[k]).at);
		}
		fprintf(out, " %ju", (uintmax_t)s->count);
		for (size_t k = 0; k < s->sources.count; k++) {
			fprintf(out, " %s: %ju",
				fold_source_name(f, (uint32_t)s->sources.items[k].key).at,
				(uintmax_t)s->sources.items[k].count);
		}
		fprintf(out, "\n");
	}
	for (size_t i = 0; i < r->facts.strange_count && i < FACTS_STRANGE_MAX; i++) {
		const struct facts_strange *s = &r->facts.strange[i];
		fprintf(out, "%ju: %.*s\n", (uintmax_t)s->line, (int)s->len, s->text);
	}
	(void)fclose(out);
	return text;
}

static size_t least(size_t a, size_t b) {
	return a < b ? a : b;
}

/* All parts are read before the first is joined, as threads may. The number of joins is added. */
static void feed_parts(
	struct report_reader *r, const char *log, size_t len, size_t count, size_t *joined) {
	static struct report_reader parts[8];
	size_t begin[9] = {0}, made = 0;
	size_t head = least(len, 40);
	report_reader_feed(r, log, head);
	for (size_t i = 1; i < count && report_part_possible(r); i++) {
		size_t from = least(len, head + (len - head) * i / count);
		size_t cut = from + report_part_cut(log + from, len - from);
		if (cut < len && cut > begin[made]) {
			begin[++made] = cut;
			report_part_begin(&parts[made - 1], r);
		}
	}
	begin[made + 1] = len;
	for (size_t i = 0; i < made; i++) {
		report_reader_feed(&parts[i], log + begin[i + 1], begin[i + 2] - begin[i + 1]);
		report_part_end(&parts[i]);
	}
	report_reader_feed(r, log + head, begin[1] - head);
	for (size_t i = 0; i < made; i++) {
		bool whole = report_part_join(r, &parts[i]);
		*joined += whole;
		if (!whole) {
			report_reader_feed(r, log + begin[i + 1], begin[i + 2] - begin[i + 1]);
		}
		report_reader_finish(&parts[i]);
	}
}

static char *read_log(
	const char *log, size_t len, size_t parts, size_t stacks_max, size_t *joined) {
	struct report_reader *r = malloc(sizeof(*r));
	assert_non_null(r);
	report_reader_init(r);
	r->slow = parts == 0;
	r->fold.stacks_max = stacks_max;
	report_reader_begin_log(r, "x.log");
	if (parts > 1) {
		feed_parts(r, log, len, parts, joined);
	} else {
		report_reader_feed(r, log, len);
	}
	report_reader_end_log(r);
	char *text = found(r);
	report_reader_finish(r);
	free(r);
	return text;
}

/* Through core, in one piece, in two to four parts: all find the same. */
static void any_log_in_any_number_of_parts(void **unused) {
	char *log = malloc(LOG_MAX);
	size_t joined = 0;
	(void)unused;
	assert_non_null(log);
	for (uint32_t seed = 1; seed <= 150; seed++) {
		size_t len = make_log(log, seed), stacks_max = seed % 4 ? 0 : 9;
		char *wanted = read_log(log, len, 0, stacks_max, &joined);
		for (size_t parts = 1; parts <= 4; parts++) {
			char *got = read_log(log, len, parts, stacks_max, &joined);
			assert_string_equal(got, wanted);
			free(got);
		}
		free(wanted);
	}
	assert_true(joined > 300);
	free(log);
}

#define HEADER "ChildEBP RetAddr  \n"
#define ROW "f64138c0 8048b640 nt!Leaf+0x1\n"

static void where_a_part_begins(void **unused) {
	static const char log[] = HEADER ROW "x\n" HEADER ROW, lone[] = "x\n" HEADER;
	(void)unused;
	assert_int_equal(report_part_cut(log, sizeof(log) - 1), strlen(HEADER ROW "x\n"));
	assert_int_equal(report_part_cut(HEADER ROW, strlen(HEADER ROW)), strlen(HEADER ROW));
	assert_int_equal(report_part_cut(lone, strlen(lone) - 1), strlen(lone) - 1);
	assert_int_equal(report_part_cut(lone, strlen(lone)), 2);
	assert_int_equal(report_part_cut("", 0), 0);
}

static void join(const char *first, const char *second, size_t stacks_max, bool wanted) {
	static struct report_reader whole, part;
	report_reader_init(&whole);
	whole.fold.stacks_max = stacks_max;
	report_reader_feed(&whole, first, strlen(first));
	assert_true(report_part_possible(&whole));
	report_part_begin(&part, &whole);
	report_reader_feed(&part, second, strlen(second));
	report_part_end(&part);
	assert_int_equal(report_part_join(&whole, &part), wanted);
	report_reader_finish(&whole);
	report_reader_finish(&part);
}

static void what_cannot_be_joined(void **unused) {
	static const char others[] =
		HEADER "f64138c0 8048b640 a!A\n" HEADER "f64138c0 8048b640 a!B\n";
	(void)unused;
	join("long enough\n", HEADER ROW, 0, true);
	join("kd> !analyze -v\nSTACK_TEXT:  \n", HEADER ROW, 0, false);
	join("x\nthe file became shorter", HEADER ROW, 0, false);
	join("long enough\n", others, 1, false);
	join("long enough\n", others, 2, true);
}

static void what_is_read_whole(void **unused) {
	static struct report_reader r;
	static const char *const logs[] = {"", "\xff\xfex\0", "\xef\xbb",
		"2026-11-23T23:45:12.345678Z 1 < x\n", "2026-11-23T23:45:12.345678Z"};
	(void)unused;
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		report_reader_init(&r);
		report_reader_feed(&r, logs[i], strlen(logs[i]));
		assert_false(report_part_possible(&r));
		report_reader_finish(&r);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_log_in_any_number_of_parts),
		cmocka_unit_test(where_a_part_begins),
		cmocka_unit_test(what_cannot_be_joined),
		cmocka_unit_test(what_is_read_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
