/* `status` for people: never wider or higher than the screen, nothing of a target acts up on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/event_words.h"
#include "cli/status_page.h"

#define MANY 20

static json_t *session(int i, const char *target, const char *writer) {
	char name[32], port[8], remote[96];

	snprintf(name, sizeof(name), i == 7 ? "a-session-with-the-longest-name" : "web%d", i);
	snprintf(port, sizeof(port), "COM%d", i);
	snprintf(remote, sizeof(remote), "kd -remote npipe:server=LAPTOP,pipe=%s", name);
	return json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:I,s:s,s:s*,s:s,s:i,s:i,s:s?,s:i,s:s*,s:s,s:s,"
			 "s:s,s:{s:f,s:f,s:i,s:i,s:{s:{s:i,s:i}},s:{s:i,s:i,s:i,s:i}}}",
		"name", name, "port", port, "baud_rate", 19200, "state",
		i % 3 ? "running" : "halted", "arm", i % 2 ? "armed" : "disarmed", "since",
		"2026-11-24T20:19:14.770214Z", "for_ms", (json_int_t)i * 7000000, "evidence",
		"proved prompt", "owner", i % 3 ? NULL : "operator", "target", target, "boot", 2,
		"hits", 1234567, "writer", writer, "viewers", i % 4, "client",
		i % 5 ? NULL : "DOM\\bob (npipe PLACE)", "remote", remote, "log",
		"c:\\debug\\debug.log", "why", "the last thing that went wrong", "halts",
		"last_minute", 0.0512, "last_hour", 0.01, "total_ms", 61500, "count", 12, "owners",
		"hit", "ms", 60000, "count", 11, "hit", "count", 11, "mean_ms", 500, "longest_ms",
		900, "last_minute", 42);
}

static json_t *many(void) {
	json_t *list = json_array();

	for (int i = 1; i <= MANY; i++) {
		json_t *item =
			session(i, "Windows 10 19041 x64", i == 4 ? "alice (pid 123456)" : NULL);

		assert_non_null(item);
		json_object_set_new(item, "breakpoints", json_integer(i % 2));
		json_array_append_new(list, item);
	}
	return list;
}

/* How many lines; none may be wider than `width`. */
static size_t lines_within(const char *text, size_t width) {
	size_t lines = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");
		char line[1024];

		assert_in_range(len, 0, sizeof(line) - 1);
		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		assert_in_range(page_columns(line), 0, width);
		text += len + (text[len] == '\n');
		lines++;
	}
	return lines;
}

static void twenty_fit_a_small_screen_with_what_matters(void **state) {
	json_t *list = many();
	struct page p = {.width = 80, .rows = 24};

	(void)state;
	status_page_all(&p, list);
	assert_in_range(lines_within(p.at, 80), MANY + 2, 23);
	for (int i = 1; i <= MANY; i++) {
		const char *name = json_string_value(
			json_object_get(json_array_get(list, (size_t)i - 1), "name"));

		assert_non_null(strstr(p.at, name));
	}
	assert_non_null(strstr(p.at, "halted(operator) 5h"));
	assert_non_null(strstr(p.at, "armed 1"));
	assert_non_null(strstr(p.at, "1234567"));
	assert_non_null(strstr(p.at, "5.1%"));
	assert_non_null(strstr(p.at, "join: kd -remote npipe:server=LAPTOP,pipe=SESSION"));
	assert_null(strchr(p.at, '\x1b'));
	page_finish(&p);
	json_decref(list);
}

static void wide_screens_show_who_and_what(void **state) {
	json_t *list = many();
	struct page p = {.width = 160, .rows = 40};

	(void)state;
	status_page_all(&p, list);
	(void)lines_within(p.at, 160);
	assert_non_null(strstr(p.at, "alice (pid 123456)"));
	assert_non_null(strstr(p.at, "Windows 10 19041 x64"));
	assert_non_null(strstr(p.at, "3 viewers"));
	page_finish(&p);
	json_decref(list);
}

