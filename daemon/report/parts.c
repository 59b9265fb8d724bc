#include "report/parts.h"

#include <string.h>

#include "core/patterns.h"
#include "core/stack_row.h"
#include "report/reader_inside.h"

bool report_part_possible(const struct report_reader *whole) {
	return whole->form == REPORT_FORM_CONSOLE && log_decode_is_plain(&whole->decode);
}

static bool is_header(const char *line, size_t len) {
	struct stack_layout layout;
	struct kd_event event = {0};
	while (len > 0 && line[len - 1] == '\r') {
		len--;
	}
	return len <= REPORT_LINE_MAX && stack_row_read_header(line, len, &layout) &&
	       !patterns_match(line, len, &event);
}

size_t report_part_cut(const char *bytes, size_t len) {
	const char *at = bytes, *end = bytes + len, *newline;
	const char *line = NULL;
	while (at < end && (newline = memchr(at, '\n', (size_t)(end - at)))) {
		if (line && is_header(line, (size_t)(newline - line))) {
			return (size_t)(line - bytes);
		}
		line = at = newline + 1;
	}
	return len;
}

void report_part_begin(struct report_reader *part, const struct report_reader *whole) {
	report_reader_init(part);
	part->filter = whole->filter;
	part->offsets = whole->offsets;
	part->slow = whole->slow;
	part->fold.modules = whole->fold.modules;
	part->fold.stacks_max = whole->fold.stacks_max;
	part->form = whole->form;
	part->decode = whole->decode;
}

bool report_part_is_full(const struct report_reader *part) {
	return part->fold.merged > 0 || part->fold.frames_merged;
}

void report_part_end(struct report_reader *part) {
	report_reader_flush(part);
	part->cut_block = part->stack.skip;
	report_end_stack(part);
}

bool report_part_join(struct report_reader *whole, struct report_reader *part) {
	if (whole->file_line.len > 0 || whole->stack.skip || report_part_is_full(part)) {
		return false;
	}
	report_end_stack(whole);
	fold_merge(&whole->fold, &part->fold, whole->hit.source);
	facts_merge(&whole->facts, &part->facts, whole->facts.lines);
	if (part->hit.source != 0) {
		struct folded_slice name = fold_source_name(&part->fold, part->hit.source);
		whole->hit.source = fold_source(&whole->fold, name.at, name.len);
	}
	whole->stack.skip = part->cut_block;
	return true;
}
