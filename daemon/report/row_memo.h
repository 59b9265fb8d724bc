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

#define ROW_MEMO_PREFIX 128    /* bytes in front of the symbol */
#define ROW_MEMO_SYMBOLS 16384 /* a power of two; at half of it all is forgotten */
#define ROW_MEMO_LINE 160
#define ROW_MEMO_NONE UINT32_MAX

struct row_memo_symbol {
	uint64_t hash;
	uint32_t frame, len;
	char *text;
};

struct row_memo {
	struct stack_layout layout; /* of the header in `header` */
	char header[ROW_MEMO_LINE]; /* as printed; len 0: none */
	size_t header_len;
	char stop[ROW_MEMO_LINE]; /* a line that ends a stack and says nothing else new */
	size_t stop_len;
	size_t prefix_len; /* 0: no row was learned behind this header */
	size_t word_count;
	uint64_t hex[ROW_MEMO_PREFIX / 8];  /* 0xff in bytes that are digits */
	uint64_t same[ROW_MEMO_PREFIX / 8]; /* the other bytes; 0 behind the prefix */
	uint64_t mask[ROW_MEMO_PREFIX / 8]; /* 0xff in those */
	struct row_memo_symbol *symbols;    /* by hash, 0 free */
	size_t symbol_count;
};

/* A header was read. Forgets the rows of another layout. */
void row_memo_header(struct row_memo *m, const char *line, size_t len);

/* A line that only ended a stack. */
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

/* The symbol's frame, or ROW_MEMO_NONE. *hash is for row_memo_add(). */
uint32_t row_memo_find(const struct row_memo *m, struct stack_slice symbol, uint64_t *hash);

/* Is a row with this symbol plain, so that it may be remembered? `line` as for row_memo_symbol. */
bool row_memo_is_plain(const struct row_memo *m, const char *line, size_t len,
	struct stack_slice symbol, struct stack_frame *frame);

/* Remember it. Out of memory: abort(). */
void row_memo_add(struct row_memo *m, struct stack_slice symbol, uint64_t hash, uint32_t frame);

/* Free what it owns. */
void row_memo_finish(struct row_memo *m);

#endif
