/*
 * Any bytes as a log: whole, in pieces of a size that the first byte says, and whole with every
 * line through core; all three fold to the same, and doubt the same lines. Every format is written.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/reader.h"
#include "report/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *folded(
	struct report_reader *r, const uint8_t *data, size_t size, size_t piece, bool slow) {
	struct report_summary s;
	char *text = NULL, *other = NULL;
	size_t len;
	report_reader_init(r);
	r->slow = slow;
	report_reader_begin_log(r, "x");
	for (size_t at = 0; at < size; at += piece) {
		report_reader_feed(
			r, (const char *)data + at, piece < size - at ? piece : size - at);
	}
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static struct report_reader reader;
	if (size == 0) {
		return 0;
	}
	char *whole = folded(&reader, data + 1, size - 1, size, false);
	char *cut = folded(&reader, data + 1, size - 1, data[0] % 64u + 1, false);
	char *by_core = folded(&reader, data + 1, size - 1, size, true);
	if (strcmp(whole, cut) != 0 || strcmp(whole, by_core) != 0) {
		abort();
	}
	free(whole);
	free(cut);
	free(by_core);
	return 0;
}
