#include "core/patterns.h"

#include <string.h>

#include "core/text.h"

/* Reads what the kind has beside its text. False: the line is not of the kind after all. */
typedef bool read_fn(const char *line, size_t len, struct kd_event *event);

struct pattern {
	enum kd_event_kind kind;
	const char *start;  /* at the line's first non-blank, or NULL */
	const char *inside; /* further on, or NULL */
	read_fn *read;      /* or NULL */
};

static bool is_blank(char c) {
	return c == ' ' || c == '\t';
}

static int hex_value(char c) {
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits, ` between them ignored. Returns the bytes read; more than 16 digits: 0. */
static size_t read_hex(const char *at, size_t len, uint64_t *value) {
	size_t i = 0, digits = 0;

	*value = 0;
	for (; i < len && (hex_value(at[i]) >= 0 || (digits > 0 && at[i] == '`')); i++) {
		if (at[i] != '`') {
			*value = *value << 4 | (uint64_t)hex_value(at[i]);
			digits++;
		}
	}
	return digits <= 16 ? i : 0;
}

/* A decimal number that fits 32 bits. Returns the bytes read, 0 if there is none. */
static size_t read_decimal(const char *at, size_t len, uint32_t *value) {
	uint64_t sum = 0;
	size_t i = 0;

	for (; i < len && i < 10 && at[i] >= '0' && at[i] <= '9'; i++) {
		sum = sum * 10 + (uint64_t)(at[i] - '0');
	}
	*value = (uint32_t)sum;
	return sum <= UINT32_MAX ? i : 0;
}

/* "Breakpoint 12 hit", "breakpoint 12 redefined": the id is the second word and `last` the third.
 */
static bool read_id(const char *line, size_t len, const char *last, struct kd_event *event) {
	size_t at = strlen("breakpoint ");
	size_t digits = read_decimal(line + at, len - at, &event->id);

	at += digits;
	if (digits == 0 || !text_starts(line + at, len - at, last)) {
		return false;
	}
	return at + strlen(last) == len;
}

static bool read_hit(const char *line, size_t len, struct kd_event *event) {
	return read_id(line, len, " hit", event);
}

static bool read_redefined(const char *line, size_t len, struct kd_event *event) {
	return read_id(line, len, " redefined", event);
}

static bool read_wanted_break(const char *line, size_t len, struct kd_event *event) {
	event->wanted_break = text_find(line, len, "(Initial Breakpoint requested)") >= 0;
	return true;
}

static bool read_bugcheck(const char *line, size_t len, struct kd_event *event) {
	size_t at = strlen("*** Fatal System Error: 0x");
	uint64_t code;
	size_t digits = read_hex(line + at, len - at, &code);

	if (digits == 0 || digits > 8) {
		return false;
	}
	event->code = (uint32_t)code;
	return true;
}

/* "WORDS - code c0000005 (first chance)", "(!!! second chance !!!)". */
static bool read_exception(const char *line, size_t len, struct kd_event *event) {
	ptrdiff_t found = text_find(line, len, " - code ");
	size_t at = (size_t)found + strlen(" - code ");
	uint64_t code;
	size_t digits = read_hex(line + at, len - at, &code);

	if (found <= 0 || digits != 8 || !text_starts(line + at + 8, len - at - 8, " (")) {
		return false;
	}
	at += strlen("12345678 (");
	event->first_chance = text_find(line + at, len - at, "first chance") >= 0;
	event->code = (uint32_t)code;
	return event->first_chance || text_find(line + at, len - at, "second chance") >= 0;
}

/* "NAME (npipe PLACE) connected at TIME": the words of kd-facts 9.1, so that no DbgPrint fits. */
static bool read_client(const char *line, size_t len, struct kd_event *event) {
	static const char *const transports[] = {"npipe", "spipe", "tcp", "ssl", "com", "1394"};
	ptrdiff_t end = text_find(line, len, ") connected at ");

	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
		size_t word = strlen(transports[i]);

		for (ptrdiff_t at = 1; at + 2 + (ptrdiff_t)word <= end; at++) {
			const char *place = line + at + 2;
			size_t left = (size_t)(end - at) - 2;

			if (line[at] == ' ' && line[at + 1] == '(' &&
				text_starts(place, left, transports[i]) &&
				(left == word || place[word] == ' ' || place[word] == ':')) {
				event->who = line;
				event->who_len = (size_t)at;
				return true;
			}
		}
	}
	return false;
}

#define BOX_TEXT "You are seeing this message because you pressed either"

