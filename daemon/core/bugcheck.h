/*
 * A crash of the target (kd-facts 10.2): what was told of it, and what is done at its stop. A
 * DbgPrint can hold the same line, so that it is a bugcheck only when a stop follows that is not
 * something else.
 */
#ifndef LIVEDEBUG_CORE_BUGCHECK_H
#define LIVEDEBUG_CORE_BUGCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kdparse.h"
#include "core/text.h"

/* What !analyze -v may print, where the profile does not say; a usual one has about 10 KB. */
#define BUGCHECK_BYTES (256 * 1024)

/* `on_bugcheck` of the profile: record always, then analyze if wanted, then go or reboot. */
struct bugcheck_recipe {
	bool analyze;
	bool reboot;                /* .reboot in place of g: the target writes no dump */
	uint64_t max_ms, max_bytes; /* bugcheck_max */
};

struct bugcheck {
	bool told; /* by a line; no stop has followed yet */
	bool has_code;
	uint32_t code;
	uint64_t params[4];
	size_t param_count;
	uint64_t bytes; /* printed at its stop */
};

/*
 * `bugcheck_max` of the profile: "30s", or with what may be printed "30s, 256K". 100ms to 1h, 1K to
 * 16M. False (`set` untouched): not that.
 */
bool bugcheck_parse_max(const char *text, struct bugcheck_recipe *set);

/* A KD_BUGCHECK event. The first line counts until it is forgotten: a crash has one. */
void bugcheck_told(struct bugcheck *b, const struct kd_event *event);

/*
 * Any line of kd: of a crash before this kd was there it says only "A fatal system error has
 * occurred." (kd-facts 10.2), without the code.
 */
void bugcheck_line(struct bugcheck *b, const char *line, size_t len);

/* Something came that a crashed machine does not do: a hit, a break-in, a boot; or it was said. */
void bugcheck_forget(struct bugcheck *b);

/* Its event's members, `,"code":"0x000000d1","params":[...]`; the code is null if kd did not say.
 */
void bugcheck_put(const struct bugcheck *b, struct text *t);

/*
 * Is the time (since `begun_ms`) or the number of bytes used up? NULL no, else which, in words.
 */
const char *bugcheck_spent(const struct bugcheck *b, const struct bugcheck_recipe *recipe,
	uint64_t begun_ms, uint64_t now_ms);

/* The recipe's command before its last one, or NULL. */
const char *bugcheck_command(const struct bugcheck_recipe *recipe);

/* The last one, that lets the target go: "g" or ".reboot". */
const char *bugcheck_end(const struct bugcheck_recipe *recipe);

#endif