static void no_width_is_too_small_and_no_height(void **state) {
	json_t *list = many();

	(void)state;
	for (size_t width = 1; width < 200; width++) {
		struct page p = {.width = width, .rows = 10};

		status_page_all(&p, list);
		assert_in_range(lines_within(p.at, width > 20 ? width : 20), 1, 10);
		page_finish(&p);
	}
	json_decref(list);
}

static void pipes_of_other_names_are_told_one_by_one(void **state) {
	json_t *list = many();
	struct page p = {.width = 120, .rows = 40}, q = {0};

	(void)state;
	json_object_set_new(json_array_get(list, 3), "remote",
		json_string("kd -remote npipe:server=LAPTOP,pipe=other"));
	status_page_all(&p, list);
	assert_non_null(strstr(p.at, "pipe=PIPE"));
	assert_non_null(strstr(p.at, "other"));
	json_object_set_new(json_array_get(list, 4), "remote",
		json_string("kd -remote npipe:server=ELSEWHERE,pipe=web5"));
	status_page_all(&q, list);
	assert_non_null(strstr(q.at, "kd -remote npipe:server=ELSEWHERE,pipe=web5"));
	page_finish(&p);
	page_finish(&q);
	json_decref(list);
}

static void text_of_others_is_only_text(void **state) {
	json_t *item = session(1, "Windows \x1b[2J 1", "eve");
	json_t *list = json_pack("[o]", item);
	struct page p = {.colour = true}, q = {0};

	(void)state;
	json_object_set_new(item, "client", json_string("\x1b]0;x\x07"));
	json_object_set_new(item, "why", json_string("line\nline"));
	json_object_set_new(item, "journal_trouble", json_string("no space"));
	status_page_all(&p, list);
	status_page_one(&q, item);
	assert_null(strstr(p.at, "\x1b[2J"));
	assert_null(strchr(p.at, '\x07'));
	assert_null(strchr(q.at, '\x1b'));
	assert_non_null(strstr(p.at, "\x1b[1;31mrunning"));
	assert_non_null(strstr(q.at, "line\\x0aline"));
	assert_non_null(strstr(q.at, "cannot be written: no space"));
	assert_non_null(strstr(q.at, "writer: eve; viewers: 1"));
	assert_non_null(strstr(q.at, "42 in the last minute"));
	page_finish(&p);
	page_finish(&q);
	json_decref(list);
}

static void events_in_words(void **state) {
	static const struct {
		const char *json, *words;
	} rows[] = {
		{"{\"event\":\"state\",\"from\":\"running\",\"to\":\"halted\",\"owner\":\"operator\","
		 "\"evidence\":\"proved prompt\"}",
			"running -> halted (operator): proved prompt"},
		{"{\"event\":\"halt_end\",\"owner\":\"client\",\"ms\":61000,\"cause\":\"g\"}",
			"the target runs (client), was halted for 61s: g"},
		{"{\"event\":\"gap\",\"reason\":\"more than journal_rate\",\"bytes\":7}",
			"GAP: 7 bytes are missing: more than journal_rate"},
		{"{\"event\":\"command\",\"who\":\"bob\",\"text\":\"lm\\u001b[2J\"}",
			"bob types: lm\\x1b[2J"},
		{"{\"time\":\"x\",\"session\":\"a\",\"seq\":1,\"boot\":0,\"event\":\"hit\",\"id\":3,"
		 "\"far\":true,\"n\":-2,\"list\":[1]}",
			"hit id=3 far=yes n=-2 list=[...]"},
		{"{\"event\":\"armed\"}", "armed"},
		{"[]", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *event = json_loads(rows[i].json, 0, NULL);
		char words[256];
		struct text t;

		assert_non_null(event);
		text_init(&t, words, sizeof(words));
		event_words(&t, event);
		assert_string_equal(words, rows[i].words);
		json_decref(event);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twenty_fit_a_small_screen_with_what_matters),
		cmocka_unit_test(wide_screens_show_who_and_what),
		cmocka_unit_test(no_width_is_too_small_and_no_height),
		cmocka_unit_test(pipes_of_other_names_are_told_one_by_one),
		cmocka_unit_test(text_of_others_is_only_text),
		cmocka_unit_test(events_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
