#include "report/reader.h"

#include <stdlib.h>
#include <string.h>

#include "core/patterns.h"
#include "report/journal_line.h"
#include "report/reader_inside.h"
#include "report/sought.h"

#define CHUNK 4096

/* Room for one more frame's text. */
#define FRAME_MAX (STACK_ROW_MAX + 64)

void report_reader_init(struct report_reader *r) {
	memset(r, 0, sizeof(*r));
	r->hit.weight = 1;
	stack_init(&r->stack);
	row_memo_init(&r->memo);
}

void report_reader_begin_log(struct report_reader *r, const char *name) {
	facts_add_log(&r->facts, name);
	r->hit.source = fold_source(&r->fold, name, strlen(name));
}

/* --- frames and stacks -------------------------------------------------------------------- */

void report_push_frame(struct report_reader *r, uint32_t number) {
	struct report_frames *f = &r->frames;
	if (f->count == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 256;
		f->at = realloc(f->at, f->cap * sizeof(*f->at));
		if (!f->at) {
			abort();
		}
	}
	f->at[f->count++] = number;
}

uint32_t report_number_frame(struct report_reader *r, const struct stack_frame *frame) {
	char text[FRAME_MAX];
	struct text t;
	text_init(&t, text, sizeof(text));
	stack_frame_put(&t, frame);
	if (r->offsets && frame->function.len > 0 && frame->offset.len > 0) {
		text_put(&t, "+");
		text_put_n(&t, frame->offset.at, frame->offset.len);
	}
	return fold_frame(&r->fold, t.at, t.len);
}

static bool is_wanted(struct report_reader *r) {
	const struct report_filter *f = &r->filter;
	bool timed = r->hit.time_us != FOLD_NO_TIME;
	bool wanted = (!f->has_since || (timed && r->hit.time_us >= f->since_us)) &&
		      (!f->has_until || (timed && r->hit.time_us < f->until_us)) &&
		      (f->boot == 0 || f->boot == r->hit.boot);
	r->facts.left_out += !wanted;
	r->facts.no_time += !wanted && !timed && (f->has_since || f->has_until);
	return wanted;
}

/* The path may know which stack it is, unless it is one that has no place of its own. */
static size_t add_stack(struct report_reader *r) {
	uint32_t known = row_path_stack(&r->memo.path);
	uint64_t merged = r->fold.merged;
	if (known != ROW_PATH_NONE) {
		fold_add_again(&r->fold, known, &r->hit);
		return known;
	}
	size_t stack = fold_add(&r->fold, r->frames.at, r->frames.count, &r->hit);
	if (merged == r->fold.merged) {
		row_path_set_stack(&r->memo.path, (uint32_t)stack);
	}
	return stack;
}

void report_count_stack(struct report_reader *r) {
	if (r->frames.count > 0) {
		size_t *place = &r->window[r->window_hits++ % REPORT_WINDOW_MAX];
		*place = is_wanted(r) ? add_stack(r) : SIZE_MAX;
	}
	r->frames.count = 0;
	r->doubts.count = 0;
}

/* A sampling window is over: its hits stand for those of the time in which nothing was set. */
static void weigh_window(struct report_reader *r, double factor, double hits) {
	uint64_t most = r->window_hits < REPORT_WINDOW_MAX ? r->window_hits : REPORT_WINDOW_MAX;
	uint64_t count = hits >= 0 && hits < (double)most ? (uint64_t)hits : most;
	for (uint64_t i = 0; i < count; i++) {
		size_t stack = r->window[(r->window_hits - 1 - i) % REPORT_WINDOW_MAX];
		if (stack != SIZE_MAX) {
			fold_weigh(&r->fold, stack, 1 / factor - 1);
		}
	}
	facts_add_sample(&r->facts, journal_line_time(r->stamp), factor);
}

void report_begin_stack(struct report_reader *r) {
	r->frames.count = 0;
	r->doubts.count = 0;
	row_path_leave(&r->memo.path);
	r->hit.time_us = r->stamp ? journal_line_time(r->stamp) : FOLD_NO_TIME;
}

