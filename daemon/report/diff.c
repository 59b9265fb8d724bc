#include "report/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_US INT64_C(60000000)

static void *zeroed(size_t count, size_t size) {
	void *memory = calloc(count ? count : 1, size);
	if (!memory) {
		abort();
	}
	return memory;
}

const char *diff_word(enum diff_kind kind) {
	static const char *const words[] = {"new", "grown", "same", "less", "gone", ""};
	return words[kind];
}

/* --- what is compared ----------------------------------------------------------------------- */

static void describe_side(struct diff_side *side, const struct diff_input *input) {
	const struct fold *f = input->fold;
	*side = (struct diff_side){.facts = input->facts, .total = f->total};
	side->first_us = f->interval_us ? f->first_us : FOLD_NO_TIME;
	side->last_us = f->interval_us ? f->last_us : FOLD_NO_TIME;
}

static bool has_span(const struct diff_side *side, int64_t least) {
	return side->first_us != FOLD_NO_TIME && side->last_us - side->first_us >= least;
}

static bool choose_unit(struct diff *d, enum diff_per per) {
	if (per == DIFF_PER_TIME && !(has_span(&d->a, 1) && has_span(&d->b, 1))) {
		return false;
	}
	if (per == DIFF_PER_AUTO) {
		bool timed = has_span(&d->a, MINUTE_US) && has_span(&d->b, MINUTE_US);
		per = timed ? DIFF_PER_TIME : DIFF_PER_HITS;
	}
	d->per = per;
	return true;
}

static void set_exposure(
	struct diff_side *side, const struct diff_input *input, enum diff_per per) {
	side->exposure = per == DIFF_PER_TIME
				 ? (double)(side->last_us - side->first_us) / (double)MINUTE_US
				 : input->fold->weight / 100;
}

/* --- rows ----------------------------------------------------------------------------------- */

static double normal(double weight, const struct diff_side *side) {
	return side->exposure > 0 ? weight / side->exposure : 0;
}

/*
 * How far the hits are from what the same rate in both would give, in standard deviations: of all
 * a + b hits, B has a part as large as its exposure is of both.
 */
static double deviation(const struct diff *d, const struct diff_row *row) {
	double n = (double)row->a + (double)row->b;
	double p = d->b.exposure / (d->a.exposure + d->b.exposure);
	double spread = sqrt(n * p * (1 - p));
	return spread > 0 ? ((double)row->b - n * p) / spread : 0;
}

static void judge(const struct diff *d, struct diff_row *row) {
	row->norm_a = normal(row->weight_a, &d->a);
	row->norm_b = normal(row->weight_b, &d->b);
	double z = deviation(d, row);
	if (row->a == 0) {
		row->kind = DIFF_NEW;
	} else if (row->b == 0) {
		row->kind = DIFF_GONE;
	} else if (z >= DIFF_CERTAIN && row->norm_b >= DIFF_RATIO * row->norm_a) {
		row->kind = DIFF_GROWN;
	} else if (z <= -DIFF_CERTAIN && row->norm_a >= DIFF_RATIO * row->norm_b) {
		row->kind = DIFF_LESS;
	} else {
		row->kind = DIFF_SAME;
	}
}

/* What has not changed comes last; else by the size of the change, then by name. */
static int by_change(const void *a, const void *b) {
	const struct diff_row *x = a, *y = b;
	bool same_x = x->kind == DIFF_SAME, same_y = y->kind == DIFF_SAME;
	double change_x = fabs(x->norm_b - x->norm_a), change_y = fabs(y->norm_b - y->norm_a);
	if (same_x != same_y) {
		return same_x ? 1 : -1;
	}
	if (change_x != change_y) {
		return change_x > change_y ? -1 : 1;
	}
	int order = folded_compare(x->name, y->name);
	return order ? order : (x->commonest > y->commonest) - (x->commonest < y->commonest);
}

static int stacks_by_change(const void *a, const void *b) {
	const struct diff_stack *x = a, *y = b;
	return by_change(&x->row, &y->row);
}

static int by_name(const void *a, const void *b) {
	const struct diff_row *x = a, *y = b;
	int order = folded_compare(x->name, y->name);
	return order ? order : (x->commonest > y->commonest) - (x->commonest < y->commonest);
}

static bool stays(const struct diff *d, const struct diff_row *row, size_t i) {
	const struct report_choice *c = &d->choice;
	double share_a = d->a.total ? (double)row->a / (double)d->a.total : 0;
	double share_b = d->b.total ? (double)row->b / (double)d->b.total : 0;
	if (share_a < c->min_share && share_b < c->min_share) {
		return false;
	}
	return !c->keep || c->keep(c->keep_data, &d->fold, &d->fold.stacks[i]);
}

