#include "cli/report_follow.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "report/text_line.h"
#include "report/time_text.h"

#define LOOK_MS 250        /* between two looks at the file */
#define SHOW_MS 1000       /* between two reports of what came */
#define CHUNK 65536        /* bytes of one read */
#define CHUNKS_A_LOOK 1024 /* then signals are looked at */
#define FUNCTIONS_A_LINE 4 /* named in a line; the rest is counted */

struct follow {
	uv_loop_t loop;
	uv_timer_t timer;
	uv_signal_t interrupt, terminate;
	const char *name;
	const struct report_format *format;
	struct report_options *o;
	struct report_reader *r;
	uv_file file; /* -1: none */
	uint64_t device, inode;
	int64_t offset; /* bytes of the file that were read */
	bool more;      /* the last look did not reach the file's end */
	bool terminal;
	FILE *live; /* where it is told what comes */
	uint64_t shown_ms, shown_total;
	uint64_t *shown; /* hits that were told, by the fold's index */
	size_t shown_count;
	int error;
	char chunk[CHUNK];
};

/* --- the file ------------------------------------------------------------------------------- */

static int open_log(struct follow *f) {
	uv_fs_t req;
	int file = uv_fs_open(NULL, &req, f->name, UV_FS_O_RDONLY, 0, NULL);
	uv_fs_req_cleanup(&req);
	if (file < 0) {
		return file;
	}
	int error = uv_fs_fstat(NULL, &req, file, NULL);
	f->device = req.statbuf.st_dev;
	f->inode = req.statbuf.st_ino;
	uv_fs_req_cleanup(&req);
	if (error < 0) {
		(void)uv_fs_close(NULL, &req, file, NULL);
		uv_fs_req_cleanup(&req);
		return error;
	}
	f->file = file;
	f->offset = 0;
	report_reader_begin_log(f->r, f->name);
	return 0;
}

static void close_log(struct follow *f) {
	uv_fs_t req;
	if (f->file >= 0) {
		report_reader_end_log(f->r);
		(void)uv_fs_close(NULL, &req, f->file, NULL);
		uv_fs_req_cleanup(&req);
		f->file = -1;
	}
}

/* What there is by now. 0, or a negative UV_E code. */
static int read_on(struct follow *f) {
	int got = 1;
	for (int i = 0; i < CHUNKS_A_LOOK && got > 0; i++) {
		uv_buf_t buf = uv_buf_init(f->chunk, CHUNK);
		uv_fs_t req;
		got = uv_fs_read(NULL, &req, f->file, &buf, 1, f->offset, NULL);
		uv_fs_req_cleanup(&req);
		if (got > 0) {
			report_reader_feed(f->r, f->chunk, (size_t)got);
			f->offset += got;
		}
	}
	f->more = got > 0;
	return got < 0 ? got : 0;
}

/* Is the name another file by now, or this one shorter than what was read? */
static bool was_replaced(const struct follow *f) {
	uv_fs_t req;
	int error = uv_fs_stat(NULL, &req, f->name, NULL);
	bool replaced =
		error == 0 && (req.statbuf.st_dev != f->device || req.statbuf.st_ino != f->inode ||
				      (int64_t)req.statbuf.st_size < f->offset);
	uv_fs_req_cleanup(&req);
	return replaced; /* while it is gone, the old one is read on */
}

static int look(struct follow *f) {
	int error = f->file < 0 ? open_log(f) : 0;
	/* First asked, then read: what the old file got before it was replaced is not lost. */
	bool replaced = error == 0 && was_replaced(f);
	error = error == 0 ? read_on(f) : error;
	if (error == 0 && replaced && !f->more) {
		close_log(f);
		error = open_log(f);
		error = error == UV_ENOENT ? 0 : error == 0 ? read_on(f) : error;
	}
	return error;
}

/* --- what came ------------------------------------------------------------------------------ */

/* The reader goes on with its fold, so a copy of it is ranked. */
static void show_screen(struct follow *f) {
	struct fold copy = {.modules = f->r->fold.modules, .stacks_max = f->r->fold.stacks_max};
	struct report_summary s;
	(void)report_screen(&f->o->choice);
	struct report_choice choice = f->o->choice;
	choice.rows -= 1; /* our last line */
	fold_merge(&copy, &f->r->fold, 0);
	report_summary_init(&s, &copy, &f->r->facts, &choice);
	fputs("\x1b[H\x1b[J", stdout); /* the place, and nothing behind it */
	report_write_text(&s, stdout);
	fprintf(stdout, "following; Ctrl-C ends");
	report_summary_finish(&s);
	fold_finish(&copy);
}

struct news {
	uint32_t frame; /* the responsible one's number */
	uint64_t count;
};

static int most_first(const void *a, const void *b) {
	const struct news *x = a, *y = b;
	if (x->count != y->count) {
		return x->count < y->count ? 1 : -1;
	}
	return (x->frame > y->frame) - (x->frame < y->frame);
}

