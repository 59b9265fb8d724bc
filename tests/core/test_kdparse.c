/* Forms that the shared transcripts lack; all text is ours, in the shapes of kd-facts 4-11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/events.h"

/* Both texts are compared as a whole, so that a failure shows everything. */
static void expect(const char *input, const char *want) {
	struct events events = {0};
	char got[8192];
	struct text t;

	text_init(&t, got, sizeof(got));
	events_parse(&events, input, strlen(input), 0, 1);
	events_sort(&events);
	for (size_t i = 0; i < events.count; i++) {
		text_put(&t, events.row[i].text);
		text_put(&t, "\n");
	}
	assert_string_equal(got, want);
	assert_true(events_split_equally(input, strlen(input), 20));
	events_free(&events);
}

static void kdparse_prompts_of_all_kinds(void **state) {
	(void)state;
	expect("kd> ", "1 prompt\n");
	expect("12: kd> g\n", "1 prompt\n");
	expect("lkd> lm\n", "1 prompt\n");
	expect("0: kd:x86> k\n32.kd:x86> k\n32.0: kd:x86> k\n16.kd> r\n16.kd:x86> r\n",
		"1 prompt\n2 prompt\n3 prompt\n4 prompt\n5 prompt\n");
	expect("0:000> k\n12:001:x86> k\n?:?"
	       "?"
	       "?> k\n",
		"1 prompt user\n2 prompt user\n3 prompt user\n");
}

static void kdparse_prompts_without_their_blank(void **state) {
	(void)state;
	expect("kd>\nkd>\r\n0: kd>", "1 prompt\n2 prompt\n3 prompt\n");
	expect("0:000>2: kd> k\n", "1 prompt user\n1 prompt\n");
	expect("0: kd>kb\nkd>>\n", "");
}

static void kdparse_prompts_behind_prompts(void **state) {
	(void)state;
	expect("kd> 0: kd> kd> MARK\n", "1 prompt\n1 prompt\n1 prompt\n");
	expect("kd> see 0: kd> there\n", "1 prompt\n");
}

static void kdparse_no_prompts(void **state) {
	(void)state;
	expect("C:\\debug>kd -k\nxkd> \n: kd> \n0:kd> \n0 kd> \nKD> \nkd:> \n0:00> \n", "");
	expect("text 0: kd> \n  kd> \n123456: kd> \n0: <debugger> -remote x\n", "");
}

static void count_prompts(void *data, const struct kd_event *e) {
	*(unsigned *)data += e->kind == KD_PROMPT;
}

static void kdparse_prompt_comes_with_its_blank(void **state) {
	struct kdparse *p = malloc(sizeof(*p));
	unsigned prompts = 0;

	(void)state;
	kdparse_init(p, count_prompts, &prompts);
	assert_false(kdparse_at_prompt(p));
	kdparse_feed(p, "x\n0: kd>", 8);
	assert_int_equal(prompts, 0);
	kdparse_feed(p, " ", 1);
	assert_int_equal(prompts, 1);
	assert_true(kdparse_at_prompt(p));
	kdparse_feed(p, "g", 1);
	assert_false(kdparse_at_prompt(p));
	kdparse_feed(p, "\n", 1);
	assert_false(kdparse_at_prompt(p));
	kdparse_finish(p);
	assert_int_equal(prompts, 1);
	free(p);
}

static void kdparse_events_behind_a_prompt(void **state) {
	(void)state;
	expect("0: kd> LAB\\jo smith (npipe \\\\.\\pipe\\x) connected at Mon Nov 23 10:00:00 2026\n",
		"1 prompt\n1 client_connected who=LAB\\jo smith\n");
	expect("kd> Breakpoint 10 hit\n", "1 prompt\n1 bp_hit id=10\n");
	expect("kd>  # Child-SP          RetAddr           Call Site\n"
	       "00 ffff8000`00000010 fffff800`00000020 nt!A+0x1\n",
		"1 prompt\n1 stack frames=1\n");
}

static void kdparse_clients(void **state) {
	(void)state;
	expect("A\\b (tcp [::1]:70) connected at x\nA (spipe:y) connected at x\n"
	       "disk (raid) connected at port 3\n (tcp x) connected at y\nA (tcp x) connected\n",
		"1 client_connected who=A\\b\n2 client_connected who=A\n");
}

