#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/hit.h"

static const struct hit_settings settings = {.wanted = true, .tag = 0x206b6444, .frames = 20};

static void kinds_by_the_functions_name(void **state) {
	static const struct {
		const char *text;
		enum hit_kind kind;
	} rows[] = {{"nt!ExAllocatePoolWithTag+0x881:", HIT_ALLOCATION},
		{"nt!ExFreePoolWithTag+0x649:", HIT_FREE}, {"nt!ExDeferredFreePool+0x1:", HIT_FREE},
		{"nt!ExFreeHeapPool+0x1:", HIT_FREE},
		{"nt!ExAllocateHeapPool+0x1:", HIT_ALLOCATION},
		{"nt!DbgBreakPointWithStatus:", HIT_NONE}, {"drv!FreeAll+0x1:", HIT_NONE},
		{"00 fffff800`1 : 1 2 3 4 : nt!ExFreePoolWithTag+0x649", HIT_FREE}, {"", HIT_NONE}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(hit_kind_name(hit_kind_of(rows[i].text, strlen(rows[i].text))),
			hit_kind_name(rows[i].kind));
	}
	assert_string_equal(hit_kind_name(HIT_KINDS), "?");
}

static void values_of_a_list_of_memory(void **state) {
	static const struct {
		const char *line;
		bool is_value;
	} rows[] = {{"82b37df4  206b6444", true}, {"fffff800`01200000  206b6444 \r", true},
		{"fffff800`01200000  ????????", false}, {"Couldn't resolve error at 'nt!x'", false},
		{"206b6444", false}, {"chatter of 206b6444 206b6444", false}, {"", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hit h;

		hit_init(&h, &settings);
		hit_value(&h, rows[i].line, strlen(rows[i].line));
		assert_int_equal(h.has_value, rows[i].is_value);
		assert_int_equal(h.value, rows[i].is_value ? 0x206b6444 : 0);
	}
}

static void reads(struct hit *h, const char *line) {
	hit_value(h, line, strlen(line));
}

static void the_old_value_is_kept_and_put_back(void **state) {
	struct hit h;

	(void)state;
	hit_init(&h, &settings);
	hit_begin(&h);
	reads(&h, "82b37df4  00000001");
	assert_null(hit_read_done(&h, true));
	hit_wrote(&h, true);
	assert_true(h.edited);
	assert_non_null(hit_read_done(&h, true)); /* nothing was read */
	reads(&h, "82b37df4  00000001");
	assert_non_null(hit_read_done(&h, true)); /* it did not take */
	reads(&h, "82b37df4  206b6444");
	assert_null(hit_read_done(&h, true));
	hit_begin(&h); /* armed again: our own tag is no old value */
	reads(&h, "82b37df4  206b6444");
	assert_null(hit_read_done(&h, true));
	assert_int_equal(h.old, 1);
	hit_begin(&h);
	hit_wrote(&h, false);
	assert_true(h.edited); /* until it is read back */
	reads(&h, "82b37df4  00000001");
	assert_null(hit_read_done(&h, false));
	assert_false(h.edited);
	hit_booted(&h);
	assert_int_equal(h.old, HIT_TAG_OFF);
}

static void commands(void **state) {
	struct hit h;
	char line[64];
	struct text t;

	(void)state;
	hit_init(&h, &settings);
	text_init(&t, line, sizeof(line));
	hit_write_command(0x6b6444, &t);
	assert_string_equal(line, "ed nt!PoolHitTag 0x006b6444");
	text_init(&t, line, sizeof(line));
	hit_stack_command(&h, &t);
	assert_string_equal(line, "kb 14");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_by_the_functions_name),
		cmocka_unit_test(values_of_a_list_of_memory),
		cmocka_unit_test(the_old_value_is_kept_and_put_back),
		cmocka_unit_test(commands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
