#include "io/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/evidence.h"
#include "core/secret.h"
#include "core/text.h"
#include "io/journal_file.h"
#include "io/journal_upkeep.h"
#include "io/record.h"
#include "os/power.h"

#define JSON_BYTES (20 * 1024) /* an action's text and the members added here */
#define DAY_S 86400
#define CLOCK_STEP_US 1000000 /* a wall clock that moved that far by itself is an event */

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
	void (*looked)(void *data, bool writable, uint64_t free_bytes);
	void *data;
	uint32_t boot;
	/* The file. The marks: where it may be changed for another, 0: nowhere. */
	char *path;
	char log_file[UPKEEP_PATH];
	size_t keep;
	uint64_t log_max, file_bytes;
	int64_t file_day;
	size_t front_mark, back_mark;
	uint64_t front_mark_seq, back_mark_seq, back_seq; /* of the last record before it */
	uint64_t file_seq;                                /* of the last record in the file */
	uint64_t told_seq;                                /* that tells of what is to be deleted */
	bool at_mark, to_mark;                            /* it ends at one; it is to */
	bool unsynced, upkeep_due, rotate_told;
	int place_error; /* there is no file at the path, and none can be made */
	struct journal_upkeep upkeep;
	uv_work_t work;
	/* Records go to front while back is being written; then they change places. */
	char *front, *back;
	size_t cap, front_len, back_len, back_done;
	bool writing;
	int error; /* of the last write */
	uint64_t busy_since_ms;
	uv_fs_t req;
	uv_timer_t quiet, retry, look, limit;
	uv_prepare_t turn_end; /* active while records wait for a write to be begun */
	unsigned open_handles;
	struct gap overflow;
	struct evidence_rate rate;
	uint64_t lost_bytes;     /* but those of the rate */
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
	j->overflow.reason = journal_trouble(j) ? journal_trouble(j) : "the disk does not keep up";
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
	offset = wall.tv_sec * 1000000 + wall.tv_usec - (int64_t)os_now_ms() * 1000;
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
	free(j->path);
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
		(uv_handle_t *)&j->look, (uv_handle_t *)&j->limit, (uv_handle_t *)&j->turn_end};

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

/* In a thread. */
static void close_file(uv_work_t *work) {
	struct journal *j = work->data;
	uv_fs_t req;

	if (j->unsynced) {
		(void)uv_fs_fdatasync(NULL, &req, j->file, NULL);
		uv_fs_req_cleanup(&req);
	}
	journal_file_close(j->file);
}

static void on_file_closed(uv_work_t *work, int status) {
	struct journal *j = work->data;

	(void)status;
	j->writing = false;
	tell_closed(j);
	close_handles(j);
	free_if_unused(j);
}

/* The last use of the file: whatever was to be written is, or was given up. */
static void finish_file(struct journal *j) {
	if (!j->closed) {
		j->closed = true;
		j->writing = true;
		j->work.data = j;
		if (uv_queue_work(j->loop, &j->work, close_file, on_file_closed) != 0) {
			close_file(&j->work);
			on_file_closed(&j->work, 0);
		}
	}
}

static void on_retry(uv_timer_t *timer) {
	struct journal *j = timer->data;

	start_write(j);
}

/* What the file ends with; a full one does not wait for the next look. */
static void note_end(struct journal *j) {
	bool full = j->log_max && j->file_bytes >= j->log_max && !j->rotate_told;

	j->to_mark = j->to_mark || full;
	j->at_mark = j->back_done == j->back_mark;
	if (j->at_mark) {
		j->file_seq = j->back_mark_seq;
		j->upkeep_due = j->upkeep_due || j->to_mark;
	} else if (j->back_done == j->back_len) {
		j->file_seq = j->back_seq;
	}
}

