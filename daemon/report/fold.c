#include "report/fold.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024

static void *must(void *memory) {
	if (!memory) {
		abort();
	}
	return memory;
}

/* FNV-1a. */
static uint64_t hash_of(const char *bytes, size_t len) {
	uint64_t hash = 14695981039346656037u;
	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
	}
	return hash;
}

/* The slot of the stack, or the free one where it belongs. */
static size_t *find_slot(const struct fold *f, const char *folded, size_t len, uint64_t hash) {
	size_t at = (size_t)hash & (f->slot_count - 1);
	for (;; at = (at + 1) & (f->slot_count - 1)) {
		if (f->slots[at] == 0) {
			return &f->slots[at];
		}
		const struct fold_entry *e = &f->entries[f->slots[at] - 1];
		if (e->hash == hash && e->len == len && memcmp(e->folded, folded, len) == 0) {
			return &f->slots[at];
		}
	}
}

/* At most half of the slots are taken. */
static void make_room(struct fold *f) {
	if (f->count * 2 < f->slot_count) {
		return;
	}
	free(f->slots);
	f->slot_count = f->slot_count ? f->slot_count * 2 : FIRST_SLOTS;
	f->slots = must(calloc(f->slot_count, sizeof(*f->slots)));
	for (size_t i = 0; i < f->count; i++) {
		const struct fold_entry *e = &f->entries[i];
		*find_slot(f, e->folded, e->len, e->hash) = i + 1;
	}
}

static size_t add_entry(struct fold *f, const char *folded, size_t len, uint64_t hash) {
	if (f->count == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 64;
		f->entries = must(realloc(f->entries, f->cap * sizeof(*f->entries)));
	}
	char *copy = must(malloc(len + 1));
	memcpy(copy, folded, len);
	copy[len] = 0;
	f->entries[f->count] = (struct fold_entry){.folded = copy, .len = len, .hash = hash};
	return ++f->count;
}

void fold_add(struct fold *f, const char *folded, size_t len) {
	uint64_t hash = hash_of(folded, len);
	make_room(f);
	size_t *slot = find_slot(f, folded, len, hash);
	if (*slot == 0) {
		*slot = add_entry(f, folded, len, hash);
	}
	f->entries[*slot - 1].count++;
	f->total++;
}

static int compare(const void *a, const void *b) {
	const struct fold_entry *x = a, *y = b;
	if (x->count != y->count) {
		return x->count > y->count ? -1 : 1;
	}
	return strcmp(x->folded, y->folded);
}

void fold_sort(struct fold *f) {
	if (f->count > 0) {
		qsort(f->entries, f->count, sizeof(*f->entries), compare);
	}
}

void fold_finish(struct fold *f) {
	for (size_t i = 0; i < f->count; i++) {
		free(f->entries[i].folded);
	}
	free(f->entries);
	free(f->slots);
	*f = (struct fold){0};
}