#define STARS "*******************************************************************************\n"
#define BLANK "*                                                                             *\n"
#define BOX "*   You are seeing this message because you pressed either                    *\n"
#define INT3 "Break instruction exception - code 80000003 (first chance)\n"

static void kdparse_box_swallows_its_exception(void **state) {
	(void)state;
	expect(INT3 STARS BLANK BOX BLANK STARS "nt!X:\nkd> ", "4 break_in\n8 prompt\n");
	expect(INT3 BOX "kd> ", "2 break_in\n3 prompt\n");
	expect(BOX, "1 break_in\n");
	expect("kd> g\n" INT3 "nt!X:\nkd> ", "1 prompt\n2 exception 80000003 first\n4 prompt\n");
	expect(INT3 INT3 STARS BLANK BOX, "1 exception 80000003 first\n5 break_in\n");
	expect(INT3 STARS BLANK "*  another box\n" BOX, "1 exception 80000003 first\n5 break_in\n");
	expect(INT3 STARS, "1 exception 80000003 first\n");
	expect(INT3 "kd> ", "1 exception 80000003 first\n2 prompt\n");
	expect(INT3, "1 exception 80000003 first\n");
}

static void kdparse_exceptions(void **state) {
	(void)state;
	expect("Access violation - code c0000005 (!!! second chance !!!)\n",
		"1 exception c0000005 second\n");
	expect("(1a4.2b0): Unknown exception - code E06D7363 (first chance)\r\n",
		"1 exception e06d7363 first\n");
	expect("driver - code 12345678 (hello)\n - code 12345678 (first chance)\n"
	       "x - code 1234567 (first chance)\n",
		"");
}

#define WRAPPED "                       (0x0000000000000001,0x0000000000000002,0x0000000000000003"

static void kdparse_bugchecks(void **state) {
	(void)state;
	expect("*** Fatal System Error: 0x0000000a\n   (0x1,0x2,0xFFFFFFFFFFFFFFFF,0x4)\n",
		"1 bugcheck 0000000a,1,2,ffffffffffffffff,4\n");
	expect("*** Fatal System Error: 0xc000021a (0x1, 0x2)\nx\n", "1 bugcheck c000021a,1,2\n");
	expect("*** Fatal System Error: 0x0000000a\r\n\r\n(0x1,0x2,0x3,0x4)\r\n",
		"1 bugcheck 0000000a,1,2,3,4\n");
	expect("*** Fatal System Error: 0x0000000a\n" WRAPPED "\n,0x0000000000000004)\n",
		"1 bugcheck 0000000a,1,2,3,4\n");
	expect("*** Fatal System Error: 0x0000000a\nkd> ", "1 bugcheck 0000000a\n2 prompt\n");
	expect("*** Fatal System Error: 0x0000000a\n(0x1,\n\n\n\n\n" INT3 "\n",
		"1 bugcheck 0000000a\n7 exception 80000003 first\n");
	expect("*** Fatal System Error: 0x0000000a\n(0x1,0x2,0x3,0x4,0x5)\n(soon)\n",
		"1 bugcheck 0000000a\n");
	expect("*** Fatal System Error: none\n", "");
}

static void kdparse_breakpoints(void **state) {
	(void)state;
	expect("Breakpoint 4294967295 hit \n    Breakpoint 0 hit\r\n",
		"1 bp_hit id=4294967295\n2 bp_hit id=0\n");
	expect("Breakpoint hit\nBreakpoint 1 hits\nBreakpoint x hit\nBreakpoint 4294967296 hit\n"
	       "Breakpoint 1 hit me\n",
		"");
	expect("breakpoint 3 redefined\n"
	       "Bp expression 'a!b' could not be resolved, adding deferred bp\n"
	       "Couldn't resolve error at 'nt!Nothing'\n",
		"1 bp_redefined\n2 bp_deferred\n3 bp_error\n");
}

