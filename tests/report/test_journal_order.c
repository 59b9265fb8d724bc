/* The files of a journal, as a shell lists them, in the order in which they were written. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "report/journal_order.h"

#define NAMES_MAX 8

/* Words of one line each. */
static void check(const char *given, const char *want) {
	char text[400], *names[NAMES_MAX], out[400] = "";
	size_t count = 0;

	strcpy(text, given);
	for (char *at = strtok(text, " "); at; at = strtok(NULL, " ")) {
		names[count++] = at;
	}
	journal_order(names, count);
	for (size_t i = 0; i < count; i++) {
		strcat(strcat(out, i ? " " : ""), names[i]);
	}
	assert_string_equal(out, want);
}

static void the_newest_comes_last(void **state) {
	(void)state;
	check("s/web1.journal s/web1.journal.000000000009 s/web1.journal.000000000120",
		"s/web1.journal.000000000009 s/web1.journal.000000000120 s/web1.journal");
	check("a.journal.1000000000000 a.journal.999999999999 a.journal.999999999999-1",
		"a.journal.999999999999 a.journal.999999999999-1 a.journal.1000000000000");
	check("a.journal b.journal a.journal.1", "a.journal b.journal a.journal.1");
}

/* Each session's by itself; what is no journal stays where it was put. */
static void other_logs_stay_where_they_are(void **state) {
	(void)state;
	check("a.journal a.journal.7 b.journal b.journal.3",
		"a.journal.7 a.journal b.journal.3 b.journal");
	check("kd.log kd.log.1 -", "kd.log kd.log.1 -");
	check("a.journal a.journal.txt a.journal.1x", "a.journal a.journal.txt a.journal.1x");
	check("x/a.journal y/a.journal.7", "x/a.journal y/a.journal.7");
	check("c.journal.journal c.journal.journal.5", "c.journal.journal.5 c.journal.journal");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_comes_last),
		cmocka_unit_test(other_logs_stay_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
