#include "report/fold.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024
#define BLOCK_SIZE 65536
#define OTHERS_MAX 1000  /* stacks of FOLD_OTHERS beyond stacks_max */
#define FRAMES_A_STACK 4 /* frames kept for each of stacks_max */

/* Memory that is only given back as a whole. */
struct fold_block {
	struct fold_block *next;
	size_t used, size;
	max_align_t at[];
};

static void *must(void *memory) {
	if (!memory) {
		abort();
	}
	return memory;
}

static void *take_memory(struct fold *f, size_t size) {
	struct fold_block *b = f->blocks;
	size = (size + 7) & ~(size_t)7;
	if (!b || b->size - b->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
		b = must(malloc(sizeof(*b) + room));
		*b = (struct fold_block){.next = f->blocks, .size = room};
		f->blocks = b;
	}
	b->used += size;
	return (char *)b->at + b->used - size;
}

/* Double an array that is full. */
static void *grow(void *array, size_t count, size_t *cap, size_t size) {
	if (count < *cap) {
		return array;
	}
	*cap = *cap ? *cap * 2 : 64;
	return must(realloc(array, *cap * size));
}

/* --- tallies ------------------------------------------------------------------------------ */

/* Where the key is or belongs; hits come mostly in the order of their keys. */
static size_t tally_place(const struct fold_tally *t, int64_t key) {
	size_t low = 0, high = t->count;
	if (high > 0 && t->items[high - 1].key < key) {
		return high;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (t->items[middle].key < key) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static void tally_add(struct fold_tally *t, int64_t key, uint64_t count) {
	if (t->count > 0 && t->items[t->count - 1].key == key) {
		t->items[t->count - 1].count += count;
		return;
	}
	size_t at = tally_place(t, key);
	if (at < t->count && t->items[at].key == key) {
		t->items[at].count += count;
		return;
	}
	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 1;
		t->items = must(realloc(t->items, t->cap * sizeof(*t->items)));
	}
	memmove(&t->items[at + 1], &t->items[at], (t->count - at) * sizeof(*t->items));
	t->items[at] = (struct fold_tally_item){key, count};
	t->count++;
}

uint64_t fold_tally_get(const struct fold_tally *t, int64_t key) {
	size_t at = tally_place(t, key);
	return at < t->count && t->items[at].key == key ? t->items[at].count : 0;
}

static int64_t divide_down(int64_t value, int64_t by) {
	int64_t result = value / by;
	return value % by < 0 ? result - 1 : result;
}

/* Each key is divided; equal ones come together. */
static void tally_coarsen(struct fold_tally *t, int64_t by) {
	size_t kept = 0;
	for (size_t i = 0; i < t->count; i++) {
		int64_t key = divide_down(t->items[i].key, by);
		if (kept > 0 && t->items[kept - 1].key == key) {
			t->items[kept - 1].count += t->items[i].count;
		} else {
			t->items[kept++] = (struct fold_tally_item){key, t->items[i].count};
		}
	}
	t->count = kept;
}

/* --- time --------------------------------------------------------------------------------- */

#define SECOND INT64_C(1000000)

/* Each length divides the next, so that intervals can be put together. */
static int64_t next_interval(int64_t length) {
	static const int64_t lengths[] = {1, 10, 60, 300, 900, 3600, 21600, 86400, 604800};
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if (lengths[i] * SECOND > length) {
			return lengths[i] * SECOND;
		}
	}
	return length * 4;
}

static void set_interval(struct fold *f, int64_t length) {
	int64_t by = f->interval_us ? length / f->interval_us : 1;
	f->interval_us = length;
	tally_coarsen(&f->intervals, by);
	for (size_t i = 0; by > 1 && i < f->count; i++) {
		tally_coarsen(&f->stacks[i].intervals, by);
	}
}

static void widen(int64_t *first, int64_t *last, int64_t new_first, int64_t new_last) {
	if (new_first == FOLD_NO_TIME) {
		return;
	}
	*first = *first == FOLD_NO_TIME || new_first < *first ? new_first : *first;
	*last = new_last > *last ? new_last : *last; /* FOLD_NO_TIME is the least */
}

