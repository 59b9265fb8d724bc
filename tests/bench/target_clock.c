/*
 * The machine lives from event to event: each is handled at the very bench time it belongs to,
 * in order, however late the process was woken.
 */
#include "tests/bench/target.h"

static uint64_t byte_in_due(const struct target *t) {
	return t->serial.in_at < t->serial.in_end ? t->serial.in_due : NEVER;
}

static uint64_t run_due(const struct target *t) {
	uint64_t due = t->call_due;

	if (t->mode != MODE_RUNNING)
		return NEVER;
	if ((t->fifo_len > 0 || t->is_break_pending) && t->tick_due < due)
		due = t->tick_due;
	return stop_has_print(t) || t->is_bugcheck_due ? t->now : due;
}

static uint64_t due_in_mode(const struct target *t) {
	switch (t->mode) {
	case MODE_OFF:
		return t->power_due;
	case MODE_RUNNING:
		return run_due(t);
	case MODE_SENDING:
		return t->ack_due < t->decoder_due ? t->ack_due : t->decoder_due;
	case MODE_HALTED:
		return t->decoder_due;
	}
	return NEVER;
}

static uint64_t earlier(uint64_t a, uint64_t b) {
	return a < b ? a : b;
}

static uint64_t next_event(const struct target *t) {
	return earlier(earlier(byte_in_due(t), due_in_mode(t)), fault_next(t));
}

/* Running: bytes wait in the UART for the tick; the 17th is lost. */
static void byte_in(struct target *t) {
	uint8_t byte = t->serial.in[t->serial.in_at++];

	t->serial.in_due += t->serial.byte_time;
	if (t->now < t->mute_until || t->mode == MODE_OFF)
		return;
	if (t->mode != MODE_RUNNING) {
		link_receive(t, &byte, 1);
		return;
	}
	if (t->fifo_len == 0 && !t->is_break_pending)
		t->tick_due = (t->now / TICK + 1) * TICK;
	if (t->fifo_len < FIFO_SIZE)
		t->fifo[t->fifo_len++] = byte;
}

static void break_in_byte(struct target *t) {
	const char *what = t->is_deaf ? "ignored" : t->swallow > 0 ? "swallowed" : "accepted";

	truth_event(t, "breakin_byte", "\"result\":\"%s\"", what);
	if (!t->is_deaf && t->swallow == 0)
		stop_break_in(t);
	else if (!t->is_deaf)
		t->swallow--;
}

static void tick(struct target *t) {
	uint8_t byte = 0;

	t->tick_due += TICK;
	if (t->is_break_pending) {
		stop_break_in(t);
		return;
	}
	if (t->fifo_len > 0) {
		byte = t->fifo[0];
		t->fifo_len--;
		for (size_t i = 0; i < t->fifo_len; i++)
			t->fifo[i] = t->fifo[i + 1];
	}
	if (byte == KDPROTO_BREAKIN)
		break_in_byte(t);
}

static void run_event(struct target *t) {
	if (stop_has_print(t))
		stop_print(t);
	else if (t->is_bugcheck_due)
		stop_bugcheck(t);
	else if ((t->fifo_len > 0 || t->is_break_pending) && t->tick_due <= t->call_due)
		tick(t);
	else
		work_call(t);
}

static void mode_event(struct target *t) {
	switch (t->mode) {
	case MODE_OFF:
		power_boot(t);
		break;
	case MODE_RUNNING:
		run_event(t);
		break;
	case MODE_SENDING:
	case MODE_HALTED:
		if (t->decoder_due <= t->now)
			link_byte_timeout(t);
		else
			link_ack_timeout(t);
		break;
	}
}

static void move_to(struct target *t, uint64_t now) {
	if (t->mode == MODE_RUNNING)
		t->up += now - t->now;
	t->now = now;
}

void clock_advance(struct target *t, uint64_t now) {
	uint64_t next;

	while ((next = next_event(t)) <= now) {
		if (next > t->now)
			move_to(t, next);
		if (fault_next(t) <= t->now)
			fault_run_due(t);
		else if (byte_in_due(t) <= t->now)
			byte_in(t);
		else
			mode_event(t);
	}
	move_to(t, now);
	serial_write_due(t);
}

/* A wake-up a millisecond of wall time is enough for a line that moves. */
static uint64_t line_wake(const struct target *t, uint64_t first, uint64_t last) {
	uint64_t coarse = t->now + t->speed * MS;

	return earlier(last, first > coarse ? first : coarse);
}

uint64_t clock_next(const struct target *t) {
	const struct target_serial *s = &t->serial;
	uint64_t next = earlier(due_in_mode(t), fault_next(t));

	if (s->out_at < s->out_end)
		next = earlier(next, line_wake(t, s->out_due, serial_idle_at(s)));
	if (s->in_at < s->in_end) {
		uint64_t last = s->in_due + (s->in_end - s->in_at - 1) * s->byte_time;
		next = earlier(next, line_wake(t, s->in_due, last));
	}
	return next;
}
