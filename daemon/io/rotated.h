/* The rotated files beside a journal: NAME.journal.SEQ, or NAME.journal.SEQ-N. These calls block.
 */
#ifndef LIVEDEBUG_IO_ROTATED_H
#define LIVEDEBUG_IO_ROTATED_H

#include <stddef.h>
#include <stdint.h>

#define ROTATED_NAME 320

struct rotated {
	char name[ROTATED_NAME]; /* without its folder */
	uint64_t seq;            /* of its last record, as the name has it */
};

/* The last part of a path, inside it. */
const char *rotated_base(const char *path);

/* The folder of a path into `folder` of `cap` bytes, with its slash; "." where there is none. */
void rotated_folder(const char *path, char *folder, size_t cap);

/*
 * All of this journal's that have records behind `seq`, oldest first. Their count; *out is to be
 * freed, NULL when there is none. What there is no memory for is left out.
 */
size_t rotated_list(const char *path, uint64_t seq, struct rotated **out);

#endif
