#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/file.h"
#include "config/options.h"
#include "tests/config/support.h"

static char *sample_text(void) {
	char *text;
	size_t len;
	FILE *stream = open_memstream(&text, &len);
	config_sample(stream);
	fclose(stream);
	return text;
}

static void the_file_is_the_table(void **state) {
	char *text = sample_text(), *bytes;
	size_t len;
	(void)state;
	assert_int_equal(text_file_read("debug.ini.sample", &bytes, &len), 0);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(bytes, text, len);
	free(bytes);
	free(text);
}

static void it_is_the_recipe(void **state) {
	char *text = sample_text();
	struct loaded l;
	(void)state;
	load(&l, text);
	assert_string_equal(l.errors, "");
	assert_int_equal(l.config.session_count, 1);
	const struct profile *p = &l.config.sessions[0];
	assert_string_equal(p->name, "livedebug");
	assert_string_equal(p->port, "COM1");
	assert_true(p->baud_rate == 19200);
	assert_string_equal(p->log_file, "c:\\debug\\debug.log");
	assert_string_equal(
		p->symbol_path, "SRV*c:\\websymbols*http://msdl.microsoft.com/download/symbols");
	assert_string_equal(p->server, "npipe:pipe=livedebug");
	assert_int_equal(p->arm.count, 1);
	assert_string_equal(p->arm.at[0], "bp nt!MmAllocateSpecialPool \";kb;g\"");
	unload(&l);
	free(text);
}

/* With the ; in front of every key taken away, only the later versions' keys may be wrong. */
static void its_comments_are_good_keys(void **state) {
	char *text = sample_text();
	struct loaded l;
	(void)state;
	for (char *p = text; (p = strstr(p, "\n;")); p++) {
		size_t word = strcspn(p + 2, " \n");
		bool is_key = p[2] != ' ' && word > 0 && p[2 + word] == ' ';
		p[1] = is_key ? '\n' : ';';
	}
	load(&l, text);
	for (char *line = strtok(l.errors, "\n"); line; line = strtok(NULL, "\n")) {
		assert_true(strstr(line, ": not yet;") || strstr(line, "the value is missing"));
	}
	unload(&l);
	free(text);
}

static void every_key_is_in_it(void **state) {
	char *text = sample_text(), line[64];
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		snprintf(line, sizeof(line), "\n; %s%s: ", option_table[i].key,
			option_table[i].type == OPTION_ENV ? "NAME" : "");
		assert_non_null(strstr(text, line));
	}
	free(text);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_is_the_table),
		cmocka_unit_test(it_is_the_recipe),
		cmocka_unit_test(its_comments_are_good_keys),
		cmocka_unit_test(every_key_is_in_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
