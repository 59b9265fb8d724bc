/*
 * nt!PoolHitTag (kd-facts 12.2): the kernel stops with an `int 3` of its own at each allocation and
 * each free of one tag. No breakpoint, no registry, no reboot; lost at a boot. kd says the same
 * first line for a break-in, a bugcheck and any other `int 3`: the place tells them apart.
 */
#ifndef LIVEDEBUG_CORE_HIT_H
#define LIVEDEBUG_CORE_HIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kdparse.h"
#include "core/text.h"

#define HIT_TAG_OFF 0xffffff0fu /* the kernel's own value: no tag */

enum hit_kind { HIT_NONE, HIT_ALLOCATION, HIT_FREE, HIT_KINDS };

/* What the profile and the life before say. */
struct hit_settings {
	bool wanted; /* arm_method = poolhittag */
	uint32_t tag;
	unsigned frames; /* of the stack */
	bool edited;     /* an earlier life may have left its tag there */
	uint32_t old;    /* what stood there before; HIT_TAG_OFF if that is not known */
};

struct hit {
	struct hit_settings set;
	bool edited;        /* the tag there may be ours */
	uint32_t old;       /* what to put back */
	bool wrote;         /* the edit of the job in hand is typed */
	bool has_value;     /* the list of memory has come, with: */
	uint32_t value;     /* what stands there */
	bool at_int3;       /* an `int 3` was told, its place was not */
	enum hit_kind told; /* a stop there was told, and not answered yet */
};

/* Begin with what the life before left. */
void hit_init(struct hit *h, const struct hit_settings *set);

/* --- the stops */

/* A KD_EXCEPTION. */
void hit_exception(struct hit *h, const struct kd_event *event);
/* Each line of kd behind it: one of them is the place. */
void hit_line(struct hit *h, const char *line, size_t len);

/* A break-in's box came, or a boot, or the stop was answered: nothing is told. */
void hit_forget(struct hit *h);

/* Allocation or free, by the function's name in a place or a frame; HIT_NONE: neither. */
enum hit_kind hit_kind_of(const char *text, size_t len);

/* "allocation", "free"; "?" out of range. */
const char *hit_kind_name(enum hit_kind kind);

/* --- the edit: read, write, read back; each command's output is given to hit_value() */

/* dd nt!PoolHitTag L1 */
const char *hit_read_command(void);
/* ed nt!PoolHitTag 0x206b6444; a number, as the literal in quotes cannot hold every tag. */
void hit_write_command(uint32_t value, struct text *t);
/* kb N; kd reads N as hexadecimal. */
void hit_stack_command(const struct hit *h, struct text *t);

/* A job begins that reads or writes. */
void hit_begin(struct hit *h);
/* A line of a `dd`: `82b37df4  64636261`. Others are passed over. */
void hit_value(struct hit *h, const char *line, size_t len);
/* The edit is being typed; `ours`: it is the tag, not the old value. */
void hit_wrote(struct hit *h, bool ours);

/*
 * A `dd` of the job has ended. Before the edit: the old value is kept. Behind it: does it stand
 * there? `ours` as above. NULL all is well, else what is wrong.
 */
const char *hit_read_done(struct hit *h, bool ours);

/* The target has booted: the edit is gone. */
void hit_booted(struct hit *h);

#endif
