/* Stacks in all their layouts; the text is ours, in the shapes of kd-facts 11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/stack.h"

#define X64 "Child-SP          RetAddr           Call Site\n"
#define X64_KV \
	" # Child-SP          RetAddr               : Args to Child                           : Call Site\n"
#define X86 "ChildEBP RetAddr  \n"
#define X86_KB "ChildEBP RetAddr  Args to Child              \n"
#define W "fffff800`00000010"
#define ARGS W " " W " " W " " W

/* "{name name ...}" for each stack of the input; an inlined frame has a ~ in front. */
static void fold(const char *input, struct text *out) {
	static struct stack_reader reader;
	struct stack_step step;
	char names[4096] = "";
	struct text t;
	size_t frames = 0;
	bool last = false;

	stack_init(&reader);
	text_init(&t, names, sizeof(names));
	while (!last) {
		size_t len = strcspn(input, "\n");

		last = input[len] == '\0' && len == 0;
		if (last) {
			stack_end(&reader, &step);
		} else {
			stack_feed(&reader, input, len, &step);
			input += len + (input[len] == '\n');
		}
		if (step.has_frame) {
			text_put(&t, frames++ > 0 ? " " : "");
			text_put(&t, step.frame.inlined ? "~" : "");
			stack_frame_put(&t, &step.frame);
		}
		if (step.ended) {
			assert_int_equal(step.frames, frames);
			text_put(out, "{");
			text_put(out, names);
			text_put(out, "}");
			text_init(&t, names, sizeof(names));
			frames = 0;
		}
	}
	assert_int_equal(frames, 0);
}

static void expect(const char *input, const char *want) {
	char got[8192];
	struct text t;

	text_init(&t, got, sizeof(got));
	fold(input, &t);
	assert_string_equal(got, want);
}

static void stack_k_family(void **state) {
	(void)state;
	expect(X64 W " " W " nt!A+0x1\n" W " " W " drv+0x1234\n" W " " W " 0x00007ff0`00000001\n",
		"{nt!A drv+0x1234 0x00007ff0`00000001}");
	expect(X64_KV "00 " W " " W "     : " ARGS " : nt!A+0x1\n01 " W " " W "     : " ARGS
		      " : nt!B (TrapFrame @ " W ")\n",
		"{nt!A nt!B}");
	expect("RetAddr           : Args to Child           : Call Site\n" W " : " ARGS " : nt!A\n",
		"{nt!A}");
	expect(X86 "f0000000 80000000 nt!A+0x1\nf0000004 00000000 nt!B\n", "{nt!A nt!B}");
	expect(X86_KB "f0000000 80000000 00000001 00000002 00000003 nt!A (FPO: [0,3])\n", "{nt!A}");
	expect(" # Call Site\n00 nt!A\n01 drv+0x12\n02 0x1234\n", "{nt!A drv+0x12 0x1234}");
	expect("Call Site\nnt!A+0x4\nnt!B\n", "{nt!A nt!B}");
	expect(" #   Memory  Child-SP          RetAddr           Call Site\n00           " W " " W
	       " nt!A\n01        b0 " W " " W " nt!B\n",
		"{nt!A nt!B}");
	expect("FramePtr  RetAddr   Param1   Param2   Param3   Function Name \n"
	       "f0000000  80000000  00000001 00000002 00000003 NT!A+0x4 \n",
		"{NT!A}");
	expect("Child-SP RetAddr : Args to Child : Call Site\n"
	       "f0000000 80000000 : 00000001 00000002 00000003 00000004 : nt!A\n",
		"{nt!A}");
	expect("Child-SP         Child-BSP        RetAddr          Call Site\n"
	       "e000000000000010 e000000000000020 e000000000000030 nt!A\n",
		"{nt!A}");
	expect(" # ChildEBP RetAddr  (T) Args to Child\n"
	       "00 f0000000 80000000 (T) 00000001 00000002 00000003 nt!A+0x1\n",
		"{nt!A}");
	expect(" # ChildEBP RetAddr      Args to Child              \n"
	       "00 (T) f0000000 80000000     00000001 00000002 00000003 nt!A+0x1\n",
		"{nt!A}");
}

