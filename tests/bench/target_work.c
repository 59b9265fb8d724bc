#include "tests/bench/target.h"

#include <string.h>

#include "tests/bench/symbols.h"

#define TAG 0x206b6444u /* "Ddk " */
#define STACK_PAGE 0xfffff88002005000u
#define RSP_OFFSET 0x800u

void work_schedule(struct target *t) {
	uint64_t interval;

	t->call_due = NEVER;
	if (t->hits_left == 0 || t->rate == 0)
		return;
	interval = 1000 * SECOND / t->rate;
	t->call_due = t->now + interval / 2 + interval / 1024 * (machine_random(t) % 1024);
}

uint32_t work_pool_hit_tag(struct target *t) {
	uint8_t tag[4] = {0};

	machine_read(t, symbols_address(SYMBOLS_POOL_HIT_TAG), tag, sizeof tag);
	return kdproto_get32(tag);
}

/* Return addresses with one to five small words between them; the rest of the page is zero. */
static void write_stack(struct target *t, const struct bench_stack *stack, size_t skip) {
	uint8_t page[0x1000] = {0};
	size_t at = RSP_OFFSET;

	for (size_t i = skip; i < stack->count; i++) {
		kdproto_put64(page + at, symbols_address(stack->frames[i]));
		at += 8;
		for (uint32_t n = machine_random(t) % 5; n > 0; n--, at += 8)
			kdproto_put64(page + at, machine_random(t) % 0x1000);
	}
	machine_write(t, STACK_PAGE, page, sizeof page);
	t->context.reg[KDPROTO_RSP] = STACK_PAGE + RSP_OFFSET;
}

void work_idle_stack(struct target *t) {
	write_stack(t, &symbols_idle_stack, 0);
}

/* Each hundred hits have each stack by its weight, and few of them nearly so. */
static size_t pick_stack(const struct target *t) {
	uint32_t left = (uint32_t)((t->hits * 61 + t->seed) % SYMBOLS_WEIGHT_SUM);
	size_t i = 0;

	while (left >= symbols_stacks[i].weight)
		left -= symbols_stacks[i++].weight;
	return i;
}

static void truth_hit(struct target *t, size_t index, const char *leaf, size_t skip) {
	const struct bench_stack *stack = &symbols_stacks[index];
	char text[1024];
	size_t at = (size_t)snprintf(text, sizeof text, "\"%s\"", leaf);

	for (size_t i = skip; i < stack->count; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, ",\"%.*s\"",
			(int)strcspn(stack->frames[i], "+"), stack->frames[i]);
	truth_event(t, "hit", "\"n\":%llu,\"index\":%zu,\"stack\":[%s]",
		(unsigned long long)t->hits, index, text);
}

static void hit(struct target *t, size_t index, const char *leaf, const char *pc, size_t skip) {
	write_stack(t, &symbols_stacks[index], skip);
	t->context.reg[KDPROTO_RCX] = 0x20 + 16 * index; /* the size that is asked for */
	t->context.reg[KDPROTO_RDX] = TAG;
	t->hits++;
	if (--t->hits_left == 0)
		t->call_due = NEVER; /* the next call was already due */
	truth_hit(t, index, leaf, skip);
	fault_event(t, WHEN_HIT, t->hits);
	stop_exception(t, WHY_HIT, KDPROTO_STATUS_BREAKPOINT, symbols_address(pc));
}

/* PoolHitTag stops one frame higher, inside the function that compares the tag. */
void work_call(struct target *t) {
	size_t index = pick_stack(t);

	work_schedule(t);
	if (machine_has_breakpoint(t, symbols_address(SYMBOLS_SPECIAL_POOL))) {
		hit(t, index, SYMBOLS_SPECIAL_POOL, SYMBOLS_SPECIAL_POOL, 0);
	} else if (work_pool_hit_tag(t) == TAG && t->frees > 0) {
		t->frees--;
		hit(t, index, "nt!ExFreePoolWithTag", "nt!ExFreePoolWithTag+0x649", 1);
	} else if (work_pool_hit_tag(t) == TAG) {
		hit(t, index, "nt!ExAllocatePoolWithTag", "nt!ExAllocatePoolWithTag+0x881", 1);
	} else {
		t->passes++;
		truth_event(t, "pass", "\"n\":%llu", (unsigned long long)t->passes);
	}
}
