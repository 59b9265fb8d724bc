/*
 * The stacks that kd's k family prints, read line by line (kd-facts section 11). kdparse counts
 * frames with it, the report folds stacks with it. Pure, bounded, no allocation; cannot fail.
 *
 * A stack is a header line (it names RetAddr, or is kc's "Call Site") with at least one row below
 * it. Blank lines, elisions, warnings, symbol errors, client notices and foreign text may stand
 * between the rows; the stack lasts until a prompt, another header, a line that tells of another
 * stop, or STACK_NOISE_MAX unknown lines in a row. STACK_TEXT blocks of !analyze are not stacks.
 *
 * A row is only known to be whole when the next line has been seen (an 80-column console cuts
 * rows), so a frame comes out one step after its row:
 *
 *	stack_init(&r);
 *	for each line:
 *		stack_feed(&r, line, len, &step);
 *		if (step.has_frame) add step.frame to the stack in hand;
 *		if (step.ended) that stack is whole: step.frames rows;
 *		if (step.line == STACK_HEADER) a stack may begin here;
 *	stack_end(&r, &step), looked at in the same way.
 *
 * Within a step the order is: frame, ended, line. A header without a row never gives `ended`.
 */
#ifndef LIVEDEBUG_CORE_STACK_H
#define LIVEDEBUG_CORE_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

#define STACK_ROW_MAX 2048 /* bytes of a row with its tails; the rest of a longer one is cut */
#define STACK_NOISE_MAX 16 /* unknown lines in a row that an open stack bears */
#define STACK_WRAP 80      /* columns of the console that wrapped rows (transcript 018) */

enum stack_line {
	STACK_OTHER,  /* belongs to no stack */
	STACK_HEADER, /* a stack begins if a row follows */
	STACK_ROW,    /* begins a frame */
	STACK_TAIL,   /* the rest of the row above, cut by a console */
	STACK_NOISE,  /* inside a stack and no frame */
};

/* Bytes inside the reader, good until its next call. len 0: not there. */
struct stack_slice {
	const char *at;
	size_t len;
};

/*
 * One frame. Which slices are there tells its kind:
 *	module and function             nt!KiSwapThread+0x85 (offset may be there)
 *	module, maybe offset            mydrv+0x1234, <Unloaded_mydrv.sys>+0x1234
 *	address                         0x76e170d4, in kd's own spelling, ` included
 * A row without symbol text has the return address of the row above it as its address.
 * At most one of function and address is there. Source, FPO and trap-frame notes are left out.
 */
struct stack_frame {
	struct stack_slice module;
	struct stack_slice function;
	struct stack_slice offset; /* with its 0x, without the + */
	struct stack_slice address;
	bool inlined;
};

struct stack_step {
	enum stack_line line; /* what the line is */
	bool has_frame;       /* the row before this line is whole: frame */
	bool ended;           /* the open stack had its last line before this line */
	size_t frames;        /* ended: its rows, at least 1 */
	struct stack_frame frame;
};

/* Private but for open, rows and skip. */
struct stack_reader {
	bool open;   /* a header was read and its stack has not ended */
	size_t rows; /* rows of the open stack so far */
	size_t noise;
	size_t columns; /* words up to RetAddr; 0: kc */
	bool args;      /* a column of arguments */
	bool numbered;  /* a column of frame numbers */
	bool memory;    /* kf's column */
	bool skip;      /* in a STACK_TEXT block */
	size_t gap;     /* blanks between the first two words of the first row */
	bool pending;   /* row[side] is being put together */
	unsigned side;
	size_t row_len;
	size_t piece_len; /* bytes of the row's last line as printed */
	char row[2][STACK_ROW_MAX];
	char ret[2][24]; /* address of a row without symbol: "0x", return address above it */
	size_t ret_len[2];
};

/* Begin: no stack is open. */
void stack_init(struct stack_reader *r);

/*
 * Take one line, without its newline; prompts at its start are passed over and end the stack. Give
 * every line of the log, in order.
 */
void stack_feed(struct stack_reader *r, const char *line, size_t len, struct stack_step *step);

/* A prompt was seen, or the input is at its end: an open stack ends. step->line is STACK_OTHER. */
void stack_end(struct stack_reader *r, struct stack_step *step);

/*
 * Append the frame as folded stacks show it (DESIGN 6): module!function without offset,
 * module+0xoffset, or 0xaddress. A `;` and control bytes become `_`, so that no frame looks like
 * two.
 */
void stack_frame_put(struct text *t, const struct stack_frame *frame);

#endif
