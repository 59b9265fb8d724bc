#include "core/arm.h"

#include <string.h>

static bool blank(char c) {
	return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *s) {
	while (blank(*s)) {
		s++;
	}
	return s;
}

static const char *word_end(const char *s) {
	while (*s && !blank(*s)) {
		s++;
	}
	return s;
}

/* bp, bp3, bu, bm, ba. */
static const char *after_verb(const char *s) {
	if (s[0] != 'b' || !s[1] || !strchr("puma", s[1])) {
		return NULL;
	}
	s += 2;
	while (*s >= '0' && *s <= '9') {
		s++;
	}
	return blank(*s) ? s : NULL;
}

/* An option takes a word of its own, except /1; `ba` has access and size before its place. */
static const char *skip_options(const char *s) {
	for (s = skip_blanks(s); *s == '/'; s = skip_blanks(s)) {
		bool alone = s[1] == '1';

		s = word_end(s);
		if (!alone) {
			s = word_end(skip_blanks(s));
		}
	}
	return s;
}

static const char *skip_access(const char *s) {
	return *s && strchr("ewrio", *s) && s[1] >= '1' && s[1] <= '8' && blank(s[2])
		       ? skip_blanks(s + 2)
		       : s;
}

bool arm_place(
	const char *command, const char **place, size_t *len, const char **text, size_t *text_len) {
	const char *verb = skip_blanks(command), *s = after_verb(verb), *last;

	if (!s) {
		return false;
	}
	s = skip_options(s);
	if (verb[1] == 'a') {
		s = skip_access(s);
	}
	*place = s;
	*len = (size_t)(word_end(s) - s);
	s = strchr(word_end(s), '"');
	last = s ? strrchr(s, '"') : NULL;
	*text = last > s ? s + 1 : NULL;
	*text_len = last > s ? (size_t)(last - s - 1) : 0;
	return *len > 0;
}

/* The k command in a breakpoint's string and its length; NULL: there is none. */
static const char *stack_part(const char *command, size_t *part_len) {
	const char *place, *text;
	size_t len, text_len, i = 0;

	if (!arm_place(command, &place, &len, &text, &text_len) || !text) {
		return NULL;
	}
	while (i < text_len) {
		size_t begin;

		while (i < text_len && (blank(text[i]) || text[i] == ';' || text[i] == '{')) {
			i++;
		}
		begin = i;
		while (i < text_len && text[i] != ';' && text[i] != '{' && text[i] != '}') {
			i++;
		}
		if (i > begin && text[begin] == 'k') {
			*part_len = i - begin;
			return text + begin;
		}
		i += i < text_len && text[i] == '}';
	}
	return NULL;
}

bool arm_prints_stack(const char *command) {
	size_t len;

	return stack_part(command, &len) != NULL;
}

/* The command's string is `k...` and `g`. */
static bool stack_only(const char *command) {
	const char *place, *text;
	size_t len, text_len, parts = 0;

	if (!arm_prints_stack(command) || !arm_place(command, &place, &len, &text, &text_len)) {
		return false;
	}
	for (size_t i = 0; i < text_len; i++) {
		if (text[i] == ';' || blank(text[i])) {
			continue;
		}
		if (text[i] != 'k' && text[i] != 'g') {
			return false;
		}
		parts++;
		while (i + 1 < text_len && text[i + 1] != ';') {
			i++;
		}
	}
	return parts == 2;
}

bool arm_prints_stack_only(const char *const *commands, size_t count) {
	for (size_t i = 0; i < count; i++) {
		if (!stack_only(commands[i])) {
			return false;
		}
	}
	return count > 0;
}

bool arm_stack_command(
	const char *const *commands, size_t count, uint32_t id, struct text *command) {
	size_t len = 0;
	const char *part = id < count ? stack_part(commands[id], &len) : NULL;

	for (size_t i = 0; i < count && !part; i++) {
		part = stack_part(commands[i], &len);
	}
	while (part && len > 0 && blank(part[len - 1])) {
		len--;
	}
	if (part) {
		text_put_n(command, part, len);
	}
	return part != NULL;
}

void arm_check_begin(struct arm_check *c, const char *const *commands, size_t count) {
	memset(c, 0, sizeof(*c));
	c->commands = commands;
	c->count = count < ARM_WANTED_MAX ? count : ARM_WANTED_MAX;
}

