/*
 * One session's journal, state_dir/NAME.journal: what kd said, what was said to it, and what was
 * made of it. Only ever appended to. Records are laid into a buffer and written by libuv's threads:
 * a slow or full disk never holds up the loop. What cannot be kept is counted and marked by a gap
 * record, as soon as that can be written.
 *
 * Of size log_max, or on another day, the file becomes NAME.journal.SEQ (its last record's number)
 * and a new one goes on, between two hits; core/evidence.h says when. What is deleted was
 * journalled before. A file that was deleted, moved away or whose drive went away is a gap, and a
 * new one is made as soon as its folder can be written.
 *
 * When is it on the disk? Written at once; synced (fdatasync) each JOURNAL_UPKEEP_MS while there
 * is something new, before a rotation and at the end. So a daemon that dies loses what it had not
 * written, which is one turn of its loop; a host that loses power, its last second as well.
 */
#ifndef LIVEDEBUG_IO_JOURNAL_H
#define LIVEDEBUG_IO_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define JOURNAL_BUFFER_BYTES \
	(4 * 1024 * 1024)       /* what may wait for the disk; twice that is held \
				 */
#define JOURNAL_LINE_BYTES 8192 /* longer lines go into partial records */
#define JOURNAL_QUIET_MS 20     /* a line unfinished for so long is journalled */
#define JOURNAL_RETRY_MS 500    /* after a failed write */
#define JOURNAL_UPKEEP_MS 1000  /* between two looks at the file and its disk */
#define JOURNAL_STUCK_MS 5000   /* a write that takes so long counts as none */
#define JOURNAL_CLOSE_MS 2000   /* journal_close() waits for the disk so long */

struct journal;

struct journal_limits {
	uint64_t rate;    /* bytes a second of kd's output; above: a gap. UINT64_MAX: no limit */
	uint64_t log_max; /* bytes of a file; UINT64_MAX, or 0: it is never rotated */
	size_t keep;      /* rotated files that stay; EVIDENCE_KEEP_ALL: nothing is deleted */
	const char *log_file; /* kd's: the room on its disk counts too; may be NULL; copied */
};

struct journal_options {
	const char *path;    /* created if absent, for this user only */
	const char *session; /* its name, for events */
	struct journal_limits limits;
	size_t buffer_bytes; /* 0: JOURNAL_BUFFER_BYTES */
	uint64_t upkeep_ms;  /* 0: JOURNAL_UPKEEP_MS */
	/* Told of each event, gap and alarm; borrowed for the call. May be NULL. */
	void (*event)(void *data, char kind, const char *json, size_t len);
	/* Each JOURNAL_UPKEEP_MS; free_bytes: of the disk, UINT64_MAX: not known. May be NULL. */
	void (*looked)(void *data, bool writable, uint64_t free_bytes);
	void *data;
};

/*
 * Open, and go on behind the last record that is there; blocks, so before the loop runs. A record
 * torn by a crash is ended by a newline and marked as a gap. UV_EBUSY: another daemon has it.
 */
int journal_open(uv_loop_t *loop, const struct journal_options *options, struct journal **out);

/* kd's output, any piece of a line. */
void journal_from_kd(struct journal *j, const char *bytes, size_t len);

/* Journal kd's unfinished line now, as a partial record. */
void journal_flush_line(struct journal *j);

/* What is about to be written to kd, with its newline. */
void journal_to_kd(struct journal *j, const char *bytes, size_t len);

/*
 * An event. kind: `*`, or `!` for gaps and alarms; members: of a JSON object, valid, without
 * braces, such as `"event":"state",...`; boot: the target's boots so far.
 */
void journal_event(struct journal *j, char kind, uint32_t boot, const char *members);

/* Others from now on. */
void journal_set_limits(struct journal *j, const struct journal_limits *limits);

/* The file may be changed behind what was journalled last: no hit's text would be cut in two. */
void journal_mark(struct journal *j);

/* Bytes free on the fuller of its disk and kd's log's, as last seen; UINT64_MAX: not known. */
uint64_t journal_free_bytes(const struct journal *j);

/* Bytes not kept so far, and why nothing can be written now (NULL: it can). */
uint64_t journal_lost_bytes(const struct journal *j);
const char *journal_trouble(const struct journal *j);

/* See journal_close(). */
typedef void journal_closed_fn(void *data, uint64_t unwritten);

/*
 * Write what is left, for JOURNAL_CLOSE_MS at most, then call done, once, from the loop.
 * unwritten: bytes that the disk did not take. The journal's memory is freed by the loop.
 */
void journal_close(struct journal *j, journal_closed_fn *done, void *data);

#endif
