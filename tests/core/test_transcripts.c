/*
 * Real debugger output (../shared/transcripts, not in the tree; SHARED names another place) against
 * tests/golden/transcripts, which was written by reading it.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/events.h"

#define GOLDEN "tests/golden/transcripts"
#define FILES_MAX 512

static char folder[1024];

struct names {
	char *name[FILES_MAX];
	size_t count;
};

static int by_name(const void *a, const void *b) {
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Files of a folder that end in `suffix`, without it, sorted. False: no folder. */
static bool list_files(const char *path, const char *suffix, struct names *names) {
	DIR *dir = opendir(path);
	struct dirent *entry;

	names->count = 0;
	if (!dir) {
		return false;
	}
	while ((entry = readdir(dir)) && names->count < FILES_MAX) {
		size_t len = strlen(entry->d_name), cut = strlen(suffix);

		if (len > cut && strcmp(entry->d_name + len - cut, suffix) == 0) {
			names->name[names->count++] = strndup(entry->d_name, len - cut);
		}
	}
	closedir(dir);
	qsort(names->name, names->count, sizeof(names->name[0]), by_name);
	return true;
}

static void free_names(struct names *names) {
	for (size_t i = 0; i < names->count; i++) {
		free(names->name[i]);
	}
}

static char *read_file(const char *path, const char *name, const char *suffix, size_t *len) {
	char full[2048];
	FILE *file;
	char *bytes = malloc(1 << 20);

	snprintf(full, sizeof(full), "%s/%s%s", path, name, suffix);
	file = fopen(full, "rb");
	assert_non_null(file);
	*len = fread(bytes, 1, (1 << 20) - 1, file);
	bytes[*len] = '\0';
	fclose(file);
	return bytes;
}

static bool folder_is_there(void) {
	struct names names;
	const char *strict = getenv("STRICT");

	if (list_files(folder, ".txt", &names)) {
		free_names(&names);
		return true;
	}
	print_message("no transcripts in %s (SHARED names their parent)\n", folder);
	if (strict && strcmp(strict, "1") == 0) {
		fail_msg("STRICT=1 and no transcripts");
	}
	return false;
}

/* Every transcript has its expectations, and every expectation its transcript. */
static void transcripts_and_expectations_match(void **state) {
	struct names have, want;

	(void)state;
	if (!folder_is_there()) {
		skip();
	}
	assert_true(list_files(folder, ".txt", &have));
	assert_true(list_files(GOLDEN, ".events", &want));
	for (size_t i = 0; i < have.count && i < want.count; i++) {
		assert_string_equal(have.name[i], want.name[i]);
	}
	assert_int_equal(have.count, want.count);
	free_names(&have);
	free_names(&want);
}

static void compare_events(const char *name) {
	struct events events = {0};
	size_t len, want_len;
	char *bytes = read_file(folder, name, ".txt", &len);
	char *want = read_file(GOLDEN, name, ".events", &want_len);
	char *next = want;

	events_parse(&events, bytes, len, 0, 1);
	events_sort(&events);
	for (size_t i = 0; i < events.count; i++) {
		char *end = strchr(next, '\n');

		if (!end || strncmp(next, events.row[i].text, (size_t)(end - next)) != 0 ||
			events.row[i].text[end - next] != '\0') {
			fail_msg("%s: got '%s', want '%.60s'", name, events.row[i].text, next);
		}
		next = end + 1;
	}
	if (*next != '\0') {
		fail_msg("%s: missing '%.60s'", name, next);
	}
	if (!events_split_equally(bytes, len, 100)) {
		fail_msg("%s: another cut, other events", name);
	}
	events_free(&events);
	free(bytes);
	free(want);
}

static void transcripts_give_their_events(void **state) {
	struct names names;

	(void)state;
	if (!folder_is_there()) {
		skip();
	}
	assert_true(list_files(folder, ".txt", &names));
	for (size_t i = 0; i < names.count; i++) {
		compare_events(names.name[i]);
	}
	free_names(&names);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transcripts_and_expectations_match),
		cmocka_unit_test(transcripts_give_their_events),
	};
	const char *shared = getenv("SHARED");

	snprintf(folder, sizeof(folder), "%s/transcripts", shared ? shared : "../shared");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
