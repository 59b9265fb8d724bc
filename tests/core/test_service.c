/* What the service manager is told. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/service.h"

/*
 * Take a command line apart as Microsoft documents it for CommandLineToArgvW (not the program's own
 * word): 2n backslashes and a quotation mark are n and a quotation's end, 2n+1 are n and the mark.
 */
static size_t take_apart(const char *line, char words[4][256]) {
	size_t count = 0;

	while (*line) {
		char *out = words[count];
		int quoted = 0;

		for (; *line && (quoted || (*line != ' ' && *line != '\t')); line++) {
			size_t slashes = strspn(line, "\\");

			if (line[slashes] == '"') {
				memset(out, '\\', slashes / 2);
				out += slashes / 2;
				line += slashes;
				if (slashes % 2) {
					*out++ = '"';
				} else {
					quoted = !quoted;
				}
			} else {
				*out++ = *line;
			}
		}
		*out = '\0';
		count++;
		line += strspn(line, " \t");
	}
	return count;
}

static void any_word_comes_back(void **state) {
	static const char alphabet[] = "a\\\" \t\\\"";
	char words[4][256];

	(void)state;
	srand((unsigned)atoi(getenv("SEED") ? getenv("SEED") : "1"));
	for (int i = 0; i < 20000; i++) {
		char line[1024], in[3][12];
		struct text t;

		text_init(&t, line, sizeof(line));
		for (int w = 0; w < 3; w++) {
			int len = rand() % 11;

			for (int k = 0; k < len; k++) {
				in[w][k] = alphabet[rand() % (int)(sizeof(alphabet) - 1)];
			}
			in[w][len] = '\0';
			text_put(&t, w ? " " : "");
			service_put_word(&t, in[w]);
		}
		assert_int_equal(take_apart(line, words), 3);
		for (int w = 0; w < 3; w++) {
			assert_string_equal(words[w], in[w]);
		}
	}
}

static const char *word(const char *in, void put(struct text *, const char *)) {
	static char out[256];
	struct text t;

	text_init(&t, out, sizeof(out));
	put(&t, in);
	return out;
}

static void words_by_the_letter(void **state) {
	(void)state;
	assert_string_equal(word("plain", service_put_word), "plain");
	assert_string_equal(word("", service_put_word), "\"\"");
	assert_string_equal(word("C:\\a b\\", service_put_word), "\"C:\\a b\\\\\"");
	assert_string_equal(word("a\"b", service_put_word), "\"a\\\"b\"");
	assert_string_equal(word("/a b/%h$x\"", service_put_unit_word), "\"/a b/%%h$$x\\\"\"");
}

static void paths_with_blanks(void **state) {
	static const char *const folders[] = {"/var/log/kd logs", "/srv/kd", NULL};
	struct service_wish wish = {.program = "C:\\Program Files\\livedebug\\livedebug.exe",
		.profile = "C:\\Debug Files\\debug.ini",
		.stop_max_ms = 90001,
		.folders = folders};
	static struct service_plan plan;
	char words[4][256];

	(void)state;
	assert_true(service_plan_make(&plan, &wish));
	assert_int_equal(take_apart(plan.command, words), 4);
	assert_string_equal(words[0], wish.program);
	assert_string_equal(words[1], "_service");
	assert_string_equal(words[3], wish.profile);
	assert_int_equal(plan.stop_ms, 91000 + SERVICE_STOP_MARGIN_MS);
	assert_non_null(strstr(plan.unit, "\nTimeoutStopSec=151\n"));
	assert_non_null(strstr(
		plan.unit, "\nReadWritePaths=\"/var/log/kd logs\"\nReadWritePaths=/srv/kd\n"));
}

static void the_program_is_quoted_without_a_blank_too(void **state) {
	static struct service_plan plan;
	struct service_wish wish = {.program = "C:\\l.exe", .profile = "C:\\d.ini"};

	(void)state;
	assert_true(service_plan_make(&plan, &wish));
	assert_string_equal(plan.command, "\"C:\\l.exe\" _service -c C:\\d.ini");
}

static void a_line_end_or_too_long_is_refused(void **state) {
	static struct service_plan plan;
	static char longest[SERVICE_TEXT];
	struct service_wish wish = {.program = "/bin/l", .profile = "/a\nExecStartPre=/bin/evil"};

	(void)state;
	assert_false(service_plan_make(&plan, &wish));
	memset(longest, 'x', sizeof(longest) - 1);
	wish.profile = longest;
	assert_false(service_plan_make(&plan, &wish));
}

static void checkpoints_grow_until_the_limit(void **state) {
	struct service_pending p = {0};

	(void)state;
	assert_false(service_pending_beat(&p, 5000)); /* no stop is under way */
	service_pending_begin(&p, 10000, 5000);
	assert_int_equal(p.checkpoint, 1);
	assert_false(service_pending_beat(&p, 10000 + SERVICE_BEAT_MS - 1));
	assert_true(service_pending_beat(&p, 10000 + SERVICE_BEAT_MS));
	assert_int_equal(p.checkpoint, 2);
	service_pending_begin(&p, 13000, 5000); /* a second word to stop buys no time */
	assert_int_equal(p.checkpoint, 2);
	assert_true(service_pending_beat(&p, 15000));
	assert_false(service_pending_beat(&p, 18000));
	assert_int_equal(p.checkpoint, 3);
}

static void only_an_end_that_nobody_asked_for_is_a_failure(void **state) {
	(void)state;
	for (int code = 0; code <= 5; code++) {
		assert_false(service_has_failed(true, code));
		assert_true(service_has_failed(false, code));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_word_comes_back),
		cmocka_unit_test(words_by_the_letter),
		cmocka_unit_test(paths_with_blanks),
		cmocka_unit_test(the_program_is_quoted_without_a_blank_too),
		cmocka_unit_test(a_line_end_or_too_long_is_refused),
		cmocka_unit_test(checkpoints_grow_until_the_limit),
		cmocka_unit_test(only_an_end_that_nobody_asked_for_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
