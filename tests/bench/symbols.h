/*
 * The fake symbol table of the bench: what the target stand-in executes and the kd stand-in
 * prints. Drivers and functions are invented. Addresses are those of one amd64 machine that never
 * relocates.
 */
#ifndef BENCH_SYMBOLS_H
#define BENCH_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct bench_module {
	const char *name;
	const char *path; /* as LoadSymbols tells it */
	uint64_t base;
	uint32_t size;
};

struct bench_symbol {
	const char *name; /* module!function */
	uint64_t start;
	uint32_t size;
};

/* A stack below nt!MmAllocateSpecialPool: return addresses, caller first, root last. */
struct bench_stack {
	unsigned weight; /* share of the hits, of SYMBOLS_WEIGHT_SUM */
	const char *const *frames;
	size_t count;
};

#define SYMBOLS_WEIGHT_SUM 100u
#define SYMBOLS_FRAMES_MAX 10u

#define SYMBOLS_SPECIAL_POOL "nt!MmAllocateSpecialPool"
#define SYMBOLS_BREAK "nt!DbgBreakPointWithStatus"
#define SYMBOLS_POOL_HIT_TAG "nt!PoolHitTag"

extern const struct bench_module symbols_modules[];
extern const size_t symbols_module_count;

extern const struct bench_stack symbols_stacks[];
extern const size_t symbols_stack_count;

/* What an idle processor was doing when a break-in caught it. */
extern const struct bench_stack symbols_idle_stack;

/* The symbol that `address` lies in, or NULL. */
const struct bench_symbol *symbols_at(uint64_t address);

/* The module that `address` lies in, or NULL. */
const struct bench_module *symbols_module_at(uint64_t address);

/* "module!function" or "module!function+0x1c" to its address; 0: unknown. Case counts. */
uint64_t symbols_address(const char *name);

/* "module!function+0x1c" of an address, or "" where no symbol is; returns out. */
const char *symbols_name(uint64_t address, char *out, size_t size);

#endif