static struct diff_stack describe(const struct diff *d, size_t i, const struct diff_row *row) {
	const struct fold_stack *stack = &d->fold.stacks[i];
	struct diff_stack s = {.stack = stack, .row = *row};
	s.responsible = fold_responsible(&d->fold, stack);
	s.row.name = fold_frame_text(&d->fold, stack->frames[s.responsible]);
	s.row.commonest = i; /* the order of first being seen, until all are ranked */
	s.module = frame_module(s.row.name);
	judge(d, &s.row);
	return s;
}

/* The fold holds both: `of_a` is what it held before B came in. */
static void describe_stacks(struct diff *d, const struct diff_row *of_a, size_t count_a) {
	d->stacks = zeroed(d->fold.count, sizeof(*d->stacks));
	for (size_t i = 0; i < d->fold.count; i++) {
		const struct fold_stack *stack = &d->fold.stacks[i];
		struct diff_row row = {0};
		if (i < count_a) {
			row = of_a[i];
		}
		row.b = stack->count - row.a;
		row.weight_b = row.b > 0 ? stack->weight - row.weight_a : 0;
		if (stays(d, &row, i)) {
			d->stacks[d->stack_count++] = describe(d, i, &row);
			d->a.unique += row.a > 0;
			d->b.unique += row.b > 0;
		}
	}
	qsort(d->stacks, d->stack_count, sizeof(*d->stacks), stacks_by_change);
	for (size_t i = 0; i < d->stack_count; i++) {
		d->stacks[i].row.commonest = i;
	}
}

static bool joins(const struct diff *d, const struct diff_row *to, const struct diff_row *row) {
	return d->choice.by != REPORT_BY_STACK && folded_compare(to->name, row->name) == 0;
}

/* The row stands for the stack that has most hits in both. */
static void join(const struct diff *d, struct diff_row *to, const struct diff_row *row) {
	to->a += row->a;
	to->b += row->b;
	to->weight_a += row->weight_a;
	to->weight_b += row->weight_b;
	if (d->stacks[row->commonest].stack->count > d->stacks[to->commonest].stack->count) {
		to->commonest = row->commonest;
	}
}

static void make_rows(struct diff *d) {
	size_t kept = 0;
	struct diff_row *r = d->rows = zeroed(d->stack_count, sizeof(*d->rows));
	for (size_t i = 0; i < d->stack_count; i++) {
		r[i] = d->stacks[i].row;
		if (d->choice.by == REPORT_BY_MODULE) {
			r[i].name = d->stacks[i].module;
		}
	}
	qsort(r, d->stack_count, sizeof(*r), by_name);
	for (size_t i = 0; i < d->stack_count; i++) {
		if (kept > 0 && joins(d, &r[kept - 1], &r[i])) {
			join(d, &r[kept - 1], &r[i]);
		} else {
			r[kept++] = r[i];
		}
	}
	d->row_count = kept;
	for (size_t i = 0; i < kept; i++) {
		judge(d, &r[i]);
		d->kinds[r[i].kind]++;
	}
	qsort(r, kept, sizeof(*r), by_change);
}

bool diff_init(struct diff *d, const struct diff_input *a, const struct diff_input *b,
	const struct report_choice *choice, enum diff_per per) {
	memset(d, 0, sizeof(*d));
	d->choice = *choice;
	fold_settle(a->fold);
	fold_settle(b->fold);
	describe_side(&d->a, a);
	describe_side(&d->b, b);
	if (!choose_unit(d, per)) {
		return false;
	}
	set_exposure(&d->a, a, d->per);
	set_exposure(&d->b, b, d->per);
	d->fold.modules = a->fold->modules;
	d->fold.stacks_max = a->fold->count + b->fold->count + 1; /* nothing more is merged */
	fold_merge(&d->fold, a->fold, 0);
	size_t count_a = d->fold.count;
	struct diff_row *of_a = zeroed(count_a, sizeof(*of_a));
	for (size_t i = 0; i < count_a; i++) {
		of_a[i].a = d->fold.stacks[i].count;
		of_a[i].weight_a = d->fold.stacks[i].weight;
	}
	fold_merge(&d->fold, b->fold, 0);
	describe_stacks(d, of_a, count_a);
	free(of_a);
	make_rows(d);
	return true;
}

void diff_finish(struct diff *d) {
	free(d->stacks);
	free(d->rows);
	fold_finish(&d->fold);
	memset(d, 0, sizeof(*d));
}
