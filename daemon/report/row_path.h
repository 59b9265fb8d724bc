/*
 * The stacks of plain rows as a tree, leaf first: which row came behind which. Most stacks of a log
 * were in it before, so the tree says which symbol to expect next, and at its end which stack that
 * was. It only remembers; it decides nothing.
 *
 * What is looked at for each row is one word: a node's first child is mostly the node behind it,
 * and behind the last row's node stands the stack's number, so that all of a stack lies side by
 * side. Only what a later stack turned off to is found through a table.
 */
#ifndef LIVEDEBUG_REPORT_ROW_PATH_H
#define LIVEDEBUG_REPORT_ROW_PATH_H

#include <stddef.h>
#include <stdint.h>

#define ROW_PATH_NODES 131072 /* of 8 bytes; when they are used up all is forgotten */
#define ROW_PATH_NONE UINT32_MAX
#define ROW_PATH_SYMBOL 0x1fffffffu /* of a word: the caller's number of the symbol */
#define ROW_PATH_STACK 0x20000000u  /* ... the word behind it is a stack's number */
#define ROW_PATH_TURNS 0x40000000u  /* ... the child that came last is in next[] */
#define ROW_PATH_ENDS 0x80000000u   /* ... the node behind this one is no child of it */

struct row_path_turn {
	uint32_t node, parent, symbol; /* node 0: free */
};

/* Zero it, then row_path_leave(). */
struct row_path {
	uint32_t *words, *next; /* by node; the first is the root */
	uint32_t count, cap;
	uint32_t at; /* where the stack in hand is; ROW_PATH_NONE: it left the tree */
	struct row_path_turn *turns;
	size_t turn_count, turn_slots; /* the latter a power of two */
};

/* A stack begins. Out of memory: abort(). */
void row_path_begin(struct row_path *p);

/* The stack in hand has a row that is not plain. */
static inline void row_path_leave(struct row_path *p) {
	p->at = ROW_PATH_NONE;
}

/* The node that is expected next; 0: nothing is. */
static inline uint32_t row_path_expected(const struct row_path *p) {
	if (p->at == ROW_PATH_NONE) {
		return 0;
	}
	uint32_t word = p->words[p->at];
	if (word & ROW_PATH_TURNS) {
		return p->next[p->at];
	}
	return word & ROW_PATH_ENDS ? 0 : p->at + 1;
}

/* A node's symbol. */
static inline uint32_t row_path_symbol(const struct row_path *p, uint32_t node) {
	return p->words[node] & ROW_PATH_SYMBOL;
}

/* The stack in hand goes on with a row of this symbol. Out of memory: abort(). */
void row_path_step(struct row_path *p, uint32_t symbol);

/* The stack that ends here, or ROW_PATH_NONE; and, if it is not known yet, which it is. */
uint32_t row_path_stack(const struct row_path *p);
void row_path_set_stack(struct row_path *p, uint32_t stack);

/* Symbols have other numbers now. The stack in hand has left the tree. */
void row_path_forget(struct row_path *p);

/* Free what it owns. */
void row_path_finish(struct row_path *p);

#endif
