/*
 * The batch files that people start kd with, as profiles: SET lines, folders and kd's own command
 * line in; keys of the options table out. What kd's options and variables mean: Microsoft's manual
 * ("KD Command-Line Options", "Environment Variables") and `kd -?` of 10.0.19041.
 */
#ifndef LIVEDEBUG_CONFIG_BATCH_H
#define LIVEDEBUG_CONFIG_BATCH_H

#include <stddef.h>
#include <stdio.h>

#include "config/config.h"

/* What was not carried over, or was changed on the way. */
struct batch_remark {
	size_t line; /* 1-based */
	char *text;
};

/* One start of kd: the keys in the order in which they came, a later value in a key's place. */
struct batch_session {
	size_t line;
	struct string_list keys, values;
	struct string_list arm; /* kd commands, one each */
};

struct batch {
	struct batch_session *sessions;
	size_t session_count;
	struct batch_remark *remarks;
	size_t remark_count;
};

/* Read a batch file's text, any bytes. *b is filled anew; batch_finish() frees it. Cannot fail. */
void batch_read(struct batch *b, const char *bytes, size_t len);

/*
 * Write the sessions as [session NAME], [session NAME-2] ... NAME is one that session_name_fault()
 * allows and short enough for the number behind it.
 */
void batch_write(const struct batch *b, const char *name, FILE *out);

/* Free what it owns. */
void batch_finish(struct batch *b);

#endif