/* The fold's span takes these times in, and its intervals become as long as that needs. */
static void cover(struct fold *f, int64_t first_us, int64_t last_us) {
	if (f->interval_us == 0) {
		f->first_us = f->last_us = FOLD_NO_TIME;
		set_interval(f, SECOND);
	}
	widen(&f->first_us, &f->last_us, first_us, last_us);
	while (divide_down(f->last_us, f->interval_us) - divide_down(f->first_us, f->interval_us) >=
		FOLD_INTERVALS) {
		set_interval(f, next_interval(f->interval_us));
	}
}

/* Hits come mostly boot by boot. */
static struct fold_span *find_span(const struct fold *f, uint32_t boot) {
	for (size_t i = f->boot_span_count; i-- > 0;) {
		if (f->boot_spans[i].boot == boot) {
			return &f->boot_spans[i];
		}
	}
	return NULL;
}

static void cover_boot(struct fold *f, uint32_t boot, int64_t first_us, int64_t last_us) {
	struct fold_span *span = find_span(f, boot);
	if (!span) {
		f->boot_spans = grow(f->boot_spans, f->boot_span_count, &f->boot_span_cap,
			sizeof(*f->boot_spans));
		span = &f->boot_spans[f->boot_span_count++];
		*span = (struct fold_span){boot, FOLD_NO_TIME, FOLD_NO_TIME};
	}
	widen(&span->first_us, &span->last_us, first_us, last_us);
}

const struct fold_span *fold_boot_span(const struct fold *f, uint32_t boot) {
	return find_span(f, boot);
}

/* --- names -------------------------------------------------------------------------------- */

/* FNV-1a. */
static uint32_t hash_text(const char *bytes, size_t len) {
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char)bytes[i]) * 16777619u;
	}
	return hash ^ hash >> 15;
}

static bool is_frame(const struct fold_frame *f, const char *text, size_t len, uint32_t hash) {
	return f->hash == hash && f->len == len && memcmp(f->text, text, len) == 0;
}

static uint32_t *frame_slot(const struct fold *f, const char *text, size_t len, uint32_t hash) {
	size_t at = hash & (f->frame_slot_count - 1);
	while (f->frame_slots[at] &&
		!is_frame(&f->frames[f->frame_slots[at] - 1], text, len, hash)) {
		at = (at + 1) & (f->frame_slot_count - 1);
	}
	return &f->frame_slots[at];
}

/* At most half of the slots are taken. */
static void make_frame_room(struct fold *f) {
	if (f->frame_count * 2 < f->frame_slot_count) {
		return;
	}
	free(f->frame_slots);
	f->frame_slot_count = f->frame_slot_count ? f->frame_slot_count * 2 : FIRST_SLOTS;
	f->frame_slots = must(calloc(f->frame_slot_count, sizeof(*f->frame_slots)));
	for (size_t i = 0; i < f->frame_count; i++) {
		const struct fold_frame *e = &f->frames[i];
		*frame_slot(f, e->text, e->len, e->hash) = (uint32_t)i + 1;
	}
}

static struct fold_frame new_name(struct fold *f, const char *text, size_t len, uint32_t hash) {
	char *copy = take_memory(f, len + 1);
	memcpy(copy, text, len);
	copy[len] = 0;
	return (struct fold_frame){.text = copy, .len = (uint32_t)len, .hash = hash};
}

static size_t stacks_max(const struct fold *f) {
	return f->stacks_max ? f->stacks_max : FOLD_STACKS_MAX;
}

