#include "cli/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static bool grow(struct page *p, size_t more) {
	size_t cap = p->cap ? p->cap : 4096;
	char *at;

	while (cap - p->len <= more) {
		cap *= 2;
	}
	at = cap == p->cap ? p->at : realloc(p->at, cap);
	if (at) {
		p->at = at;
		p->cap = cap;
	}
	return at != NULL;
}

void page_put(struct page *p, const char *format, ...) {
	va_list args, again;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (len >= 0 && grow(p, (size_t)len)) {
		(void)vsnprintf(p->at + p->len, p->cap - p->len, format, again);
		p->len += (size_t)len;
	}
	va_end(again);
	va_end(args);
}

void page_colour(struct page *p, enum page_colour colour) {
	static const char *const codes[] = {[PAGE_PLAIN] = "0",
		[PAGE_BOLD] = "1",
		[PAGE_DIM] = "2",
		[PAGE_GOOD] = "32",
		[PAGE_CARE] = "33",
		[PAGE_BAD] = "1;31"};

	if (p->colour) {
		page_put(p, "\x1b[%sm", codes[colour]);
	}
}

static bool begins(char c) {
	return ((unsigned char)c & 0xc0) != 0x80;
}

size_t page_columns(const char *text) {
	size_t columns = 0;

	for (; *text; text++) {
		columns += begins(*text);
	}
	return columns;
}

void page_cell(struct page *p, const char *text, size_t columns, bool fill) {
	size_t len = 0, used = 0;

	while (text[len] && (used < columns || !begins(text[len]))) {
		used += begins(text[len++]);
	}
	page_put(p, "%.*s%*s", (int)len, text, fill ? (int)(columns - used) : 0, "");
}

void page_finish(struct page *p) {
	free(p->at);
	p->at = NULL;
	p->len = p->cap = 0;
}

bool page_is_terminal(void) {
	return uv_guess_handle(1) == UV_TTY;
}

bool page_wants_colour(void) {
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return page_is_terminal() && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

bool page_find_size(size_t *columns, size_t *rows) {
	uv_loop_t loop;
	uv_tty_t tty;
	int width = 0, height = 0;

	if (!page_is_terminal() || uv_loop_init(&loop) != 0) {
		return false;
	}
	if (uv_tty_init(&loop, &tty, 1, 0) == 0) {
		(void)uv_tty_get_winsize(&tty, &width, &height);
		uv_close((uv_handle_t *)&tty, NULL);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	*columns = width > 0 ? (size_t)width : 0;
	*rows = height > 0 ? (size_t)height : 0;
	return width > 0;
}