/* --- what is not understood --------------------------------------------------------------- */

static bool is_blank_line(const char *line, size_t len) {
	for (size_t i = 0; i < len; i++) {
		if (line[i] != ' ' && line[i] != '\t') {
			return false;
		}
	}
	return true;
}

/* What kd itself says between rows (kd-facts 11). */
static bool is_note(const char *line, size_t len) {
	struct kd_event event = {0};
	size_t at = 0;
	while (at < len && line[at] == ' ') {
		at++;
	}
	return is_blank_line(line, len) || patterns_match(line, len, &event) ||
	       text_starts(line + at, len - at, "WARNING: ") ||
	       text_starts(line + at, len - at, "<Intermediate frames") ||
	       text_starts(line + at, len - at, "*** ");
}

static void doubt(struct report_reader *r, const char *line, size_t len) {
	if (r->doubts.count < STACK_NOISE_MAX && !is_note(line, len)) {
		struct facts_strange *s = &r->doubts.at[r->doubts.count++];
		s->line = r->facts.lines;
		s->len = (uint32_t)(len < sizeof(s->text) ? len : sizeof(s->text));
		memcpy(s->text, line, s->len);
	}
}

/* Another row came: what stood in front of it was inside the stack. */
static void settle_doubts(struct report_reader *r) {
	for (size_t i = 0; i < r->doubts.count; i++) {
		const struct facts_strange *s = &r->doubts.at[i];
		facts_add_strange(&r->facts, s->line, s->text, s->len);
	}
	r->doubts.count = 0;
}

/* A frame's row without a stack around it: its header was lost. */
static bool is_lost_row(const char *line, size_t len) {
	static const struct stack_layout any = {.columns = 2};
	struct stack_row row;
	struct kd_event event = {0};
	if (len < 20 || !memchr(line, '!', len)) {
		return false;
	}
	stack_row_read(&any, line, len, &row);
	return row.words >= 2 && row.symbol.len > 0 && memchr(row.symbol.at, '!', row.symbol.len) &&
	       stack_row_fits(&(struct stack_layout){.columns = row.words}, &row) &&
	       !patterns_match(line, len, &event);
}

/* --- lines through core ------------------------------------------------------------------- */

static void take_step(struct report_reader *r, const struct stack_step *step) {
	if (step->has_frame && !r->ahead.known) {
		report_push_frame(r, report_number_frame(r, &step->frame));
		row_path_leave(&r->memo.path);
	}
	r->ahead.known = r->ahead.known && !step->has_frame;
	if (step->ended) {
		report_count_stack(r);
	}
	if (step->line == STACK_HEADER) {
		report_begin_stack(r);
	}
}

/* The stack is core's again: tell it of the rows that we took. What it answers is known. */
static void catch_up(struct report_reader *r) {
	struct report_ahead a = r->ahead;
	struct stack_step step;
	if (!a.open) {
		return;
	}
	/* What core now adds is not in the tree. */
	row_path_leave(&r->memo.path);
	if (!a.resumed) {
		stack_end(&r->stack, &step);
		stack_feed(&r->stack, r->memo.header, r->memo.header_len, &step);
	}
	if (a.first.len > 0) {
		stack_feed(&r->stack, a.first.at, a.first.len, &step);
	}
	if (a.last.len > 0) {
		stack_feed(&r->stack, a.last.at, a.last.len, &step);
	}
	r->ahead = (struct report_ahead){.known = a.resumed || a.first.len > 0};
	/* A row as wide as a console may go on in the line that core gets next. */
	if ((a.last.len > 0 ? a.last.len : a.first.len) == STACK_WRAP) {
		r->ahead.known = false;
		r->frames.count--;
	}
}

void report_end_stack(struct report_reader *r) {
	struct stack_step step;
	catch_up(r);
	stack_end(&r->stack, &step);
	take_step(r, &step);
}

/* A command to kd may say what is waited for. */
static void take_command(struct report_reader *r, const char *command, size_t len) {
	char text[sizeof(r->facts.sought[0])];
	struct text t;
	text_init(&t, text, sizeof(text));
	if (sought_read(command, len, &t)) {
		facts_add_sought(&r->facts, t.at, t.len);
	}
}