uint32_t fold_frame(struct fold *f, const char *text, size_t len) {
	uint32_t hash = hash_text(text, len);
	make_frame_room(f);
	uint32_t *slot = frame_slot(f, text, len, hash);
	if (*slot) {
		return *slot - 1;
	}
	bool own = text[0] == '(';
	if (!own && f->frame_count - f->own_frame_count >=
			    FRAMES_A_STACK * stacks_max(f) + OTHERS_MAX) {
		f->frames_merged = true;
		return fold_frame(f, FOLD_OTHER_FRAMES, strlen(FOLD_OTHER_FRAMES));
	}
	struct fold_frame frame = new_name(f, text, len, hash);
	struct folded_slice slice = {frame.text, len}, module = frame_module(slice);
	frame.kind = module_kind_of(f->modules, module.at, module.len);
	frame.entry = frame_is_system_call(slice);
	f->frames = grow(f->frames, f->frame_count, &f->frame_cap, sizeof(*f->frames));
	f->frames[f->frame_count] = frame;
	*slot = (uint32_t)++f->frame_count;
	f->own_frame_count += own;
	return *slot - 1;
}

static uint32_t add_source(struct fold *f, const char *name, size_t len, uint32_t hash) {
	f->sources = grow(f->sources, f->source_count, &f->source_cap, sizeof(*f->sources));
	f->sources[f->source_count] = new_name(f, name, len, hash);
	return (uint32_t)f->source_count++;
}

uint32_t fold_source(struct fold *f, const char *name, size_t len) {
	uint32_t hash = hash_text(name, len);
	if (f->source_count == 0) {
		add_source(f, "", 0, hash_text("", 0));
	}
	for (size_t i = 0; i < f->source_count; i++) {
		if (is_frame(&f->sources[i], name, len, hash)) {
			return (uint32_t)i;
		}
	}
	return add_source(f, name, len, hash);
}

/* --- stacks ------------------------------------------------------------------------------- */

static uint64_t hash_stack(const uint32_t *leaf_first, size_t count) {
	uint64_t hash = count;
	for (size_t i = 0; i < count; i++) {
		hash = (hash ^ leaf_first[i]) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return hash;
}

static bool is_stack(
	const struct fold_stack *s, const uint32_t *leaf_first, size_t count, uint64_t hash) {
	if (s->hash != hash || s->frame_count != count) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (s->frames[count - 1 - i] != leaf_first[i]) {
			return false;
		}
	}
	return true;
}

static uint32_t *stack_slot(
	const struct fold *f, const uint32_t *leaf_first, size_t count, uint64_t hash) {
	size_t at = (size_t)hash & (f->stack_slot_count - 1);
	while (f->stack_slots[at] &&
		!is_stack(&f->stacks[f->stack_slots[at] - 1], leaf_first, count, hash)) {
		at = (at + 1) & (f->stack_slot_count - 1);
	}
	return &f->stack_slots[at];
}

static void make_stack_room(struct fold *f) {
	if (f->count * 2 < f->stack_slot_count) {
		return;
	}
	free(f->stack_slots);
	f->stack_slot_count = f->stack_slot_count ? f->stack_slot_count * 2 : FIRST_SLOTS;
	f->stack_slots = must(calloc(f->stack_slot_count, sizeof(*f->stack_slots)));
	for (size_t i = 0; i < f->count; i++) {
		size_t at = (size_t)f->stacks[i].hash & (f->stack_slot_count - 1);
		while (f->stack_slots[at]) {
			at = (at + 1) & (f->stack_slot_count - 1);
		}
		f->stack_slots[at] = (uint32_t)i + 1;
	}
}

static uint32_t add_stack(struct fold *f, const uint32_t *leaf_first, size_t count, uint64_t hash) {
	uint32_t *frames = take_memory(f, count * sizeof(*frames));
	for (size_t i = 0; i < count; i++) {
		frames[count - 1 - i] = leaf_first[i];
	}
	f->stacks = grow(f->stacks, f->count, &f->cap, sizeof(*f->stacks));
	f->stacks[f->count] = (struct fold_stack){.frames = frames,
		.frame_count = count,
		.hash = hash,
		.first_us = FOLD_NO_TIME,
		.last_us = FOLD_NO_TIME};
	return (uint32_t)++f->count;
}

static void visit(const struct fold *f, struct module_walk *w, uint32_t number) {
	const struct fold_frame *frame = &f->frames[number];
	module_walk_visit(w, frame->kind,
		frame_has_module((struct folded_slice){frame->text, frame->len}), frame->entry);
}

