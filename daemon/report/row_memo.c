#include "report/row_memo.h"

#include <stdlib.h>
#include <string.h>

#include "core/kdparse.h"
#include "core/patterns.h"
#include "core/stack_symbol.h"

#define BYTES(value) (UINT64_C(0x0101010101010101) * (value))

static void forget_symbols(struct row_memo *m) {
	for (size_t i = 0; m->symbols && i < ROW_MEMO_SYMBOLS; i++) {
		free(m->symbols[i].text);
		m->symbols[i] = (struct row_memo_symbol){0};
	}
	m->symbol_count = 0;
}

static void put_line(char *at, size_t *at_len, const char *line, size_t len) {
	*at_len = len <= ROW_MEMO_LINE ? len : 0;
	memcpy(at, line, *at_len);
}

static bool equal_layouts(const struct stack_layout *a, const struct stack_layout *b) {
	return a->columns == b->columns && a->args == b->args && a->numbered == b->numbered &&
	       a->memory == b->memory;
}

void row_memo_header(struct row_memo *m, const char *line, size_t len) {
	struct stack_layout layout;
	if (!stack_row_read_header(line, len, &layout)) {
		m->header_len = 0;
		return;
	}
	if (!equal_layouts(&layout, &m->layout)) {
		m->prefix_len = 0;
	}
	m->layout = layout;
	put_line(m->header, &m->header_len, line, len);
}

void row_memo_stop(struct row_memo *m, const char *line, size_t len) {
	put_line(m->stop, &m->stop_len, line, len);
}

bool row_memo_is_header(const struct row_memo *m, const char *line, size_t len) {
	return len > 0 && len == m->header_len && memcmp(line, m->header, len) == 0;
}

bool row_memo_is_stop(const struct row_memo *m, const char *line, size_t len) {
	return len > 0 && len == m->stop_len && memcmp(line, m->stop, len) == 0;
}

