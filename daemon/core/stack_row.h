/*
 * The words of a stack's header and of its rows (kd-facts section 11). Lines are read by words, not
 * by columns: blogs and documents change the blanks.
 */
#ifndef LIVEDEBUG_CORE_STACK_ROW_H
#define LIVEDEBUG_CORE_STACK_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "core/stack.h"

/* What a header says about the rows below it. */
struct stack_layout {
	size_t columns; /* words up to RetAddr; 0: kc */
	bool args;      /* a column of arguments, 3 or 4 words */
	bool numbered;  /* frame numbers */
	bool memory;    /* kf's column */
};

struct stack_row {
	size_t words; /* addresses read, RetAddr and arguments included */
	bool numbered;
	bool inlined;
	size_t gap;                /* blanks between the first two words, 0 if there are none */
	struct stack_slice ret;    /* the word under RetAddr, as printed */
	struct stack_slice symbol; /* what follows the words, ends trimmed */
};

/* Is the line a stack's header? */
bool stack_row_read_header(const char *line, size_t len, struct stack_layout *layout);

/* Cut a line into a row's parts. Always succeeds; whether it is a row is stack_row_fits' answer. */
void stack_row_read(
	const struct stack_layout *layout, const char *line, size_t len, struct stack_row *row);

/*
 * Has the row the words that its header wants, and a symbol? A row without symbol text fits too
 * (transcript 022), unless it looks like a row of dd or dq: two blanks behind the address.
 */
bool stack_row_fits(const struct stack_layout *layout, const struct stack_row *row);

#endif