size_t fold_responsible(const struct fold *f, const struct fold_stack *s) {
	struct module_walk w = {0};
	for (size_t i = s->frame_count; i-- > 0;) {
		visit(f, &w, s->frames[i]);
	}
	return s->frame_count - 1 - module_walk_result(&w);
}

static struct fold_stack *find_or_add(
	struct fold *f, const uint32_t *leaf_first, size_t count, size_t limit) {
	uint64_t hash = hash_stack(leaf_first, count);
	make_stack_room(f);
	uint32_t *slot = stack_slot(f, leaf_first, count, hash);
	if (*slot == 0) {
		if (f->count >= limit) {
			return NULL;
		}
		*slot = add_stack(f, leaf_first, count, hash);
	}
	return &f->stacks[*slot - 1];
}

/* No room for the stack: its module keeps its hits all the same. */
static struct fold_stack *find_other(struct fold *f, const uint32_t *leaf_first, size_t count) {
	struct module_walk w = {0};
	for (size_t i = 0; i < count; i++) {
		visit(f, &w, leaf_first[i]);
	}
	uint32_t pair[2] = {leaf_first[module_walk_result(&w)],
		fold_frame(f, FOLD_OTHERS, strlen(FOLD_OTHERS))};
	struct fold_stack *s = find_or_add(f, pair, 2, stacks_max(f) + OTHERS_MAX);
	return s ? s : find_or_add(f, pair + 1, 1, SIZE_MAX);
}

static struct fold_stack *find_stack(
	struct fold *f, const uint32_t *leaf_first, size_t count, uint64_t hits) {
	struct fold_stack *s = find_or_add(f, leaf_first, count, stacks_max(f));
	if (!s) {
		f->merged += hits;
		s = find_other(f, leaf_first, count);
	}
	return s;
}

/* `hits` of the stack alike; the sums are the caller's. */
static void count_hits(
	struct fold *f, struct fold_stack *s, const struct fold_hit *hit, uint64_t hits) {
	s->count += hits;
	s->weight += hit->weight * (double)hits;
	tally_add(&s->boots, hit->boot, hits);
	tally_add(&f->boots, hit->boot, hits);
	tally_add(&s->sources, hit->source, hits);
	if (hit->time_us != FOLD_NO_TIME) {
		widen(&s->first_us, &s->last_us, hit->time_us, hit->time_us);
		cover(f, hit->time_us, hit->time_us);
		cover_boot(f, hit->boot, hit->time_us, hit->time_us);
		int64_t interval = divide_down(hit->time_us, f->interval_us);
		tally_add(&s->intervals, interval, hits);
		tally_add(&f->intervals, interval, hits);
	}
}

static void add_to_sums(struct fold *f, const struct fold_hit *hit) {
	f->total++;
	f->weight += hit->weight;
}

size_t fold_add(
	struct fold *f, const uint32_t *leaf_first, size_t count, const struct fold_hit *hit) {
	struct fold_stack *s = find_stack(f, leaf_first, count, 1);
	count_hits(f, s, hit, 1);
	add_to_sums(f, hit);
	return (size_t)(s - f->stacks);
}

static bool is_alike(const struct fold_hit *a, const struct fold_hit *b) {
	return a->boot == b->boot && a->source == b->source && a->weight == b->weight;
}

static void make_again_room(struct fold *f) {
	struct fold_again *a = &f->again;
	if (a->cap < f->cap) {
		a->hits = must(realloc(a->hits, f->cap * sizeof(*a->hits)));
		a->which = must(realloc(a->which, f->cap * sizeof(*a->which)));
		memset(a->hits + a->cap, 0, (f->cap - a->cap) * sizeof(*a->hits));
		a->cap = f->cap;
	}
}

void fold_add_again(struct fold *f, size_t stack, const struct fold_hit *hit) {
	struct fold_again *a = &f->again;
	add_to_sums(f, hit);
	if (hit->time_us != FOLD_NO_TIME) {
		count_hits(f, &f->stacks[stack], hit, 1);
		return;
	}
	if (a->count > 0 && !is_alike(&a->hit, hit)) {
		fold_settle(f);
	}
	make_again_room(f);
	a->hit = *hit;
	if (a->hits[stack]++ == 0) {
		a->which[a->count++] = (uint32_t)stack;
	}
}

