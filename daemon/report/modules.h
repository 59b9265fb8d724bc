/* Which module a stack is to be laid at: the table of those that only pass a request on. */
#ifndef LIVEDEBUG_REPORT_MODULES_H
#define LIVEDEBUG_REPORT_MODULES_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes inside a frame or a name. len 0: nothing. */
struct folded_slice {
	const char *at;
	size_t len;
};

/* Bytewise, the shorter one first where one begins the other: as memcmp(). */
int folded_compare(struct folded_slice a, struct folded_slice b);

enum module_kind {
	MODULE_KERNEL,  /* the kernel, the HAL, the verifier: never to blame while others are there
			 */
	MODULE_LIBRARY, /* allocates on behalf of the drivers above it */
	MODULE_USER,    /* the system's part of a user-mode stack */
	MODULE_DRIVER,  /* all others */
};

/* What the user adds to the built-in table. Zero it before the first call. */
struct module_table {
	char (*names)[64];
	size_t count;
};

/*
 * Let modules of this name count as MODULE_LIBRARY. False: no module can have that name (empty,
 * too long, a blank, `!` or `+` inside). Out of memory: abort().
 */
bool module_table_add(struct module_table *t, const char *name, size_t len);

/* Free what it owns. */
void module_table_finish(struct module_table *t);

/* By name, in any case. `t` may be NULL. */
enum module_kind module_kind_of(const struct module_table *t, const char *name, size_t len);

/* Has the frame a module, or is it a bare address? */
bool frame_has_module(struct folded_slice frame);

/* The module of a frame: all before `!` or `+`; for a bare address "(no module)". */
struct folded_slice frame_module(struct folded_slice frame);

/* One of the kernel's entries from user mode. */
bool frame_is_system_call(struct folded_slice frame);

/*
 * The walk from leaf to root that finds the frame that is responsible: the first driver's below the
 * system call; else the first library's; else the first program's; else the leaf. Zero it, visit
 * the frames leaf first, then ask.
 */
struct module_walk {
	size_t visited, driver, library,
		program;   /* how many were visited when it was met; 0: not */
	bool behind_entry; /* the frame before was a system call's entry */
	bool in_program;
};

/* `entry`: frame_is_system_call(); `has_module`: frame_has_module(). */
void module_walk_visit(struct module_walk *w, enum module_kind kind, bool has_module, bool entry);

/* Frames between the leaf and the responsible one. */
size_t module_walk_result(const struct module_walk *w);

#endif
