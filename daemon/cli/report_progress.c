#include "cli/report_progress.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define SECOND_NS UINT64_C(1000000000)
#define BAR 24 /* columns */
#define STDERR 2

/* Over what was there, and back: not every terminal knows a sequence for it. */
static char wipe[] = "\r                                                                       \r";
static volatile sig_atomic_t shown;

/*
 * uv_fs_write() without a loop is one write(), and uv_buf_init() fills a struct: nothing that a
 * signal's handler must not do, though clang-tidy cannot know it.
 */
/* NOLINTBEGIN(bugprone-signal-handler) */
static void write_now(const char *text, size_t len) {
	uv_buf_t buf = uv_buf_init((char *)text, (unsigned)len);
	uv_fs_t req;
	(void)uv_fs_write(NULL, &req, STDERR, &buf, 1, -1, NULL);
	uv_fs_req_cleanup(&req);
}
/* NOLINTEND(bugprone-signal-handler) */

static void wipe_line(void) {
	if (shown) {
		shown = 0;
		write_now(wipe, sizeof(wipe) - 1);
	}
}

static void on_interrupt(int number) {
	wipe_line();
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

void report_progress_begin(struct report_progress *p) {
	*p = (struct report_progress){.terminal = uv_guess_handle(STDERR) == UV_TTY};
	p->begun_ns = uv_hrtime();
	if (p->terminal) {
		(void)signal(SIGINT, on_interrupt);
	}
}

/* "[=====>     ]  41 %"; the name's end says more than its begin. */
static void put_line(const char *name, uint64_t done, uint64_t total) {
	char line[128], bar[BAR + 1];
	size_t len = strlen(name), most = 24;
	const char *shown_name = len > most ? name + len - most : name;
	if (total == 0) {
		(void)snprintf(
			line, sizeof(line), "\r%.24s: %" PRIu64 " MiB", shown_name, done >> 20);
	} else {
		done = done < total ? done : total;
		size_t filled = (size_t)((double)done / (double)total * BAR);
		memset(bar, ' ', BAR);
		memset(bar, '=', filled);
		bar[BAR] = 0;
		(void)snprintf(line, sizeof(line), "\r%.24s: [%s] %3u %%", shown_name, bar,
			(unsigned)((double)done / (double)total * 100));
	}
	shown = 1;
	write_now(line, strlen(line));
}

void report_progress_tell(void *progress, const char *name, uint64_t done, uint64_t total) {
	struct report_progress *p = progress;
	uint64_t now = p->terminal ? uv_hrtime() : 0;
	if (!p->terminal || now - p->begun_ns < SECOND_NS || now - p->told_ns < SECOND_NS / 5) {
		return;
	}
	p->told_ns = now;
	put_line(name, done, total);
}

void report_progress_end(struct report_progress *p) {
	if (p->terminal) {
		wipe_line();
		(void)signal(SIGINT, SIG_DFL);
	}
}
