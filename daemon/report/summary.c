#include "report/summary.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "report/time_text.h"

#define HOUR_US INT64_C(3600000000)

static void *zeroed(size_t count, size_t size) {
	void *memory = calloc(count ? count : 1, size);
	if (!memory) {
		abort();
	}
	return memory;
}

static int by_name(const void *a, const void *b) {
	const struct report_group *x = a, *y = b;
	int order = folded_compare(x->name, y->name);
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
	return (struct report_stack){stack, responsible, frame, frame_module(frame), {0}};
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

/* --- trends ------------------------------------------------------------------------------- */

static double gain(const struct report_summary *s, size_t i) {
	return s->stacks[i].trend.to - s->stacks[i].trend.from;
}

static void find_trends(struct report_summary *s) {
	int64_t length = s->fold->interval_us;
	struct trend_parts one, all;
	s->growing = SIZE_MAX;
	trend_cut(&s->parts, s->first_us, s->last_us, length, REPORT_SPARK);
	trend_cut(&one, s->first_us, s->last_us, length, TREND_PARTS);
	all = one;
	for (size_t i = 0; i < s->stack_count; i++) {
		struct report_stack *r = &s->stacks[i];
		assert(r->stack); /* choose_stacks() has filled it */
		trend_add(&s->parts, &r->stack->intervals);
		trend_add(&all, &r->stack->intervals);
		trend_clear(&one);
		trend_add(&one, &r->stack->intervals);
		r->trend = trend_fit(&one);
		if (r->trend.kind == TREND_GROWS) {
			s->growing_count++;
			s->growing = s->growing == SIZE_MAX || gain(s, i) > gain(s, s->growing)
					     ? i
					     : s->growing;
		}
	}
	s->trend = trend_fit(&all);
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

/* Another interval of the same stack in the same hour. */
static void join_own(struct report_group *to, const struct report_group *from) {
	to->count += from->count;
	to->commonest_count += from->count;
	to->weight += from->weight;
	widen(&to->first_us, &to->last_us, from->first_us, from->last_us);
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
	if (s->choice.by == REPORT_BY_BOOT) {
		const struct fold_span *span = fold_boot_span(s->fold, (uint32_t)item->key);
		g.first_us = span ? span->first_us : FOLD_NO_TIME;
		g.last_us = span ? span->last_us : FOLD_NO_TIME;
	} else if (s->choice.by == REPORT_BY_HOUR) {
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
		size_t begin = count;
		for (size_t k = 0; k < t->count; k++) {
			struct report_group g = group_of_item(s, i, &t->items[k]);
			if (count > begin && s->groups[count - 1].key == g.key) {
				join_own(&s->groups[count - 1], &g);
			} else {
				s->groups[count++] = g;
			}
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
	find_trends(s);
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

static double rate_over(double weight, int64_t first_us, int64_t last_us) {
	if (first_us == FOLD_NO_TIME || last_us <= first_us) {
		return -1;
	}
	return weight * 60e6 / (double)(last_us - first_us);
}

double report_rate(const struct report_summary *s, double weight) {
	return rate_over(weight, s->first_us, s->last_us);
}

double report_group_rate(const struct report_summary *s, const struct report_group *g) {
	if (s->choice.by == REPORT_BY_BOOT) {
		return rate_over(g->weight, g->first_us, g->last_us);
	}
	if (s->choice.by == REPORT_BY_HOUR) {
		int64_t length = s->fold->interval_us > HOUR_US ? s->fold->interval_us : HOUR_US;
		int64_t end = g->key + length;
		return rate_over(g->weight, g->key > s->first_us ? g->key : s->first_us,
			end < s->last_us ? end : s->last_us);
	}
	return report_rate(s, g->weight);
}

void report_group_name(
	const struct report_summary *s, const struct report_group *g, struct text *out) {
	if (s->choice.by == REPORT_BY_HOUR) {
		time_text_minute(out, g->key);
	} else if (s->choice.by == REPORT_BY_BOOT) {
		text_put(out, g->key ? "boot " : "boot not known");
		if (g->key) {
			text_put_u64(out, (uint64_t)g->key);
		}
	} else if (s->choice.by == REPORT_BY_STACK) {
		struct folded_slice frame = s->stacks[g->key].frame;
		text_put(out, "#");
		text_put_u64(out, (uint64_t)g->key + 1);
		text_put(out, " ");
		text_put_n(out, frame.at, frame.len);
	} else {
		text_put_n(out, g->name.at, g->name.len);
	}
}

const char *report_by_word(enum report_by by) {
	static const char *const words[] = {"module", "function", "stack", "boot", "hour"};
	return words[by];
}
