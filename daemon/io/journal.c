#include "io/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/secret.h"
#include "core/text.h"
#include "io/journal_file.h"
#include "io/record.h"

#define JSON_BYTES (20 * 1024) /* an action's text and the members added here */
#define CLOCK_STEP_US 1000000  /* a wall clock that moved that far by itself is an event */

/* Bytes that were not kept; a gap record is due while there are any. */
struct gap {
	const char *reason;
	uint64_t bytes;
};

struct journal {
	uv_loop_t *loop;
	uv_file file;
	uint64_t seq;
	char *session;
	void (*event)(void *data, char kind, const char *json, size_t len);
	void *data;
	uint32_t boot;
	/* Records go to front while back is being written; then they change places. */
	char *front, *back;
	size_t cap, front_len, back_len, back_done;
	bool writing;
	int error; /* of the last write */
	uv_fs_t req;
	uv_timer_t quiet, retry, window, limit;
	uv_prepare_t turn_end; /* active while records wait for a write to be begun */
	unsigned open_handles;
	struct gap overflow, rate_gap;
	uint64_t lost_bytes;
	uint64_t rate, window_start_ms, window_bytes;
	int64_t clock_offset_us; /* wall - monotonic */
	char line[JOURNAL_LINE_BYTES];
	size_t line_len;
	journal_closed_fn *done;
	void *done_data;
	bool closing, closed;
};

static uint64_t now_ms(void) {
	return uv_hrtime() / 1000000;
}

static void start_write(struct journal *j);

/* --- when to write ---------------------------------------------------------------------------- */

static void on_turn_end(uv_prepare_t *prepare) {
	uv_prepare_stop(prepare);
	start_write(prepare->data);
}

/*
 * Once all that this turn brings is done: to wake a thread takes longer than to answer kd, whose
 * target stands still meanwhile.
 */
static void write_soon(struct journal *j) {
	if (!j->writing && !j->closed) {
		uv_prepare_start(&j->turn_end, on_turn_end);
	}
}

/* --- records into the buffer ------------------------------------------------------------------ */

static void take_stamp(char stamp[RECORD_STAMP + 1]) {
	uv_timeval64_t now = {0};

	(void)uv_gettimeofday(&now);
	record_stamp(now.tv_sec, now.tv_usec, stamp);
}

/* Is there room? If not, this and all that follows is lost until the buffers change places. */
static bool make_room(struct journal *j, size_t room, size_t len) {
	if (j->overflow.bytes == 0 && j->front_len + room <= j->cap) {
		return true;
	}
	j->overflow.reason = j->error ? uv_strerror(j->error) : "the disk does not keep up";
	j->overflow.bytes += len;
	j->lost_bytes += len;
	return false;
}

static void put_text(struct journal *j, char kind, const char *bytes, size_t len, bool partial) {
	char stamp[RECORD_STAMP + 1];

	if (!make_room(j, RECORD_ROOM(len), len)) {
		return;
	}
	take_stamp(stamp);
	j->front_len +=
		record_write(j->front + j->front_len, stamp, ++j->seq, kind, bytes, len, partial);
	write_soon(j);
}

static void put_json(struct journal *j, char kind, const char *members) {
	char json[JSON_BYTES], stamp[RECORD_STAMP + 1];
	struct text t;

	take_stamp(stamp);
	text_init(&t, json, sizeof(json));
	text_put(&t, "{\"time\":\"");
	text_put(&t, stamp);
	text_put(&t, "\",\"session\":\"");
	text_put_json(&t, j->session, strlen(j->session));
	text_put(&t, "\",\"seq\":");
	text_put_u64(&t, j->seq + 1);
	text_put(&t, ",\"boot\":");
	text_put_u64(&t, j->boot);
	text_put(&t, ",");
	text_put(&t, members);
	text_put(&t, "}");
	secret_mask(&(struct secret_mask){0}, json, t.len);
	j->seq++;
	if (!t.cut && j->event) {
		j->event(j->data, kind, json, t.len);
	}
	if (t.cut || !make_room(j, RECORD_ROOM(0) + t.len, t.len)) {
		return;
	}
	j->front_len += (size_t)snprintf(j->front + j->front_len, j->cap - j->front_len,
		"%s %" PRIu64 " %c %s\n", stamp, j->seq, kind, json);
	write_soon(j);
}

static void put_gap(struct journal *j, struct gap *gap) {
	char members[256];
	struct gap told = *gap;

	gap->bytes = 0;
	if (told.bytes > 0) {
		snprintf(members, sizeof(members),
			"\"event\":\"gap\",\"reason\":\"%s\",\"bytes\":%" PRIu64, told.reason,
			told.bytes);
		put_json(j, '!', members);
	}
}

