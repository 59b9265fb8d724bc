#include "tests/bench/target.h"

#include <stdlib.h>
#include <string.h>

#include "tests/bench/symbols.h"

#define PAGE 0x1000u
#define SHARED_DATA 0xfffff78000000000u /* KUSER_SHARED_DATA; at 8 the interrupt time, 100 ns */

/* Beside the images: stacks; processor block, control block and thread; the shared user data. */
static const struct {
	uint64_t base, size;
} regions[] = {{0xfffff88002000000, 0x6000}, {0xfffff80001c00000, 0x4000}, {SHARED_DATA, PAGE}};

uint32_t machine_random(struct target *t) {
	t->random ^= t->random << 13;
	t->random ^= t->random >> 17;
	t->random ^= t->random << 5;
	return t->random;
}

static bool is_mapped(uint64_t address) {
	for (size_t i = 0; i < sizeof regions / sizeof *regions; i++)
		if (address - regions[i].base < regions[i].size)
			return true;
	return symbols_module_at(address) != NULL;
}

static struct target_page *page_at(struct target *t, uint64_t address, bool is_wanted) {
	struct target_page *p = t->pages;

	while (p != NULL && address - p->base >= PAGE)
		p = p->next;
	if (p != NULL || !is_wanted || !is_mapped(address))
		return p;
	p = calloc(1, sizeof *p);
	if (p == NULL)
		abort();
	p->base = address & ~(uint64_t)(PAGE - 1);
	p->next = t->pages;
	t->pages = p;
	return p;
}

static void write_uptime(struct target *t) {
	uint8_t time[12];

	kdproto_put64(time, t->up / (SECOND / 10000000));
	kdproto_put32(time + 8, kdproto_get32(time + 4));
	machine_write(t, SHARED_DATA + 8, time, sizeof time);
}

size_t machine_read(struct target *t, uint64_t address, uint8_t *out, size_t len) {
	size_t done = 0;

	if (address - SHARED_DATA < PAGE)
		write_uptime(t);
	for (; done < len && is_mapped(address + done); done++) {
		const struct target_page *p = page_at(t, address + done, false);
		out[done] = p == NULL ? 0 : p->bytes[(address + done) % PAGE];
	}
	return done;
}

size_t machine_write(struct target *t, uint64_t address, const uint8_t *bytes, size_t len) {
	size_t done = 0;

	for (; done < len; done++) {
		struct target_page *p = page_at(t, address + done, true);
		if (p == NULL)
			break;
		p->bytes[(address + done) % PAGE] = bytes[done];
	}
	return done;
}

bool machine_has_breakpoint(const struct target *t, uint64_t address) {
	for (size_t i = 0; i < BREAKPOINTS; i++)
		if (t->breakpoints[i].address == address)
			return true;
	return false;
}

uint32_t machine_set_breakpoint(struct target *t, uint64_t address) {
	static const uint8_t int3 = 0xcc;
	uint32_t i = 0;

	while (i < BREAKPOINTS && t->breakpoints[i].address != 0)
		i++;
	if (i == BREAKPOINTS || address == 0 || machine_has_breakpoint(t, address))
		return 0;
	if (machine_read(t, address, &t->breakpoints[i].saved, 1) == 0)
		return 0;
	machine_write(t, address, &int3, 1);
	t->breakpoints[i].address = address;
	truth_event(t, "bp_set", "\"handle\":%u,\"addr\":\"0x%llx\"", i + 1,
		(unsigned long long)address);
	return i + 1;
}

bool machine_clear_breakpoint(struct target *t, uint32_t handle, const char *why) {
	if (handle < 1 || handle > BREAKPOINTS || t->breakpoints[handle - 1].address == 0)
		return false;
	struct target_breakpoint *b = &t->breakpoints[handle - 1];
	machine_write(t, b->address, &b->saved, 1);
	truth_event(t, "bp_clear", "\"handle\":%u,\"addr\":\"0x%llx\",\"by\":\"%s\"", handle,
		(unsigned long long)b->address, why);
	b->address = 0;
	return true;
}

void machine_clear_range(struct target *t, uint64_t address, size_t len) {
	for (uint32_t i = 0; i < BREAKPOINTS; i++) {
		uint64_t at = t->breakpoints[i].address;
		if (at != 0 && at - address < len)
			machine_clear_breakpoint(t, i + 1, "stop");
	}
}

/* No disassembler: the first instruction of the function that is watched, an int 3, or four. */
uint64_t machine_next_instruction(const struct target *t) {
	uint64_t pc = t->context.rip;

	if (pc == symbols_address(SYMBOLS_SPECIAL_POOL))
		return pc + 5;
	return pc == symbols_address(SYMBOLS_BREAK) ? pc + 1 : pc + 4;
}

static void write_code(struct target *t) {
	static const uint8_t special[] = {0x48, 0x89, 0x5c, 0x24, 0x10, 0x48, 0x89, 0x6c, 0x24,
		0x18, 0x48, 0x89, 0x74, 0x24, 0x20, 0x57, 0x48, 0x83, 0xec, 0x30};
	static const uint8_t int3_ret[] = {0xcc, 0xc3, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90};
	static const uint8_t no_tag[] = {0x0f, 0xff, 0xff, 0xff};

	machine_write(t, symbols_address(SYMBOLS_SPECIAL_POOL), special, sizeof special);
	machine_write(t, symbols_address(SYMBOLS_BREAK), int3_ret, sizeof int3_ret);
	machine_write(t, symbols_address("nt!DebugService2+0x5"), int3_ret, sizeof int3_ret);
	machine_write(t, symbols_address("nt!ExAllocatePoolWithTag+0x881"), int3_ret, 1);
	machine_write(t, symbols_address("netfoo!Assert+0x12"), int3_ret, 1);
	machine_write(t, symbols_address(SYMBOLS_POOL_HIT_TAG), no_tag, sizeof no_tag);
}

void machine_finish(struct target *t) {
	while (t->pages != NULL) {
		struct target_page *next = t->pages->next;
		free(t->pages);
		t->pages = next;
	}
}

void machine_reset(struct target *t) {
	t->up = 0;
	machine_finish(t);
	memset(t->breakpoints, 0, sizeof t->breakpoints);
	memset(t->special, 0, sizeof t->special);
	t->context = (struct kdproto_context){.eflags = 0x282,
		.cs = 0x10,
		.ds = 0x2b,
		.es = 0x2b,
		.fs = 0x53,
		.gs = 0x2b,
		.ss = 0x18,
		.dr7 = 0x400};
	t->context.reg[KDPROTO_RSP] = regions[0].base + 0x5000;
	write_code(t);
}