/* New hits by responsible function, most first; *count: how many functions. To be freed. */
static struct news *gather_news(struct follow *f, size_t *count) {
	struct fold *fold = &f->r->fold;
	fold_settle(fold);
	struct news *list = calloc(fold->frame_count + 1, sizeof(*list));
	uint64_t *shown = realloc(f->shown, (fold->count + 1) * sizeof(*shown));
	if (!list || !shown) {
		abort();
	}
	f->shown = shown;
	for (size_t i = 0; i < fold->count; i++) {
		const struct fold_stack *stack = &fold->stacks[i];
		uint64_t before = i < f->shown_count ? shown[i] : 0;
		if (stack->count > before) {
			uint32_t frame = stack->frames[fold_responsible(fold, stack)];
			list[frame].frame = frame;
			list[frame].count += stack->count - before;
		}
		shown[i] = stack->count;
	}
	f->shown_count = fold->count;
	qsort(list, fold->frame_count, sizeof(*list), most_first);
	for (*count = 0; list[*count].count > 0; ++*count) {
	}
	return list;
}

static void show_line(struct follow *f) {
	const struct fold *fold = &f->r->fold;
	struct text_line l;
	size_t count;
	struct news *news = gather_news(f, &count);
	text_line_init(&l);
	if (fold->interval_us) {
		time_text_second(&l.t, fold->last_us);
		text_line_put(&l, "  ");
	}
	text_line_put(&l, "+%" PRIu64 " hit%s, %" PRIu64 " in all:", fold->total - f->shown_total,
		fold->total - f->shown_total == 1 ? "" : "s", fold->total);
	for (size_t i = 0; i < count && i < FUNCTIONS_A_LINE; i++) {
		text_line_put(&l, i ? ", " : " ");
		text_line_put_shown(&l, fold_frame_text(fold, news[i].frame));
		text_line_put(&l, " %" PRIu64, news[i].count);
	}
	if (count > FUNCTIONS_A_LINE) {
		text_line_put(&l, " and %zu more functions", count - FUNCTIONS_A_LINE);
	}
	text_line_write(&l, TEXT_LINE_MAX, f->live);
	free(news);
}

static void stop(struct follow *f) {
	uv_close((uv_handle_t *)&f->timer, NULL);
	uv_close((uv_handle_t *)&f->interrupt, NULL);
	uv_close((uv_handle_t *)&f->terminate, NULL);
}

static void show(struct follow *f) {
	if (f->terminal) {
		show_screen(f);
	} else if (f->r->fold.total > f->shown_total) {
		show_line(f);
	}
	f->shown_total = f->r->fold.total;
	f->shown_ms = uv_now(&f->loop);
	if (fflush(f->live) != 0) { /* nobody looks any more */
		stop(f);
	}
}

static void on_timer(uv_timer_t *timer) {
	struct follow *f = timer->data;
	f->error = look(f);
	if (f->error < 0) {
		stop(f);
		return;
	}
	bool is_due = f->shown_ms == 0 || uv_now(&f->loop) - f->shown_ms >= SHOW_MS;
	if (is_due && (f->r->fold.total != f->shown_total || f->shown_ms == 0)) {
		show(f);
	}
	if (!uv_is_closing((uv_handle_t *)timer)) {
		(void)uv_timer_start(timer, on_timer, f->more ? 0 : LOOK_MS, 0);
	}
}

static void on_signal(uv_signal_t *signal, int number) {
	(void)number;
	stop(signal->data);
}

/* --- from begin to end ---------------------------------------------------------------------- */

static bool start(struct follow *f) {
	if (uv_loop_init(&f->loop) != 0) {
		return false;
	}
	(void)uv_timer_init(&f->loop, &f->timer);
	(void)uv_signal_init(&f->loop, &f->interrupt);
	(void)uv_signal_init(&f->loop, &f->terminate);
	f->timer.data = f->interrupt.data = f->terminate.data = f;
	(void)uv_signal_start(&f->interrupt, on_signal, SIGINT);
	(void)uv_signal_start(&f->terminate, on_signal, SIGTERM);
	(void)uv_timer_start(&f->timer, on_timer, 0, 0);
	return true;
}

static void write_last(struct follow *f) {
	char *names[] = {(char *)f->name, NULL};
	if (f->terminal) {
		fputs("\x1b[H\x1b[J", stdout);
	}
	report_output(&f->r->fold, &f->r->facts, f->format, f->o, names);
}

int report_follow(const char *name, const struct report_format *format, struct report_options *o) {
	struct follow *f = calloc(1, sizeof(*f));
	struct report_reader *r = malloc(sizeof(*r));
	if (!f || !r) {
		abort();
	}
	f->name = name;
	f->format = format;
	f->o = o;
	f->r = r;
	f->file = -1;
	bool is_text = format->write == report_write_text;
	f->terminal = report_screen(&o->choice) && is_text;
	f->live = is_text ? stdout : stderr; /* the other formats are for programs */
	report_reader_init(r);
	report_options_apply(o, r);
	f->error = look(f);
	if (f->error == 0 && start(f)) {
		(void)uv_run(&f->loop, UV_RUN_DEFAULT);
		(void)uv_loop_close(&f->loop);
		f->error = f->error < 0 ? f->error : look(f);
		close_log(f);
		write_last(f);
	}
	if (f->error < 0) {
		fprintf(stderr, "livedebug report: cannot read %s: %s\n", name,
			uv_strerror(f->error));
	}
	close_log(f);
	int code = f->error < 0 ? 1 : 0;
	report_reader_finish(r);
	free(r);
	free(f->shown);
	free(f);
	return code;
}