static void check_clock(struct journal *j) {
	uv_timeval64_t wall = {0};
	char members[96];
	int64_t offset, step;

	(void)uv_gettimeofday(&wall);
	offset = wall.tv_sec * 1000000 + wall.tv_usec - (int64_t)(uv_hrtime() / 1000);
	step = offset - j->clock_offset_us;
	if (j->clock_offset_us != 0 && (step > CLOCK_STEP_US || step < -CLOCK_STEP_US)) {
		j->clock_offset_us = offset;
		snprintf(members, sizeof(members), "\"event\":\"clock\",\"step_ms\":%" PRId64,
			step / 1000);
		put_json(j, '*', members);
	}
	j->clock_offset_us = offset;
}

/* --- buffer to disk --------------------------------------------------------------------------- */

static void free_memory(struct journal *j) {
	free(j->front);
	free(j->back);
	free(j->session);
	free(j);
}

static void free_if_unused(struct journal *j) {
	if (j->open_handles == 0 && !j->writing) {
		free_memory(j);
	}
}

static void on_handle_closed(uv_handle_t *handle) {
	struct journal *j = handle->data;

	j->open_handles--;
	free_if_unused(j);
}

static void close_handles(struct journal *j) {
	uv_handle_t *handles[] = {(uv_handle_t *)&j->quiet, (uv_handle_t *)&j->retry,
		(uv_handle_t *)&j->window, (uv_handle_t *)&j->limit, (uv_handle_t *)&j->turn_end};

	for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++) {
		if (!uv_is_closing(handles[i])) {
			uv_close(handles[i], on_handle_closed);
		}
	}
}

static void tell_closed(struct journal *j) {
	journal_closed_fn *done = j->done;

	j->done = NULL;
	if (done) {
		done(j->done_data, j->front_len + (j->back_len - j->back_done));
	}
}

static void on_file_closed(uv_fs_t *req) {
	struct journal *j = req->data;

	uv_fs_req_cleanup(req);
	j->writing = false;
	tell_closed(j);
	close_handles(j);
	free_if_unused(j);
}

/* The last use of req: whatever was to be written is, or was given up. */
static void finish_file(struct journal *j) {
	if (!j->closed) {
		j->closed = true;
		j->writing = true;
		j->req.data = j;
		if (uv_fs_close(j->loop, &j->req, j->file, on_file_closed) != 0) {
			on_file_closed(&j->req);
		}
	}
}

static void on_retry(uv_timer_t *timer) {
	struct journal *j = timer->data;

	start_write(j);
}

static void on_written(uv_fs_t *req) {
	struct journal *j = req->data;
	ssize_t result = req->result;

	uv_fs_req_cleanup(req);
	j->writing = false;
	j->error = result < 0 ? (int)result : 0;
	if (result >= 0) {
		j->back_done += (size_t)result;
	}
	if (j->closing && (j->error || !j->done)) {
		finish_file(j);
	} else if (j->error) {
		uv_timer_start(&j->retry, on_retry, JOURNAL_RETRY_MS, 0);
	} else {
		start_write(j);
	}
}

/* Buffers change places: what was lost is marked where it is missing. */
static void swap_buffers(struct journal *j) {
	char *empty = j->back;

	j->back = j->front;
	j->back_len = j->front_len;
	j->back_done = 0;
	j->front = empty;
	j->front_len = 0;
	put_gap(j, &j->overflow);
}

static void start_write(struct journal *j) {
	uv_buf_t buf;

	if (j->writing || j->closed || uv_is_active((uv_handle_t *)&j->retry)) {
		return;
	}
	j->writing = true; /* put_gap() comes back here */
	if (j->back_done == j->back_len) {
		swap_buffers(j);
	}
	j->writing = false;
	if (j->back_done == j->back_len) {
		j->back_len = j->back_done = 0;
		if (j->closing) {
			finish_file(j);
		}
		return;
	}
	buf = uv_buf_init(j->back + j->back_done, (unsigned)(j->back_len - j->back_done));
	j->req.data = j;
	j->error = uv_fs_write(j->loop, &j->req, j->file, &buf, 1, -1, on_written);
	if (j->error) {
		uv_timer_start(&j->retry, on_retry, JOURNAL_RETRY_MS, 0);
	} else {
		j->writing = true;
	}
}

static void init_handles(struct journal *j) {
	uv_timer_t *timers[] = {&j->quiet, &j->retry, &j->window, &j->limit};

	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		uv_timer_init(j->loop, timers[i]);
		timers[i]->data = j;
		j->open_handles++;
	}
	uv_prepare_init(j->loop, &j->turn_end);
	j->turn_end.data = j;
	j->open_handles++;
}

static void mark_torn(struct journal *j, size_t torn_bytes) {
	struct gap torn = {"a record was torn when the daemon died", torn_bytes};

	if (torn_bytes > 0) {
		j->front[j->front_len++] = '\n';
		put_gap(j, &torn);
	}
}

static int allocate(struct journal *j, const struct journal_options *o) {
	size_t name = strlen(o->session) + 1;

	j->cap = o->buffer_bytes ? o->buffer_bytes : JOURNAL_BUFFER_BYTES;
	j->front = malloc(j->cap);
	j->back = malloc(j->cap);
	j->session = malloc(name);
	if (!j->front || !j->back || !j->session) {
		return UV_ENOMEM;
	}
	memcpy(j->session, o->session, name);
	return 0;
}

