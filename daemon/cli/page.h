/* Text for a person's screen: grows, knows widths, has colours only where they are wanted. */
#ifndef LIVEDEBUG_CLI_PAGE_H
#define LIVEDEBUG_CLI_PAGE_H

#include <stdbool.h>
#include <stddef.h>

enum page_colour { PAGE_PLAIN, PAGE_BOLD, PAGE_DIM, PAGE_GOOD, PAGE_CARE, PAGE_BAD };

struct page {
	char *at; /* NUL-terminated once something was put; page_finish() frees it */
	size_t len, cap;
	bool colour;
	size_t width; /* of the screen in columns; 0: lines may be of any length */
	size_t rows;  /* of the screen; 0: any number */
};

/* Append, printf's way. Without memory the page ends there. */
__attribute__((format(printf, 2, 3))) void page_put(struct page *p, const char *format, ...);

/* Begin a colour; PAGE_PLAIN ends it. Nothing where there are none. */
void page_colour(struct page *p, enum page_colour colour);

/*
 * At most `columns` columns of UTF-8 text, blanks behind it up to them if `fill`. Control bytes of
 * others' text are to be escaped before.
 */
void page_cell(struct page *p, const char *text, size_t columns, bool fill);

/* Columns of a text: its characters, each as one. */
size_t page_columns(const char *text);

/* Free its text; the page may be used again. */
void page_finish(struct page *p);

/* Is stdout a terminal, and does it and its user want colours (NO_COLOR, TERM=dumb: no)? */
bool page_is_terminal(void);
bool page_wants_colour(void);

/* The terminal's columns and rows; false: not known. */
bool page_find_size(size_t *columns, size_t *rows);

#endif
