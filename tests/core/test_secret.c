/* A password in a text is not shown, however the text is cut; all else is. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/secret.h"

static const struct {
	const char *text, *masked;
} cases[] = {
	{"", ""},
	{"no secret: password is a word", "no secret: password is a word"},
	{"kd -server npipe:pipe=a,password=Sesame1,hidden",
		"kd -server npipe:pipe=a,password=*******,hidden"},
	{".server npipe:pipe=x,PassWord=Z\n.echo Z", ".server npipe:pipe=x,PassWord=*\n.echo Z"},
	{"\"text\":\"password=ab\",\"n\":1", "\"text\":\"password=**\",\"n\":1"},
	{"ppassword=x passpassword=y", "ppassword=* passpassword=*"},
	{"password=,pipe=a", "password=,pipe=a"},
	{"Password=* password=**", "Password=* password=**"},
	{"password=password=a", "password=********=a"},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void masks_cut_at_every_place(void **state) {
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		size_t len = strlen(cases[i].text);

		for (size_t cut = 0; cut <= len; cut++) {
			struct secret_mask m = {0};
			char text[128];

			snprintf(text, sizeof(text), "%s", cases[i].text);
			secret_mask(&m, text, cut);
			secret_mask(&m, text + cut, len - cut);
			assert_string_equal(text, cases[i].masked);
		}
	}
}

static void tells_whether_there_is_one(void **state) {
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		bool is_changed = strcmp(cases[i].text, cases[i].masked) != 0;

		assert_int_equal(secret_is_in(cases[i].text), is_changed);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks_cut_at_every_place),
		cmocka_unit_test(tells_whether_there_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
