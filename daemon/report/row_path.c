#include "report/row_path.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_NODES 1024
#define FIRST_TURNS 256
#define END ROW_PATH_SYMBOL /* as if a stack's end were a row: its node's word is the stack */

static void *must(void *memory) {
	if (!memory) {
		abort();
	}
	return memory;
}

static void make_node_room(struct row_path *p) {
	if (p->count == p->cap) {
		p->cap = p->cap ? 2 * p->cap : FIRST_NODES;
		p->words = must(realloc(p->words, p->cap * sizeof(*p->words)));
		p->next = must(realloc(p->next, p->cap * sizeof(*p->next)));
	}
}

static uint32_t add_node(struct row_path *p, uint32_t symbol) {
	make_node_room(p);
	p->words[p->count] = symbol | ROW_PATH_ENDS;
	return p->count++;
}

void row_path_begin(struct row_path *p) {
	if (p->count == 0) {
		add_node(p, 0);
	}
	p->at = 0;
}

/* --- turns ---------------------------------------------------------------------------------- */

static struct row_path_turn *find_turn(const struct row_path *p, uint32_t parent, uint32_t symbol) {
	uint64_t hash = ((uint64_t)parent << 32 | symbol) * 0x9e3779b97f4a7c15u;
	size_t at = (size_t)(hash >> 40) & (p->turn_slots - 1);
	while (p->turns[at].node &&
		(p->turns[at].parent != parent || p->turns[at].symbol != symbol)) {
		at = (at + 1) & (p->turn_slots - 1);
	}
	return &p->turns[at];
}

/* At most half of the slots are taken. */
static void make_turn_room(struct row_path *p) {
	struct row_path_turn *old = p->turns;
	size_t old_slots = p->turn_slots;
	if (p->turn_count * 2 < old_slots) {
		return;
	}
	p->turn_slots = old_slots ? old_slots * 2 : FIRST_TURNS;
	p->turns = must(calloc(p->turn_slots, sizeof(*p->turns)));
	for (size_t i = 0; i < old_slots; i++) {
		if (old[i].node) {
			*find_turn(p, old[i].parent, old[i].symbol) = old[i];
		}
	}
	free(old);
}

/* --- steps ---------------------------------------------------------------------------------- */

/* A child that is there, or 0. */
static uint32_t find_child(const struct row_path *p, uint32_t parent, uint32_t symbol) {
	if (!(p->words[parent] & ROW_PATH_ENDS) && row_path_symbol(p, parent + 1) == symbol) {
		return parent + 1;
	}
	return p->turn_count > 0 ? find_turn(p, parent, symbol)->node : 0;
}

static void add_turn(struct row_path *p, uint32_t parent, uint32_t symbol, uint32_t child) {
	make_turn_room(p);
	*find_turn(p, parent, symbol) = (struct row_path_turn){child, parent, symbol};
	p->turn_count++;
}

static uint32_t add_child(struct row_path *p, uint32_t parent, uint32_t symbol) {
	uint32_t child = add_node(p, symbol);
	if (child == parent + 1) {
		p->words[parent] &= ~ROW_PATH_ENDS;
	} else {
		add_turn(p, parent, symbol, child);
	}
	return child;
}

static void expect(struct row_path *p, uint32_t parent, uint32_t child) {
	if (child == parent + 1) {
		p->words[parent] &= ~ROW_PATH_TURNS;
		return;
	}
	p->words[parent] |= ROW_PATH_TURNS;
	p->next[parent] = child;
}

void row_path_step(struct row_path *p, uint32_t symbol) {
	if (p->at == ROW_PATH_NONE) {
		return;
	}
	uint32_t child = find_child(p, p->at, symbol);
	if (child == 0) {
		if (p->count == ROW_PATH_NODES) {
			row_path_forget(p);
			return;
		}
		child = add_child(p, p->at, symbol);
	}
	expect(p, p->at, child);
	p->at = child;
}

uint32_t row_path_stack(const struct row_path *p) {
	if (p->at == ROW_PATH_NONE) {
		return ROW_PATH_NONE;
	}
	if (p->words[p->at] & ROW_PATH_STACK) {
		return p->words[p->at + 1];
	}
	uint32_t node = p->turn_count > 0 ? find_turn(p, p->at, END)->node : 0;
	return node ? p->words[node] : ROW_PATH_NONE;
}

void row_path_set_stack(struct row_path *p, uint32_t stack) {
	if (p->at == ROW_PATH_NONE || p->count == ROW_PATH_NODES) {
		return;
	}
	make_node_room(p);
	if (p->count == p->at + 1) {
		p->words[p->at] |= ROW_PATH_STACK;
	} else {
		add_turn(p, p->at, END, p->count);
	}
	p->words[p->count++] = stack;
}

void row_path_forget(struct row_path *p) {
	if (p->turn_count > 0) {
		memset(p->turns, 0, p->turn_slots * sizeof(*p->turns));
	}
	p->turn_count = 0;
	p->count = 0;
	p->at = ROW_PATH_NONE;
}

void row_path_finish(struct row_path *p) {
	free(p->words);
	free(p->next);
	free(p->turns);
	*p = (struct row_path){.at = ROW_PATH_NONE};
}
