#include <string.h>

#include "report/reader_inside.h"

/* The symbol of a plain row, or ROW_MEMO_NONE. */
static uint32_t plain_symbol(
	struct report_reader *r, const char *line, size_t len, size_t readable) {
	uint64_t hash;
	struct stack_frame frame;
	struct stack_slice symbol = row_memo_symbol(&r->memo, line, len, readable);
	if (symbol.len == 0) {
		return ROW_MEMO_NONE;
	}
	uint32_t number = row_memo_find(&r->memo, symbol, &hash);
	if (number == ROW_MEMO_NONE && row_memo_is_plain(&r->memo, line, len, symbol, &frame)) {
		number = row_memo_add(&r->memo, symbol, hash, report_number_frame(r, &frame));
	}
	return number;
}

void report_resume_plain(struct report_reader *r, const char *line, size_t len, size_t readable) {
	uint32_t number =
		len == STACK_WRAP || r->slow ? ROW_MEMO_NONE : plain_symbol(r, line, len, readable);
	if (number != ROW_MEMO_NONE) {
		report_push_frame(r, r->memo.symbols[number].frame);
		r->ahead = (struct report_ahead){.open = true, .resumed = true};
	}
}

/* Core is told of the first row and of the last one, should it get the stack back. */
static void note_row(struct report_reader *r, const char *line, size_t len) {
	struct report_ahead *a = &r->ahead;
	*(a->first.len == 0 && !a->resumed ? &a->first : &a->last) =
		(struct stack_slice){line, len};
}

/* Inside a stack that core does not know of. False: the line is core's. */
static bool take_row(struct report_reader *r, const char *line, size_t len, size_t readable) {
	uint32_t number = plain_symbol(r, line, len, readable);
	if (number == ROW_MEMO_NONE) {
		return false;
	}
	row_path_step(&r->memo.path, number);
	report_push_frame(r, r->memo.symbols[number].frame);
	note_row(r, line, len);
	return true;
}

/* A header as the last one. Any open stack ends, and a new one is ours. */
static bool take_header(struct report_reader *r, const char *line, size_t len) {
	if (r->memo.prefix_len == 0 || !row_memo_is_header(&r->memo, line, len)) {
		return false;
	}
	if (!r->ahead.open) {
		if (r->stack.skip) {
			return false;
		}
		report_end_stack(r);
	} else {
		report_count_stack(r);
	}
	r->ahead = (struct report_ahead){.open = true};
	report_begin_stack(r);
	row_path_begin(&r->memo.path);
	return true;
}

/* The stop line as the last one, behind a stack of ours: core need not know of either. */
static bool take_stop(struct report_reader *r, const char *line, size_t len) {
	struct stack_step step;
	if (!r->ahead.open || !row_memo_is_stop(&r->memo, line, len)) {
		return false;
	}
	report_count_stack(r);
	r->ahead = (struct report_ahead){0};
	stack_end(&r->stack, &step); /* what core last saw is long over */
	return true;
}

bool report_take_plain_line(
	struct report_reader *r, const char *line, size_t len, size_t readable) {
	return !r->slow && ((r->ahead.open && take_row(r, line, len, readable)) ||
				   take_header(r, line, len) || take_stop(r, line, len));
}

/* --- many lines at once: the same, without a look for the line's end first ------------------ */

/* The begin of the next line if a line ends here, else NULL. */
static const char *behind_line_end(const char *at, const char *end) {
	at += at < end && *at == '\r';
	return at < end && *at == '\n' ? at + 1 : NULL;
}

static const char *take_expected_rows(struct report_reader *r, const char *at, const char *end) {
	size_t used, len;
	while ((used = row_memo_take_expected(&r->memo, at, (size_t)(end - at), &len)) > 0) {
		report_push_frame(r, row_memo_frame_here(&r->memo));
		note_row(r, at, len);
		r->facts.lines++;
		at += used;
	}
	return at;
}

/* A row that was not expected: NULL if it is none. */
static const char *take_any_row(struct report_reader *r, const char *at, const char *end) {
	const char *newline = memchr(at, '\n', (size_t)(end - at));
	size_t len = newline ? (size_t)(newline - at) : 0;
	while (len > 0 && at[len - 1] == '\r') {
		len--;
	}
	if (len <= r->memo.prefix_len || !take_row(r, at, len, (size_t)(end - at))) {
		return NULL;
	}
	r->facts.lines++;
	return newline + 1;
}

static const char *take_rows(struct report_reader *r, const char *at, const char *end) {
	const char *next = at;
	while (next) {
		at = take_expected_rows(r, next, end);
		next = take_any_row(r, at, end);
	}
	return at;
}

/* A header or a stop; NULL: it is neither. */
static const char *take_known_line(struct report_reader *r, const char *at, const char *end) {
	size_t room = (size_t)(end - at);
	size_t header = r->memo.header_len, stop = r->memo.stop_len;
	const char *next = room > header ? behind_line_end(at + header, end) : NULL;
	if (!next || !take_header(r, at, header)) {
		next = room > stop ? behind_line_end(at + stop, end) : NULL;
		if (!next || !take_stop(r, at, stop)) {
			return NULL;
		}
	}
	r->facts.lines++;
	return next;
}

const char *report_take_plain_lines(struct report_reader *r, const char *at, const char *end) {
	const char *next = r->slow ? NULL : at;
	while (next) {
		at = r->ahead.open ? take_rows(r, next, end) : next;
		next = take_known_line(r, at, end);
	}
	return at;
}
