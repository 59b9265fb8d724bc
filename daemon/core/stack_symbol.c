#include "core/stack_symbol.h"

#include <string.h>

static bool is_blank(char c) {
	return c == ' ' || c == '\t';
}

static bool is_hex(char c) {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
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

bool stack_symbol_read(struct stack_slice symbol, struct stack_frame *frame, bool *clean) {
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