void fold_settle(struct fold *f) {
	struct fold_again *a = &f->again;
	for (size_t i = 0; i < a->count; i++) {
		uint32_t stack = a->which[i];
		count_hits(f, &f->stacks[stack], &a->hit, a->hits[stack]);
		a->hits[stack] = 0;
	}
	a->count = 0;
}

void fold_weigh(struct fold *f, size_t stack, double more) {
	f->stacks[stack].weight += more;
	f->weight += more;
}

/* --- two folds ---------------------------------------------------------------------------- */

struct merge {
	struct fold *to;
	const struct fold *from;
	uint32_t *frames, *sources; /* the numbers of `from` in `to` */
	int64_t by;                 /* intervals of `from` in one of `to` */
};

static void add_tally(struct fold_tally *to, const struct fold_tally *from) {
	for (size_t i = 0; i < from->count; i++) {
		tally_add(to, from->items[i].key, from->items[i].count);
	}
}

static void add_intervals(struct fold_tally *to, const struct fold_tally *from, int64_t by) {
	for (size_t i = 0; i < from->count; i++) {
		tally_add(to, divide_down(from->items[i].key, by), from->items[i].count);
	}
}

static void merge_stack(const struct merge *m, const struct fold_stack *s, uint32_t *leaf_first) {
	for (size_t i = 0; i < s->frame_count; i++) {
		leaf_first[s->frame_count - 1 - i] = m->frames[s->frames[i]];
	}
	struct fold_stack *to = find_stack(m->to, leaf_first, s->frame_count, s->count);
	to->count += s->count;
	to->weight += s->weight;
	widen(&to->first_us, &to->last_us, s->first_us, s->last_us);
	add_tally(&to->boots, &s->boots);
	add_intervals(&to->intervals, &s->intervals, m->by);
	for (size_t i = 0; i < s->sources.count; i++) {
		tally_add(&to->sources, m->sources[s->sources.items[i].key],
			s->sources.items[i].count);
	}
}

/* Room for the longest stack. */
static uint32_t *longest_stack(const struct fold *f) {
	size_t most = 1;
	for (size_t i = 0; i < f->count; i++) {
		most = f->stacks[i].frame_count > most ? f->stacks[i].frame_count : most;
	}
	return must(calloc(most, sizeof(uint32_t)));
}

static void number_names(struct merge *m, uint32_t source) {
	const struct fold *from = m->from;
	m->frames = must(calloc(from->frame_count + 1, sizeof(*m->frames)));
	m->sources = must(calloc(from->source_count + 1, sizeof(*m->sources)));
	m->sources[0] = source;
	for (size_t i = 0; i < from->frame_count; i++) {
		m->frames[i] = fold_frame(m->to, from->frames[i].text, from->frames[i].len);
	}
	for (size_t i = 1; i < from->source_count; i++) {
		m->sources[i] = fold_source(m->to, from->sources[i].text, from->sources[i].len);
	}
}

/* The intervals of `to` are as long as those of both, and the span is that of both. */
static void merge_time(struct merge *m) {
	if (m->from->interval_us == 0) {
		return;
	}
	cover(m->to, m->from->first_us, m->from->last_us);
	while (m->to->interval_us < m->from->interval_us) {
		set_interval(m->to, next_interval(m->to->interval_us));
	}
	m->by = m->to->interval_us / m->from->interval_us;
}

void fold_merge(struct fold *f, struct fold *from, uint32_t source) {
	fold_settle(from);
	struct merge m = {.to = f, .from = from, .by = 1};
	uint32_t *leaf_first = longest_stack(from);
	number_names(&m, source);
	merge_time(&m);
	for (size_t i = 0; i < from->count; i++) {
		merge_stack(&m, &from->stacks[i], leaf_first);
	}
	f->total += from->total;
	f->weight += from->weight;
	f->merged += from->merged;
	f->frames_merged = f->frames_merged || from->frames_merged;
	add_tally(&f->boots, &from->boots);
	for (size_t i = 0; i < from->boot_span_count; i++) {
		const struct fold_span *span = &from->boot_spans[i];
		cover_boot(f, span->boot, span->first_us, span->last_us);
	}
	add_intervals(&f->intervals, &from->intervals, m.by);
	free(m.frames);
	free(m.sources);
	free(leaf_first);
}

