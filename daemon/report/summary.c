#include "report/summary.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_US INT64_C(3600000000)

static void *zeroed(size_t count, size_t size) {
	void *memory = calloc(count ? count : 1, size);
	if (!memory) {
		abort();
	}
	return memory;
}

static int compare_slices(struct folded_slice a, struct folded_slice b) {
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.at, b.at, len) : 0;
	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_name(const void *a, const void *b) {
	const struct report_group *x = a, *y = b;
	int order = compare_slices(x->name, y->name);
	return order ? order : (x->key > y->key) - (x->key < y->key);
}

static int by_count(const void *a, const void *b) {
	const struct report_group *x = a, *y = b;
	if (x->count != y->count) {
		return x->count > y->count ? -1 : 1;
	}
	return by_name(a, b);
}

static void widen(int64_t *first, int64_t *last, int64_t new_first, int64_t new_last) {
	if (new_first == FOLD_NO_TIME) {
		return;
	}
	*first = *first == FOLD_NO_TIME || new_first < *first ? new_first : *first;
	*last = new_last > *last ? new_last : *last; /* FOLD_NO_TIME is the least */
}

static bool stays(const struct report_choice *c, const struct fold *fold, size_t i) {
	const struct fold_stack *stack = &fold->stacks[i];
	if ((double)stack->count < c->min_share * (double)fold->total) {
		return false;
	}
	return !c->keep || c->keep(c->keep_data, fold, stack);
}

static struct report_stack describe(const struct fold *fold, const struct fold_stack *stack) {
	size_t responsible = fold_responsible(fold, stack);
	struct folded_slice frame = fold_frame_text(fold, stack->frames[responsible]);
	return (struct report_stack){stack, responsible, frame, frame_module(frame)};
}

static void choose_stacks(struct report_summary *s) {
	const struct fold *fold = s->fold;
	s->stacks = zeroed(fold->count, sizeof(*s->stacks));
	for (size_t i = 0; i < fold->count; i++) {
		const struct fold_stack *stack = &fold->stacks[i];
		if (!stays(&s->choice, fold, i)) {
			s->hidden += stack->count;
			continue;
		}
		s->stacks[s->stack_count++] = describe(fold, stack);
		s->total += stack->count;
		s->weight += stack->weight;
		widen(&s->first_us, &s->last_us, stack->first_us, stack->last_us);
	}
}

/* --- groups ------------------------------------------------------------------------------- */

/* A stack as a group of its own, or a part of one: `count` of its hits. */
static struct report_group group_of(
	const struct report_summary *s, size_t i, int64_t key, uint64_t count) {
	const struct fold_stack *stack = s->stacks[i].stack;
	return (struct report_group){.key = key,
		.count = count,
		.weight = stack->weight * (double)count / (double)stack->count,
		.unique = 1,
		.first_us = stack->first_us,
		.last_us = stack->last_us,
		.commonest = i,
		.commonest_count = count};
}

static void join(struct report_group *to, const struct report_group *from) {
	to->count += from->count;
	to->weight += from->weight;
	to->unique += from->unique;
	widen(&to->first_us, &to->last_us, from->first_us, from->last_us);
	if (from->commonest_count > to->commonest_count ||
		(from->commonest_count == to->commonest_count && from->commonest < to->commonest)) {
		to->commonest = from->commonest;
		to->commonest_count = from->commonest_count;
	}
}

/* Groups of the same name and key become one; then they are ranked. */
static void join_groups(struct report_summary *s, size_t count) {
	size_t kept = 0;
	struct report_group *g = s->groups;
	qsort(g, count, sizeof(*g), by_name);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && by_name(&g[kept - 1], &g[i]) == 0) {
			join(&g[kept - 1], &g[i]);
		} else {
			g[kept++] = g[i];
		}
	}
	s->group_count = kept;
}

static void group_by_name(struct report_summary *s) {
	s->groups = zeroed(s->stack_count, sizeof(*s->groups));
	for (size_t i = 0; i < s->stack_count; i++) {
		const struct report_stack *r = &s->stacks[i];
		assert(r->stack); /* choose_stacks() has filled it */
		int64_t key = s->choice.by == REPORT_BY_STACK ? (int64_t)i : 0;
		s->groups[i] = group_of(s, i, key, r->stack->count);
		if (s->choice.by == REPORT_BY_MODULE) {
			s->groups[i].name = r->module;
		} else if (s->choice.by == REPORT_BY_FUNCTION) {
			s->groups[i].name = r->frame;
		}
	}
	join_groups(s, s->stack_count);
	qsort(s->groups, s->group_count, sizeof(*s->groups), by_count);
}

static const struct fold_tally *tally_of(const struct report_summary *s, size_t i) {
	const struct fold_stack *stack = s->stacks[i].stack;
	return s->choice.by == REPORT_BY_BOOT ? &stack->boots : &stack->intervals;
}

static int64_t floor_to(int64_t value, int64_t by) {
	int64_t rest = value % by;
	return value - (rest < 0 ? rest + by : rest);
}

/* An interval's hits lie anywhere in its hour. */
static struct report_group group_of_item(
	const struct report_summary *s, size_t i, const struct fold_tally_item *item) {
	struct report_group g = group_of(s, i, item->key, item->count);
	if (s->choice.by == REPORT_BY_HOUR) {
		int64_t length = s->fold->interval_us, start = item->key * length;
		g.key = length < HOUR_US ? floor_to(start, HOUR_US) : start;
		g.first_us = g.first_us > start ? g.first_us : start;
		g.last_us = g.last_us < start + length - 1 ? g.last_us : start + length - 1;
	}
	return g;
}

static void group_by_tally(struct report_summary *s) {
	size_t count = 0;
	for (size_t i = 0; i < s->stack_count; i++) {
		count += tally_of(s, i)->count;
	}
	s->groups = zeroed(count, sizeof(*s->groups));
	count = 0;
	for (size_t i = 0; i < s->stack_count; i++) {
		const struct fold_tally *t = tally_of(s, i);
		for (size_t k = 0; k < t->count; k++) {
			s->groups[count++] = group_of_item(s, i, &t->items[k]);
		}
	}
	join_groups(s, count);
}

void report_summary_init(struct report_summary *s, struct fold *fold, const struct facts *facts,
	const struct report_choice *choice) {
	fold_sort(fold);
	*s = (struct report_summary){.fold = fold,
		.facts = facts,
		.choice = *choice,
		.first_us = FOLD_NO_TIME,
		.last_us = FOLD_NO_TIME};
	choose_stacks(s);
	if (choice->by == REPORT_BY_BOOT || choice->by == REPORT_BY_HOUR) {
		group_by_tally(s);
	} else {
		group_by_name(s);
	}
}

void report_summary_finish(struct report_summary *s) {
	free(s->stacks);
	free(s->groups);
	memset(s, 0, sizeof(*s));
}

double report_share(const struct report_summary *s, uint64_t count) {
	return s->total ? (double)count / (double)s->total : 0;
}

double report_rate(const struct report_summary *s, uint64_t count) {
	if (s->first_us == FOLD_NO_TIME || s->last_us <= s->first_us) {
		return -1;
	}
	return (double)count * 60e6 / (double)(s->last_us - s->first_us);
}
