#include "report/row_memo.h"

#include <stdlib.h>
#include <string.h>

#include "core/kdparse.h"
#include "core/patterns.h"
#include "core/stack_symbol.h"

#define FIRST_SYMBOLS 256

/*
 * Sixteen bytes at once: gcc and clang make of it what the processor has, and plain code elsewhere.
 * A row is looked at in three to seven such steps.
 */
typedef unsigned char bytes16 __attribute__((vector_size(16)));

static void *must(void *memory) {
	if (!memory) {
		abort();
	}
	return memory;
}

static bytes16 load16(const void *at) {
	bytes16 v;
	memcpy(&v, at, sizeof(v));
	return v;
}

static bool is_zero16(bytes16 v) {
	uint64_t half[2];
	memcpy(half, &v, sizeof(half));
	return (half[0] | half[1]) == 0;
}

static void forget_symbols(struct row_memo *m) {
	if (m->symbol_count > 0) {
		memset(m->slots, 0, 2 * m->symbol_cap * sizeof(*m->slots));
	}
	m->symbol_count = 0;
	m->text_len = 0;
	row_path_forget(&m->path);
}

static void put_line(char *at, size_t *at_len, const char *line, size_t len) {
	*at_len = len <= ROW_MEMO_LINE ? len : 0;
	memcpy(at, line, *at_len);
}

static bool equal_layouts(const struct stack_layout *a, const struct stack_layout *b) {
	return a->columns == b->columns && a->args == b->args && a->numbered == b->numbered &&
	       a->memory == b->memory;
}

void row_memo_init(struct row_memo *m) {
	memset(m, 0, sizeof(*m));
	row_path_leave(&m->path);
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
	m->prefix_read = (len + 15) & ~(size_t)15;
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

/* 0xff in each byte that is no hexadecimal digit. */
static bytes16 not_digits(bytes16 v) {
	bytes16 decimal = (bytes16)(v - '0' <= 9);
	bytes16 letter = (bytes16)((v | 0x20) - 'a' <= 5);
	return ~(decimal | letter);
}

static bool prefix_fits(const struct row_memo *m, const char *line) {
	bytes16 wrong = {0};
	for (size_t i = 0; i < m->prefix_read; i += 16) {
		bytes16 v = load16(line + i);
		wrong |= (v & load16(m->mask + i)) ^ load16(m->same + i);
		wrong |= not_digits(v) & load16(m->hex + i);
	}
	return is_zero16(wrong);
}

struct stack_slice row_memo_symbol(
	const struct row_memo *m, const char *line, size_t len, size_t readable) {
	if (m->prefix_len == 0 || len <= m->prefix_len || readable < m->prefix_read ||
		!prefix_fits(m, line)) {
		return (struct stack_slice){line, 0};
	}
	return (struct stack_slice){line + m->prefix_len, len - m->prefix_len};
}

static bool equal_texts(const char *a, const char *b, size_t len) {
	if (len < 16) {
		return memcmp(a, b, len) == 0;
	}
	/* The last sixteen, then the others: no byte beyond. */
	bytes16 wrong = load16(a + len - 16) ^ load16(b + len - 16);
	for (size_t i = 0; i + 16 < len; i += 16) {
		wrong |= load16(a + i) ^ load16(b + i);
	}
	return is_zero16(wrong);
}

size_t row_memo_take_expected(
	struct row_memo *m, const char *line, size_t readable, size_t *line_len) {
	uint32_t node = row_path_expected(&m->path);
	if (node == 0 || m->prefix_len == 0 || readable < m->prefix_read) {
		return 0;
	}
	const struct row_memo_symbol *s = &m->symbols[row_path_symbol(&m->path, node)];
	size_t len = m->prefix_len + s->len;
	if (readable < len + 2 || (line[len] != '\n' && line[len] != '\r') ||
		!prefix_fits(m, line) ||
		!equal_texts(line + m->prefix_len, m->texts + s->at, s->len)) {
		return 0;
	}
	size_t end = line[len] == '\r' ? 2 : 1;
	if (line[len + end - 1] != '\n') {
		return 0;
	}
	m->path.at = node;
	*line_len = len;
	return len + end;
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

static bool is_symbol(const struct row_memo *m, const struct row_memo_symbol *s,
	struct stack_slice symbol, uint64_t hash) {
	return s->hash == hash && s->len == symbol.len &&
	       memcmp(m->texts + s->at, symbol.at, symbol.len) == 0;
}

static size_t slot_of(const struct row_memo *m, struct stack_slice symbol, uint64_t hash) {
	size_t at = (size_t)hash & (2 * m->symbol_cap - 1);
	while (m->slots[at] && !is_symbol(m, &m->symbols[m->slots[at] - 1], symbol, hash)) {
		at = (at + 1) & (2 * m->symbol_cap - 1);
	}
	return at;
}

uint32_t row_memo_find(const struct row_memo *m, struct stack_slice symbol, uint64_t *hash) {
	*hash = hash_of(symbol);
	if (m->symbol_count == 0) {
		return ROW_MEMO_NONE;
	}
	uint32_t slot = m->slots[slot_of(m, symbol, *hash)];
	return slot ? slot - 1 : ROW_MEMO_NONE;
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

/* At most half of the slots are taken. */
static void grow_symbols(struct row_memo *m) {
	m->symbol_cap = m->symbol_cap ? 2 * m->symbol_cap : FIRST_SYMBOLS;
	m->symbols = must(realloc(m->symbols, m->symbol_cap * sizeof(*m->symbols)));
	free(m->slots);
	m->slots = must(calloc(2 * m->symbol_cap, sizeof(*m->slots)));
	for (uint32_t i = 0; i < m->symbol_count; i++) {
		const struct row_memo_symbol *s = &m->symbols[i];
		struct stack_slice symbol = {m->texts + s->at, s->len};
		m->slots[slot_of(m, symbol, s->hash)] = i + 1;
	}
}

static void make_room(struct row_memo *m, size_t text_len) {
	if (m->symbol_count == m->symbol_cap) {
		grow_symbols(m);
	}
	if (m->text_len + text_len > m->text_cap) {
		m->text_cap = 2 * m->text_cap + STACK_ROW_MAX;
		m->texts = must(realloc(m->texts, m->text_cap));
	}
}

uint32_t row_memo_add(
	struct row_memo *m, struct stack_slice symbol, uint64_t hash, uint32_t frame) {
	if (m->symbol_count == ROW_MEMO_SYMBOLS) {
		forget_symbols(m);
	}
	make_room(m, symbol.len);
	m->slots[slot_of(m, symbol, hash)] = m->symbol_count + 1;
	m->symbols[m->symbol_count] = (struct row_memo_symbol){
		.hash = hash, .at = m->text_len, .len = (uint32_t)symbol.len, .frame = frame};
	memcpy(m->texts + m->text_len, symbol.at, symbol.len);
	m->text_len += symbol.len;
	return m->symbol_count++;
}

void row_memo_finish(struct row_memo *m) {
	row_path_finish(&m->path);
	free(m->symbols);
	free(m->slots);
	free(m->texts);
	memset(m, 0, sizeof(*m));
}
