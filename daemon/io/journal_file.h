/* The journal's file: opened, locked, and its end read. Blocks: before the loop runs. */
#ifndef LIVEDEBUG_IO_JOURNAL_FILE_H
#define LIVEDEBUG_IO_JOURNAL_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct journal_file {
	uv_file file;
	uint64_t seq;      /* of the last record, 0: none */
	size_t torn_bytes; /* behind the last newline */
	uint64_t bytes;    /* its size */
	int64_t changed_s; /* last written, since 1970 */
};

/* Open for appending, created for this user only if absent. UV_EBUSY: another daemon has it. */
int journal_file_open(const char *path, struct journal_file *out);

/* Close it, which lets go of the lock. Blocks. */
void journal_file_close(uv_file file);

#endif
