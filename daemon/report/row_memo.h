/*
 * Plain rows, quickly: a row with the words of the row before it, in the same columns, whose symbol
 * core has read before. Headers and stop lines are known again when they are the same bytes.
 *
 * It only remembers what core has said of a line; a row differs from one that core has accepted in
 * hexadecimal digits alone, so core would say the same of it.
 */
#ifndef LIVEDEBUG_REPORT_ROW_MEMO_H
#define LIVEDEBUG_REPORT_ROW_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/stack_row.h"
#include "report/row_path.h"

#define ROW_MEMO_PREFIX 128    /* bytes in front of the symbol */
#define ROW_MEMO_SYMBOLS 16384 /* a power of two; of more all is forgotten */
#define ROW_MEMO_LINE 160
#define ROW_MEMO_NONE UINT32_MAX

struct row_memo_symbol {
	uint64_t hash;
	size_t at; /* of its text, in row_memo.texts */
	uint32_t len, frame;
};

struct row_memo {
	struct stack_layout layout; /* of the header in `header` */
	char header[ROW_MEMO_LINE]; /* as printed; len 0: none */
	size_t header_len;
	char stop[ROW_MEMO_LINE]; /* a line that ends a stack and says nothing else new */
	size_t stop_len;
	size_t prefix_len;                   /* 0: no row was learned behind this header */
	size_t prefix_read;                  /* bytes that are looked at, up to 15 more */
	unsigned char hex[ROW_MEMO_PREFIX];  /* 0xff in bytes that are digits */
	unsigned char same[ROW_MEMO_PREFIX]; /* the other bytes; 0 behind the prefix */
	unsigned char mask[ROW_MEMO_PREFIX]; /* 0xff in those */
	struct row_memo_symbol *symbols;
	uint32_t symbol_count, symbol_cap; /* the latter a power of two */
	uint32_t *slots;                   /* by hash, twice symbol_cap: index + 1, 0 free */
	char *texts;
	size_t text_len, text_cap;
	struct row_path path; /* of numbers of symbols */
};

/* Begin with nothing remembered. */
void row_memo_init(struct row_memo *m);

/* A header was read. Forgets the rows of another layout. */
void row_memo_header(struct row_memo *m, const char *line, size_t len);

/* A line that only ended a stack; len 0: there is none. */
void row_memo_stop(struct row_memo *m, const char *line, size_t len);

/* Is it that header, or that stop? */
bool row_memo_is_header(const struct row_memo *m, const char *line, size_t len);
bool row_memo_is_stop(const struct row_memo *m, const char *line, size_t len);

/* Core has taken this line for a row of a stack below the header. */
void row_memo_learn_row(struct row_memo *m, const char *line, size_t len);

/*
 * Is the line a row like the one learned? Then its symbol, trailing blanks included, else len 0.
 * The caller may read `readable` bytes at `line`.
 */
struct stack_slice row_memo_symbol(
	const struct row_memo *m, const char *line, size_t len, size_t readable);

/*
 * Is there a row whose symbol is the one that the path expects, with a line end behind it? Then the
 * path has gone on, `*line_len` is the row without its end, and the bytes up to the next line are
 * returned; else 0.
 */
size_t row_memo_take_expected(
	struct row_memo *m, const char *line, size_t readable, size_t *line_len);

/* The frame of the row where the path is. */
static inline uint32_t row_memo_frame_here(const struct row_memo *m) {
	return m->symbols[row_path_symbol(&m->path, m->path.at)].frame;
}

/* The symbol's number, or ROW_MEMO_NONE. *hash is for row_memo_add(). */
uint32_t row_memo_find(const struct row_memo *m, struct stack_slice symbol, uint64_t *hash);

/* Is a row with this symbol plain, so that it may be remembered? `line` as for row_memo_symbol. */
bool row_memo_is_plain(const struct row_memo *m, const char *line, size_t len,
	struct stack_slice symbol, struct stack_frame *frame);

/* Remember it: its number. The path may be forgotten. Out of memory: abort(). */
uint32_t row_memo_add(struct row_memo *m, struct stack_slice symbol, uint64_t hash, uint32_t frame);

/* Free what it owns. */
void row_memo_finish(struct row_memo *m);

#endif
