#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "report/modules.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct folded_slice responsible(const char *folded) {
	struct module_walk w = {0};
	struct folded_slice frames[16] = {{NULL, 0}};
	size_t count = 0;
	for (size_t end = strlen(folded); end > 0;) {
		size_t start = end;
		while (start > 0 && folded[start - 1] != ';') {
			start--;
		}
		struct folded_slice frame = {folded + start, end - start}, m = frame_module(frame);
		module_walk_visit(&w, module_kind_of(NULL, m.at, m.len), frame_has_module(frame),
			frame_is_system_call(frame));
		frames[count++] = frame;
		end = start > 0 ? start - 1 : 0;
	}
	return frames[module_walk_result(&w)];
}

static void who_is_responsible(void **state) {
	static const struct {
		const char *folded, *frame, *module;
	} rows[] = {
		{"nt!KiThreadStartup;mydrv!Work;mydrv!Alloc;nt!ExAllocatePoolWithTag",
			"mydrv!Alloc", "mydrv"},
		{"nt!a;mydrv+0x12;VerifierExt!b;nt!c", "mydrv+0x12", "mydrv"},
		{"ntoskrnl!a;drv!b;HALACPI!c;NT!d", "drv!b", "drv"},
		/* libraries allocate on behalf of who called them */
		{"nt!a;drv!b;NDIS!c;nt!d", "drv!b", "drv"},
		{"nt!a;drv!b;Wdf01000!c;fltMgr!d;nt!e", "drv!b", "drv"},
		/* ... and are named when nobody else is there */
		{"nt!a;ks!b;portcls!c;nt!d", "portcls!c", "portcls"},
		/* behind the system call stands a program, which is not the driver's fault */
		{"app!main;ntdll!NtX;nt!KiSystemServiceCopyEnd;nt!NtX;NDIS!a;nt!b", "NDIS!a",
			"NDIS"},
		{"app!main;ntdll!NtX;nt!KiFastCallEntry;nt!NtX", "app!main", "app"},
		{"0x12;0x7fff`1;nt!KiSystemServiceCopyEnd;nt!NtX", "nt!NtX", "nt"},
		/* the kernel enters itself by Zw functions: the driver below is still one */
		{"nt!a;drv!b;nt!ZwCreateKey;ntoskrnl!KiSystemService;nt!NtCreateKey", "drv!b",
			"drv"},
		{"nt!a;drv!b;NT!_ZwX;NT!_KiSystemService;NT!_NtX", "drv!b", "drv"},
		{"nt!a;nt!b", "nt!b", "nt"},
		{"0x1;0x2", "0x2", "(no module)"},
		{"<Unloaded_x.sys>+0x1;nt!b", "<Unloaded_x.sys>+0x1", "<Unloaded_x.sys>"},
		{"x", "x", "x"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct folded_slice frame = responsible(rows[i].folded);
		struct folded_slice module = frame_module(frame);
		assert_int_equal(frame.len, strlen(rows[i].frame));
		assert_memory_equal(frame.at, rows[i].frame, frame.len);
		assert_int_equal(module.len, strlen(rows[i].module));
		assert_memory_equal(module.at, rows[i].module, module.len);
	}
}

static void what_the_user_adds(void **state) {
	struct module_table t = {0};
	(void)state;
	assert_int_equal(module_kind_of(&t, "myfilter", 8), MODULE_DRIVER);
	assert_true(module_table_add(&t, "MyFilter", 8));
	assert_true(module_table_add(&t, "other", 5));
	assert_int_equal(module_kind_of(&t, "myfilter", 8), MODULE_LIBRARY);
	assert_int_equal(module_kind_of(&t, "OTHER", 5), MODULE_LIBRARY);
	assert_int_equal(module_kind_of(&t, "nt", 2), MODULE_KERNEL);
	assert_false(module_table_add(&t, "", 0));
	assert_false(module_table_add(&t, "a!b", 3));
	assert_false(module_table_add(&t, "a b", 3));
	module_table_finish(&t);
}

static void kinds_in_any_case(void **state) {
	(void)state;
	assert_int_equal(module_kind_of(NULL, "NT", 2), MODULE_KERNEL);
	assert_int_equal(module_kind_of(NULL, "ntx", 3), MODULE_DRIVER);
	assert_int_equal(module_kind_of(NULL, "ntx", 2), MODULE_KERNEL);
	assert_int_equal(module_kind_of(NULL, "wdf01000", 8), MODULE_LIBRARY);
	assert_int_equal(module_kind_of(NULL, "KernelBase", 10), MODULE_USER);
	assert_int_equal(module_kind_of(NULL, "", 0), MODULE_DRIVER);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_responsible),
		cmocka_unit_test(kinds_in_any_case),
		cmocka_unit_test(what_the_user_adds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
