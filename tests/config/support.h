/* A profile from a text, with its errors and its dump as strings. */
#ifndef LIVEDEBUG_TESTS_CONFIG_SUPPORT_H
#define LIVEDEBUG_TESTS_CONFIG_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

struct loaded {
	struct config config;
	char *errors; /* each with its newline */
	size_t len;
	FILE *stream;
};

static inline void keep_error(void *data, const char *line) {
	fprintf(((struct loaded *)data)->stream, "%s\n", line);
}

static inline void load_n(
	struct loaded *l, const char *text, size_t len, const char *const *sets, size_t set_count) {
	l->stream = open_memstream(&l->errors, &l->len);
	config_load_text(&l->config, "x.ini", text, len, sets, set_count, keep_error, l);
	fclose(l->stream);
}

static inline void load(struct loaded *l, const char *text) {
	load_n(l, text, strlen(text), NULL, 0);
}

static inline void unload(struct loaded *l) {
	config_finish(&l->config);
	free(l->errors);
}

/* The caller frees it. */
static inline char *dump_text(const struct config *c) {
	char *text;
	size_t len;
	FILE *stream = open_memstream(&text, &len);
	config_dump(c, stream);
	fclose(stream);
	return text;
}

#endif
