/* What kd's "Connected to ..." line says of the target: "Windows 10 19041 x64". */
#ifndef LIVEDEBUG_CORE_TARGET_H
#define LIVEDEBUG_CORE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first build of the heap-backed pool, 1903 (kd-facts 12.3). */
#define TARGET_HEAP_POOL 18362

/* The build number: the last number in it; 0: there is none. */
uint32_t target_build(const char *name);

/*
 * A breakpoint of `command` that this build no longer runs into: what to use instead, for people;
 * NULL: none.
 */
const char *target_lacks(const char *name, const char *command);

#endif
