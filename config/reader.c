/*
 * inih's stock build would cut a value at ` ;`, cut lines at 199 bytes and section names at 49,
 * pass over empty sections and count no lines. So it is fed made-up lines:
 *
 *   file     arm = .echo A ; kb ; g        and, indented:    bp nt!Foo ";kb;g"
 *   inih     arm=.echo.A.:.kb.:.g\n        and               _bp.nt!Foo.":kb:g"\n
 *
 * where `.` and `:` are bytes that no valid line holds, so that it finds no comment and no blank
 * to trim, and a long value is several indented lines, put together again in on_pair(). As no
 * blank is left in what inih sees, a cut is safe at every byte.
 */
#include "config/reader.h"

#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/strings.h"

/* Bytes of a value in one line for inih: with a key in front it stays well below its 200. */
#define PIECE_MAX 120

static const char veiled[] = {' ', '\t', ';', '#', 0};
static const char veils[] = {1, 2, 3, 4, 0};

struct reader {
	const char *at, *end;
	const struct reader_events *events;
	void *data;
	size_t line;
	char key[READER_KEY_MAX + 1]; /* last one of the section; "": none */
	bool continued;               /* the value in hand is an indented line's */
	const char *value;            /* what inih has not been given yet */
	size_t value_len;
	bool is_first_piece;
	char whole[READER_VALUE_MAX + 1]; /* what it has given back */
	size_t whole_len;
};

static bool is_blank(char c) {
	return c == ' ' || c == '\t';
}

static void trim(const char **from, const char **to) {
	while (*from < *to && is_blank(**from)) {
		(*from)++;
	}
	while (*from < *to && is_blank((*to)[-1])) {
		(*to)--;
	}
}

static char swap_byte(char c, const char *from, const char *to) {
	const char *p = c ? strchr(from, c) : NULL;
	return p ? to[p - from] : c;
}

/* The next line without its ending; false at the end of the text. */
static bool take_line(struct reader *r, const char **from, const char **to) {
	if (r->at == r->end) {
		return false;
	}
	const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	*from = r->at;
	*to = newline ? newline : r->end;
	r->at = newline ? newline + 1 : r->end;
	if (*to > *from && (*to)[-1] == '\r') {
		(*to)--;
	}
	r->line++;
	return true;
}

static void complain(struct reader *r, const char *why) {
	r->events->error(r->data, r->line, why);
}

static bool has_only_text(struct reader *r, const char *from, const char *to) {
	for (const char *p = from; p < to; p++) {
		unsigned char c = (unsigned char)*p;
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			char why[40];
			snprintf(why, sizeof(why), "%s 0x%02x in the line",
				c ? "control byte" : "NUL byte", c);
			complain(r, why);
			return false;
		}
	}
	return true;
}

/* Begin a value: inih gets its first piece now, the rest in the next calls. */
static void start_value(struct reader *r, const char *from, const char *to, bool continued) {
	trim(&from, &to);
	if (to - from > READER_VALUE_MAX) {
		complain(r, "the value is longer than 32767 bytes");
		return;
	}
	r->value = from;
	r->value_len = (size_t)(to - from);
	r->whole_len = 0;
	r->continued = continued;
	r->is_first_piece = true;
}

static void start_section(struct reader *r, const char *from, const char *to) {
	const char *close = memchr(from, ']', (size_t)(to - from));
	const char *rest = close ? close + 1 : to;
	const char *name = from + 1;
	const char *name_end = close;
	r->key[0] = 0;
	if (!close) {
		complain(r, "the ] is missing");
		name_end = to;
	} else if (trim(&rest, &to), rest < to) {
		complain(r, "text behind the ]; a comment stands on a line of its own");
	}
	trim(&name, &name_end);
	char *text = string_copy_n(name, (size_t)(name_end - name));
	r->events->section(r->data, r->line, text);
	string_set(&text, NULL);
}

bool reader_is_key(const char *key, size_t len) {
	for (size_t i = 0; i < len; i++) {
		if (key[i] <= ' ' || key[i] > '~' || strchr(":;=", key[i])) {
			return false;
		}
	}
	return len > 0 && len <= READER_KEY_MAX;
}

