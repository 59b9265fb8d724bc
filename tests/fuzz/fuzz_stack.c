/*
 * The stack reader on any lines: frames and rows must agree, slices must lie inside the reader, and
 * a folded name must be free of separators.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stack_reader reader;
static size_t frames;

static void require(int holds) {
	if (!holds) {
		abort();
	}
}

static void check_slice(struct stack_slice slice) {
	const char *from = (const char *)&reader;

	require(slice.len == 0 ||
		(slice.at >= from && slice.at + slice.len <= from + sizeof(reader)));
}

static void check_step(const struct stack_step *step) {
	char name[STACK_ROW_MAX + 8];
	struct text t;

	if (step->has_frame) {
		check_slice(step->frame.module);
		check_slice(step->frame.function);
		check_slice(step->frame.offset);
		check_slice(step->frame.address);
		text_init(&t, name, sizeof(name));
		stack_frame_put(&t, &step->frame);
		require(!t.cut && t.len > 0 && !strpbrk(name, ";\n"));
		frames++;
	}
	if (step->ended) {
		require(step->frames == frames && frames > 0);
		frames = 0;
	}
	require(step->line != STACK_ROW || (reader.open && reader.rows == frames + 1));
	require(reader.noise <= STACK_NOISE_MAX || !reader.open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const char *at = (const char *)data, *end = at + size;
	struct stack_step step;

	stack_init(&reader);
	frames = 0;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = newline ? (size_t)(newline - at) : (size_t)(end - at);

		stack_feed(&reader, at, len, &step);
		check_step(&step);
		at += len + (newline != NULL);
	}
	stack_end(&reader, &step);
	check_step(&step);
	require(frames == 0 && !reader.open);
	return 0;
}
