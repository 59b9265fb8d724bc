#include "config/diff.h"

#include <stdlib.h>
#include <string.h>

#include "config/cross.h"
#include "config/value.h"

static void find(enum option_scope scope, const void *before, const void *after, struct diff *out) {
	out->count = 0;
	for (size_t i = 0; i < option_count && out->count < DIFF_KEYS; i++) {
		const struct option *o = &option_table[i];
		if (o->scope == scope && !value_equal(o, before, after)) {
			out->keys[out->count++] = o;
		}
	}
}

void diff_sessions(const struct profile *before, const struct profile *after, struct diff *out) {
	find(SCOPE_SESSION, before, after, out);
}

void diff_daemons(
	const struct daemon_options *before, const struct daemon_options *after, struct diff *out) {
	find(SCOPE_DAEMON, before, after, out);
}

bool diff_has(const struct diff *d, enum option_change change) {
	for (size_t i = 0; i < d->count; i++) {
		if (d->keys[i]->change == change) {
			return true;
		}
	}
	return false;
}

void diff_take_live(const struct diff *d, const void *from, void *to) {
	for (size_t i = 0; i < d->count; i++) {
		if (d->keys[i]->change == CHANGE_LIVE) {
			value_copy(d->keys[i], from, to);
		}
	}
}

/* Two names that the caller gives away; NULL: not set. */
static bool same_name(char *a, char *b) {
	bool same = a && b && strcmp(a, b) == 0;
	free(a);
	free(b);
	return same;
}

static char *pipe_of(const struct profile *p) {
	return p->server ? cross_pipe_name(p->server) : NULL;
}

bool profiles_share(const struct profile *a, const struct profile *b) {
	bool device =
		a->port_device && b->port_device && strcmp(a->port_device, b->port_device) == 0;
	return device || same_name(cross_port_name(a->port), cross_port_name(b->port)) ||
	       same_name(cross_log_name(a->work_dir, a->log_file),
		       cross_log_name(b->work_dir, b->log_file)) ||
	       same_name(pipe_of(a), pipe_of(b));
}
