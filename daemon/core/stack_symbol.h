/* The symbol at the end of a stack's row: nt!Name+0x1, drv+0x12, 0x7ff0, with notes behind it. */
#ifndef LIVEDEBUG_CORE_STACK_SYMBOL_H
#define LIVEDEBUG_CORE_STACK_SYMBOL_H

#include <stdbool.h>

#include "core/stack.h"

/*
 * A symbol's parts. False: no symbol, address or offset stands there. `clean`: nothing but notes
 * (source, FPO, trap frame) follows the name.
 */
bool stack_symbol_read(struct stack_slice symbol, struct stack_frame *frame, bool *clean);

#endif