int journal_open(uv_loop_t *loop, const struct journal_options *o, struct journal **out) {
	struct journal *j = calloc(1, sizeof(*j));
	struct journal_file f = {0};
	int error = j ? allocate(j, o) : UV_ENOMEM;

	if (error == 0) {
		error = journal_file_open(o->path, &f);
	}
	if (error) {
		if (j) {
			free_memory(j);
		}
		return error;
	}
	j->loop = loop;
	j->file = f.file;
	j->seq = f.seq;
	j->rate = o->rate;
	j->event = o->event;
	j->data = o->data;
	init_handles(j);
	mark_torn(j, f.torn_bytes);
	*out = j;
	return 0;
}

/* --- what others call ------------------------------------------------------------------------- */

static void on_window(uv_timer_t *timer) {
	struct journal *j = timer->data;

	put_gap(j, &j->rate_gap);
}

/* Counts kd's output by the second. False: too much of it, not to be kept. */
static bool within_rate(struct journal *j, size_t len) {
	uint64_t now = now_ms();

	if (now - j->window_start_ms >= 1000) {
		j->window_start_ms = now;
		j->window_bytes = 0;
		put_gap(j, &j->rate_gap);
	}
	j->window_bytes += len;
	if (j->window_bytes <= j->rate) {
		return true;
	}
	if (!uv_is_active((uv_handle_t *)&j->window)) {
		uv_timer_start(&j->window, on_window, 1000, 0);
	}
	j->rate_gap.reason = "more than journal_rate";
	j->rate_gap.bytes += len;
	j->lost_bytes += len;
	return false;
}

static void put_line(struct journal *j, bool is_partial) {
	size_t len = j->line_len;

	j->line_len = 0;
	if (!is_partial && len > 0 && j->line[len - 1] == '\r') {
		len--;
	}
	if (within_rate(j, len + 1)) {
		put_text(j, '<', j->line, len, is_partial);
	}
}

static void on_quiet(uv_timer_t *timer) {
	journal_flush_line(timer->data);
}

void journal_from_kd(struct journal *j, const char *bytes, size_t len) {
	check_clock(j);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n') {
			put_line(j, false);
			continue;
		}
		if (j->line_len == sizeof(j->line)) {
			put_line(j, true);
		}
		j->line[j->line_len++] = bytes[i];
	}
	if (j->line_len > 0 && !j->closing) {
		uv_timer_start(&j->quiet, on_quiet, JOURNAL_QUIET_MS, 0);
	}
}

void journal_flush_line(struct journal *j) {
	if (j->line_len > 0) {
		put_line(j, true);
	}
}

/* Without the password that an operator may have typed. */
static void put_said(struct journal *j, const char *bytes, size_t len, bool is_partial) {
	char shown[JOURNAL_LINE_BYTES];

	for (; len > sizeof(shown); bytes += sizeof(shown), len -= sizeof(shown)) {
		memcpy(shown, bytes, sizeof(shown));
		secret_mask(&(struct secret_mask){0}, shown, sizeof(shown));
		put_text(j, '>', shown, sizeof(shown), true);
	}
	memcpy(shown, bytes, len);
	secret_mask(&(struct secret_mask){0}, shown, len);
	put_text(j, '>', shown, len, is_partial);
}

void journal_to_kd(struct journal *j, const char *bytes, size_t len) {
	journal_flush_line(j);
	check_clock(j);
	while (len > 0) {
		const char *end = memchr(bytes, '\n', len);
		size_t line = end ? (size_t)(end - bytes) : len;

		put_said(j, bytes, line, !end);
		line += end != NULL;
		bytes += line;
		len -= line;
	}
}

void journal_event(struct journal *j, char kind, uint32_t boot, const char *members) {
	journal_flush_line(j); /* a prompt stands above what it led to */
	j->boot = boot;
	check_clock(j);
	put_json(j, kind, members);
}

void journal_set_rate(struct journal *j, uint64_t rate) {
	j->rate = rate;
}

uint64_t journal_lost_bytes(const struct journal *j) {
	return j->lost_bytes;
}

const char *journal_trouble(const struct journal *j) {
	return j->error ? uv_strerror(j->error) : NULL;
}

/* A write that hangs in its thread cannot be called back: its memory stays until it returns. */
static void on_limit(uv_timer_t *timer) {
	struct journal *j = timer->data;

	if (j->writing) {
		tell_closed(j);
		close_handles(j);
	} else {
		finish_file(j);
	}
}

void journal_close(struct journal *j, journal_closed_fn *done, void *data) {
	journal_flush_line(j);
	put_gap(j, &j->rate_gap);
	j->done = done;
	j->done_data = data;
	j->closing = true;
	j->event = NULL;
	uv_timer_stop(&j->quiet);
	uv_timer_stop(&j->retry);
	uv_timer_stop(&j->window);
	uv_prepare_stop(&j->turn_end);
	uv_timer_start(&j->limit, on_limit, JOURNAL_CLOSE_MS, 0);
	start_write(j);
}
