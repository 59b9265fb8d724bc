#include "core/stack.h"

#include <string.h>

#include "core/patterns.h"
#include "core/prompt_text.h"
#include "core/stack_row.h"
#include "core/stack_symbol.h"

void stack_init(struct stack_reader *r) {
	memset(r, 0, sizeof(*r));
}

static struct stack_layout layout_of(const struct stack_reader *r) {
	return (struct stack_layout){r->columns, r->args, r->numbered, r->memory};
}

/* The row being put together is whole: hand it out and turn to the other side. */
static void flush_row(struct stack_reader *r, struct stack_step *step) {
	struct stack_layout layout = layout_of(r);
	struct stack_row row;
	bool clean;

	if (!r->pending) {
		return;
	}
	r->pending = false;
	step->has_frame = true;
	stack_row_read(&layout, r->row[r->side], r->row_len, &row);
	if (!stack_symbol_read(row.symbol, &step->frame, &clean)) {
		step->frame =
			(struct stack_frame){.address = {r->ret[r->side], r->ret_len[r->side]}};
	}
	step->frame.inlined = row.inlined;
	r->side ^= 1;
	memcpy(r->ret[r->side], "0x0", 3);
	r->ret_len[r->side] = 3;
	if (row.ret.len > 0 && row.ret.at[0] != '-') {
		memcpy(r->ret[r->side] + 2, row.ret.at, row.ret.len);
		r->ret_len[r->side] = 2 + row.ret.len;
	}
}

static void close_stack(struct stack_reader *r, struct stack_step *step) {
	/* A line with a prompt may close twice: what the first time found must stay. */
	if (!r->open) {
		return;
	}
	flush_row(r, step);
	step->ended = r->rows > 0;
	step->frames = r->rows;
	r->open = false;
	r->rows = 0;
}

void stack_end(struct stack_reader *r, struct stack_step *step) {
	*step = (struct stack_step){.line = STACK_OTHER};
	close_stack(r, step);
	r->skip = false;
}

static void add_piece(struct stack_reader *r, const char *line, size_t len) {
	size_t room = STACK_ROW_MAX - r->row_len;
	size_t take = len < room ? len : room;

	memcpy(r->row[r->side] + r->row_len, line, take);
	r->row_len += take;
	r->piece_len = len;
}

static void begin_row(struct stack_reader *r, const char *line, size_t len) {
	if (r->rows++ == 0) {
		memcpy(r->ret[r->side], "0x0", 3);
		r->ret_len[r->side] = 3;
	}
	r->noise = 0;
	r->pending = true;
	r->row_len = 0;
	add_piece(r, line, len);
}

static void open_stack(struct stack_reader *r, const struct stack_layout *layout) {
	r->open = true;
	r->noise = 0;
	r->gap = 0; /* numbered rows tell none: that of the stack before must not count */
	r->columns = layout->columns;
	r->args = layout->args;
	r->numbered = layout->numbered;
	r->memory = layout->memory;
}

/*
 * A row cut by the console can end anywhere, even in an argument: its first words and the line's
 * length must do.
 */
static bool is_cut_row(const struct stack_row *row, size_t len) {
	return len == STACK_WRAP && row->words > 0 &&
	       memchr(row->symbol.at, ' ', row->symbol.len) == NULL;
}

static bool is_row(struct stack_reader *r, const char *line, size_t len) {
	struct stack_layout layout = layout_of(r);
	struct stack_row row;

	stack_row_read(&layout, line, len, &row);
	if (!stack_row_fits(&layout, &row) && !is_cut_row(&row, len)) {
		return false;
	}
	/* The rows of one stack are spaced alike; those of a dps behind it are not. */
	if (!row.numbered && !row.inlined && row.gap > 0) {
		if (r->gap == 0) {
			r->gap = row.gap;
		}
		return row.gap == r->gap;
	}
	return true;
}

/* Inside the brackets of a source note anything can be the rest. */
static bool note_is_open(const char *row, size_t len) {
	for (size_t i = len; i-- > 1;) {
		if (row[i] == ']' || (row[i] == '[' && row[i - 1] == ' ')) {
			return row[i] == '[';
		}
	}
	return false;
}

/*
 * Is the line the rest of the row above? Only if the row's line was as wide as a console or had no
 * symbol, and both together read as one row (transcripts 018, 022).
 */
