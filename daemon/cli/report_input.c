#include "cli/report_input.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "report/parts.h"

#define CHUNK 262144
#define PART_MIN (INT64_C(4) << 20) /* bytes; a shorter part is not worth a thread */
#define CUT_SEARCH (1 << 20)        /* bytes in which a part's begin is looked for */
#define THREADS_DEFAULT_MAX 8
#define TO_THE_END INT64_MAX

/* One log that is being read. */
struct log_file {
	const char *name;
	uv_file file;
	bool seekable;
	int64_t size; /* when it was opened; 0: not known */
	atomic_ullong done;
	const struct report_input *input;
};

struct part {
	struct log_file *log;
	int64_t from, to;
	struct report_reader reader;
	uv_thread_t thread;
	bool runs;
	int error;
};

static void *must(void *memory) {
	if (!memory) {
		abort();
	}
	return memory;
}

/* Bytes read, 0 at the end, or a negative UV_E code. from < 0: where the file stands. */
static int64_t read_at(uv_file file, char *bytes, int64_t len, int64_t from) {
	uv_buf_t buf = uv_buf_init(bytes, (unsigned)len);
	uv_fs_t req;
	int64_t got = uv_fs_read(NULL, &req, file, &buf, 1, from, NULL);
	uv_fs_req_cleanup(&req);
	return got;
}

static void tell(struct log_file *log) {
	const struct report_input *input = log->input;
	if (input->progress) {
		input->progress(
			input->data, log->name, atomic_load(&log->done), (uint64_t)log->size);
	}
}

/* Feed a range of the file, or all that is still to come. `part`: by a thread of its own. */
static int read_range(
	struct log_file *log, struct report_reader *r, int64_t from, int64_t to, bool part) {
	char *chunk = must(malloc(CHUNK));
	int64_t got = 1;
	while (got > 0 && from < to && !(part && report_part_is_full(r))) {
		int64_t want = to - from < CHUNK ? to - from : CHUNK;
		got = read_at(log->file, chunk, want, log->seekable ? from : -1);
		if (got > 0) {
			report_reader_feed(r, chunk, (size_t)got);
			atomic_fetch_add(&log->done, (unsigned long long)got);
			from += got;
		}
		if (!part) {
			tell(log);
		}
	}
	free(chunk);
	return got < 0 ? (int)got : 0;
}

/* --- parts ---------------------------------------------------------------------------------- */

static size_t wanted_parts(const struct log_file *log) {
	size_t threads = log->input->threads, most = (size_t)(log->size / PART_MIN);
	if (threads == 0) {
		threads = uv_available_parallelism();
		threads = threads < THREADS_DEFAULT_MAX ? threads : THREADS_DEFAULT_MAX;
	}
	return threads < most ? threads : most;
}

/* The first place from here on where a part may begin, or -1. */
static int64_t find_cut(const struct log_file *log, int64_t from) {
	char *bytes = must(malloc(CUT_SEARCH));
	int64_t got = read_at(log->file, bytes, CUT_SEARCH, from), cut = -1;
	if (got > 0) {
		size_t at = report_part_cut(bytes, (size_t)got);
		cut = at < (size_t)got ? from + (int64_t)at : -1;
	}
	free(bytes);
	return cut;
}

static void run_part(void *arg) {
	struct part *p = arg;
	p->error = read_range(p->log, &p->reader, p->from, p->to, true);
	report_part_end(&p->reader);
}

/* How many there are, in the order of the file; all but the first thread's. */
static size_t make_parts(
	struct log_file *log, const struct report_reader *whole, struct part **parts, size_t most) {
	size_t count = 0;
	for (size_t i = 1; i < most; i++) {
		int64_t cut = find_cut(log, log->size / (int64_t)most * (int64_t)i);
		if (cut > 0 && (count == 0 || cut > parts[count - 1]->from)) {
			struct part *p = must(malloc(sizeof(*p)));
			*p = (struct part){.log = log, .from = cut, .to = TO_THE_END};
			report_part_begin(&p->reader, whole);
			if (count > 0) {
				parts[count - 1]->to = cut;
			}
			parts[count++] = p;
		}
	}
	return count;
}

/* A part that could not be joined is read once more, by the whole's reader. */
static int join_part(struct log_file *log, struct report_reader *whole, struct part *p) {
	if (p->runs) {
		uv_thread_join(&p->thread);
	}
	if (p->runs && p->error == 0 && report_part_join(whole, &p->reader)) {
		tell(log);
		return 0;
	}
	return read_range(log, whole, p->from, p->to, false);
}

static int read_parts(struct log_file *log, struct report_reader *whole, int64_t from) {
	struct part *parts[REPORT_THREADS_MAX];
	size_t count = make_parts(log, whole, parts, wanted_parts(log));
	for (size_t i = 0; i < count; i++) {
		parts[i]->runs = uv_thread_create(&parts[i]->thread, run_part, parts[i]) == 0;
	}
	int error = read_range(log, whole, from, count > 0 ? parts[0]->from : TO_THE_END, false);
	for (size_t i = 0; i < count; i++) {
		int failed = join_part(log, whole, parts[i]);
		error = error ? error : failed;
		report_reader_finish(&parts[i]->reader);
		free(parts[i]);
	}
	return error;
}

/* --- files ---------------------------------------------------------------------------------- */

static void look_at(struct log_file *log) {
	uv_fs_t req;
	if (uv_fs_fstat(NULL, &req, log->file, NULL) == 0 &&
		(req.statbuf.st_mode & S_IFMT) == S_IFREG) {
		log->size = (int64_t)req.statbuf.st_size;
		/* stdin may stand anywhere in its file */
		log->seekable = log->file != 0;
	}
	uv_fs_req_cleanup(&req);
}

static int read_log(struct report_reader *r, struct log_file *log) {
	int error;
	look_at(log);
	report_reader_begin_log(r, log->name);
	if (log->seekable && wanted_parts(log) > 1) {
		error = read_range(log, r, 0, CHUNK, false);
		if (error == 0 && report_part_possible(r)) {
			error = read_parts(log, r, CHUNK);
		} else if (error == 0) {
			error = read_range(log, r, CHUNK, TO_THE_END, false);
		}
	} else {
		error = read_range(log, r, 0, TO_THE_END, false);
	}
	report_reader_end_log(r);
	return error;
}

int report_input_read(struct report_reader *r, const char *name, const struct report_input *input) {
	struct log_file log = {.name = name, .input = input};
	uv_fs_t req;
	if (strcmp(name, "-") == 0) {
		return read_log(r, &log);
	}
	log.file = uv_fs_open(NULL, &req, name, UV_FS_O_RDONLY, 0, NULL);
	uv_fs_req_cleanup(&req);
	if (log.file < 0) {
		return log.file;
	}
	int error = read_log(r, &log);
	(void)uv_fs_close(NULL, &req, log.file, NULL);
	uv_fs_req_cleanup(&req);
	return error;
}
