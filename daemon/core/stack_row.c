#include "core/stack_row.h"

#include <string.h>

#include "core/stack_symbol.h"

static bool is_blank(char c) {
	return c == ' ' || c == '\t';
}

static bool is_hex(char c) {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The word at *at, blanks before it passed over; empty at the line's end. */
static struct stack_slice next_word(const char *line, size_t len, size_t *at) {
	struct stack_slice word;

	while (*at < len && is_blank(line[*at])) {
		(*at)++;
	}
	word.at = line + *at;
	while (*at < len && !is_blank(line[*at])) {
		(*at)++;
	}
	word.len = (size_t)(line + *at - word.at);
	return word;
}

static bool word_is(struct stack_slice word, const char *text) {
	return word.len == strlen(text) && memcmp(word.at, text, word.len) == 0;
}

/* "(T)" of the newest x86 engines, in headers and in rows (kd-facts 11). */
static bool is_mark(struct stack_slice word) {
	return word.len == 3 && word.at[0] == '(' && word.at[2] == ')';
}

static struct stack_slice next_title(const char *line, size_t len, size_t *at) {
	struct stack_slice word;

	do {
		word = next_word(line, len, at);
	} while (is_mark(word));
	return word;
}

/* What may follow RetAddr. */
static bool read_header_rest(const char *line, size_t len, size_t at, bool *args) {
	struct stack_slice word = next_title(line, len, &at);

	if (word_is(word, ":")) {
		word = next_title(line, len, &at);
	}
	*args = word_is(word, "Args") || word_is(word, "Param1");
	return *args || word.len == 0 || word_is(word, "Call");
}

bool stack_row_read_header(const char *line, size_t len, struct stack_layout *layout) {
	static const char *const columns[] = {"ChildEBP", "Child-SP", "Child-BSP", "FramePtr"};
	struct stack_layout found = {0};
	size_t at = 0;
	struct stack_slice word = next_title(line, len, &at);

	if (word_is(word, "#")) {
		found.numbered = true;
		word = next_title(line, len, &at);
	}
	if (word_is(word, "Memory")) {
		found.memory = true;
		word = next_title(line, len, &at);
	}
	if (word_is(word, "Call")) {
		*layout = found;
		word = next_title(line, len, &at);
		return word_is(word, "Site") && next_title(line, len, &at).len == 0;
	}
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		if (word_is(word, columns[i])) {
			found.columns++;
			word = next_title(line, len, &at);
		}
	}
	found.columns++;
	if (!word_is(word, "RetAddr") || !read_header_rest(line, len, at, &found.args)) {
		return false;
	}
	*layout = found;
	return true;
}

/* An address: 8 or 16 digits, ` between the halves or not; or dashes, for an inlined frame. */
static bool is_address(struct stack_slice word) {
	bool (*want)(char) = is_hex;
	size_t split = 0;

	if (word.len != 8 && word.len != 16 && word.len != 17) {
		return false;
	}
	for (size_t i = 0; i < word.len; i++) {
		if (word.len == 17 && i == 8) {
			split += word.at[i] == '`';
		} else if (word.at[0] == '-' ? word.at[i] != '-' : !want(word.at[i])) {
			return false;
		}
	}
	return word.len != 17 || split == 1;
}

static bool is_short_hex(struct stack_slice word, size_t least, size_t most) {
	for (size_t i = 0; i < word.len; i++) {
		if (!is_hex(word.at[i])) {
			return false;
		}
	}
	return word.len >= least && word.len <= most;
}

static bool is_inline_mark(struct stack_slice word) {
	return word_is(word, "(Inline)") || word_is(word, "(Inline") || word_is(word, "Function)");
}

static struct stack_slice rest_of(const char *line, size_t len, size_t at) {
	while (at < len && is_blank(line[at])) {
		at++;
	}
	while (len > at && is_blank(line[len - 1])) {
		len--;
	}
	return (struct stack_slice){line + at, len - at};
}

void stack_row_read(
	const struct stack_layout *layout, const char *line, size_t len, struct stack_row *row) {
	size_t at = 0, before = 0;
	struct stack_slice word = next_word(line, len, &at), last = {line, 0};

	*row = (struct stack_row){0};
	if (is_short_hex(word, 2, 4)) {
		row->numbered = true;
		before = at;
		word = next_word(line, len, &at);
	}
	if (layout->memory && is_short_hex(word, 1, 7)) {
		before = at;
		word = next_word(line, len, &at);
	}
	for (; word.len > 0; before = at, word = next_word(line, len, &at)) {
		if (is_address(word)) {
			row->words++;
			if (row->words == 2) {
				row->gap = (size_t)(word.at - last.at) - last.len;
			}
			if (row->words == layout->columns) {
				row->ret = word;
			}
			last = word;
		} else if (is_inline_mark(word)) {
			row->inlined = true;
		} else if (!word_is(word, ":") && !is_mark(word)) {
			break;
		}
	}
	row->symbol = rest_of(line, len, word.len > 0 ? before : len);
}

bool stack_row_fits(const struct stack_layout *layout, const struct stack_row *row) {
	struct stack_frame frame;
	bool clean;
	size_t least = layout->columns + (layout->args ? 3 : 0);
	bool full = row->words == least || (layout->args && row->words == least + 1);

	if (row->symbol.len == 0) {
		return full && layout->columns > 0 && !row->inlined &&
		       (row->numbered || row->gap == 1);
	}
	if (!stack_symbol_read(row->symbol, &frame, &clean)) {
		return false;
	}
	if (layout->columns == 0) {
		return row->words == 0 && row->numbered == layout->numbered &&
		       (row->numbered || frame.function.len > 0);
	}
	return full || row->inlined;
}
