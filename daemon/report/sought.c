#include "report/sought.h"

#include <stdlib.h>
#include <string.h>

#include "core/pooltag.h"

struct words {
	const char *at, *end;
};

/* The next word; len 0: there is none. */
static size_t next_word(struct words *w, const char **word) {
	while (w->at < w->end && *w->at == ' ') {
		w->at++;
	}
	*word = w->at;
	while (w->at < w->end && *w->at != ' ' && *w->at != '"') {
		w->at++;
	}
	return (size_t)(w->at - *word);
}

static bool is_breakpoint(const char *word, size_t len) {
	size_t digits = 2;
	if (len < 2 || word[0] != 'b' || !memchr("puma", word[1], 4)) {
		return false;
	}
	while (digits < len && word[digits] >= '0' && word[digits] <= '9') {
		digits++;
	}
	return digits == len;
}

/* What the breakpoint is at: the last word before the quoted commands that is no option. */
static bool put_breakpoint(struct words *w, const char *kind, struct text *out) {
	const char *word, *place = NULL;
	size_t len, place_len = 0;
	while ((len = next_word(w, &word)) > 0) {
		if (!place && word[0] != '/') {
			place = word;
			place_len = len;
		}
		/* ba has its access and size in front: `ba w4 nt!Foo`. */
		if (place == word && kind[1] == 'a' && len <= 2) {
			place = NULL;
		}
	}
	if (!place) {
		return false;
	}
	text_put_n(out, kind, 2);
	text_put(out, " ");
	text_put_n(out, place, place_len);
	return true;
}

/* 'dcba' is the tag "abcd" (transcript 125); 0 takes the watch away again. */
static bool put_tag(const char *value, size_t len, struct text *out) {
	char number[16] = "0x";
	struct pooltag tag;
	if (len >= 2 && value[0] == '\'') {
		text_put(out, "tag ");
		for (size_t i = len; i-- > 1;) {
			if (value[i] != '\'') {
				text_put_n(out, &value[i], 1);
			}
		}
		return true;
	}
	size_t skip = len > 2 && value[0] == '0' && (value[1] | 0x20) == 'x' ? 2 : 0;
	if (len == skip || len - skip > 8) {
		return false;
	}
	memcpy(number + 2, value + skip, len - skip);
	if (pooltag_parse(number, &tag) != POOLTAG_OK || tag.value == 0) {
		return false;
	}
	text_put(out, "tag ");
	text_put(out, tag.text);
	return true;
}

static bool is_word(const char *word, size_t len, const char *wanted) {
	if (len != strlen(wanted)) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		char c = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] | 0x20) : word[i];
		if (c != wanted[i]) {
			return false;
		}
	}
	return true;
}

bool sought_read(const char *command, size_t len, struct text *out) {
	struct words w = {command, command + len};
	const char *word, *value;
	size_t word_len = next_word(&w, &word);
	if (is_breakpoint(word, word_len)) {
		return put_breakpoint(&w, word, out);
	}
	if (!is_word(word, word_len, "ed") && !is_word(word, word_len, "eb")) {
		return false;
	}
	word_len = next_word(&w, &word);
	if (!is_word(word, word_len, "nt!poolhittag") && !is_word(word, word_len, "poolhittag")) {
		return false;
	}
	while (w.at < w.end && *w.at == ' ') {
		w.at++;
	}
	value = w.at; /* a quoted tag may have blanks inside */
	len = (size_t)(w.end - value);
	while (len > 0 && value[len - 1] == ' ' && value[0] != '\'') {
		len--;
	}
	return put_tag(value, len, out);
}

const char *sought_behind_prompt(const char *line, size_t *len) {
	size_t at = 0;
	while (at < *len && at < 8 &&
		(line[at] == ' ' || line[at] == ':' || (line[at] >= '0' && line[at] <= '9'))) {
		at++;
	}
	if (!text_starts(line + at, *len - at, "kd>") &&
		!text_starts(line + at, *len - at, "lkd>")) {
		return NULL;
	}
	at += line[at] == 'l' ? 4 : 3;
	*len -= at;
	return line + at;
}
