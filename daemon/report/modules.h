/* Which module a stack is to be laid at: the table of those that only pass a request on. */
#ifndef LIVEDEBUG_REPORT_MODULES_H
#define LIVEDEBUG_REPORT_MODULES_H

#include <stddef.h>

/* Bytes inside a folded stack. len 0: nothing. */
struct folded_slice {
	const char *at;
	size_t len;
};

enum module_kind {
	MODULE_KERNEL,  /* the kernel, the HAL, the verifier: never to blame while others are there
			 */
	MODULE_LIBRARY, /* allocates on behalf of the drivers above it */
	MODULE_USER,    /* the system's part of a user-mode stack */
	MODULE_DRIVER,  /* all others */
};

/* By name, in any case. */
enum module_kind module_kind_of(const char *name, size_t len);

/*
 * The frame that is responsible, seen from the leaf: the first driver's below the system call;
 * else the first library's; else the first program's; else the leaf.
 */
struct folded_slice responsible_frame(const char *folded, size_t len);

/* The module of a frame: all before `!` or `+`; for a bare address "(no module)". */
struct folded_slice frame_module(struct folded_slice frame);

#endif