static void kdparse_single_lines(void **state) {
	(void)state;
	expect("       ^ Syntax error in 'bpp'\nkd>          ^ Syntax error in 'x'\nquit:\n",
		"1 syntax_error\n2 prompt\n2 syntax_error\n3 quit\n");
	expect("....*** ERROR: Module load completed but symbols could not be loaded for a.sys\n"
	       "*** WARNING: Unable to verify checksum for b.exe\n*** WARNING: nothing\n",
		"1 symbol_error\n2 symbol_error\n");
	expect("Opened WinSock 2.0\nOpened \\\\.\\com3\nServer started.  Client can\n",
		"2 port_opened\n3 server_started\n");
	expect("Connected to target 10.0.0.1 on port 1\nConnected to Windows 7 x64 target\n",
		"2 connected\n");
	expect("Kernel Debugger connection established.  (Initial Breakpoint requested)\n",
		"1 established wanted\n");
}

static void kdparse_order_of_a_line(void **state) {
	struct events events = {.all = true};
	static const char input[] = "kd> " INT3 STARS "x\n";

	(void)state;
	events_parse(&events, input, strlen(input), 0, 1);
	assert_int_equal(events.count, 5);
	assert_string_equal(events.row[0].text, "1 prompt : kd> ");
	assert_string_equal(events.row[1].text,
		"1 exception 80000003 first > Break instruction exception - code 80000003 (first chance)");
	assert_string_equal(events.row[2].text,
		"1 line > Break instruction exception - code 80000003 (first chance)");
	assert_memory_equal(events.row[3].text, "2 line : ***", 12);
	assert_string_equal(events.row[4].text, "3 line : x");
	events_free(&events);
}

static void kdparse_stack_begins_before_it_ends(void **state) {
	struct events events = {.all = true};
	static const char input[] = "\nChildEBP RetAddr\nf0000000 80000000 nt!A\nx\nkd> ";

	(void)state;
	events_parse(&events, input, strlen(input), 0, 1);
	assert_string_equal(events.row[2].text, "2 stack_begin : f0000000 80000000 nt!A");
	assert_string_equal(events.row[3].text, "3 line : f0000000 80000000 nt!A");
	assert_string_equal(events.row[5].text, "2 stack frames=1 : ");
	assert_string_equal(events.row[6].text, "5 prompt : kd> ");
	events_free(&events);
}

static void kdparse_long_lines_and_odd_bytes(void **state) {
	static char input[40000];
	struct events events = {0};

	(void)state;
	memset(input, '.', sizeof(input));
	memcpy(input, "kd> ", 4);
	memcpy(input + 20000, "\nkd> \0\xff\r\n\nkd>", 13);
	input[20013] = '\n';
	events_parse(&events, input, sizeof(input), 0, 1);
	assert_int_equal(events.count, 3);
	assert_string_equal(events.row[1].text, "2 prompt");
	assert_string_equal(events.row[2].text, "4 prompt");
	assert_true(events_split_equally(input, sizeof(input), 20));
	events_free(&events);
}

static void kdparse_names(void **state) {
	(void)state;
	for (int kind = 0; kind < KD_EVENT_KINDS; kind++) {
		assert_non_null(kd_event_name((enum kd_event_kind)kind));
	}
	assert_string_equal(kd_event_name(KD_BREAK_IN), "break_in");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kdparse_prompts_of_all_kinds),
		cmocka_unit_test(kdparse_prompts_without_their_blank),
		cmocka_unit_test(kdparse_prompts_behind_prompts),
		cmocka_unit_test(kdparse_no_prompts),
		cmocka_unit_test(kdparse_prompt_comes_with_its_blank),
		cmocka_unit_test(kdparse_events_behind_a_prompt),
		cmocka_unit_test(kdparse_clients),
		cmocka_unit_test(kdparse_box_swallows_its_exception),
		cmocka_unit_test(kdparse_exceptions),
		cmocka_unit_test(kdparse_bugchecks),
		cmocka_unit_test(kdparse_breakpoints),
		cmocka_unit_test(kdparse_single_lines),
		cmocka_unit_test(kdparse_order_of_a_line),
		cmocka_unit_test(kdparse_stack_begins_before_it_ends),
		cmocka_unit_test(kdparse_long_lines_and_odd_bytes),
		cmocka_unit_test(kdparse_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
