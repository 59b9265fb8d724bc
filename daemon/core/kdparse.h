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
	const char *text; /* the line behind its prompts, no newline; borrowed for the call */
	size_t len;
	bool user_mode;     /* KD_PROMPT: a user-mode prompt */
	bool behind_prompt; /* KD_LINE: the line started with at least one prompt */
	bool wanted_break;  /* KD_ESTABLISHED: (Initial Breakpoint requested) */
	bool first_chance;  /* KD_EXCEPTION */
	uint32_t id;        /* KD_BP_HIT, KD_BP_REDEFINED: breakpoint */
	uint32_t code;      /* KD_EXCEPTION, KD_BUGCHECK */
	uint64_t params[4]; /* KD_BUGCHECK */
	size_t param_count;
	size_t frames;   /* KD_STACK */
	const char *who; /* KD_CLIENT_CONNECTED: bytes inside text */
	size_t who_len;
};

/* Called for each event in order. The event and what it points to are gone when it returns. */
typedef void kdparse_emit_fn(void *data, const struct kd_event *event);

/* Longer lines are cut: the rest of the line is not kept, but counted and passed over. */
#define KDPARSE_LINE_MAX 8192

struct kdparse {
	kdparse_emit_fn *emit;
	void *data;
	struct stack_reader stack;
	uint64_t line;
	char buffer[KDPARSE_LINE_MAX];
	size_t len;
	/* private */
	struct kd_event held;
	bool has_held;
	size_t prompt_end;
	bool behind_prompt;
	bool overlong;
	uint64_t stack_line;
	size_t stack_frames;
	unsigned box;
};

/* Start at line 1. `data` is handed to emit. */
void kdparse_init(struct kdparse *p, kdparse_emit_fn *emit, void *data);

/* Take bytes; may hold NUL, CR LF or LF, any piece of a line. Never fails, never allocates. */
void kdparse_feed(struct kdparse *p, const char *bytes, size_t len);

/* The end of the input: an unfinished line and an unfinished stack are ended. */
void kdparse_finish(struct kdparse *p);

/*
 * Is the last thing seen a prompt with nothing behind it (the shape of a kd that waits for
 * input)? It proves nothing: a DbgPrint can have this shape (rule 4).
 */
bool kdparse_at_prompt(const struct kdparse *p);

/* The event's fixed name, such as "bp_hit". */
const char *kd_event_name(enum kd_event_kind kind);

#endif