static char lower(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool same(const char *a, const char *b, size_t len) {
	for (size_t i = 0; i < len; i++) {
		if (lower(a[i]) != lower(b[i])) {
			return false;
		}
	}
	return true;
}

/* Symbols have no case in kd. */
static bool contains(const char *line, size_t len, const char *what, size_t what_len) {
	for (size_t i = 0; i + what_len <= len; i++) {
		if (same(line + i, what, what_len)) {
			return true;
		}
	}
	return false;
}

static bool contains_exactly(const char *line, size_t len, const char *what, size_t what_len) {
	for (size_t i = 0; i + what_len <= len; i++) {
		if (memcmp(line + i, what, what_len) == 0) {
			return true;
		}
	}
	return false;
}

struct row {
	bool enabled, deferred;
};

/* ` 0 e Disable Clear  fffff802`47bca1e0 ...`, ` 0 e fffff800`02e03904 ...`, ` 0 d Enable Clear u
 * ...`. */
static bool read_row(const char *line, size_t len, struct row *row) {
	size_t i = 0, digits;

	while (i < len && blank(line[i])) {
		i++;
	}
	digits = i;
	while (i < len && line[i] >= '0' && line[i] <= '9') {
		i++;
	}
	if (i == digits || i + 2 >= len || line[i] != ' ' || !strchr("ed", line[i + 1]) ||
		!(blank(line[i + 2]) || line[i + 2] == 'u')) {
		return false;
	}
	row->enabled = line[i + 1] == 'e';
	row->deferred = line[i + 2] == 'u' || text_find(line + i, len - i, " u ") >= 0;
	return true;
}

/* `bm`'s pattern: * any bytes, ? one. */
static bool matches(const char *pattern, size_t pattern_len, const char *text, size_t len) {
	size_t p = 0, i = 0, star = SIZE_MAX, from = 0;

	while (i < len) {
		if (p < pattern_len && pattern[p] == '*') {
			star = p++;
			from = i;
		} else if (p < pattern_len &&
			   (pattern[p] == '?' || lower(pattern[p]) == lower(text[i]))) {
			p++;
			i++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			i = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern_len && pattern[p] == '*') {
		p++;
	}
	return p == pattern_len;
}

/* A word of the row, with the parentheses of a deferred one left out. */
static bool has_match(const char *line, size_t len, const char *pattern, size_t pattern_len) {
	size_t i = 0;

	while (i < len) {
		size_t begin = i;

		while (i < len && !blank(line[i]) && line[i] != '(' && line[i] != ')') {
			i++;
		}
		if (i > begin && matches(pattern, pattern_len, line + begin, i - begin)) {
			return true;
		}
		i++;
	}
	return false;
}

/* A place without a module (an address) can look different in the list: any free row serves. */
static bool row_is(const char *command, const char *line, size_t len) {
	const char *place, *text;
	size_t place_len, text_len;

	if (!arm_place(command, &place, &place_len, &text, &text_len)) {
		return false;
	}
	if (text && !contains_exactly(line, len, text, text_len)) {
		return false;
	}
	if (memchr(place, '*', place_len) || memchr(place, '?', place_len)) {
		return has_match(line, len, place, place_len);
	}
	return !memchr(place, '!', place_len) || contains(line, len, place, place_len);
}

bool arm_is_place(const char *const *commands, size_t count, const char *line, size_t len) {
	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\r')) {
		len--;
	}
	for (size_t i = 0; i < count && len > 1 && line[len - 1] == ':'; i++) {
		const char *place, *text;
		size_t place_len, text_len;

		if (arm_place(commands[i], &place, &place_len, &text, &text_len) &&
			place_len == len - 1 && same(place, line, place_len)) {
			return true;
		}
	}
	return false;
}

void arm_check_row(struct arm_check *c, const char *line, size_t len) {
	struct row row;

	if (!read_row(line, len, &row)) {
		return;
	}
	c->rows++;
	c->enabled += row.enabled;
	for (size_t i = 0; i < c->count; i++) {
		uint64_t bit = (uint64_t)1 << i;

		if ((c->found & bit) || !row_is(c->commands[i], line, len)) {
			continue;
		}
		if (row.deferred) {
			c->deferred |= bit;
		} else if (!row.enabled) {
			c->disabled |= bit;
		} else {
			c->found |= bit;
			return;
		}
	}
}

bool arm_check_end(const struct arm_check *c, struct text *why) {
	for (size_t i = 0; i < c->count; i++) {
		const char *place, *text;
		size_t len, text_len;
		uint64_t bit = (uint64_t)1 << i;

		if ((c->found & bit) ||
			!arm_place(c->commands[i], &place, &len, &text, &text_len)) {
			continue;
		}
		text_put(why, "bl ");
		text_put(why, c->deferred & bit   ? "has it only deferred: "
			      : c->disabled & bit ? "has it disabled: "
						  : "does not list it: ");
		text_put(why, c->commands[i]);
		return false;
	}
	return true;
}
