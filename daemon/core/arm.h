/*
 * The breakpoints that were wanted against the ones that `bl` lists (kd-facts 8.1, 8.2). What kd
 * says while a command runs is a hint; the list is the judge.
 */
#ifndef LIVEDEBUG_CORE_ARM_H
#define LIVEDEBUG_CORE_ARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

#define ARM_WANTED_MAX 64 /* kd has 32 software breakpoints in kernel mode */

struct arm_check {
	const char *const *commands; /* borrowed */
	size_t count;
	uint64_t found;    /* bit N: command N has its row, enabled and resolved */
	uint64_t deferred; /* bit N: its row is not resolved (`u`) */
	uint64_t disabled; /* bit N: its row is disabled */
	size_t enabled;    /* of them, the enabled ones */
	size_t rows;       /* breakpoints in the list, whatever they are */
};

/* Begin a list. Commands past ARM_WANTED_MAX are not checked. */
void arm_check_begin(struct arm_check *c, const char *const *commands, size_t count);

/* A line of `bl`'s output. */
void arm_check_row(struct arm_check *c, const char *line, size_t len);

/*
 * Is everything there? False: `why` says which command and what is wrong with it. Commands that
 * set no breakpoint (anything but bp, bu, bm, ba) are not looked for.
 */
bool arm_check_end(const struct arm_check *c, struct text *why);

/*
 * The place that a bp, bu, bm or ba command names: true and its bytes; false for other commands.
 * `text` gets the command string between the outer quotes, or NULL.
 */
bool arm_place(
	const char *command, const char **place, size_t *len, const char **text, size_t *text_len);

/* Is the line the place of a stop, "PLACE:", and one of these commands names it? */
bool arm_is_place(const char *const *commands, size_t count, const char *line, size_t len);

/* Does the command's own text print a stack (a k command in its string)? */
bool arm_prints_stack(const char *command);

/* Does each of them print a stack, go on, and do nothing else? What comes behind is the target's.
 */
bool arm_prints_stack_only(const char *const *commands, size_t count);

/*
 * The k command of breakpoint `id` among `commands` (kd numbers them in the order they are set), or
 * of the first that has one: "kb 10". False: none has. Text that is cut: it does not fit.
 */
bool arm_stack_command(
	const char *const *commands, size_t count, uint32_t id, struct text *command);

#endif