static void stack_inlined_frames(void **state) {
	(void)state;
	expect(X64 "05 (Inline Function) --------`-------- a!B::c+0xf [d:\\x y\\z.c @ 42] \n",
		"{~a!B::c}");
	expect(X86 "04 (Inline) -------- a!b+0x1\n", "{~a!b}");
	expect(X86_KB "(Inline) -------- -------- -------- -------- a!b+0x1\n", "{~a!b}");
	expect(X64_KV
		"01 (Inline Function) --------`--------     : --------`-------- --------`--------"
		" --------`-------- --------`-------- : a!b+0x1\n",
		"{~a!b}");
}

static void name_is(const char *symbol, const char *want) {
	char input[512], braced[512];

	snprintf(input, sizeof(input), X64 W " " W " %s\n", symbol);
	snprintf(braced, sizeof(braced), "{%s}", want);
	expect(input, braced);
}

static void stack_names(void **state) {
	(void)state;
	name_is("a!vec<int, all<int> >::push+0x12 [c:\\v.h @ 3]", "a!vec<int, all<int> >::push");
	name_is("a!run<void (__cdecl*)(int)>::go+0x1", "a!run<void (__cdecl*)(int)>::go");
	name_is("a!S::operator()+0x1", "a!S::operator()");
	name_is("a!S::operator<<+0x1 (FPO: [0,1])", "a!S::operator<<");
	name_is("a!operator new+0x1", "a!operator new");
	name_is("a!S::`scalar deleting destructor'+0x1", "a!S::`scalar deleting destructor'");
	name_is("a!`anonymous namespace'::f+0x1", "a!`anonymous namespace'::f");
	name_is("a!<lambda_0>::operator()+0x1", "a!<lambda_0>::operator()");
	name_is("a!f(int n = 0n1)+0x1", "a!f");
	name_is("a!g+0x1 (FPO: [Non-Fpo]) (CONV: stdcall) [d:\\a.c @ 1]", "a!g");
	name_is("a!h        // somebody's remark", "a!h");
	name_is("a!h+0x10 remark", "a!h");
	name_is("a!?f@@YAXXZ+0x1", "a!?f@@YAXXZ");
	name_is("a!_f@20+0x1", "a!_f@20");
	name_is("<Unloaded_old.sys>+0x1a2b", "<Unloaded_old.sys>+0x1a2b");
	name_is("fn+0xb5", "fn+0xb5");
	name_is("drv", "drv");
	name_is("a!b;c\x01+0x1", "a!b_c_");
}

static void stack_noise(void **state) {
	(void)state;
	expect("  *** Stack trace for last set context - .thread/.cxr resets it\n" X86
	       "*** ERROR: Module load completed but symbols could not be loaded for d.sys\n"
	       "f0000000 80000000 nt!A\n"
	       "WARNING: Stack unwind information not available. Following frames may be wrong.\n"
	       "f0000000 80000000 d+0x1\n"
	       "    <Intermediate frames may have been skipped due to lack of complete unwind>\n"
	       "f0000000 80000000 nt!B\n"
	       "a driver says hello\n"
	       "LAB\\jo (npipe x) connected at Mon\n"
	       "...\n"
	       "\n"
	       "f0000000 80000000 nt!C\n",
		"{nt!A d+0x1 nt!B nt!C}");
	expect(X86 "f0000000 80000000 nt!f(\n\t\t\tint a = 0n1,\n\t\t\tint b = 0n2)+0x3\n"
		   "f0000004 80000000 nt!g\n",
		"{nt!f nt!g}");
}

static void stack_ends(void **state) {
	(void)state;
	expect(X86 "f0000000 80000000 nt!A\nkd> x\nf0000000 80000000 nt!B\n", "{nt!A}");
	expect(X86 "f0000000 80000000 nt!A\n" X86 "f0000000 80000000 nt!B\n", "{nt!A}{nt!B}");
	expect(X86 "f0000000 80000000 nt!A\nBreakpoint 0 hit\nf0000000 80000000 nt!B\n", "{nt!A}");
	expect(X86 "f0000000 80000000 nt!A\n   ^ User interrupted operation error in 'k'\n"
		   "f0000000 80000000 nt!B\n",
		"{nt!A}");
	expect(X86
		"f0000000 80000000 nt!A\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n"
		"f0000000 80000000 nt!B\n",
		"{nt!A}");
	expect(X86 "f0000000 80000000 nt!A\nkd> quit:\n", "{nt!A}");
	expect(X86 "f0000000 80000000 nt!A\nkd> " X86 "f0000000 80000000 nt!B\n", "{nt!A}{nt!B}");
	expect(X86 "\nkd> \n" X64 "text\n", "");
}