static void on_written(uv_fs_t *req) {
	struct journal *j = req->data;
	ssize_t result = req->result;

	uv_fs_req_cleanup(req);
	j->writing = false;
	j->error = result < 0 ? (int)result : 0;
	if (result >= 0) {
		j->back_done += (size_t)result;
		j->file_bytes += (uint64_t)result;
		j->unsynced = true;
		note_end(j);
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
	j->back_seq = j->seq;
	j->back_mark = j->front_mark;
	j->back_mark_seq = j->front_mark_seq;
	j->front_mark = 0;
	put_gap(j, &j->overflow);
}

/* --- the file itself ---------------------------------------------------------------------------
 */

/* Days of UTC, as the records' times are. */
static int64_t today(void) {
	uv_timeval64_t now = {0};

	(void)uv_gettimeofday(&now);
	return now.tv_sec / DAY_S;
}

static bool rotation_is_due(const struct journal *j, bool calm) {
	struct evidence_file f = {
		.bytes = j->file_bytes, .day = j->file_day, .today = today(), .calm = calm};

	return j->log_max && evidence_rotate(&f, j->log_max);
}

static void tell_file(struct journal *j, const char *event, const char *name) {
	char members[UPKEEP_NAME + 64];
	struct text t;

	text_init(&t, members, sizeof(members));
	text_put(&t, "\"event\":\"");
	text_put(&t, event);
	text_put(&t, "\",\"file\":\"");
	text_put_json(&t, name, strlen(name));
	text_put(&t, "\"");
	put_json(j, '*', members);
}

/* A record of which the lost file has a part goes into the new one whole. */
static void rewind_record(struct journal *j) {
	while (j->back_done > 0 && j->back[j->back_done - 1] != '\n') {
		j->back_done--;
	}
}

static void tell_old(struct journal *j) {
	for (size_t i = 0; i < j->upkeep.old_count; i++) {
		tell_file(j, "deleted", j->upkeep.old[i]);
	}
	j->told_seq = j->seq;
	if (j->overflow.bytes > 0) {
		j->upkeep.old_count = 0; /* not on record: the next rotation finds them again */
	}
}

static void tell_trouble(struct journal *j, const char *what, int error) {
	char members[256];

	snprintf(members, sizeof(members), "\"event\":\"alarm\",\"what\":\"%s\",\"why\":\"%s\"",
		what, uv_strerror(error));
	put_json(j, '!', members);
}

static void take_fresh(struct journal *j) {
	struct gap lost = {"the journal's file was deleted, moved away or its drive is gone", 0};

	j->file = j->upkeep.fresh;
	j->file_bytes = 0;
	j->file_day = today();
	j->unsynced = j->to_mark = j->rotate_told = false;
	uv_timer_stop(&j->retry);
	j->error = 0;
	if (j->upkeep.gone) {
		rewind_record(j);
		lost.bytes = j->upkeep.bytes;
		put_gap(j, &lost);
	} else {
		tell_file(j, "rotated", j->upkeep.rotated);
		tell_old(j);
	}
}

/* What the look found, told. */
static void take_look(struct journal *j) {
	j->place_error = j->upkeep.error;
	j->unsynced = j->unsynced && !j->upkeep.sync;
	if (j->upkeep.fresh >= 0) {
		take_fresh(j);
	}
	if (j->upkeep.rotate_error && !j->rotate_told) {
		j->rotate_told = true;
		tell_trouble(
			j, "the journal cannot be rotated and grows on", j->upkeep.rotate_error);
	}
	if (j->upkeep.delete_error) {
		tell_trouble(j, "an old journal cannot be deleted", j->upkeep.delete_error);
	}
}

static void do_upkeep(uv_work_t *work) {
	struct journal *j = work->data;

	journal_upkeep_run(&j->upkeep);
}

static void on_upkept(uv_work_t *work, int status) {
	struct journal *j = work->data;

	j->writing = true; /* the records below come back here */
	if (status == 0) {
		take_look(j);
		if (j->looked && !j->closing) {
			j->looked(j->data, !journal_trouble(j), j->upkeep.free_bytes);
		}
	}
	j->writing = false;
	if (j->closing && !j->done) {
		finish_file(j);
	} else {
		start_write(j);
	}
}

/* Between two writes. True: under way. */
static bool start_upkeep(struct journal *j) {
	bool whole = j->back_done == j->back_len;

	j->upkeep_due = false;
	j->upkeep.file = j->file;
	j->upkeep.keep = j->keep;
	memcpy(j->upkeep.log_file, j->log_file, sizeof(j->log_file));
	j->upkeep.seq = j->file_seq;
	j->upkeep.sync = j->unsynced;
	j->upkeep.rotate = (j->at_mark || whole) && rotation_is_due(j, j->at_mark);
	j->upkeep.delete = j->upkeep.old_count > 0 && j->file_seq >= j->told_seq;
	j->to_mark = !j->upkeep.rotate && rotation_is_due(j, true);
	j->work.data = j;
	j->busy_since_ms = now_ms();
	j->writing = uv_queue_work(j->loop, &j->work, do_upkeep, on_upkept) == 0;
	return j->writing;
}

static void on_look(uv_timer_t *timer) {
	struct journal *j = timer->data;
	struct gap rate = {"more than journal_rate", evidence_rate_due(&j->rate, now_ms())};

	put_gap(j, &rate);
	j->upkeep_due = true;
	if (j->writing && j->looked && now_ms() - j->busy_since_ms >= JOURNAL_STUCK_MS) {
		j->looked(j->data, false, j->upkeep.free_bytes);
	}
	start_write(j);
}

/* How far to write now: where the file is to end, or all. */
static size_t write_end(const struct journal *j) {
	return j->to_mark && j->back_mark > j->back_done ? j->back_mark : j->back_len;
}

static void start_write(struct journal *j) {
	uv_buf_t buf;

	if (j->writing || j->closed) {
		return;
	}
	if (j->upkeep_due && !j->closing && start_upkeep(j)) {
		return;
	}
	if (uv_is_active((uv_handle_t *)&j->retry) || (j->place_error && !j->closing)) {
		return;
	}
	j->writing = true; /* put_gap() comes back here */
	if (j->back_done == j->back_len) {
		swap_buffers(j);
	}
	j->writing = false;
	if (j->back_done == j->back_len) {
		j->back_len = j->back_done = j->back_mark = 0;
		if (j->closing) {
			finish_file(j);
		}
		return;
	}
	buf = uv_buf_init(j->back + j->back_done, (unsigned)(write_end(j) - j->back_done));
	j->req.data = j;
	j->busy_since_ms = now_ms();
	j->error = uv_fs_write(j->loop, &j->req, j->file, &buf, 1, -1, on_written);
	if (j->error) {
		uv_timer_start(&j->retry, on_retry, JOURNAL_RETRY_MS, 0);
	} else {
		j->writing = true;
	}
}

static void init_handles(struct journal *j) {
	uv_timer_t *timers[] = {&j->quiet, &j->retry, &j->look, &j->limit};

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
	size_t name = strlen(o->session) + 1, path = strlen(o->path) + 1;

	j->cap = o->buffer_bytes ? o->buffer_bytes : JOURNAL_BUFFER_BYTES;
	j->front = malloc(j->cap);
	j->back = malloc(j->cap);
	j->session = malloc(name);
	j->path = malloc(path);
	if (!j->front || !j->back || !j->session || !j->path) {
		return UV_ENOMEM;
	}
	memcpy(j->session, o->session, name);
	memcpy(j->path, o->path, path);
	return 0;
}

int journal_open(uv_loop_t *loop, const struct journal_options *o, struct journal **out) {
	struct journal *j = calloc(1, sizeof(*j));
	uint64_t upkeep_ms = o->upkeep_ms ? o->upkeep_ms : JOURNAL_UPKEEP_MS;
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
	j->seq = f.seq ? f.seq : journal_upkeep_last_seq(o->path);
	evidence_rate_init(&j->rate, o->limits.rate);
	journal_set_limits(j, &o->limits);
	j->upkeep.path = j->path;
	j->event = o->event;
	j->looked = o->looked;
	j->data = o->data;
	j->file_bytes = f.bytes;
	j->file_day = f.bytes ? f.changed_s / DAY_S : today();
	j->file_seq = j->seq;
	j->at_mark = f.torn_bytes == 0;
	j->upkeep.free_bytes = journal_upkeep_room(o->path, j->log_file);
	init_handles(j);
	uv_timer_start(&j->look, on_look, upkeep_ms, upkeep_ms);
	mark_torn(j, f.torn_bytes);
	*out = j;
	return 0;
}

/* --- what others call ------------------------------------------------------------------------- */

/* False: too much of it, not to be kept. */
static bool within_rate(struct journal *j, size_t len) {
	uint64_t now = now_ms();
	struct gap gap = {"more than journal_rate", evidence_rate_due(&j->rate, now)};

	put_gap(j, &gap);
	return evidence_rate_keep(&j->rate, now, len);
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

void journal_set_limits(struct journal *j, const struct journal_limits *limits) {
	j->rate.limit = limits->rate;
	j->log_max = limits->log_max;
	j->keep = limits->keep;
	snprintf(j->log_file, sizeof(j->log_file), "%s", limits->log_file ? limits->log_file : "");
}

uint64_t journal_lost_bytes(const struct journal *j) {
	return j->lost_bytes + j->rate.lost;
}

const char *journal_trouble(const struct journal *j) {
	int error = j->place_error ? j->place_error : j->error;

	return error ? uv_strerror(error) : NULL;
}

void journal_mark(struct journal *j) {
	if (j->line_len > 0) {
		return; /* the rest of the line belongs to its record */
	}
	if (j->front_len > 0) {
		j->front_mark = j->front_len;
		j->front_mark_seq = j->seq;
	} else if (j->back_done < j->back_len) {
		j->back_mark = j->back_len;
		j->back_mark_seq = j->back_seq;
	} else {
		j->at_mark = true;
	}
}

uint64_t journal_free_bytes(const struct journal *j) {
	return j->upkeep.free_bytes;
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
	struct gap rate = {"more than journal_rate", 0};

	journal_flush_line(j);
	rate.bytes = evidence_rate_rest(&j->rate);
	put_gap(j, &rate);
	j->done = done;
	j->done_data = data;
	j->closing = true;
	j->event = NULL;
	uv_timer_stop(&j->quiet);
	uv_timer_stop(&j->retry);
	uv_timer_stop(&j->look);
	uv_prepare_stop(&j->turn_end);
	uv_timer_start(&j->limit, on_limit, JOURNAL_CLOSE_MS, 0);
	start_write(j);
}
