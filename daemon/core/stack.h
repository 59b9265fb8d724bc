/* Placeholder: the stack parser's contract is written by its author. */
#ifndef LIVEDEBUG_CORE_STACK_H
#define LIVEDEBUG_CORE_STACK_H

struct stack_reader {
	int open;
};

#endif