/* --- order -------------------------------------------------------------------------------- */

/* The folded text of a stack, byte by byte. */
struct spelling {
	const struct fold *fold;
	const struct fold_stack *stack;
	size_t frame;
	const char *at;
};

static unsigned char next_byte(struct spelling *s) {
	if (*s->at) {
		return (unsigned char)*s->at++;
	}
	if (++s->frame >= s->stack->frame_count) {
		return 0;
	}
	s->at = s->fold->frames[s->stack->frames[s->frame]].text;
	return ';';
}

static int compare_texts(
	const struct fold *f, const struct fold_stack *a, const struct fold_stack *b) {
	size_t same = 0;
	while (same < a->frame_count && same < b->frame_count &&
		a->frames[same] == b->frames[same]) {
		same++;
	}
	if (same == a->frame_count || same == b->frame_count) {
		return (a->frame_count > b->frame_count) - (a->frame_count < b->frame_count);
	}
	struct spelling x = {f, a, same, f->frames[a->frames[same]].text};
	struct spelling y = {f, b, same, f->frames[b->frames[same]].text};
	unsigned char c, d;
	do {
		c = next_byte(&x);
		d = next_byte(&y);
	} while (c && c == d);
	return (c > d) - (c < d);
}

static bool comes_first(
	const struct fold *f, const struct fold_stack *a, const struct fold_stack *b) {
	return a->count != b->count ? a->count > b->count : compare_texts(f, a, b) <= 0;
}

/* Of two sorted runs one; qsort() gives its comparison no word about the fold. */
static void merge_runs(const struct fold *f, struct fold_stack *to, const struct fold_stack *a,
	const struct fold_stack *a_end, const struct fold_stack *b,
	const struct fold_stack *b_end) {
	while (a < a_end || b < b_end) {
		bool first = b == b_end || (a < a_end && comes_first(f, a, b));
		*to++ = first ? *a++ : *b++;
	}
}

static size_t least(size_t a, size_t b) {
	return a < b ? a : b;
}

void fold_sort(struct fold *f) {
	fold_settle(f);
	struct fold_stack *other = must(calloc(f->count + 1, sizeof(*other)));
	for (size_t run = 1; run < f->count; run *= 2) {
		for (size_t at = 0; at < f->count; at += 2 * run) {
			const struct fold_stack *middle = f->stacks + least(at + run, f->count);
			merge_runs(f, other + at, f->stacks + at, middle, middle,
				f->stacks + least(at + 2 * run, f->count));
		}
		struct fold_stack *sorted = other;
		other = f->stacks;
		f->stacks = sorted;
		f->cap = f->count + 1;
	}
	free(other);
}

struct folded_slice fold_frame_text(const struct fold *f, uint32_t frame) {
	return (struct folded_slice){f->frames[frame].text, f->frames[frame].len};
}

struct folded_slice fold_source_name(const struct fold *f, uint32_t source) {
	if (source >= f->source_count) {
		return (struct folded_slice){"", 0};
	}
	return (struct folded_slice){f->sources[source].text, f->sources[source].len};
}

void fold_finish(struct fold *f) {
	for (size_t i = 0; i < f->count; i++) {
		free(f->stacks[i].boots.items);
		free(f->stacks[i].sources.items);
		free(f->stacks[i].intervals.items);
	}
	while (f->blocks) {
		struct fold_block *next = f->blocks->next;
		free(f->blocks);
		f->blocks = next;
	}
	free(f->boots.items);
	free(f->intervals.items);
	free(f->boot_spans);
	free(f->stacks);
	free(f->frames);
	free(f->sources);
	free(f->stack_slots);
	free(f->frame_slots);
	free(f->again.hits);
	free(f->again.which);
	*f = (struct fold){0};
}