static bool is_digit(char c) {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The masks of a prefix; false: it has other bytes than digits, blanks, `:` and backticks. */
static bool set_masks(struct row_memo *m, const char *prefix, size_t len) {
	unsigned char hex[ROW_MEMO_PREFIX] = {0}, same[ROW_MEMO_PREFIX] = {0};
	unsigned char mask[ROW_MEMO_PREFIX] = {0};
	for (size_t i = 0; i < len; i++) {
		bool digit = is_digit(prefix[i]);
		if (!digit && prefix[i] != ' ' && prefix[i] != ':' && prefix[i] != '`') {
			return false;
		}
		hex[i] = digit ? 0xff : 0;
		mask[i] = digit ? 0 : 0xff;
		same[i] = digit ? 0 : (unsigned char)prefix[i];
	}
	if (m->prefix_len != len || memcmp(m->same, same, sizeof(same)) != 0 ||
		memcmp(m->hex, hex, sizeof(hex)) != 0) {
		forget_symbols(m); /* what was plain there may not be plain here */
	}
	memcpy(m->hex, hex, sizeof(hex));
	memcpy(m->same, same, sizeof(same));
	memcpy(m->mask, mask, sizeof(mask));
	m->prefix_len = len;
	m->word_count = (len + 7) / 8;
	return true;
}

void row_memo_learn_row(struct row_memo *m, const char *line, size_t len) {
	struct stack_row row;
	if (m->header_len == 0 || m->layout.memory || m->layout.columns == 0) {
		return;
	}
	stack_row_read(&m->layout, line, len, &row);
	size_t prefix = (size_t)(row.symbol.at - line);
	if (row.symbol.len == 0 || row.inlined || !stack_row_fits(&m->layout, &row) || prefix < 9 ||
		prefix >= ROW_MEMO_PREFIX) {
		return;
	}
	(void)set_masks(m, line, prefix);
}

/*
 * 0x80 in each byte that is no hexadecimal digit. Bytes over 0x7f have their own bit set already,
 * the others cannot carry into their neighbour.
 */
static uint64_t not_digits(uint64_t word) {
	uint64_t low = word & BYTES(0x7f), lower = low | BYTES(0x20);
	uint64_t decimal = (low + BYTES(0x80 - '0')) & ~(low + BYTES(0x80 - '9' - 1));
	uint64_t letter = (lower + BYTES(0x80 - 'a')) & ~(lower + BYTES(0x80 - 'f' - 1));
	return (~(decimal | letter) | word) & BYTES(0x80);
}

struct stack_slice row_memo_symbol(
	const struct row_memo *m, const char *line, size_t len, size_t readable) {
	struct stack_slice none = {line, 0};
	uint64_t wrong = 0;
	if (m->prefix_len == 0 || len <= m->prefix_len || readable < m->word_count * 8) {
		return none;
	}
	for (size_t i = 0; i < m->word_count; i++) {
		uint64_t word;
		memcpy(&word, line + 8 * i, 8);
		wrong |= (word & m->mask[i]) ^ m->same[i];
		wrong |= not_digits(word) & m->hex[i];
	}
	if (wrong) {
		return none;
	}
	return (struct stack_slice){line + m->prefix_len, len - m->prefix_len};
}

static uint64_t load_tail(const char *at, size_t len) {
	uint64_t word = 0;
	memcpy(&word, at, len);
	return word;
}

static uint64_t hash_of(struct stack_slice s) {
	uint64_t hash = s.len, word;
	size_t i = 0;
	for (; i + 8 <= s.len; i += 8) {
		memcpy(&word, s.at + i, 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 29;
	}
	hash = (hash ^ load_tail(s.at + i, s.len - i)) * 0x9e3779b97f4a7c15u;
	hash ^= hash >> 32;
	return hash ? hash : 1;
}

static size_t slot_of(const struct row_memo *m, struct stack_slice symbol, uint64_t hash) {
	size_t at = (size_t)hash & (ROW_MEMO_SYMBOLS - 1);
	while (m->symbols[at].hash &&
		(m->symbols[at].hash != hash || m->symbols[at].len != symbol.len ||
			memcmp(m->symbols[at].text, symbol.at, symbol.len) != 0)) {
		at = (at + 1) & (ROW_MEMO_SYMBOLS - 1);
	}
	return at;
}

uint32_t row_memo_find(const struct row_memo *m, struct stack_slice symbol, uint64_t *hash) {
	*hash = hash_of(symbol);
	if (!m->symbols) {
		return ROW_MEMO_NONE;
	}
	const struct row_memo_symbol *s = &m->symbols[slot_of(m, symbol, *hash)];
	return s->hash ? s->frame : ROW_MEMO_NONE;
}

bool row_memo_is_plain(const struct row_memo *m, const char *line, size_t len,
	struct stack_slice symbol, struct stack_frame *frame) {
	struct kd_event event = {0};
	struct stack_row row;
	bool clean;
	/* What core would cut is not what we remember. */
	if (len > STACK_ROW_MAX || patterns_match(line, len, &event)) {
		return false;
	}
	stack_row_read(&m->layout, line, len, &row);
	return row.symbol.at == symbol.at && !row.inlined && stack_row_fits(&m->layout, &row) &&
	       stack_symbol_read(row.symbol, frame, &clean);
}

void row_memo_add(struct row_memo *m, struct stack_slice symbol, uint64_t hash, uint32_t frame) {
	if (!m->symbols) {
		m->symbols = calloc(ROW_MEMO_SYMBOLS, sizeof(*m->symbols));
	}
	if (m->symbol_count >= ROW_MEMO_SYMBOLS / 2) {
		forget_symbols(m);
	}
	char *text = malloc(symbol.len);
	if (!m->symbols || !text) {
		abort();
	}
	memcpy(text, symbol.at, symbol.len);
	struct row_memo_symbol *s = &m->symbols[slot_of(m, symbol, hash)];
	s->hash = hash;
	s->frame = frame;
	s->len = (uint32_t)symbol.len;
	s->text = text;
	m->symbol_count++;
}

void row_memo_finish(struct row_memo *m) {
	forget_symbols(m);
	free(m->symbols);
	memset(m, 0, sizeof(*m));
}
