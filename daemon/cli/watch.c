#include "cli/watch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/ask.h"
#include "cli/page.h"
#include "cli/status_page.h"

#define EACH_MS 1000
#define SILENCE_MS 2000

#define ENTER "\x1b[?1049h\x1b[?25l" /* the other screen, no cursor */
#define LEAVE "\x1b[?25h\x1b[?1049l"

struct watch {
	uv_loop_t loop;
	uv_tty_t tty;
	uv_timer_t timer;
	uv_signal_t interrupt, term, resized;
	uv_write_t req;
	char *sending; /* a frame that the terminal has not taken yet */
	const char *path, *session;
	bool is_terminal, colour, ended;
	int code;
};

/* --- a page ------------------------------------------------------------------------------------
 */

/* 0, or the exit code of a first try; later, words in its place. */
static int make_page(struct watch *w, struct page *p) {
	json_t *sessions;
	char why[512];
	int code = cli_ask_status(w->path, w->session, SILENCE_MS, &sessions, why, sizeof(why));

	if (code) {
		page_colour(p, PAGE_BAD);
		page_put(p, "%s", why);
		page_colour(p, PAGE_PLAIN);
		page_put(p, "\n");
		return code;
	}
	if (*w->session) {
		status_page_one(p, json_array_get(sessions, 0));
	} else {
		status_page_all(p, sessions);
	}
	json_decref(sessions);
	return 0;
}

/* --- the screen --------------------------------------------------------------------------------
 */

static void close_all(struct watch *w) {
	if (w->ended) {
		return;
	}
	w->ended = true;
	uv_close((uv_handle_t *)&w->timer, NULL);
	uv_close((uv_handle_t *)&w->interrupt, NULL);
	uv_close((uv_handle_t *)&w->term, NULL);
	uv_close((uv_handle_t *)&w->resized, NULL);
	if (w->is_terminal) {
		uv_close((uv_handle_t *)&w->tty, NULL);
	}
}

static void on_sent(uv_write_t *req, int status) {
	struct watch *w = req->data;

	free(w->sending);
	w->sending = NULL;
	if (status < 0) {
		close_all(w);
	}
}

/*
 * One write, over what stands there: each line is cleared behind its end, the rest below the last.
 * A terminal that has not taken the frame before is not sent another.
 */
static void send_frame(struct watch *w, const struct page *p, size_t rows) {
	struct page frame = {0};
	const char *line = p->at ? p->at : "";
	uv_buf_t buf;

	page_put(&frame, "\x1b[H");
	for (size_t row = 0; *line && (rows == 0 || row < rows); row++) {
		size_t len = strcspn(line, "\n");

		page_put(&frame, "%s%.*s\x1b[K", row ? "\r\n" : "", (int)len, line);
		line += len + (line[len] == '\n');
	}
	page_put(&frame, "\x1b[J");
	if (!frame.at) {
		return;
	}
	w->sending = frame.at;
	w->req.data = w;
	buf = uv_buf_init(frame.at, (unsigned)frame.len);
	if (uv_write(&w->req, (uv_stream_t *)&w->tty, &buf, 1, on_sent) != 0) {
		free(w->sending);
		w->sending = NULL;
		close_all(w);
	}
}

static void draw(struct watch *w) {
	struct page p = {.colour = w->colour};
	int width = 0, height = 0;

	if (w->sending) {
		return;
	}
	if (uv_tty_get_winsize(&w->tty, &width, &height) == 0 && width > 0) {
		p.width = (size_t)width;
		p.rows = (size_t)height;
	}
	(void)make_page(w, &p);
	send_frame(w, &p, p.rows);
	page_finish(&p);
}

static void print_plain(struct watch *w) {
	struct page p = {0};

	(void)make_page(w, &p);
	if (!p.at || puts(p.at) == EOF || fflush(stdout) != 0) {
		close_all(w); /* nobody reads any more */
	}
	page_finish(&p);
}

static void on_timer(uv_timer_t *timer) {
	struct watch *w = timer->data;

	if (w->is_terminal) {
		draw(w);
	} else {
		print_plain(w);
	}
}

static void on_resized(uv_signal_t *handle, int number) {
	(void)number;
	draw(handle->data);
}

static void on_interrupt(uv_signal_t *handle, int number) {
	(void)number;
	close_all(handle->data);
}

static void put_screen(struct watch *w, const char *text) {
	uv_buf_t buf = uv_buf_init((char *)text, (unsigned)strlen(text));

	if (w->is_terminal) {
		(void)uv_try_write((uv_stream_t *)&w->tty, &buf, 1);
	}
}

/* Behind the loop's end the screen is put back whatever became of the last frame. */
static void put_back(const struct watch *w) {
	if (w->is_terminal) {
		fputs(LEAVE, stdout);
		fflush(stdout);
	}
}

static void start(struct watch *w) {
	uv_timer_init(&w->loop, &w->timer);
	uv_signal_init(&w->loop, &w->interrupt);
	uv_signal_init(&w->loop, &w->term);
	uv_signal_init(&w->loop, &w->resized);
	w->timer.data = w->interrupt.data = w->term.data = w->resized.data = w;
	uv_signal_start(&w->interrupt, on_interrupt, SIGINT);
	uv_signal_start(&w->term, on_interrupt, SIGTERM);
#ifdef SIGWINCH
	if (w->is_terminal) {
		uv_signal_start(&w->resized, on_resized, SIGWINCH);
	}
#else
	(void)on_resized;
#endif
	put_screen(w, ENTER);
	uv_timer_start(&w->timer, on_timer, 0, EACH_MS);
}

/* Is it there at all? What is wrong with the very first question is this verb's failure. */
static int try_first(struct watch *w) {
	json_t *sessions;
	char why[512];
	int code = cli_ask_status(w->path, w->session, SILENCE_MS, &sessions, why, sizeof(why));

	if (code) {
		fprintf(stderr, "livedebug status: %s%s%s\n", code == 7 ? w->session : "",
			code == 7 && *w->session ? ": " : "", why);
	}
	json_decref(sessions);
	return code;
}

int watch_run(const char *path, const char *session) {
	struct watch w = {.path = path,
		.session = session,
		.is_terminal = page_is_terminal(),
		.colour = page_wants_colour()};
	int code = try_first(&w);

	if (code) {
		return code;
	}
	if (uv_loop_init(&w.loop) != 0) {
		return 1;
	}
	if (w.is_terminal && uv_tty_init(&w.loop, &w.tty, 1, 0) != 0) {
		w.is_terminal = false;
	}
	start(&w);
	uv_run(&w.loop, UV_RUN_DEFAULT);
	(void)uv_tty_reset_mode();
	put_back(&w);
	uv_loop_close(&w.loop);
	return 0;
}
