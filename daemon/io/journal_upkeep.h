/*
 * What a journal's file needs now and then: synced, looked for at its path, changed for a new one,
 * old ones deleted. Blocks: in a thread, and never while a write is under way.
 */
#ifndef LIVEDEBUG_IO_JOURNAL_UPKEEP_H
#define LIVEDEBUG_IO_JOURNAL_UPKEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "io/rotated.h"

#define UPKEEP_OLD_MAX 8 /* deleted a time; what is left, at the next rotation */
#define UPKEEP_NAME ROTATED_NAME
#define UPKEEP_PATH 4096

struct journal_upkeep {
	/* in; strings are borrowed */
	const char *path;
	uv_file file;
	uint64_t seq; /* of the last record in the file */
	size_t keep;  /* EVIDENCE_KEEP_ALL or how many rotated files stay */
	bool sync, rotate;
	char log_file[UPKEEP_PATH]; /* kd's, whose disk counts too; "": not known */
	bool delete;                /* what `old` names: that was journalled before */
	/* in and out: rotated files that are too many since the last rotation */
	char old[UPKEEP_OLD_MAX][UPKEEP_NAME];
	size_t old_count;
	/* out */
	int error;                 /* the path leads to no file that can be written */
	bool gone;                 /* the file is not at its path any more */
	int rotate_error;          /* it was to be rotated and is not */
	int delete_error;          /* of the last of `old` that is still there */
	uv_file fresh;             /* the file to go on with, the old one is closed; -1: none */
	uint64_t bytes;            /* in the file that is left behind, when gone */
	uint64_t free_bytes;       /* of the fuller disk; UINT64_MAX: not known */
	char rotated[UPKEEP_NAME]; /* the old file's new name, "": not rotated */
};

/* Do it. A rotated file is PATH.SEQ, its last record's number; nothing is ever written over. */
void journal_upkeep_run(struct journal_upkeep *u);

/* The free_bytes of it alone. */
uint64_t journal_upkeep_room(const char *path, const char *log_file);

/* The highest number in the names of rotated files, 0: there is none. */
uint64_t journal_upkeep_last_seq(const char *path);

#endif