static void stack_not_rows(void **state) {
	(void)state;
	/* dd and dps in the same breakpoint command, without a prompt between */
	expect(X86_KB "f0000000 80000000 00000001 00000002 00000003 nt!A\n"
		      "f0000000  80000000 00000001 00000002 00000003\n",
		"{nt!A}");
	expect(X86 "f0000000 80000000 nt!A\nf0000000  80000000 nt!B\n", "{nt!A}");
	expect(X86 " 1  f0000000  80000000            ................\n", "");
	expect("f0000000 80000000 nt!A\n", "");
}

static void stack_text_of_analyze(void **state) {
	(void)state;
	expect("STACK_TEXT:  \nf0000000 80000000 nt!A\n", "");
	expect("STACK_TEXT:  \n" X86 "f0000000 80000000 nt!A\nWARNING: x\n" X86
	       "f0000000 80000000 nt!A\nFOLLOWUP_IP: \n" X86 "f0000000 80000000 nt!B\n",
		"{nt!B}");
	expect("STACK_TEXT:  \nkd> kb\n" X86 "f0000000 80000000 nt!B\n", "{nt!B}");
}

/* What an 80-column console makes of a line. */
static void wrap(const char *line, char *out) {
	size_t len = strlen(line);

	for (size_t i = 0; i < len; i += STACK_WRAP) {
		size_t part = len - i < STACK_WRAP ? len - i : STACK_WRAP;

		memcpy(out, line + i, part);
		out[part] = '\n';
		out += part + 1;
	}
	*out = '\0';
}

static void stack_wrapped_at_every_place(void **state) {
	char name[200], line[400], input[1200], want[600];

	(void)state;
	for (size_t n = 1; n < 150; n++) {
		memset(name, 'f', n);
		name[n] = '\0';
		snprintf(line, sizeof(line), W " " W " nt!%s+0x1a4", name);
		strcpy(input, X64);
		wrap(line, input + strlen(input));
		strcat(input, W " " W " nt!Z+0x1\nkd> ");
		snprintf(want, sizeof(want), "{nt!%s nt!Z}", name);
		expect(input, want);
	}
}

static void stack_wrapped_arguments_and_notes(void **state) {
	char input[2000] = X64_KV;

	(void)state;
	wrap("00 " W " " W "     : " ARGS " : nt!A+0x1 [d:\\a long folder\\file name.c @ 12]",
		input + strlen(input));
	wrap("01 " W " " W "     : " ARGS " : nt!B+0x1 (TrapFrame @ " W ")", input + strlen(input));
	strcat(input, "0: kd> ");
	expect(input, "{nt!A nt!B}");
}

static void stack_row_without_symbol(void **state) {
	(void)state;
	expect(X86_KB "f0000000 80000001 00000001 00000002 00000003 nt!A\n"
		      "f0000000 80000002 00000001 00000002 00000003\n"
		      "f0000000 80000003 00000001 00000002 00000003\nnt!WrappedAtABlank+0x31\n",
		"{nt!A 0x80000001 nt!WrappedAtABlank}");
}

static void stack_indented(void **state) {
	(void)state;
	expect("    ChildEBP RetAddr Args to Child\n    f0000000 80000001 00000001 00000002 00000003 A+0x1\n",
		"{A+0x1}");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stack_k_family),
		cmocka_unit_test(stack_inlined_frames),
		cmocka_unit_test(stack_names),
		cmocka_unit_test(stack_noise),
		cmocka_unit_test(stack_ends),
		cmocka_unit_test(stack_not_rows),
		cmocka_unit_test(stack_text_of_analyze),
		cmocka_unit_test(stack_wrapped_at_every_place),
		cmocka_unit_test(stack_wrapped_arguments_and_notes),
		cmocka_unit_test(stack_row_without_symbol),
		cmocka_unit_test(stack_indented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
