#include "core/kdparse.h"

#include <string.h>

#include "core/patterns.h"
#include "core/prompt_text.h"
#include "core/text.h"

static const char *const names[] = {
	[KD_PROMPT] = "prompt",
	[KD_STACK] = "stack",
	[KD_BREAK_IN] = "break_in",
	[KD_EXCEPTION] = "exception",
	[KD_BP_HIT] = "bp_hit",
	[KD_BUGCHECK] = "bugcheck",
	[KD_CONNECTED] = "connected",
	[KD_ESTABLISHED] = "established",
	[KD_WAITING] = "waiting",
	[KD_PORT_OPENED] = "port_opened",
	[KD_BANNER] = "banner",
	[KD_SERVER_STARTED] = "server_started",
	[KD_INIT_FAILED] = "init_failed",
	[KD_SHUTDOWN] = "shutdown",
	[KD_TARGET_REFRESH] = "target_refresh",
	[KD_TRANSPORT_RETRY] = "transport_retry",
	[KD_TRANSPORT_LOST] = "transport_lost",
	[KD_CLIENT_CONNECTED] = "client_connected",
	[KD_BP_REDEFINED] = "bp_redefined",
	[KD_BP_DEFERRED] = "bp_deferred",
	[KD_BP_ERROR] = "bp_error",
	[KD_SYMBOL_ERROR] = "symbol_error",
	[KD_SYNTAX_ERROR] = "syntax_error",
	[KD_INTERRUPTED] = "interrupted",
	[KD_QUIT] = "quit",
	[KD_STACK_BEGIN] = "stack_begin",
	[KD_LINE] = "line",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == KD_EVENT_KINDS, "a name for each event");

const char *kd_event_name(enum kd_event_kind kind) {
	return names[kind];
}

void kdparse_init(struct kdparse *p, kdparse_emit_fn *emit, void *data) {
	memset(p, 0, sizeof(*p));
	p->emit = emit;
	p->data = data;
	p->line = 1;
	p->prompt_open = true;
	stack_init(&p->stack);
}

static struct kd_event event_of(
	enum kd_event_kind kind, uint64_t line, const char *text, size_t len) {
	struct kd_event event;

	memset(&event, 0, sizeof(event));
	event.kind = kind;
	event.line = line;
	event.text = text;
	event.len = len;
	return event;
}

static void emit_line(
	struct kdparse *p, uint64_t line, const char *text, size_t len, bool behind_prompt) {
	struct kd_event event = event_of(KD_LINE, line, text, len);

	event.behind_prompt = behind_prompt;
	p->emit(p->data, &event);
}

/* Let the held lines go, with or without their event. */
static void release(struct kdparse *p, bool with_event) {
	size_t lines = p->held_lines;

	p->held_lines = 0;
	p->held_len = 0;
	if (lines > 0 && with_event) {
		p->held.text = p->held_text;
		p->held.len = p->held_line[0].len;
		p->emit(p->data, &p->held);
	}
	for (size_t i = 0; i < lines; i++) {
		const struct kdparse_held *held = &p->held_line[i];

		emit_line(p, held->line, p->held_text + held->at, held->len, held->behind_prompt);
	}
}

/* False: no room. */
static bool hold_line(struct kdparse *p, const char *text, size_t len) {
	if (p->held_lines == KDPARSE_HELD_LINES || len > KDPARSE_HELD_BYTES - p->held_len) {
		return false;
	}
	p->held_line[p->held_lines++] =
		(struct kdparse_held){p->held_len, len, p->line, p->prompt_end > 0};
	memcpy(p->held_text + p->held_len, text, len);
	p->held_len += len;
	return true;
}

/* Nothing but `*` and blanks: the upper part of a box's frame, or an empty line. */
static bool is_frame(const char *text, size_t len) {
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '*' && text[i] != ' ') {
			return false;
		}
	}
	return true;
}

static bool is_empty(const char *text, size_t len) {
	return is_frame(text, len) && memchr(text, '*', len) == NULL;
}

/* Does a list of parameters begin here? */
static bool opens_list(const char *text, size_t len) {
	size_t at = 0;

	while (at < len && (text[at] == ' ' || text[at] == '\t')) {
		at++;
	}
	return at < len && text[at] == '(';
}

/*
 * Behind a bugcheck: blank lines, then the list of parameters, which an 80-column console cuts.
 * True: the line is taken.
 */
static bool take_params(struct kdparse *p, const char *text, size_t len) {
	size_t first = p->held_line[0].len;
	bool begun = opens_list(p->held_text + first, p->held_len - first);

	if (!begun && !is_empty(text, len) && !opens_list(text, len)) {
		return false;
	}
	if (!hold_line(p, text, len)) {
		return false;
	}
	if (memchr(text, ')', len)) {
		(void)patterns_read_params(p->held_text + first, p->held_len - first, &p->held);
		release(p, true);
	}
	return true;
}

