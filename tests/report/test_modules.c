#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "report/modules.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

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
		struct folded_slice frame =
			responsible_frame(rows[i].folded, strlen(rows[i].folded));
		struct folded_slice module = frame_module(frame);
		assert_int_equal(frame.len, strlen(rows[i].frame));
		assert_memory_equal(frame.at, rows[i].frame, frame.len);
		assert_int_equal(module.len, strlen(rows[i].module));
		assert_memory_equal(module.at, rows[i].module, module.len);
	}
}

static void kinds_in_any_case(void **state) {
	(void)state;
	assert_int_equal(module_kind_of("NT", 2), MODULE_KERNEL);
	assert_int_equal(module_kind_of("ntx", 3), MODULE_DRIVER);
	assert_int_equal(module_kind_of("ntx", 2), MODULE_KERNEL);
	assert_int_equal(module_kind_of("wdf01000", 8), MODULE_LIBRARY);
	assert_int_equal(module_kind_of("KernelBase", 10), MODULE_USER);
	assert_int_equal(module_kind_of("", 0), MODULE_DRIVER);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_responsible),
		cmocka_unit_test(kinds_in_any_case),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
