/*
 * What is kept and when that is no longer good enough: output above a rate becomes one gap, a
 * journal's file is changed for a new one, a session whose evidence cannot be kept is disarmed.
 * Steps only; the journal (io) carries out.
 */
#ifndef LIVEDEBUG_CORE_EVIDENCE_H
#define LIVEDEBUG_CORE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVIDENCE_WINDOW_MS 1000      /* the rate is looked at by the second */
#define EVIDENCE_TELL_MAX_MS 64000   /* a gap that goes on is told at least this often */
#define EVIDENCE_UNWRITABLE_MS 60000 /* so long nothing could be written: disarm */
#define EVIDENCE_KEEP_ALL SIZE_MAX

/*
 * Output above `limit` bytes a second. Once above it, nothing is kept until a whole second passed
 * below it: one gap with all that is missing inside, not kept shreds between many.
 */
struct evidence_rate {
	uint64_t limit; /* UINT64_MAX: none */
	uint64_t lost;  /* all that was not kept */
	/* private */
	bool over;
	uint64_t start_ms, bytes, untold, due_ms, wait_ms;
};

/* Begin with nothing seen. */
void evidence_rate_init(struct evidence_rate *r, uint64_t limit);

/* May these bytes be kept? They are counted either way. Ask evidence_rate_due() first. */
bool evidence_rate_keep(struct evidence_rate *r, uint64_t now_ms, uint64_t bytes);

/*
 * Bytes that a gap record is due for now, 0: none. A gap that goes on is told after 1 s, then after
 * twice as long each time; one that ended, at once. The sum of what is told is what was lost.
 */
uint64_t evidence_rate_due(struct evidence_rate *r, uint64_t now_ms);

/* What is not told yet, told now: the journal is closing. */
uint64_t evidence_rate_rest(struct evidence_rate *r);

/* A journal's file as it is. */
struct evidence_file {
	uint64_t bytes;
	int64_t day, today; /* of its first record and of now, any count */
	bool calm;          /* between two hits: no stack would be cut in two */
};

/*
 * Is the file to be changed for a new one? By size and by day, between two hits; at one and a half
 * times log_max (UINT64_MAX: never by size or day) in any case.
 */
bool evidence_rotate(const struct evidence_file *f, uint64_t log_max);

/* How many of `count` rotated files are too many. keep: EVIDENCE_KEEP_ALL or how many stay. */
size_t evidence_expired(size_t count, size_t keep);

/* What a look at the disk means for the session. */
enum evidence_news { EVIDENCE_SAME, EVIDENCE_UNWRITABLE, EVIDENCE_NO_ROOM, EVIDENCE_BACK };

/* What was seen: can the journal be written, bytes free (UINT64_MAX: not known). */
struct evidence_sight {
	bool writable;
	uint64_t free_bytes;
};

/* How a session's evidence fares. Set reserve (bytes, 0: none) and hold_off_ms, zero the rest. */
struct evidence_health {
	uint64_t reserve, hold_off_ms;
	/* private */
	bool bad, told;
	uint64_t bad_since_ms, good_since_ms;
};

/*
 * A look at the disk. Says once that evidence is lost: at once below the reserve, after
 * EVIDENCE_UNWRITABLE_MS without a write; and EVIDENCE_BACK once, when all was good again for a
 * hold-off without a break, with an eighth above the reserve: a disk at its limit must not have
 * the target broken into over and over.
 */
enum evidence_news evidence_look(
	struct evidence_health *h, uint64_t now_ms, const struct evidence_sight *sight);

/* Words for the alarm; NULL where there is none. */
const char *evidence_news_text(enum evidence_news news);

#endif
