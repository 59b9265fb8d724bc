/*
 * Unique stacks and how often each was seen. A stack is its folded text: frames joined by `;`, root
 * first, leaf last.
 */
#ifndef LIVEDEBUG_REPORT_FOLD_H
#define LIVEDEBUG_REPORT_FOLD_H

#include <stddef.h>
#include <stdint.h>

struct fold_entry {
	char *folded;
	size_t len;
	uint64_t count;
	uint64_t hash;
};

/* Zero it before the first call. */
struct fold {
	struct fold_entry *entries; /* in the order of their first being seen until fold_sort() */
	size_t count, cap;
	size_t *slots; /* a power of two of them: index + 1, 0 free */
	size_t slot_count;
	uint64_t total; /* of all counts */
};

/* Count a stack. `folded` is copied; it holds no NUL and no newline. Out of memory: abort(). */
void fold_add(struct fold *f, const char *folded, size_t len);

/* Most frequent first, ties by the bytes of the text. No fold_add() after it. */
void fold_sort(struct fold *f);

/* Free what it owns. */
void fold_finish(struct fold *f);

#endif
