#include "core/stack_row.h"

#include <string.h>

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
	if (!stack_row_read_symbol(row->symbol, &frame, &clean)) {
		return false;
	}
	if (layout->columns == 0) {
		return row->words == 0 && row->numbered == layout->numbered &&
		       (row->numbered || frame.function.len > 0);
	}
	return full || row->inlined;
}

static bool is_module_char(char c) {
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("_.-$@#~%", c) != NULL);
}

/* "0x", digits and ` ; 0 if it is none. */
static size_t address_len(struct stack_slice s) {
	size_t i = 2;

	if (s.len < 3 || s.at[0] != '0' || s.at[1] != 'x') {
		return 0;
	}
	while (i < s.len && (is_hex(s.at[i]) || s.at[i] == '`')) {
		i++;
	}
	return i > 2 ? i : 0;
}

static struct stack_slice slice_from(struct stack_slice s, size_t at) {
	return (struct stack_slice){s.at + at, s.len - at};
}

/* "operator<<", "operator()": marks that are part of the name and no brackets. */
static size_t operator_len(struct stack_slice s) {
	size_t i = strlen("operator");

	if (s.len <= i || memcmp(s.at, "operator", i) != 0) {
		return 0;
	}
	if (s.at[i] == ' ') {
		return i + 1; /* operator new, operator bool */
	}
	while (i < s.len && s.at[i] != ' ' && strchr("<>=()[]-!*&|^~/%,", s.at[i])) {
		i++;
	}
	return i;
}

/* The end of a function's name: `s` begins behind the module's `!`. */
static size_t function_len(struct stack_slice s) {
	int depth = 0, quotes = 0;
	size_t i = 0;

	while (i < s.len) {
		size_t skip = operator_len(slice_from(s, i));
		char c = s.at[i];

		if (skip > 0) {
			i += skip;
			continue;
		}
		depth += c == '<';
		depth -= c == '>' && depth > 0;
		quotes += c == '`';
		quotes -= c == '\'' && quotes > 0;
		if (c == '+' && address_len(slice_from(s, i + 1)) > 0) {
			return i;
		}
		if (c == '\t' || (c == ' ' && i + 1 < s.len && s.at[i + 1] == '[')) {
			return i;
		}
		/* "(" alone is kp's list of parameters. */
		if (depth == 0 && quotes == 0 && (c == ' ' || (c == '(' && i > 0))) {
			return i;
		}
		i++;
	}
	return i;
}

/* Nothing, or a note in brackets, or a remark that two blanks set apart. */
static bool is_clean_end(struct stack_slice s) {
	return s.len == 0 || s.at[0] == '(' ||
	       (s.len > 1 && is_blank(s.at[0]) && strchr(" \t[(", s.at[1]) != NULL);
}

static bool read_offset(struct stack_slice *rest, struct stack_slice *offset) {
	size_t len = rest->len > 0 && rest->at[0] == '+' ? address_len(slice_from(*rest, 1)) : 0;

	if (len == 0) {
		return false;
	}
	*offset = (struct stack_slice){rest->at + 1, len};
	*rest = slice_from(*rest, 1 + len);
	return true;
}

/* "nt" or "<Unloaded_mydrv.sys>". */
static size_t module_len(struct stack_slice s) {
	size_t i = 0;

	if (s.len > 10 && memcmp(s.at, "<Unloaded_", 10) == 0) {
		const char *end = memchr(s.at, '>', s.len);

		return end ? (size_t)(end - s.at) + 1 : 0;
	}
	/* Elisions and rows of dots are no module. */
	if (s.len == 0 || s.at[0] == '.' || s.at[0] == '-') {
		return 0;
	}
	while (i < s.len && is_module_char(s.at[i])) {
		i++;
	}
	return i;
}

bool stack_row_read_symbol(struct stack_slice symbol, struct stack_frame *frame, bool *clean) {
	struct stack_slice rest = symbol;
	size_t len = address_len(symbol);
	bool named;

	*frame = (struct stack_frame){0};
	if (len > 0) {
		frame->address = (struct stack_slice){symbol.at, len};
		*clean = is_clean_end(slice_from(rest, len));
		return *clean || is_blank(symbol.at[len]);
	}
	len = module_len(symbol);
	if (len == 0) {
		return false;
	}
	frame->module = (struct stack_slice){symbol.at, len};
	rest = slice_from(symbol, len);
	if (rest.len > 1 && rest.at[0] == '!') {
		rest = slice_from(rest, 1);
		len = function_len(rest);
		frame->function = (struct stack_slice){rest.at, len};
		rest = slice_from(rest, len);
	}
	named = read_offset(&rest, &frame->offset) || frame->function.len > 0;
	*clean = is_clean_end(rest);
	/* A lone word is a module only when nothing but a note follows. */
	return named ? frame->function.len > 0 || *clean || is_blank(rest.at[0]) : *clean;
}
