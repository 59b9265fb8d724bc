#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/symbols.h"

#define PDB "fffff800`01000000 fffff800`01800000   nt         (pdb symbols)   c:\\x\\ntkrnlmp.pdb"
#define EXPORTS \
	"fffff800`01000000 fffff800`01800000   nt         (export symbols)       ntkrnlmp.exe"
#define GUID \
	"   CODEVIEW    25, 19c65c,  19bc5c RSDS - GUID: {0123ABCD-4567-89AB-CDEF-0123456789AB}"
#define AGE "     Age: 2, Pdb: ntkrnlmp.pdb"

static void line(struct symbols *y, const char *text) {
	symbols_line(y, text, strlen(text));
}

static void manifest(const struct symbols *y, const char *wanted) {
	char buffer[200];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	symbols_manifest(y, &t);
	assert_string_equal(buffer, wanted);
}

static void what_is_there_is_not_fetched(void **state) {
	struct symbols y;

	(void)state;
	symbols_init(&y, false);
	assert_false(symbols_ask(&y));
	symbols_init(&y, true);
	assert_true(symbols_ask(&y));
	assert_string_equal(symbols_command(&y, 0), "ld nt");
	assert_string_equal(symbols_command(&y, 1), "lm m nt");
	assert_string_equal(symbols_command(&y, 2), "!lmi nt");
	assert_null(symbols_command(&y, 3));
	line(&y, "fffff800`02000000 fffff800`02800000   hal        (pdb symbols) of nt");
	assert_false(y.has_pdb);
	line(&y, PDB);
	assert_int_equal(symbols_asked(&y), SYMBOLS_THERE);
	assert_false(symbols_ask(&y));
}

static void a_round_of_tries(void **state) {
	struct symbols y;

	(void)state;
	symbols_init(&y, true);
	line(&y, EXPORTS);
	line(&y, GUID);
	line(&y, AGE);
	assert_int_equal(symbols_asked(&y), SYMBOLS_FETCHING);
	manifest(&y, "ntkrnlmp.pdb,0123ABCD456789ABCDEF0123456789AB2,1");
	assert_true(symbols_busy(&y));
	symbols_forget(&y); /* what is on its way is waited for */
	assert_true(symbols_busy(&y));
	assert_int_equal(symbols_fetched(&y, false, "x"), SYMBOLS_RETRY);
	symbols_retry(&y);
	assert_int_equal(symbols_fetched(&y, true, NULL), SYMBOLS_FETCHED);
	assert_string_equal(symbols_command(&y, 0), ".reload /f nt");
	line(&y, EXPORTS);
	assert_int_equal(symbols_asked(&y), SYMBOLS_FETCHING);
	assert_int_equal(symbols_fetched(&y, false, "no network"), SYMBOLS_GIVEN_UP);
	assert_string_equal(y.why, "no symbols for nt: no network");
	assert_int_equal(symbols_fetched(&y, true, NULL), SYMBOLS_GIVEN_UP); /* late */
	symbols_retry(&y);
	assert_int_equal(y.state, SYMBOLS_GIVEN_UP);
	symbols_forget(&y);
	assert_true(symbols_ask(&y));
}

static void text_of_outside_makes_no_line_of_its_own(void **state) {
	struct symbols y;

	(void)state;
	symbols_init(&y, true);
	line(&y, GUID);
	line(&y, "     Age: 2, Pdb: ..\\..\\evil name,1\" /x");
	assert_int_equal(symbols_asked(&y), SYMBOLS_FETCHING);
	manifest(&y, "..,0123ABCD456789ABCDEF0123456789AB2,1");
	symbols_init(&y, true);
	line(&y, "GUID: {0123}");
	line(&y, AGE);
	assert_int_equal(symbols_asked(&y), SYMBOLS_GIVEN_UP);
	assert_string_equal(y.why,
		"no symbols for nt: kd does not say which pdb it needs; symchk = off lets it fetch");
}

static void paths_without_their_servers(void **state) {
	static const struct {
		const char *path, *local;
	} rows[] = {{"SRV*c:\\websymbols*http://msdl/download", "SRV*c:\\websymbols"},
		{"srv*a*b*https://x;c:\\own;srv*http://x", "srv*a*b;c:\\own"}, {"http://x", ""},
		{"cache*c:\\c;srv*\\\\server\\s", "cache*c:\\c;srv*\\\\server\\s"}, {"", ""}};
	char buffer[200];
	struct text t;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_init(&t, buffer, sizeof(buffer));
		symbols_local_path(rows[i].path, &t);
		assert_string_equal(buffer, rows[i].local);
	}
	assert_string_equal(symbols_state_name(SYMBOLS_STATES), "?");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_not_fetched),
		cmocka_unit_test(a_round_of_tries),
		cmocka_unit_test(text_of_outside_makes_no_line_of_its_own),
		cmocka_unit_test(paths_without_their_servers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
