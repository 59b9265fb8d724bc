#include "report/text_line.h"

#include <stdarg.h>
#include <string.h>

void text_line_init(struct text_line *l) {
	text_init(&l->t, l->room, sizeof(l->room));
}

void text_line_put(struct text_line *l, const char *format, ...) {
	char text[TEXT_LINE_MAX];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_put(&l->t, text);
}

void text_line_put_shown(struct text_line *l, struct folded_slice s) {
	text_put_shown(&l->t, s.at, s.len);
}

void text_line_put_name(struct text_line *l, const char *path) {
	const char *name = path;
	for (const char *c = path; *c; c++) {
		if ((*c == '/' || *c == '\\') && c[1]) {
			name = c + 1;
		}
	}
	text_line_put_shown(l, (struct folded_slice){name, strlen(name)});
}

static bool begins_character(char byte) {
	return ((unsigned char)byte & 0xc0) != 0x80;
}

/* Bytes of the first `columns` characters of UTF-8; *seen: how many characters there were. */
static size_t first_characters(const char *at, size_t len, size_t columns, size_t *seen) {
	size_t i = 0;
	*seen = 0;
	for (; i < len; i++) {
		if (begins_character(at[i])) {
			if (*seen == columns) {
				break;
			}
			++*seen;
		}
	}
	return i;
}

void text_line_put_column(struct text_line *l, struct folded_slice s, size_t columns) {
	char room[TEXT_LINE_MAX];
	struct text t;
	size_t seen;
	text_init(&t, room, sizeof(room));
	text_put_shown(&t, s.at, s.len);
	size_t bytes = first_characters(t.at, t.len, columns, &seen);
	if (bytes < t.len && columns > 2) {
		bytes = first_characters(t.at, t.len, columns - 2, &seen);
		text_put_n(&l->t, t.at, bytes);
		text_put(&l->t, "..");
		return;
	}
	text_put_n(&l->t, t.at, bytes);
	for (; seen < columns; seen++) {
		text_put(&l->t, " ");
	}
}

void text_line_put_chain(
	struct text_line *l, const struct fold *fold, const struct fold_stack *stack, size_t from) {
	for (size_t i = from + 1; i-- > 0;) {
		text_line_put(l, i == from ? "" : " < ");
		text_line_put_shown(l, fold_frame_text(fold, stack->frames[i]));
	}
}

void text_line_put_spark(struct text_line *l, const struct trend_parts *p, bool plain) {
	static const char *const blocks[] = {" ", "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
		"\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88"};
	static const char *const letters[] = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};
	double most = 0;
	for (size_t i = 0; i < p->count; i++) {
		double rate = p->hits[i] / p->minutes[i];
		most = rate > most ? rate : most;
	}
	for (size_t i = 0; i < p->count; i++) {
		double height = most > 0 ? p->hits[i] / p->minutes[i] / most * 8 : 0;
		size_t step = (size_t)height;
		step += (double)step < height; /* a single hit shows too */
		step = step < 8 ? step : 8;
		text_put(&l->t, plain ? letters[step] : blocks[step]);
	}
}

void text_line_write(const struct text_line *l, size_t columns, FILE *out) {
	size_t seen, len = l->t.len;
	size_t bytes = first_characters(l->t.at, len, columns, &seen);
	bool cut = bytes < len && columns > 2;
	if (cut) {
		bytes = first_characters(l->t.at, len, columns - 2, &seen);
	}
	while (!cut && bytes > 0 && l->t.at[bytes - 1] == ' ') {
		bytes--;
	}
	fwrite(l->t.at, 1, bytes, out);
	fputs(cut ? "..\n" : "\n", out);
}

static void write_note(const char *what, size_t count, size_t columns, FILE *out) {
	struct text_line l;
	text_line_init(&l);
	text_line_put(&l, "     ... %zu %s", count, what);
	text_line_write(&l, columns, out);
}

size_t text_write_stack(const struct fold *fold, const struct fold_stack *stack, size_t responsible,
	size_t rows, size_t columns, FILE *out) {
	size_t count = stack->frame_count, first = 0, wanted = count - 1 - responsible;
	struct text_line l;
	if (count > rows && wanted > rows - 2) { /* out of sight */
		first = wanted - (rows - 3);
	}
	size_t shown = rows - (first > 0);
	shown -= first + shown < count; /* the note at the end */
	shown = first + shown > count ? count - first : shown;
	if (first > 0) {
		write_note("frames nearer to the leaf", first, columns, out);
	}
	for (size_t i = first; i < first + shown; i++) {
		text_line_init(&l);
		text_line_put(&l, i == wanted ? "   > " : "     ");
		text_line_put_shown(&l, fold_frame_text(fold, stack->frames[count - 1 - i]));
		text_line_write(&l, columns, out);
	}
	if (first + shown < count) {
		write_note("frames nearer to the root", count - first - shown, columns, out);
	}
	return shown + (first > 0) + (first + shown < count);
}
