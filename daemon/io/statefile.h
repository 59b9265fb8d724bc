/*
 * state_dir/NAME.state: what the next daemon must know about this one. Small JSON, replaced as a
 * whole. While `running` is in it, a daemon has the session; one that finds it so at its start
 * knows that its predecessor died.
 */
#ifndef LIVEDEBUG_IO_STATEFILE_H
#define LIVEDEBUG_IO_STATEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define STATEFILE_DEATHS 16

struct statefile {
	bool running;                     /* a daemon has the session */
	bool dirty;                       /* breakpoints or a halt may be left on the target */
	bool disarmed;                    /* by a person: it stays so */
	bool pool_edited;                 /* nt!PoolHitTag may hold our tag */
	uint32_t pool_old;                /* and what stood there before */
	int64_t armed_at;                 /* first, for stop_after: seconds since 1970, 0: never */
	uint64_t hits;                    /* since then */
	char target[96];                  /* the system that was there last; "" not known */
	bool died;                        /* found running when loaded; not saved */
	int64_t deaths[STATEFILE_DEATHS]; /* seconds since 1970, oldest first */
	size_t death_count;
};

/*
 * Read it; an absent or unreadable file gives a clean state. A state that says `running` counts as
 * a death at `now` and as dirty. Blocks. Returns whether there was such a death.
 */
bool statefile_load(const char *path, int64_t now, struct statefile *out);

/* Deaths within the last `seconds`. */
unsigned statefile_recent(const struct statefile *s, int64_t now, int64_t seconds);

/* Replace the file. Blocks. 0 or a negative UV_E code. */
int statefile_save(const char *path, const struct statefile *s);

#endif