/* A line that is part of no stack may say which breakpoint the next ones belong to. */
static void take_other_line(struct report_reader *r, const char *line, size_t len) {
	struct kd_event event = {0};
	size_t command_len = len;
	const char *command = sought_behind_prompt(line, &command_len);
	if (command) {
		take_command(r, command, command_len);
	}
	if (is_lost_row(line, len)) {
		facts_add_strange(&r->facts, r->facts.lines, line, len);
	} else if (patterns_match(line, len, &event) && event.kind == KD_BP_HIT) {
		char name[32];
		struct text t;
		text_init(&t, name, sizeof(name));
		text_put(&t, "breakpoint ");
		text_put_u64(&t, event.id);
		r->hit.source = fold_source(&r->fold, t.at, t.len);
		row_memo_stop(&r->memo, line, len);
	}
}

static void take_slow(struct report_reader *r, const char *line, size_t len, size_t readable) {
	struct stack_step step;
	catch_up(r);
	stack_feed(&r->stack, line, len, &step);
	take_step(r, &step);
	if (step.line == STACK_HEADER) {
		row_memo_header(&r->memo, line, len);
	} else if (step.line == STACK_ROW) {
		settle_doubts(r);
		row_memo_learn_row(&r->memo, line, len);
		report_resume_plain(r, line, len, readable);
	} else if (step.line == STACK_NOISE) {
		doubt(r, line, len);
	} else if (step.line == STACK_OTHER) {
		take_other_line(r, line, len);
	}
}

static void take_console_line(
	struct report_reader *r, const char *line, size_t len, size_t readable) {
	while (len > 0 && line[len - 1] == '\r') {
		len--;
	}
	if (!report_take_plain_line(r, line, len, readable)) {
		take_slow(r, line, len, readable);
	}
}

/* --- lines out of bytes ------------------------------------------------------------------- */

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
			take_console_line(r, r->console_line.at, r->console_line.len, 0);
			catch_up(r); /* the line's memory is used again */
			r->console_line.len = 0;
		}
	}
}

static void take_gap(struct report_reader *r, const struct journal_line *j) {
	struct facts_gap gap = {.time_us = journal_line_time(r->stamp)};
	gap.bytes = (uint64_t)journal_member_number(j, "bytes", 0);
	gap.ms = (uint64_t)journal_member_number(j, "ms", 0);
	journal_member_string(j, "reason", gap.reason, sizeof(gap.reason));
	facts_add_gap(&r->facts, &gap);
	/* Behind it another line and another stack begin. */
	r->console_line.len = 0;
	report_end_stack(r);
}

/* The stack in hand is from before the reboot. */
static void set_boot(struct report_reader *r, double boot) {
	if (boot >= 0 && boot < UINT32_MAX && (uint32_t)boot != r->hit.boot) {
		report_end_stack(r);
		r->hit.boot = (uint32_t)boot;
	}
}

static void take_event(struct report_reader *r, const struct journal_line *j) {
	char event[32];
	double factor = journal_member_number(j, "factor", -1);
	journal_member_string(j, "event", event, sizeof(event));
	set_boot(r, journal_member_number(j, "boot", -1));
	if (strcmp(event, "gap") == 0) {
		take_gap(r, j);
	} else if (strcmp(event, "storm") == 0) {
		report_end_stack(r);
		if (factor > 0 && factor <= 1) {
			weigh_window(r, factor, journal_member_number(j, "hits", -1));
		}
		r->window_hits = 0;
	}
}

/* A record of kd's output that is a whole line and has nothing escaped needs no copy. */
static bool is_plain_record(const struct report_reader *r, const struct journal_line *j) {
	return r->console_line.len == 0 && !memchr(j->text, '\\', j->len);
}

