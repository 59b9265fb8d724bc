#include "io/statekeeper.h"

#include <stdlib.h>
#include <string.h>

struct statekeeper {
	uv_loop_t *loop;
	uv_work_t work;
	struct statefile now, writing;
	bool busy, is_stale; /* stale: `now` is not what was last handed to a thread */
	void (*done)(void *data);
	void *data;
	char path[];
};

struct statekeeper *statekeeper_create(uv_loop_t *loop, const char *path, struct statefile *found) {
	size_t len = strlen(path) + 1;
	struct statekeeper *k = calloc(1, sizeof(*k) + len);
	uv_timeval64_t now = {0};

	if (!k) {
		return NULL;
	}
	k->loop = loop;
	memcpy(k->path, path, len);
	(void)uv_gettimeofday(&now);
	/* The new death is in there: the next state written must hold it, whatever it says. */
	k->is_stale = statefile_load(path, now.tv_sec, &k->now);
	*found = k->now;
	return k;
}

static void run(uv_work_t *work) {
	struct statekeeper *k = work->data;

	/* A disk that takes no state takes no journal either, and that is told. */
	(void)statefile_save(k->path, &k->writing);
}

static void start(struct statekeeper *k);

static void finish(uv_work_t *work, int status) {
	struct statekeeper *k = work->data;

	(void)status;
	k->busy = false;
	start(k);
}

static void start(struct statekeeper *k) {
	if (k->busy) {
		return;
	}
	if (k->is_stale) {
		k->is_stale = false;
		k->writing = k->now;
		k->work.data = k;
		k->busy = uv_queue_work(k->loop, &k->work, run, finish) == 0;
		return;
	}
	if (k->done) {
		void (*done)(void *data) = k->done;
		void *data = k->data;

		free(k);
		done(data);
	}
}

void statekeeper_set(struct statekeeper *k, bool running, bool dirty) {
	k->is_stale = k->is_stale || k->now.running != running || k->now.dirty != dirty;
	k->now.running = running;
	k->now.dirty = dirty;
	start(k);
}

static bool same(const struct statefile *a, const struct statefile *b) {
	return a->armed_at == b->armed_at && a->hits == b->hits && a->disarmed == b->disarmed &&
	       a->pool_edited == b->pool_edited && a->pool_old == b->pool_old &&
	       strcmp(a->target, b->target) == 0;
}

void statekeeper_keep(struct statekeeper *k, const struct statefile *facts) {
	if (same(&k->now, facts)) {
		return;
	}
	k->now.disarmed = facts->disarmed;
	k->now.pool_edited = facts->pool_edited;
	k->now.pool_old = facts->pool_old;
	k->now.armed_at = facts->armed_at;
	k->now.hits = facts->hits;
	memcpy(k->now.target, facts->target, sizeof(k->now.target));
	k->is_stale = true;
	start(k);
}

void statekeeper_close(struct statekeeper *k, void (*done)(void *data), void *data) {
	k->done = done;
	k->data = data;
	start(k);
}
