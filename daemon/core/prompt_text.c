#include "core/prompt_text.h"

#include <string.h>

#define PROCESSOR_DIGITS 4 /* more processors than any Windows has */
#define CONTEXT_MAX 8      /* x86, ARM64EC and the like */

/* The bytes still to be read. Reading past them is told by `short_of`. */
struct cursor {
	const char *at;
	size_t len;
	bool short_of;
};

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c) {
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take(struct cursor *c, const char *word) {
	size_t len = strlen(word);
	size_t have = c->len < len ? c->len : len;

	if (memcmp(c->at, word, have) != 0) {
		return false;
	}
	if (have < len) {
		c->short_of = true;
		return false;
	}
	c->at += len;
	c->len -= len;
	return true;
}

/* Between least and most bytes of a class. */
static bool take_run(struct cursor *c, bool (*is)(char), size_t least, size_t most) {
	size_t n = 0;

	while (n < c->len && n < most && is(c->at[n])) {
		n++;
	}
	if (n == c->len && n < most) {
		c->short_of = true;
	}
	c->at += n;
	c->len -= n;
	return n >= least;
}

/* ":x86" or nothing, then ">". */
static bool take_tail(struct cursor *c) {
	if (take(c, ">")) {
		return true;
	}
	if (c->short_of || !take(c, ":")) {
		return false;
	}
	return take_run(c, is_alnum, 1, CONTEXT_MAX) && take(c, ">");
}

/* "2: " or nothing; digits without ": " are no prompt of the kernel. */
static bool take_processor(struct cursor *c) {
	if (c->len > 0 && !is_digit(c->at[0])) {
		return true;
	}
	return take_run(c, is_digit, 1, PROCESSOR_DIGITS) && take(c, ": ");
}

static bool take_kernel(struct cursor *c) {
	if (!take(c, "32.") && !c->short_of) {
		(void)take(c, "16.");
	}
	if (c->short_of || !take_processor(c)) {
		return false;
	}
	if (take(c, "kd")) {
		return take_tail(c);
	}
	return !c->short_of && take(c, "lkd") && take_tail(c);
}

static bool take_user(struct cursor *c) {
	/* In two pieces, or the compiler would see a trigraph. */
	if (take(c, "?:???") && take(c, ">")) {
		return true;
	}
	if (c->short_of) {
		return false;
	}
	return take_run(c, is_digit, 1, PROCESSOR_DIGITS) && take(c, ":") &&
	       take_run(c, is_digit, 3, PROCESSOR_DIGITS) && take_tail(c);
}

/* A prompt up to its ">". */
static enum prompt_match match_body(const char *bytes, size_t len, struct prompt *prompt) {
	struct cursor kernel = {bytes, len, false};
	struct cursor user = {bytes, len, false};

	if (take_kernel(&kernel)) {
		*prompt = (struct prompt){(size_t)(kernel.at - bytes), false};
		return PROMPT_YES;
	}
	if (take_user(&user)) {
		*prompt = (struct prompt){(size_t)(user.at - bytes), true};
		return PROMPT_YES;
	}
	return kernel.short_of || user.short_of ? PROMPT_OPEN : PROMPT_NO;
}

/* A prompt with its blank, or at the line's end. */
static enum prompt_match match_closed(
	const char *bytes, size_t len, bool at_end, struct prompt *prompt) {
	enum prompt_match match = match_body(bytes, len, prompt);

	if (match != PROMPT_YES) {
		return match == PROMPT_OPEN && at_end ? PROMPT_NO : match;
	}
	if (prompt->len == len) {
		return at_end ? PROMPT_YES : PROMPT_OPEN;
	}
	if (bytes[prompt->len] != ' ') {
		return PROMPT_NO;
	}
	prompt->len++;
	return PROMPT_YES;
}

enum prompt_match prompt_text_match(
	const char *bytes, size_t len, bool at_end, struct prompt *prompt) {
	struct prompt found, next;
	enum prompt_match match = match_closed(bytes, len, at_end, &found);

	if (match == PROMPT_NO && match_body(bytes, len, &found) == PROMPT_YES) {
		match = match_closed(bytes + found.len, len - found.len, at_end, &next);
	}
	if (match == PROMPT_YES) {
		*prompt = found;
	}
	return match;
}
