/*
 * Any bytes as a log: whole, in pieces of a size that the first byte says, whole with every line
 * through core, and in parts as threads read them; all four fold to the same, and doubt the same
 * lines. Every format is written.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/parts.h"
#include "report/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t least(size_t a, size_t b) {
	return a < b ? a : b;
}

static void feed(struct report_reader *r, const char *bytes, size_t size, size_t piece) {
	for (size_t at = 0; at < size; at += piece) {
		report_reader_feed(r, bytes + at, least(piece, size - at));
	}
}

/* Each part ends at the first place that can be cut `piece` bytes behind its begin. */
static void feed_parts(struct report_reader *r, const char *bytes, size_t size, size_t piece) {
	static struct report_reader part;
	size_t begin = 0;
	do {
		size_t from = begin + least(piece, size - begin);
		size_t len = from - begin + report_part_cut(bytes + from, size - from);
		if (begin == 0) {
			report_reader_feed(r, bytes, len);
			if (!report_part_possible(r)) {
				report_reader_feed(r, bytes + len, size - len);
				len = size;
			}
		} else {
			report_part_begin(&part, r);
			report_reader_feed(&part, bytes + begin, len);
			report_part_end(&part);
			if (!report_part_join(r, &part)) {
				report_reader_feed(r, bytes + begin, len);
			}
			report_reader_finish(&part);
		}
		begin += len;
	} while (begin < size);
}

static char *folded(struct report_reader *r, const uint8_t *data, size_t size, size_t piece,
	bool slow, bool parts) {
	struct report_summary s;
	char *text = NULL, *other = NULL;
	size_t len;
	report_reader_init(r);
	r->slow = slow;
	r->fold.stacks_max = 3; /* of more it merges */
	report_reader_begin_log(r, "x");
	(parts ? feed_parts : feed)(r, (const char *)data, size, piece);
	report_reader_end_log(r);
	report_summary_init(&s, &r->fold, &r->facts, &(struct report_choice){0});
	FILE *out = open_memstream(&text, &len);
	if (!out) {
		abort();
	}
	report_write_folded(&s, out);
	report_write_strange(&r->facts, out);
	(void)fclose(out);
	out = open_memstream(&other, &len);
	if (!out) {
		abort();
	}
	report_write_text(&s, out);
	report_write_json(&s, out);
	(void)fclose(out);
	free(other);
	report_summary_finish(&s);
	report_reader_finish(r);
	return text;
}

/* Frees `got`. */
static void expect(const char *whole, const char *how, char *got) {
	if (strcmp(whole, got) != 0) {
		(void)fprintf(stderr, "whole:\n%s%s:\n%s", whole, how, got);
		abort();
	}
	free(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static struct report_reader reader;
	if (size == 0) {
		return 0;
	}
	char *whole = folded(&reader, data + 1, size - 1, size, false, false);
	expect(whole, "in pieces",
		folded(&reader, data + 1, size - 1, data[0] % 64u + 1, false, false));
	expect(whole, "through core", folded(&reader, data + 1, size - 1, size, true, false));
	expect(whole, "in parts", folded(&reader, data + 1, size - 1, data[0] + 1u, false, true));
	free(whole);
	return 0;
}
