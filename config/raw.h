/*
 * The file as it was read: sections and their entries, each known to the table and with a good
 * value, before defaults and inheritance.
 */
#ifndef LIVEDEBUG_CONFIG_RAW_H
#define LIVEDEBUG_CONFIG_RAW_H

#include "config/options.h"
#include "config/fault.h"

/* More sections than that are refused: a mistake, or somebody's stress test. */
#define RAW_SECTIONS_MAX 256

enum section_kind { SECTION_DAEMON, SECTION_DEFAULT, SECTION_SESSION, SECTION_BAD };

struct raw_entry {
	const struct option *option; /* NULL: a key that was refused, kept to catch what follows */
	char *key;                   /* whole, for env.NAME */
	char *value;
	bool usable; /* the value was accepted */
	struct place at;
};

struct raw_section {
	enum section_kind kind;
	char *name; /* SECTION_SESSION: the session's */
	size_t line;
	struct raw_entry *entries;
	size_t count;
};

struct raw {
	struct raw_section *sections;
	size_t count;
};

/* Read a text into *raw (zeroed before), reporting each fault of lines, names and values. */
void raw_read(struct raw *raw, const char *bytes, size_t len, struct reporter *r);

/*
 * Add the --set overrides behind the entries of their sections. `sets` must live as long as the
 * raw: places point into `names`, one of "SESSION.KEY" for each, which the raw's user frees.
 */
void raw_override(struct raw *raw, const char *const *sets, size_t count, struct string_list *names,
	struct reporter *r);

/* The section of a kind, for SECTION_SESSION of that name in any case; NULL: none. */
struct raw_section *raw_find(const struct raw *raw, enum section_kind kind, const char *name);

/* The last entry of a key in a section (which may be NULL), good or bad; NULL: none. */
const struct raw_entry *raw_entry_of(const struct raw_section *s, const struct option *o);

/* Free what it owns. */
void raw_finish(struct raw *raw);

#endif
