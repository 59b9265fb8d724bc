/*
 * The journal's records as text, written and read (DESIGN 6):
 *
 *     2026-11-23T23:45:12.345678Z SEQ KIND TEXT
 *
 * KIND `<` from kd, `>` to kd: TEXT is what was said, control bytes, backslashes and bytes that
 * are not UTF-8 as \xNN. A lone backslash at the end: the line goes on in the next record of that
 * KIND. KIND `*` event, `!` gap or alarm: TEXT is a JSON object. No I/O.
 */
#ifndef LIVEDEBUG_IO_RECORD_H
#define LIVEDEBUG_IO_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_STAMP 27 /* bytes of the time */

/* Bytes that a record of `len` bytes of text needs at most, its newline included. */
#define RECORD_ROOM(len) (RECORD_STAMP + 1 + 20 + 3 + 4 * (len) + 2)

/* Write the time; `out` takes RECORD_STAMP bytes and a NUL. seconds: since 1970; years 1970-9999.
 */
void record_stamp(int64_t seconds, int32_t microseconds, char out[RECORD_STAMP + 1]);

/*
 * Write one record of kind `<` or `>` with its newline into `out` (RECORD_ROOM(len) bytes);
 * returns its length. `stamp` as record_stamp() wrote it.
 */
size_t record_write(char *out, const char *stamp, uint64_t seq, char kind, const char *bytes,
	size_t len, bool is_partial);

struct record {
	const char *stamp; /* RECORD_STAMP bytes */
	uint64_t seq;
	char kind;
	const char *text; /* as it stands in the journal; see record_unescape() */
	size_t len;
	bool is_partial; /* of `<` and `>`; the backslash is not in text */
};

/* Read one line, without its newline. False: it is no record; *out is then untouched. */
bool record_read(const char *line, size_t len, struct record *out);

/* Undo the escaping of `<` and `>`; out takes `len` bytes. Returns the length. Never fails. */
size_t record_unescape(const char *text, size_t len, char *out);

/*
 * The end of a journal: seq of its last record (0: none) and how many bytes stand behind the last
 * newline (a record that a crash tore). `bytes` is the file's last part; what precedes the first
 * newline in it counts only when `is_whole`.
 */
void record_find_end(
	const char *bytes, size_t len, bool is_whole, uint64_t *seq, size_t *torn_bytes);

#endif
