#include "tests/bench/target.h"

#include <string.h>

#include "tests/bench/symbols.h"

/* DBG_STATUS_* in rcx of nt!DbgBreakPointWithStatus, as the driver kit's headers have them. */
#define STATUS_CONTROL_C 1
#define STATUS_BUGCHECK_FIRST 3
#define STATUS_BUGCHECK_SECOND 4

/* Breakpoints inside the instruction stream go before it is copied: the host has to set anew. */
static void fill_state(struct target *t, struct kdproto_state *s, uint32_t new_state) {
	struct kdproto_report *r = &s->report;
	uint64_t pc = t->context.rip;

	memset(s, 0, sizeof *s);
	machine_clear_range(t, pc, sizeof r->stream);
	s->new_state = new_state;
	s->level = 6;
	s->cpu_count = 2;
	s->thread = 0xfffff80001c02000;
	s->pc = pc;
	r->dr6 = 0xffff0ff0;
	r->dr7 = t->context.dr7;
	r->eflags = t->context.eflags;
	r->flags = 3;
	r->stream_len = (uint16_t)machine_read(t, pc, r->stream, sizeof r->stream);
	r->cs = t->context.cs;
	r->ds = t->context.ds;
	r->es = t->context.es;
	r->fs = t->context.fs;
}

static void halted(struct target *t, enum target_why why) {
	char name[64];

	t->why = why;
	truth_event(t, "halted", "\"why\":\"%s\",\"pc\":\"%s\"", truth_why(why),
		symbols_name(t->context.rip, name, sizeof name));
}

void stop_exception(struct target *t, enum target_why why, uint32_t code, uint64_t pc) {
	static const uint8_t trace[4] = {1, 0, 0, 0};
	struct kdproto_state s;

	t->context.rip = pc;
	halted(t, why);
	fill_state(t, &s, KDPROTO_STATE_EXCEPTION);
	s.exception.code = code;
	s.exception.address = pc;
	s.exception.param_count = code == KDPROTO_STATUS_BREAKPOINT ? 1 : 0;
	s.exception.params[0] = t->context.reg[KDPROTO_RCX];
	s.exception.first_chance = 1;
	s.data = trace;
	s.data_len = sizeof trace;
	t->state_len = kdproto_put_state(t->state, &s, machine_random(t));
	fault_event(t, WHEN_STOP, ++t->stops);
	link_send_state(t, SEND_EXCEPTION);
}

/* An unload of the image at -1 is how the kernel tells that it goes down. */
void stop_load(struct target *t, bool is_unload) {
	const struct bench_module *nt = &symbols_modules[0];
	struct kdproto_state s;

	t->context.rip = symbols_address("nt!DebugService2+0x5");
	halted(t, is_unload ? WHY_SHUTDOWN : WHY_LOAD);
	fill_state(t, &s, KDPROTO_STATE_LOAD_SYMBOLS);
	s.load.unload = is_unload;
	s.load.base = is_unload ? UINT64_MAX : nt->base;
	if (!is_unload) {
		s.load.process = 0xffffffff;
		s.load.checksum = 0x55c1d2;
		s.load.image_size = nt->size;
		s.load.path_len = (uint32_t)strlen(nt->path) + 1;
		s.data = (const uint8_t *)nt->path;
		s.data_len = s.load.path_len;
	}
	t->state_len = kdproto_put_state(t->state, &s, machine_random(t));
	link_send_state(t, SEND_LOAD);
}

static void stop_breakpoint_with_status(struct target *t, enum target_why why, uint64_t status) {
	work_idle_stack(t);
	t->context.reg[KDPROTO_RCX] = status;
	stop_exception(t, why, KDPROTO_STATUS_BREAKPOINT, symbols_address(SYMBOLS_BREAK));
}

void stop_break_in(struct target *t) {
	t->is_break_pending = false;
	stop_breakpoint_with_status(t, WHY_BREAK_IN, STATUS_CONTROL_C);
}

/* Without a debugger the first break is passed over, and the second is for ever. */
void stop_bugcheck(struct target *t) {
	t->is_bugcheck_due = false;
	stop_breakpoint_with_status(
		t, WHY_BUGCHECK, t->is_absent ? STATUS_BUGCHECK_SECOND : STATUS_BUGCHECK_FIRST);
}

void stop_run(struct target *t) {
	t->mode = MODE_RUNNING;
	t->ack_due = NEVER;
	t->decoder_due = NEVER;
	t->tick_due = (t->now / TICK + 1) * TICK;
	if (t->send != SEND_PRINT)
		truth_event(t, "running", "\"was\":\"%s\"", truth_why(t->why));
	if (t->call_due <= t->now || t->call_due == NEVER)
		work_schedule(t);
}

void stop_continue(struct target *t, bool is_trace) {
	if (t->why == WHY_SHUTDOWN) {
		power_off(t, t->away);
	} else if (t->why == WHY_BUGCHECK) {
		truth_event(t, "reboot", "\"cause\":\"bugcheck\"");
		power_off(t, BOOT_TIME);
	} else if (is_trace) {
		stop_exception(
			t, WHY_STEP, KDPROTO_STATUS_SINGLE_STEP, machine_next_instruction(t));
	} else if (machine_has_breakpoint(t, t->context.rip)) {
		stop_exception(t, WHY_REHIT, KDPROTO_STATUS_BREAKPOINT, t->context.rip);
	} else {
		stop_run(t);
	}
}

bool stop_has_print(const struct target *t) {
	return t->print_count > 0 || t->flood > 0;
}

void stop_print_add(struct target *t, const char *text) {
	size_t slots = sizeof t->prints / sizeof *t->prints;

	if (t->print_count == slots)
		return;
	snprintf(t->prints[(t->print_at + t->print_count) % slots], sizeof *t->prints, "%s", text);
	t->print_count++;
}

static void take_print(struct target *t, char *text, size_t size) {
	if (t->print_count == 0) {
		t->flood--;
		fault_flood_line(t, text, size);
		return;
	}
	snprintf(text, size, "%s", t->prints[t->print_at]);
	t->print_at = (t->print_at + 1) % (sizeof t->prints / sizeof *t->prints);
	t->print_count--;
}

void stop_print(struct target *t) {
	char text[sizeof *t->prints];
	struct kdproto_debug_io io = {.api = KDPROTO_IO_PRINT, .level = 6, .text = text};

	take_print(t, text, sizeof text);
	truth_text(t, "print", t->is_absent ? "\"sent\":false," : "\"sent\":true,", text);
	if (t->is_absent)
		return;
	io.text_len = strlen(text);
	link_send(t, SEND_PRINT, KDPROTO_TYPE_DEBUG_IO,
		kdproto_put_debug_io(t->payload, &io, machine_random(t)));
}
