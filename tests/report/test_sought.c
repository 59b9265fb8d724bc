#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "report/sought.h"

/* "" stands for: waits for nothing. */
static void expect(const char *command, const char *wanted) {
	char room[80];
	struct text t;
	text_init(&t, room, sizeof(room));
	assert_int_equal(sought_read(command, strlen(command), &t), wanted[0] != 0);
	assert_string_equal(room, wanted);
}

static void breakpoints(void **state) {
	(void)state;
	expect("bp nt!MmAllocateSpecialPool \";kb;g\"", "bp nt!MmAllocateSpecialPool");
	expect("bp0 nt!Foo+0x12 \"kb;g\"", "bp nt!Foo+0x12");
	expect("bu /1 drv!Bar 5", "bu drv!Bar");
	expect("bm nt!*Pool*", "bm nt!*Pool*");
	expect("ba w4 nt!Global", "ba nt!Global");
	expect(" bp fffff80f1fd71c90", "bp fffff80f1fd71c90");
	expect("bp", "");
	expect("bl", "");
	expect("bc *", "");
	expect("bpx nt!Foo", "");
	expect("", "");
}

static void tags(void **state) {
	(void)state;
	expect("ed nt!PoolHitTag 0x206b6444", "tag Ddk ");
	expect("ed nt!PoolHitTag 206b6444 ", "tag Ddk ");
	expect("ed nt!PoolHitTag 'dcba'", "tag abcd");
	expect("ed nt!poolhittag ' kdD'", "tag Ddk ");
	expect("ed nt!PoolHitTag 0x0", "");
	expect("ed nt!PoolHitTag", "");
	expect("ed nt!Other 0x206b6444", "");
	expect("dd nt!PoolHitTag L1", "");
}

static void expect_command(const char *line, const char *wanted) {
	size_t len = strlen(line);
	const char *command = sought_behind_prompt(line, &len);
	if (!wanted) {
		assert_null(command);
		return;
	}
	assert_non_null(command);
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(command, wanted, len);
}

static void prompts(void **state) {
	(void)state;
	expect_command("kd> bp nt!Foo", " bp nt!Foo");
	expect_command("0: kd> bp nt!Foo", " bp nt!Foo");
	expect_command("11: kd>", "");
	expect_command("lkd> k", " k");
	expect_command("the kd> prompt", NULL);
	expect_command("", NULL);
	expect_command("12345678", NULL);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breakpoints),
		cmocka_unit_test(tags),
		cmocka_unit_test(prompts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
