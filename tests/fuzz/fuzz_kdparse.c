/*
 * kdparse on any bytes. The first two bytes say where the rest is cut: whole, cut once, and byte by
 * byte must give the same events, and each event must point inside its line.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/kdparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
	uint64_t hash, count, line, prompts, stack_begins, stacks;
};

static void mix(struct sum *sum, const void *bytes, size_t len) {
	const unsigned char *b = bytes;

	for (size_t i = 0; i < len; i++) {
		sum->hash = (sum->hash ^ b[i]) * 1099511628211u;
	}
}

static void mix_number(struct sum *sum, uint64_t value) {
	mix(sum, &value, sizeof(value));
}

static void require(int holds) {
	if (!holds) {
		abort();
	}
}

static void take(void *data, const struct kd_event *e) {
	struct sum *sum = data;

	require(e->kind < KD_EVENT_KINDS && e->text && e->len <= KDPARSE_LINE_MAX);
	require(kd_event_name(e->kind)[0] != '\0' && e->param_count <= 4);
	require(!e->who || (e->who >= e->text && e->who + e->who_len <= e->text + e->len));
	if (e->kind == KD_LINE) {
		require(e->line == sum->line + 1);
		sum->line = e->line;
	}
	sum->stack_begins += e->kind == KD_STACK_BEGIN;
	sum->stacks += e->kind == KD_STACK;
	require(sum->stacks <= sum->stack_begins && (e->kind != KD_STACK || e->frames > 0));
	mix_number(sum, (uint64_t)e->kind);
	mix_number(sum, e->line);
	mix(sum, e->text, e->len);
	mix_number(sum, e->frames);
	mix_number(sum, e->id ^ (uint64_t)e->code << 32);
	mix(sum, e->params, e->param_count * sizeof(e->params[0]));
	mix(sum, e->who, e->who_len);
	mix(sum, e->list, e->list_len);
	mix_number(sum, (uint64_t)(e->user_mode | e->behind_prompt << 1 | e->wanted_break << 2 |
				   e->first_chance << 3));
	sum->count++;
}

/* Feed in pieces: up to `cut`, then `step` bytes at a time. */
static struct sum parse(const char *bytes, size_t size, size_t cut, size_t step) {
	static struct kdparse parser;
	struct sum sum = {14695981039346656037u, 0, 0, 0, 0, 0};
	size_t at = 0;

	kdparse_init(&parser, take, &sum);
	while (at < size) {
		size_t part = at < cut ? cut - at : step;

		part = part < size - at ? part : size - at;
		kdparse_feed(&parser, bytes + at, part);
		at += part;
		(void)kdparse_at_prompt(&parser);
	}
	kdparse_finish(&parser);
	require(sum.stacks == sum.stack_begins && kdparse_open_stack(&parser) == 0);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct sum whole, cut, bytes;
	size_t at;

	if (size < 3) {
		return 0;
	}
	at = (size_t)(data[0] | data[1] << 8) % (size - 2);
	data += 2;
	size -= 2;
	whole = parse((const char *)data, size, size, 1);
	cut = parse((const char *)data, size, at, size);
	bytes = parse((const char *)data, size, 0, 1);
	require(memcmp(&whole, &cut, sizeof(whole)) == 0);
	require(memcmp(&whole, &bytes, sizeof(whole)) == 0);
	return 0;
}