static bool add_tail(struct stack_reader *r, const char *line, size_t len) {
	struct stack_layout layout = layout_of(r);
	struct stack_row row;
	struct stack_frame frame;
	size_t saved = r->row_len, saved_piece = r->piece_len;
	bool clean, wrapped = r->piece_len == STACK_WRAP;
	bool note = note_is_open(r->row[r->side], r->row_len);

	stack_row_read(&layout, r->row[r->side], r->row_len, &row);
	if (len == 0 || (!wrapped && row.symbol.len > 0)) {
		return false;
	}
	if (!wrapped) {
		add_piece(r, " ", 1);
	}
	add_piece(r, line, len);
	stack_row_read(&layout, r->row[r->side], r->row_len, &row);
	if (note || (stack_row_fits(&layout, &row) &&
			    stack_symbol_read(row.symbol, &frame, &clean) && clean)) {
		return true;
	}
	if (wrapped && len == STACK_WRAP && is_cut_row(&row, len)) {
		return true;
	}
	r->row_len = saved;
	r->piece_len = saved_piece;
	return false;
}

/* The rest of the line, prompts passed over. */
static size_t skip_prompts(const char *line, size_t len) {
	struct prompt prompt;
	size_t at = 0;

	while (prompt_text_match(line + at, len - at, true, &prompt) == PROMPT_YES) {
		at += prompt.len;
	}
	return at;
}

/* "STACK_TEXT:", "FOLLOWUP_IP:": the labels of !analyze. */
static bool is_label(const char *line, size_t len) {
	size_t i = 0;

	while (i < len && ((line[i] >= 'A' && line[i] <= 'Z') || line[i] == '_')) {
		i++;
	}
	return i > 2 && i < len && line[i] == ':';
}

/* Lines that belong to no stack whatever stands around them. */
static bool is_outside(struct stack_reader *r, const char *line, size_t len, bool *known) {
	struct kd_event event;

	memset(&event, 0, sizeof(event));
	*known = patterns_match(line, len, &event);
	if (*known) {
		return !patterns_inside_stack(event.kind);
	}
	if (is_label(line, len) && !text_starts(line, len, "WARNING:")) {
		r->skip = text_starts(line, len, "STACK_TEXT:");
		return r->skip;
	}
	return r->skip;
}

static void read_inside(
	struct stack_reader *r, const char *line, size_t len, bool known, struct stack_step *step) {
	if (!known && is_row(r, line, len)) {
		flush_row(r, step);
		begin_row(r, line, len);
		step->line = STACK_ROW;
		return;
	}
	if (!known && r->pending && add_tail(r, line, len)) {
		step->line = STACK_TAIL;
		return;
	}
	flush_row(r, step);
	step->line = STACK_NOISE;
	/* The first hit in each driver can bring any number of symbol errors (kd-facts 11). */
	r->noise += !known;
	if (r->noise > STACK_NOISE_MAX) {
		close_stack(r, step);
		step->line = STACK_OTHER;
	}
}

void stack_feed(struct stack_reader *r, const char *line, size_t len, struct stack_step *step) {
	struct stack_layout layout;
	size_t front = skip_prompts(line, len);
	bool known;

	*step = (struct stack_step){.line = STACK_OTHER};
	if (front > 0) {
		stack_end(r, step);
	}
	line += front;
	len -= front;
	if (is_outside(r, line, len, &known)) {
		close_stack(r, step);
		return;
	}
	if (!known && stack_row_read_header(line, len, &layout)) {
		close_stack(r, step);
		open_stack(r, &layout);
		step->line = STACK_HEADER;
		return;
	}
	if (r->open) {
		read_inside(r, line, len, known, step);
	}
}

static void put_slice(struct text *t, struct stack_slice slice) {
	for (size_t i = 0; i < slice.len; i++) {
		unsigned char c = (unsigned char)slice.at[i];

		text_put_n(t, c == ';' || c < 0x20 || c == 0x7f ? "_" : slice.at + i, 1);
	}
}

void stack_frame_put(struct text *t, const struct stack_frame *frame) {
	if (frame->module.len == 0) {
		put_slice(t, frame->address);
		return;
	}
	put_slice(t, frame->module);
	if (frame->function.len > 0) {
		text_put(t, "!");
		put_slice(t, frame->function);
	} else if (frame->offset.len > 0) {
		text_put(t, "+");
		put_slice(t, frame->offset);
	}
}
