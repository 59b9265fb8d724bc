/*
 * kd's console output, bytes in, events out. One parser for the daemon's live pipe, for
 * `livedebug parse`, for log files and for the fuzzers. The events' names are fixed (DESIGN 6);
 * the patterns come from kd-facts sections 4, 6-11 and the public captures named there.
 *
 * Equal bytes give equal events, however they are cut into calls.
 */
#ifndef LIVEDEBUG_CORE_KDPARSE_H
#define LIVEDEBUG_CORE_KDPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/stack.h"

enum kd_event_kind {
	KD_PROMPT,
	KD_STACK,
	KD_BREAK_IN,
	KD_EXCEPTION,
	KD_BP_HIT,
	KD_BUGCHECK,
	KD_CONNECTED,
	KD_ESTABLISHED,
	KD_WAITING,
	KD_PORT_OPENED,
	KD_BANNER,
	KD_SERVER_STARTED,
	KD_INIT_FAILED,
	KD_SHUTDOWN,
	KD_TARGET_REFRESH,
	KD_TRANSPORT_RETRY,
	KD_TRANSPORT_LOST,
	KD_CLIENT_CONNECTED,
	KD_BP_REDEFINED,
	KD_BP_DEFERRED,
	KD_BP_ERROR,
	KD_SYMBOL_ERROR,
	KD_SYNTAX_ERROR,
	KD_INTERRUPTED,
	KD_QUIT,
	/* From here on for the daemon only; `parse` does not print them. */
	KD_STACK_BEGIN, /* header and first frame seen; KD_STACK follows at its end */
	KD_LINE,        /* each complete line, after every other event of that line */
	KD_EVENT_KINDS
};

struct kd_event {
	enum kd_event_kind kind;
	uint64_t line;    /* 1-based, of the event's first byte */
	const char *text; /* see below; borrowed for the call, not NUL-terminated */
	size_t len;
	bool user_mode;     /* KD_PROMPT: a user-mode prompt */
	bool behind_prompt; /* KD_LINE: the line started with at least one prompt */
	bool wanted_break;  /* KD_ESTABLISHED: (Initial Breakpoint requested) */
	bool first_chance;  /* KD_EXCEPTION */
	uint32_t id;        /* KD_BP_HIT, KD_BP_REDEFINED: breakpoint */
	uint32_t code;      /* KD_EXCEPTION, KD_BUGCHECK */
	uint64_t params[4]; /* KD_BUGCHECK */
	size_t param_count;
	const char *list; /* KD_BUGCHECK: the parameters as printed, "(0x1,0x2,0x3,0x4)"; may be */
	size_t list_len;  /* empty */
	size_t frames;    /* KD_STACK */
	const char *who;  /* KD_CLIENT_CONNECTED: bytes inside text */
	size_t who_len;
};

/*
 * text is the line behind its prompts, without newline, but for KD_PROMPT (the prompt itself) and
 * KD_STACK (empty). line is the header's for KD_STACK_BEGIN (whose text is the first row) and
 * KD_STACK, and for KD_BREAK_IN that of "You are seeing this message ...".
 *
 * A line's events come in this order: prompts, what the line says, KD_LINE. Lines come in order.
 * Two events may be late: KD_STACK is emitted when the stack has ended, which the next prompt or
 * stop tells; and an exception is held back until the next lines show whether the break-in box
 * follows, a bugcheck until its parameters are there. While one is held back, so are the KD_LINEs
 * behind it. A prompt releases it.
 */

/* Called for each event in order. The event and what it points to are gone when it returns. */
typedef void kdparse_emit_fn(void *data, const struct kd_event *event);

/* Longer lines are cut: the rest of the line is not kept, but counted and passed over. */
#define KDPARSE_LINE_MAX 8192

/*
 * An exception waits for a frame line or two of the box, a bugcheck for its parameters, wrapped
 * once by a console. What does not fit is not waited for.
 */
#define KDPARSE_HELD_LINES 4
#define KDPARSE_HELD_BYTES 1024

struct kdparse {
	kdparse_emit_fn *emit;
	void *data;
	struct stack_reader stack;
	uint64_t line;
	char buffer[KDPARSE_LINE_MAX];
	size_t len;
	/* private */
	size_t prompt_end;    /* bytes of the line that are prompts */
	bool prompt_open;     /* another prompt may follow them */
	uint64_t stack_line;  /* of the open stack's header */
	struct kd_event held; /* a KD_EXCEPTION or a KD_BUGCHECK, or nothing: lines 0 */
	size_t held_lines;
	struct kdparse_held {
		size_t at, len;
		uint64_t line;
		bool behind_prompt;
	} held_line[KDPARSE_HELD_LINES];
	char held_text[KDPARSE_HELD_BYTES];
	size_t held_len;
};

/* Start at line 1. `data` is handed to emit. */
void kdparse_init(struct kdparse *p, kdparse_emit_fn *emit, void *data);

/* Take bytes; may hold NUL, CR LF or LF, any piece of a line. Never fails, never allocates. */
void kdparse_feed(struct kdparse *p, const char *bytes, size_t len);

/*
 * The end of the input: an unfinished line is taken for a whole one, what is held back comes out,
 * an open stack ends.
 */
void kdparse_finish(struct kdparse *p);

/*
 * Is the last thing seen a prompt with nothing behind it (the shape of a kd that waits for
 * input)? It proves nothing: a DbgPrint can have this shape (rule 4).
 */
bool kdparse_at_prompt(const struct kdparse *p);

/*
 * The line of the header while a stack is open, whether or not a row was seen; else 0. Events with
 * a higher line may come before the stack's own.
 */
uint64_t kdparse_open_stack(const struct kdparse *p);

/* The event's fixed name, such as "bp_hit". */
const char *kd_event_name(enum kd_event_kind kind);

#endif