static const struct pattern patterns[] = {
	{KD_BREAK_IN, "*", BOX_TEXT, NULL},                               /* T113, T115 */
	{KD_BREAK_IN, BOX_TEXT, NULL, NULL},                              /* its frame lost */
	{KD_BP_HIT, "Breakpoint ", NULL, read_hit},                       /* T005, T140 */
	{KD_BP_REDEFINED, "breakpoint ", NULL, read_redefined},           /* T007, T138 */
	{KD_BP_DEFERRED, "Bp expression '", "adding deferred bp", NULL},  /* kd-facts 8.1 */
	{KD_BP_ERROR, "Couldn't resolve error at '", NULL, NULL},         /* kd-facts 10.4 */
	{KD_BP_ERROR, "Ambiguous symbol error at '", NULL, NULL},         /* the same place */
	{KD_BP_ERROR, "Unable to insert breakpoint", NULL, NULL},         /* at `g`, bad address */
	{KD_BUGCHECK, "*** Fatal System Error: 0x", NULL, read_bugcheck}, /* T105 */
	{KD_SYMBOL_ERROR, "*** ERROR:", NULL, NULL},                      /* T113 */
	{KD_SYMBOL_ERROR, "*** WARNING: Unable to verify", NULL, NULL},   /* DESIGN 6 */
	{KD_CONNECTED, "Connected to Windows ", NULL, NULL},              /* T001, T014 */
	{KD_ESTABLISHED, "Kernel Debugger connection established", NULL,  /* T148: no full stop */
		read_wanted_break},
	{KD_WAITING, "Waiting to reconnect", NULL, NULL},          /* T002 */
	{KD_PORT_OPENED, "Opened \\\\", NULL, NULL},               /* T113, not WinSock */
	{KD_BANNER, "Microsoft (R) Windows Debugger", NULL, NULL}, /* T001 */
	{KD_SERVER_STARTED, "Server started", NULL, NULL},         /* T015, T016 */
	{KD_INIT_FAILED, "Kernel debugger failed initialization", NULL, NULL},    /* T118 */
	{KD_SHUTDOWN, "Shutdown occurred at", NULL, NULL},                        /* T102 */
	{KD_TARGET_REFRESH, "KDTARGET: Refreshing KD connection", NULL, NULL},    /* T104 */
	{KD_TRANSPORT_RETRY, "...", " Retry sending the same data packet", NULL}, /* T026 */
	{KD_TRANSPORT_LOST, "The transport connection between host kernel debugger", NULL, NULL},
	{KD_SYNTAX_ERROR, "^ Syntax error in '", NULL, NULL},         /* kd-facts 10.4 */
	{KD_INTERRUPTED, "^ User interrupted operation", NULL, NULL}, /* T151 */
	{KD_QUIT, "quit:", NULL, NULL},                               /* kd-facts 5 */
	{KD_EXCEPTION, NULL, " - code ", read_exception},             /* T115, T138 */
	{KD_CLIENT_CONNECTED, NULL, ") connected at ", read_client},  /* T122, T123 */
};

static bool pattern_fits(
	const struct pattern *p, const char *line, size_t len, struct kd_event *event) {
	if (p->start && !text_starts(line, len, p->start)) {
		return false;
	}
	if (p->inside && text_find(line, len, p->inside) < 0) {
		return false;
	}
	return !p->read || p->read(line, len, event);
}

/*
 * Blogs indent (T140) and lose blanks; `.reload` writes its dots in front of a symbol error
 * without a line of its own (as T014 shows for other errors).
 */
static size_t skip_front(const char *line, size_t len) {
	size_t at = 0, dots;

	while (at < len && is_blank(line[at])) {
		at++;
	}
	for (dots = at; dots < len && line[dots] == '.'; dots++) {
	}
	return text_starts(line + dots, len - dots, "*** ") ? dots : at;
}

bool patterns_match(const char *line, size_t len, struct kd_event *event) {
	size_t front = skip_front(line, len);

	while (len > front && is_blank(line[len - 1])) {
		len--;
	}
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (pattern_fits(&patterns[i], line + front, len - front, event)) {
			event->kind = patterns[i].kind;
			return true;
		}
	}
	return false;
}

static size_t skip_blanks(const char *text, size_t len, size_t at) {
	while (at < len && is_blank(text[at])) {
		at++;
	}
	return at;
}

bool patterns_read_params(const char *text, size_t len, struct kd_event *event) {
	struct kd_event found = *event;
	size_t at = skip_blanks(text, len, 0);

	found.param_count = 0;
	if (at == len || text[at] != '(') {
		return false;
	}
	do {
		size_t digits;

		at = skip_blanks(text, len, at + 1);
		if (found.param_count == 4 || !text_starts(text + at, len - at, "0x")) {
			return false;
		}
		at += 2;
		digits = read_hex(text + at, len - at, &found.params[found.param_count++]);
		if (digits == 0) {
			return false;
		}
		at = skip_blanks(text, len, at + digits);
	} while (at < len && text[at] == ',');
	if (at == len || text[at] != ')') {
		return false;
	}
	found.list = text;
	found.list_len = at + 1;
	*event = found;
	return true;
}

bool patterns_inside_stack(enum kd_event_kind kind) {
	return kind == KD_SYMBOL_ERROR || kind == KD_CLIENT_CONNECTED ||
	       kind == KD_TRANSPORT_RETRY || kind == KD_TRANSPORT_LOST;
}