static void take_journal_line(
	struct report_reader *r, const char *line, size_t len, size_t readable) {
	struct journal_line j;
	char console[REPORT_LINE_MAX + 1];
	if (!journal_line_parse(line, len, &j)) {
		if (len > 0) { /* torn when the daemon died */
			facts_add_strange(&r->facts, r->facts.lines, line, len);
		}
		return;
	}
	r->stamp = line;
	if (j.kind == '<' && is_plain_record(r, &j)) {
		take_console_line(r, j.text, j.len, readable - (size_t)(j.text - line));
	} else if (j.kind == '<') {
		take_console_bytes(r, console, journal_line_decode(j.text, j.len, console));
	} else if (j.kind == '>') {
		take_command(r, j.text, j.len);
	} else {
		take_event(r, &j);
	}
	r->stamp = NULL;
}

/* `readable`: bytes that may be read at `line`. */
static void take_file_line(struct report_reader *r, const char *line, size_t len, size_t readable) {
	struct journal_line j;
	r->facts.lines++;
	if (len > 0 && line[len - 1] == '\r') {
		len--;
	}
	if (r->form == REPORT_FORM_UNKNOWN && len > 0) {
		r->form = journal_line_parse(line, len, &j) ? REPORT_FORM_JOURNAL
							    : REPORT_FORM_CONSOLE;
	}
	if (r->form == REPORT_FORM_JOURNAL) {
		take_journal_line(r, line, len, readable);
	} else {
		take_console_line(r, line, len, readable);
	}
}

static void take_own_line(struct report_reader *r) {
	take_file_line(r, r->file_line.at, r->file_line.len, 0);
	catch_up(r); /* the line's memory is used again */
	r->file_line.len = 0;
}

static size_t cut_line(size_t len) {
	return len < REPORT_LINE_MAX ? len : REPORT_LINE_MAX;
}

static void take_decoded(struct report_reader *r, const char *bytes, size_t len) {
	const char *end = bytes + len, *newline;
	size_t used;
	if (r->file_line.len > 0 && len > 0) {
		if (put_line(&r->file_line, bytes, len, &used)) {
			take_own_line(r);
		}
		bytes += used;
	}
	while (bytes < end) {
		if (r->form == REPORT_FORM_CONSOLE) {
			bytes = report_take_plain_lines(r, bytes, end);
		}
		newline = memchr(bytes, '\n', (size_t)(end - bytes));
		if (!newline) {
			break;
		}
		take_file_line(
			r, bytes, cut_line((size_t)(newline - bytes)), (size_t)(end - bytes));
		bytes = newline + 1;
	}
	catch_up(r); /* these bytes will soon be gone */
	if (bytes < end) {
		(void)put_line(&r->file_line, bytes, (size_t)(end - bytes), &used);
	}
}

void report_reader_feed(struct report_reader *r, const char *bytes, size_t len) {
	char decoded[LOG_DECODE_ROOM(CHUNK)];
	r->facts.bytes += len;
	while (len > 0) {
		size_t piece = len < CHUNK ? len : CHUNK;
		if (log_decode_is_plain(&r->decode)) {
			take_decoded(r, bytes, len);
			return;
		}
		take_decoded(r, decoded, log_decode(&r->decode, bytes, piece, decoded));
		bytes += piece;
		len -= piece;
	}
}

void report_reader_flush(struct report_reader *r) {
	if (r->file_line.len > 0) {
		take_own_line(r);
	}
}

void report_reader_end_log(struct report_reader *r) {
	char decoded[LOG_DECODE_ROOM(0)];
	take_decoded(r, decoded, log_decode(&r->decode, "", 0, decoded));
	report_reader_flush(r);
	if (r->console_line.len > 0) {
		take_console_line(r, r->console_line.at, r->console_line.len, 0);
	}
	report_end_stack(r);
	r->console_line.len = 0;
	r->form = REPORT_FORM_UNKNOWN;
	r->hit = (struct fold_hit){.weight = 1};
	r->window_hits = 0;
	row_memo_stop(&r->memo, "", 0); /* the next log has no source yet */
	memset(&r->decode, 0, sizeof(r->decode));
	stack_init(&r->stack);
}

void report_reader_finish(struct report_reader *r) {
	fold_finish(&r->fold);
	facts_finish(&r->facts);
	row_memo_finish(&r->memo);
	free(r->frames.at);
	memset(r, 0, sizeof(*r));
}