/* A line behind a held event. True: it is taken. */
static bool take_behind_held(struct kdparse *p, const char *text, size_t len) {
	if (p->held.kind == KD_BUGCHECK) {
		return take_params(p, text, len);
	}
	return is_frame(text, len) && hold_line(p, text, len);
}

/* Must the event wait for the lines behind it? */
static bool wants_hold(struct kd_event *event) {
	ptrdiff_t list = text_find(event->text, event->len, "(");

	if (event->kind == KD_BUGCHECK && list > 0) {
		size_t at = (size_t)list;

		return !patterns_read_params(event->text + at, event->len - at, event);
	}
	return event->kind == KD_BUGCHECK || event->kind == KD_EXCEPTION;
}

static void take_line(struct kdparse *p, const char *text, size_t len) {
	struct kd_event event = event_of(KD_LINE, p->line, text, len);

	event.behind_prompt = p->prompt_end > 0;
	if (p->held_lines > 0 && take_behind_held(p, text, len)) {
		return;
	}
	if (!patterns_match(text, len, &event)) {
		release(p, true);
		p->emit(p->data, &event);
		return;
	}
	/* The box names what its exception was. */
	release(p, event.kind != KD_BREAK_IN || p->held.kind != KD_EXCEPTION);
	if (wants_hold(&event) && hold_line(p, text, len)) {
		p->held = event;
		return;
	}
	p->emit(p->data, &event);
	emit_line(p, p->line, text, len, event.behind_prompt);
}

static void emit_stack(struct kdparse *p, const struct stack_step *step) {
	struct kd_event event = event_of(KD_STACK, p->stack_line, "", 0);

	if (step->ended) {
		event.frames = step->frames;
		p->emit(p->data, &event);
	}
}

static void take_stack(struct kdparse *p, const char *text, size_t len) {
	struct stack_step step;
	struct kd_event event = event_of(KD_STACK_BEGIN, p->stack_line, text, len);

	stack_feed(&p->stack, text, len, &step);
	emit_stack(p, &step);
	if (step.line == STACK_HEADER) {
		p->stack_line = p->line;
	}
	if (step.line == STACK_ROW && p->stack.rows == 1) {
		p->emit(p->data, &event);
	}
}

static void emit_prompt(struct kdparse *p, const struct prompt *prompt) {
	struct kd_event event =
		event_of(KD_PROMPT, p->line, p->buffer + p->prompt_end, prompt->len);
	struct stack_step step;

	release(p, true);
	stack_end(&p->stack, &step);
	emit_stack(p, &step);
	event.user_mode = prompt->user_mode;
	event.behind_prompt = p->prompt_end > 0;
	p->prompt_end += prompt->len;
	p->emit(p->data, &event);
}

/* The prompts that the line begins with, as far as it is there. */
static void take_prompts(struct kdparse *p, bool at_end) {
	struct prompt prompt;
	enum prompt_match match = PROMPT_YES;
	size_t len = p->len;

	/* A CR may be half of the line's end. */
	if (!at_end && len > p->prompt_end && p->buffer[len - 1] == '\r') {
		len--;
	}
	while (p->prompt_open && match == PROMPT_YES) {
		match = prompt_text_match(
			p->buffer + p->prompt_end, len - p->prompt_end, at_end, &prompt);
		if (match == PROMPT_YES) {
			emit_prompt(p, &prompt);
		}
		p->prompt_open = match != PROMPT_NO;
	}
}

static void end_line(struct kdparse *p) {
	const char *text;
	size_t len;

	if (p->len > p->prompt_end && p->buffer[p->len - 1] == '\r') {
		p->len--;
	}
	take_prompts(p, true);
	text = p->buffer + p->prompt_end;
	len = p->len - p->prompt_end;
	/* Held lines are no part of a stack, so the stack's events cannot overtake them. */
	take_stack(p, text, len);
	take_line(p, text, len);
	p->line++;
	p->len = 0;
	p->prompt_end = 0;
	p->prompt_open = true;
}

static void add_bytes(struct kdparse *p, const char *bytes, size_t len) {
	size_t room = KDPARSE_LINE_MAX - p->len;
	size_t take = len < room ? len : room;

	memcpy(p->buffer + p->len, bytes, take);
	p->len += take;
}

void kdparse_feed(struct kdparse *p, const char *bytes, size_t len) {
	while (len > 0) {
		const char *newline = memchr(bytes, '\n', len);
		size_t part = newline ? (size_t)(newline - bytes) : len;

		add_bytes(p, bytes, part);
		if (!newline) {
			take_prompts(p, false);
			return;
		}
		end_line(p);
		bytes += part + 1;
		len -= part + 1;
	}
}

void kdparse_finish(struct kdparse *p) {
	struct stack_step step;

	if (p->len > 0) {
		end_line(p);
	}
	release(p, true);
	stack_end(&p->stack, &step);
	emit_stack(p, &step);
}

bool kdparse_at_prompt(const struct kdparse *p) {
	return p->prompt_end > 0 && p->prompt_end == p->len;
}

uint64_t kdparse_open_stack(const struct kdparse *p) {
	return p->stack.open ? p->stack_line : 0;
}