static const char *key_fault(size_t len) {
	return len == 0               ? "the key is missing"
	       : len > READER_KEY_MAX ? "the key is longer than 48 characters"
				      : "a blank, : or ; in the key, or a letter that is not ASCII";
}

static void start_pair(struct reader *r, const char *from, const char *to) {
	const char *equals = memchr(from, '=', (size_t)(to - from));
	const char *key_end = equals;
	r->key[0] = 0;
	if (!equals) {
		complain(r, "expected KEY = VALUE, [SECTION] or a comment (; or #)");
		return;
	}
	trim(&from, &key_end);
	size_t len = (size_t)(key_end - from);
	if (!reader_is_key(from, len)) {
		complain(r, key_fault(len));
		return;
	}
	memcpy(r->key, from, len);
	r->key[len] = 0;
	start_value(r, equals + 1, to, false);
}

static void start_indented(struct reader *r, const char *from, const char *to) {
	const char *text = from;
	trim(&text, &to);
	if (*text == ';' || *text == '#') {
		/* A command or a comment? To guess wrong would run what was meant to be off. */
		complain(r, "an indented ; or #: comments start in the first column");
	} else if (!r->key[0]) {
		complain(r, "an indented line: keys and sections start in the first column");
	} else {
		start_value(r, text, to, true);
	}
}

static void start_line(struct reader *r, const char *from, const char *to) {
	const char *text = from, *text_end = to;
	trim(&text, &text_end);
	if (!has_only_text(r, from, to) || text == text_end || *from == ';' || *from == '#') {
		return;
	}
	if (is_blank(*from)) {
		start_indented(r, from, to);
	} else if (*from == '[') {
		start_section(r, from, to);
	} else {
		start_pair(r, from, to);
	}
}

/* One line for inih: the key or a blank, and a piece of the value. */
static void put_piece(struct reader *r, char *out, size_t cap) {
	size_t len = r->value_len < PIECE_MAX ? r->value_len : PIECE_MAX;
	bool names_key = r->is_first_piece && !r->continued;
	size_t at = names_key ? (size_t)snprintf(out, cap, "%s=", r->key) : 1;
	if (!names_key) {
		out[0] = ' ';
	}
	for (size_t i = 0; i < len; i++) {
		out[at++] = swap_byte(r->value[i], veiled, veils);
	}
	out[at++] = '\n';
	out[at] = 0;
	r->value += len;
	r->value_len -= len;
	r->is_first_piece = false;
}

/* inih's fgets. */
static char *next_line(char *out, int cap, void *stream) {
	struct reader *r = stream;
	const char *from, *to;
	while (!r->is_first_piece && r->value_len == 0) {
		if (!take_line(r, &from, &to)) {
			return NULL;
		}
		start_line(r, from, to);
	}
	put_piece(r, out, (size_t)cap);
	return out;
}

/* inih's handler: called once a piece, before the next line is asked for. */
static int on_piece(void *user, const char *section, const char *key, const char *piece) {
	struct reader *r = user;
	(void)section;
	for (; *piece; piece++) {
		r->whole[r->whole_len++] = swap_byte(*piece, veils, veiled);
	}
	if (r->value_len == 0) {
		r->whole[r->whole_len] = 0;
		r->events->pair(r->data, r->line, key, r->whole, r->continued);
	}
	return 1;
}

static const char *bom_fault(struct reader *r) {
	size_t len = (size_t)(r->end - r->at);
	if (len >= 2 && (memcmp(r->at, "\xff\xfe", 2) == 0 || memcmp(r->at, "\xfe\xff", 2) == 0)) {
		return "the file is UTF-16; save it as UTF-8";
	}
	if (len >= 3 && memcmp(r->at, "\xef\xbb\xbf", 3) == 0) {
		r->at += 3;
	}
	return NULL;
}

void reader_parse(const char *bytes, size_t len, const struct reader_events *events, void *data) {
	struct reader r;
	memset(&r, 0, offsetof(struct reader, whole));
	r.whole_len = 0;
	r.at = bytes;
	r.end = bytes + len;
	r.events = events;
	r.data = data;
	const char *fault = bom_fault(&r);
	if (fault) {
		r.line = 1;
		complain(&r, fault);
		return;
	}
	if (ini_parse_stream(next_line, &r, on_piece, &r) != 0) {
		complain(&r, "inih did not take the line");
	}
}
