#include "report/reader.h"

#include <stdlib.h>
#include <string.h>

#include "report/journal_line.h"

#define CHUNK 4096

/* Room for one more frame's text. */
#define FRAME_MAX (STACK_ROW_MAX + 64)

void report_reader_init(struct report_reader *r) {
	memset(r, 0, sizeof(*r));
	stack_init(&r->stack);
}

static void add_frame(struct report_reader *r, const struct stack_frame *frame) {
	char text[FRAME_MAX];
	struct text t;
	struct report_frames *f = &r->frames;
	if (f->count == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 256;
		f->at = realloc(f->at, f->cap * sizeof(*f->at));
		if (!f->at) {
			abort();
		}
	}
	text_init(&t, text, sizeof(text));
	stack_frame_put(&t, frame);
	f->at[f->count++] = fold_frame(&r->fold, t.at, t.len);
}

static void count_stack(struct report_reader *r) {
	struct fold_hit hit = {.time_us = FOLD_NO_TIME, .weight = 1};
	fold_add(&r->fold, r->frames.at, r->frames.count, &hit);
}

static void take_step(struct report_reader *r, const struct stack_step *step) {
	if (step->has_frame) {
		add_frame(r, &step->frame);
	}
	if (step->ended && r->frames.count > 0) {
		count_stack(r);
	}
	if (step->ended || step->line == STACK_HEADER) {
		r->frames.count = 0;
	}
}

static void end_stack(struct report_reader *r) {
	struct stack_step step;
	stack_end(&r->stack, &step);
	take_step(r, &step);
}

static void take_console_line(struct report_reader *r, const char *line, size_t len) {
	struct stack_step step;
	while (len > 0 && line[len - 1] == '\r') {
		len--;
	}
	stack_feed(&r->stack, line, len, &step);
	take_step(r, &step);
}

/*
 * Add bytes up to the first newline to the line; true when the line is whole. *used: bytes taken,
 * the newline too.
 */
static bool put_line(struct report_line *line, const char *bytes, size_t len, size_t *used) {
	const char *newline = memchr(bytes, '\n', len);
	size_t take = newline ? (size_t)(newline - bytes) : len;
	size_t room = REPORT_LINE_MAX - line->len;
	size_t copy = take < room ? take : room;
	memcpy(line->at + line->len, bytes, copy);
	line->len += copy;
	*used = newline ? take + 1 : take;
	return newline != NULL;
}

/* What kd wrote, as the journal has it: records are pieces of lines. */
static void take_console_bytes(struct report_reader *r, const char *bytes, size_t len) {
	size_t used;
	for (; len > 0; bytes += used, len -= used) {
		if (put_line(&r->console_line, bytes, len, &used)) {
			take_console_line(r, r->console_line.at, r->console_line.len);
			r->console_line.len = 0;
		}
	}
}

static bool is_gap(const struct journal_line *j) {
	return j->kind == '!' && text_find(j->text, j->len, "\"gap\"") >= 0;
}

/* Behind a gap another line and another stack begin. */
static void take_gap(struct report_reader *r) {
	struct facts_gap gap = {.time_us = FOLD_NO_TIME};
	facts_add_gap(&r->facts, &gap);
	r->console_line.len = 0;
	end_stack(r);
}

static void take_journal_line(struct report_reader *r, const char *line, size_t len) {
	struct journal_line j;
	char console[REPORT_LINE_MAX + 1];
	if (!journal_line_parse(line, len, &j)) {
		return; /* torn when the daemon died */
	}
	if (j.kind == '<') {
		size_t got = journal_line_decode(j.text, j.len, console);
		take_console_bytes(r, console, got);
	} else if (is_gap(&j)) {
		take_gap(r);
	}
}

static void take_file_line(struct report_reader *r, const char *line, size_t len) {
	struct journal_line j;
	if (len > 0 && line[len - 1] == '\r') {
		len--;
	}
	if (r->form == REPORT_FORM_UNKNOWN && len > 0) {
		r->form = journal_line_parse(line, len, &j) ? REPORT_FORM_JOURNAL
							    : REPORT_FORM_CONSOLE;
	}
	if (r->form == REPORT_FORM_JOURNAL) {
		take_journal_line(r, line, len);
	} else {
		take_console_line(r, line, len);
	}
}

static void take_decoded(struct report_reader *r, const char *bytes, size_t len) {
	size_t used;
	for (; len > 0; bytes += used, len -= used) {
		if (put_line(&r->file_line, bytes, len, &used)) {
			take_file_line(r, r->file_line.at, r->file_line.len);
			r->file_line.len = 0;
		}
	}
}

void report_reader_feed(struct report_reader *r, const char *bytes, size_t len) {
	char decoded[LOG_DECODE_ROOM(CHUNK)];
	while (len > 0) {
		size_t piece = len < CHUNK ? len : CHUNK;
		take_decoded(r, decoded, log_decode(&r->decode, bytes, piece, decoded));
		bytes += piece;
		len -= piece;
	}
}

void report_reader_end_log(struct report_reader *r) {
	char decoded[LOG_DECODE_ROOM(0)];
	take_decoded(r, decoded, log_decode(&r->decode, "", 0, decoded));
	if (r->file_line.len > 0) {
		take_file_line(r, r->file_line.at, r->file_line.len);
	}
	if (r->console_line.len > 0) {
		take_console_line(r, r->console_line.at, r->console_line.len);
	}
	end_stack(r);
	r->file_line.len = 0;
	r->console_line.len = 0;
	r->form = REPORT_FORM_UNKNOWN;
	memset(&r->decode, 0, sizeof(r->decode));
	stack_init(&r->stack);
}

void report_reader_finish(struct report_reader *r) {
	fold_finish(&r->fold);
	facts_finish(&r->facts);
	free(r->frames.at);
	memset(r, 0, sizeof(*r));
}
