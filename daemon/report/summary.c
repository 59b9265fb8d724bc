#include "report/summary.h"

#include <stdlib.h>
#include <string.h>

static void *zeroed(size_t count, size_t size) {
	void *memory = calloc(count ? count : 1, size);
	if (!memory) {
		abort();
	}
	return memory;
}

static int compare_slices(struct folded_slice a, struct folded_slice b) {
	size_t len = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.at, b.at, len);
	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_name(const void *a, const void *b) {
	const struct module_share *x = a, *y = b;
	return compare_slices(x->module, y->module);
}

static int by_count(const void *a, const void *b) {
	const struct module_share *x = a, *y = b;
	if (x->count != y->count) {
		return x->count > y->count ? -1 : 1;
	}
	return by_name(a, b);
}

/* One share a stack, brought together by name, then ranked. */
static void rank_modules(struct report_summary *s) {
	size_t count = s->fold->count, kept = 0;
	struct module_share *m = zeroed(count, sizeof(*m));
	for (size_t i = 0; i < count; i++) {
		m[i].module = frame_module(s->responsible[i]);
		m[i].count = s->fold->entries[i].count;
		m[i].unique = 1;
	}
	qsort(m, count, sizeof(*m), by_name);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && by_name(&m[kept - 1], &m[i]) == 0) {
			m[kept - 1].count += m[i].count;
			m[kept - 1].unique++;
		} else {
			m[kept++] = m[i];
		}
	}
	qsort(m, kept, sizeof(*m), by_count);
	s->modules = m;
	s->module_count = kept;
}

void report_summary_init(struct report_summary *s, struct fold *fold, uint64_t gaps) {
	fold_sort(fold);
	*s = (struct report_summary){.fold = fold, .gaps = gaps};
	s->responsible = zeroed(fold->count, sizeof(*s->responsible));
	for (size_t i = 0; i < fold->count; i++) {
		const struct fold_entry *e = &fold->entries[i];
		s->responsible[i] = responsible_frame(e->folded, e->len);
	}
	rank_modules(s);
}

void report_summary_finish(struct report_summary *s) {
	free(s->responsible);
	free(s->modules);
	memset(s, 0, sizeof(*s));
}

double report_share(const struct report_summary *s, uint64_t count) {
	return s->fold->total ? (double)count / (double)s->fold->total : 0;
}
