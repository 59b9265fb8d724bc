/* Lines for a screen: no wider than it is, and safe to show. */
#ifndef LIVEDEBUG_REPORT_TEXT_LINE_H
#define LIVEDEBUG_REPORT_TEXT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/text.h"
#include "report/fold.h"
#include "report/trend.h"

#define TEXT_LINE_MAX 1024
#define TEXT_ROWS 24    /* of a screen whose size is not known */
#define TEXT_COLUMNS 80 /* ... */

/* A line that is being put together. */
struct text_line {
	struct text t;
	char room[TEXT_LINE_MAX];
};

/* Begin an empty line. */
void text_line_init(struct text_line *l);

/* Append as printf does; only text of ours. */
__attribute__((format(printf, 2, 3))) void text_line_put(
	struct text_line *l, const char *format, ...);

/* Append bytes from outside, control bytes as \xNN. */
void text_line_put_shown(struct text_line *l, struct folded_slice s);

/* Append a file's name without its folders. */
void text_line_put_name(struct text_line *l, const char *path);

/* Append bytes from outside in exactly `columns` columns, cut with ".." or filled with blanks. */
void text_line_put_column(struct text_line *l, struct folded_slice s, size_t columns);

/* Append frames from stack->frames[from] to the root: "a!B < c!D < e!F". */
void text_line_put_chain(
	struct text_line *l, const struct fold *fold, const struct fold_stack *stack, size_t from);

/* Append a character for each part, the higher the more hits a minute; `plain`: ASCII only. */
void text_line_put_spark(struct text_line *l, const struct trend_parts *p, bool plain);

/* Write it with a newline; of more than `columns` characters the rest becomes "..". */
void text_line_write(const struct text_line *l, size_t columns, FILE *out);

/*
 * Write a stack leaf first, a `>` at the responsible frame, in at most `rows` lines (at least 3),
 * that frame among them. How many lines it became.
 */
size_t text_write_stack(const struct fold *fold, const struct fold_stack *stack, size_t responsible,
	size_t rows, size_t columns, FILE *out);

#endif
