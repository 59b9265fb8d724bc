/*
 * The decoder of KD packets and the readers of their payloads. The first byte says how the rest is
 * cut into pieces: equal bytes must give the same events, however they are cut.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/kdproto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
	uint64_t hash;
	size_t count, bytes;
};

static void add(struct tally *t, const void *bytes, size_t len) {
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++)
		t->hash = (t->hash ^ p[i]) * 1099511628211u;
}

/* What was read can be written, and reads the same. */
static void payload_round_trip(const struct kdproto_event *e) {
	static uint8_t out[KDPROTO_PAYLOAD_MAX];
	struct kdproto_state state, state_again;
	struct kdproto_manipulate m, m_again;
	struct kdproto_debug_io io;
	struct kdproto_context context;

	if (kdproto_get_state(e->payload, e->len, &state)) {
		size_t len = kdproto_put_state(out, &state, 0);
		assert(len == e->len && kdproto_get_state(out, len, &state_again));
		assert(state_again.pc == state.pc && state_again.data_len == state.data_len);
	}
	if (kdproto_get_manipulate(e->payload, e->len, &m)) {
		size_t len = kdproto_put_manipulate(out, &m, 1);
		assert(len == e->len && kdproto_get_manipulate(out, len, &m_again));
		assert(m_again.addr == m.addr && m_again.handle == m.handle);
	}
	if (kdproto_get_debug_io(e->payload, e->len, &io))
		assert(io.text_len <= e->len);
	if (kdproto_get_context(e->payload, e->len, &context))
		assert(kdproto_put_context(out, &context) == KDPROTO_CONTEXT_SIZE);
}

static void take(struct kdproto_decoder *d, struct tally *t) {
	struct kdproto_event e;

	while (kdproto_next(d, &e)) {
		add(t, &e.kind, sizeof e.kind);
		add(t, &e.byte, 1);
		t->count++;
		t->bytes += e.kind == KDPROTO_EVENT_GARBAGE || e.kind == KDPROTO_EVENT_BREAKIN ||
			    e.kind == KDPROTO_EVENT_BAD;
		if (e.kind == KDPROTO_EVENT_DATA) {
			t->bytes += KDPROTO_HEADER + e.len + 1;
			add(t, e.payload, e.len);
			payload_round_trip(&e);
		} else if (e.kind <= KDPROTO_EVENT_RESET) {
			t->bytes += KDPROTO_HEADER;
		}
	}
}

static struct tally decode(const uint8_t *data, size_t size, size_t piece) {
	static struct kdproto_decoder d;
	struct tally t = {14695981039346656037u, 0, 0};

	kdproto_init(&d);
	for (size_t at = 0; at < size;) {
		size_t len = size - at < piece ? size - at : piece;
		at += kdproto_push(&d, data + at, len);
		take(&d, &t);
	}
	kdproto_timeout(&d);
	take(&d, &t);
	assert(!kdproto_pending(&d) && t.bytes == size);
	return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size == 0)
		return 0;
	struct tally whole = decode(data + 1, size - 1, SIZE_MAX);
	struct tally pieces = decode(data + 1, size - 1, 1 + data[0] % 64);

	if (whole.hash != pieces.hash || whole.count != pieces.count)
		abort();
	return 0;
}
