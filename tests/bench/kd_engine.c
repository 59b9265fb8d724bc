/* The session with the target: connecting, stops, resuming, and the loop around it all. */
#include "tests/bench/kd.h"
#include "tests/bench/kd_os.h"
#include "tests/bench/kd_wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SWALLOW_US = 50000, RETRY_NOTE = 64, CAUSE_BUGCHECK = 0x3149 };

/* DBG_STATUS_* in rcx of nt!DbgBreakPointWithStatus */
enum { STATUS_BUGCHECK_FIRST = 3, STATUS_BUGCHECK_SECOND = 4 };

static struct kd_wire the_wire;

/* What came in while something else was going on. */
static struct {
	bool have_stop, have_reply;
	struct kd_stop stop;
	uint32_t sum; /* of the last state change */
	struct kdproto_manipulate reply;
	uint8_t data[KDPROTO_PAYLOAD_MAX];
	bool advised; /* the two lines after 64 repetitions were printed */
	uint64_t kernel_base;
} inbox;

bool kd_engine_open(struct kd *kd, int *code) {
	int fd = -1;
	const char *port = kd->opt.port;
	const char *prefix = strncmp(port, "\\\\.\\", 4) == 0 ? "" : "\\\\.\\";
	unsigned error = os_serial_open(port, kd->opt.baud, &fd);
	if (error != OS_OK) {
		kd_print(kd, "Failed to open %s%s\n", prefix, port);
		kd_print(kd, "Kernel debugger failed initialization, Win32 error 0n%u\n", error);
		*code = (int)error;
		return false;
	}
	kd->wire = &the_wire;
	wire_init(kd->wire, fd, kd->opt.speed);
	kd_print(kd, "Opened %s%s\nWaiting to reconnect...\n", prefix, port);
	return true;
}

void kd_quit(struct kd *kd, int code) {
	if (kd->server.fd >= 0) {
		os_pipe_remove(kd->opt.pipe);
	}
	os_die(code);
}

/* --- taking packets in --- */

static void take_state(struct kd *kd, const struct wire_packet *packet) {
	struct kdproto_state s;
	if (!kdproto_get_state(packet->payload, packet->len, &s)) {
		return;
	}
	uint32_t sum = kdproto_checksum(packet->payload, packet->len);
	if ((kd->state == KD_HALTED || inbox.have_stop) && !packet->sync && sum == inbox.sum) {
		return; /* repeated after a reset */
	}
	inbox.sum = sum;
	inbox.have_stop = true;
	inbox.stop = (struct kd_stop){.kind = s.new_state,
		.cpu = s.cpu,
		.cpus = s.cpu_count,
		.pc = s.pc,
		.code = s.exception.code,
		.first_chance = s.exception.first_chance != 0,
		.unload = s.load.unload != 0,
		.base = s.load.base,
		.sync = packet->sync};
	memcpy(inbox.stop.stream, s.report.stream, sizeof inbox.stop.stream);
	if (s.new_state == KDPROTO_STATE_LOAD_SYMBOLS) {
		size_t len = s.load.path_len < s.data_len ? s.load.path_len : s.data_len;
		snprintf(inbox.stop.path, sizeof inbox.stop.path, "%.*s", (int)len,
			(const char *)s.data);
	}
	kd->abandoned = true; /* whatever waits for a reply waits in vain */
}

static void take_print(struct kd *kd, const struct wire_packet *packet) {
	struct kdproto_debug_io io;
	if (!kdproto_get_debug_io(packet->payload, packet->len, &io)) {
		return;
	}
	kd_put(kd, io.text, io.text_len);
	char text[256];
	snprintf(text, sizeof text, "%.*s", (int)io.text_len, io.text);
	if (strstr(text, "*** Fatal System Error") != NULL) {
		kd->bugchecked = true;
	}
	if (io.api == KDPROTO_IO_PROMPT) {
		uint8_t answer[64];
		struct kdproto_debug_io reply = {
			.api = KDPROTO_IO_PROMPT, .text = "i", .text_len = 1, .reply_max = 1};
		wire_send(kd->wire, KDPROTO_TYPE_DEBUG_IO, answer,
			kdproto_put_debug_io(answer, &reply, 0), false);
	}
}

/* No replacement files: the loader uses its own. */
static void refuse_file(struct kd *kd, const struct wire_packet *packet) {
	uint8_t answer[KDPROTO_FILE_IO_SIZE] = {0};
	if (packet->len >= 4) {
		memcpy(answer, packet->payload, 4);
		kdproto_put32(answer + 4, KDPROTO_STATUS_UNSUCCESSFUL);
		wire_send(kd->wire, KDPROTO_TYPE_FILE_IO, answer, sizeof answer, false);
	}
}

static void take_reply(const struct wire_packet *packet) {
	if (!kdproto_get_manipulate(packet->payload, packet->len, &inbox.reply)) {
		return;
	}
	memcpy(inbox.data, inbox.reply.data, inbox.reply.data_len);
	inbox.reply.data = inbox.data;
	inbox.have_reply = true;
}

static void take_packets(struct kd *kd) {
	struct wire_packet packet;
	while (wire_next(kd->wire, &packet)) {
		inbox.advised = false;
		switch (packet.type) {
		case KDPROTO_TYPE_STATE_CHANGE64:
			take_state(kd, &packet);
			break;
		case KDPROTO_TYPE_DEBUG_IO:
			take_print(kd, &packet);
			break;
		case KDPROTO_TYPE_FILE_IO:
			refuse_file(kd, &packet);
			break;
		case KDPROTO_TYPE_MANIPULATE:
			take_reply(&packet);
			break;
		default:
			break;
		}
	}
}

static void tell_retries(struct kd *kd, unsigned tries) {
	if (tries == 0 || tries % RETRY_NOTE != 0) {
		return;
	}
	kd_print(kd, "... Retry sending the same data packet for %u times.\n", tries);
	if (!inbox.advised) {
		kd_text(kd,
			"The transport connection between host kernel debugger and target Windows seems lost.\n"
			"please try resync with target, recycle the host debugger, or reboot the target Windows.\n");
		inbox.advised = true;
	}
}

/* --- waiting --- */

enum { SLOT_WIRE, SLOT_STDIN, SLOT_SERVER, SLOT_CLIENT, SLOTS = SLOT_CLIENT + KD_CLIENTS };

static int64_t time_left(const struct kd *kd, uint64_t until) {
	uint64_t deadline = wire_deadline(kd->wire);
	uint64_t now = os_now_us();
	if (until != 0 && until < deadline) {
		deadline = until;
	}
	if (deadline == UINT64_MAX) {
		return -1;
	}
	return deadline > now ? (int64_t)(deadline - now) : 0;
}

void kd_pump(struct kd *kd, uint64_t until) {
	struct os_ready set[SLOTS];
	bool deaf = kd->faults.no_read || kd->in_ended || kd->opt.no_io;
	set[SLOT_WIRE].fd = kd->wire->fd;
	set[SLOT_STDIN].fd = deaf ? -1 : 0;
	set[SLOT_SERVER].fd = kd->server.fd;
	for (int i = 0; i < KD_CLIENTS; i++) {
		set[SLOT_CLIENT + i].fd = kd->server.client[i].fd;
	}
	os_wait(set, SLOTS, time_left(kd, until));
	while (os_take_break()) {
		kd_break_request(kd, KD_SERVER_SIDE);
	}
	if (set[SLOT_WIRE].ready && !wire_read(kd->wire)) {
		os_close(kd->wire->fd); /* the port was pulled out: nothing ever comes again */
		kd->wire->fd = -1;
	}
	take_packets(kd);
	tell_retries(kd, wire_tick(kd->wire));
	take_packets(kd);
	if (set[SLOT_STDIN].ready) {
		kd_stdin_read(kd);
	}
	if (set[SLOT_SERVER].ready) {
		kd_server_accept(kd);
	}
	for (int i = 0; i < KD_CLIENTS; i++) {
		if (set[SLOT_CLIENT + i].ready) {
			kd_client_read(kd, i);
		}
	}
}

/* --- asking the target --- */

/* Send and wait for the acknowledgement, and for the reply if there is one. */
static bool ask(struct kd *kd, struct kdproto_manipulate *m, bool answered) {
	uint8_t payload[KDPROTO_PAYLOAD_MAX];
	m->cpu = (uint16_t)kd->stop.cpu;
	size_t len = kdproto_put_manipulate(payload, m, 0);
	if (kd->abandoned) {
		return false;
	}
	inbox.have_reply = false;
	wire_send(kd->wire, KDPROTO_TYPE_MANIPULATE, payload, len, answered);
	while (kd->wire->unacked || (answered && !inbox.have_reply)) {
		kd_pump(kd, 0);
		bool lost = kd->interrupted && kd->wire->tries > 1;
		if (kd->abandoned || lost) {
			wire_drop(kd->wire);
			return !answered && !lost; /* a resumed target may stop at once */
		}
	}
	if (answered) {
		*m = inbox.reply;
	}
	return !answered || (m->status == KDPROTO_STATUS_SUCCESS);
}

bool kd_read(struct kd *kd, uint64_t addr, void *out, size_t len) {
	struct kdproto_manipulate m = {
		.api = KDPROTO_API_READ_VIRTUAL, .addr = addr, .count = (uint32_t)len};
	if (!ask(kd, &m, true) || m.data_len < len) {
		return false;
	}
	memcpy(out, m.data, len);
	return true;
}

bool kd_write(struct kd *kd, uint64_t addr, const void *in, size_t len) {
	struct kdproto_manipulate m = {.api = KDPROTO_API_WRITE_VIRTUAL,
		.addr = addr,
		.count = (uint32_t)len,
		.data = in,
		.data_len = len};
	return ask(kd, &m, true);
}

bool kd_context(struct kd *kd) {
	struct kdproto_manipulate m = {.api = KDPROTO_API_GET_CONTEXT, .context_flags = 0x10001f};
	if (!kd->context_valid && ask(kd, &m, true) && m.data_len >= sizeof kd->context) {
		memcpy(kd->context, m.data, sizeof kd->context);
		kd->context_valid = true;
	}
	return kd->context_valid;
}

bool kd_set_breakpoint(struct kd *kd, uint64_t addr, uint32_t *handle) {
	struct kdproto_manipulate m = {.api = KDPROTO_API_WRITE_BREAKPOINT, .addr = addr};
	bool done = ask(kd, &m, true);
	*handle = m.handle;
	return done;
}

bool kd_restore_breakpoint(struct kd *kd, uint32_t handle) {
	struct kdproto_manipulate m = {.api = KDPROTO_API_RESTORE_BREAKPOINT, .handle = handle};
	ask(kd, &m, true);
	return !kd->abandoned;
}

/* --- connecting --- */

static void print_time_line(struct kd *kd, const char *before, const char *after) {
	char when[64];
	os_time_text(when, sizeof when);
	kd_print(kd, "%s(%s)%s\n", before, when, after);
}

/* "Windows 10 19041 x64 target at" */
const char *kd_system(const struct kd *kd) {
	static char text[64];
	snprintf(text, sizeof text, "Windows %d %u x64 target at", kd->build < 9200 ? 7 : 10,
		kd->build);
	return text;
}

void kd_kernel_lines(struct kd *kd) {
	bool old = kd->build < 9200;
	kd_print(kd, "Windows %d Kernel Version %u MP (%u procs) Free x64\n", old ? 7 : 10,
		kd->build, kd->stop.cpus);
	kd_print(kd, "Built by: %u.%s\nMachine Name:\n", kd->build,
		old ? "18247.amd64fre.win7sp1_gdr.130828-1532"
		    : "1.amd64fre.vb_release.191206-1406");
}

static void print_summary(struct kd *kd, const struct kdproto_version *v, bool booting) {
	char base[24], list[24];
	kd_addr(base, v->kernel_base);
	kd_addr(list, v->module_list);
	kd_print(kd, "Symbol search path is: %s\nExecutable search path is: \n",
		kd->opt.symbols[0] != '\0' ? kd->opt.symbols : "*** Invalid ***");
	kd_kernel_lines(kd);
	kd_print(kd, "Kernel base = 0x%s PsLoadedModuleList = 0x%s\n", base, list);
	if (booting) {
		kd_text(kd, "System Uptime: not available\n");
		return;
	}
	uint64_t ms = (uint64_t)((double)(os_now_us() - kd->boot_time) * kd->opt.speed / 1000.0);
	char when[64];
	os_time_text(when, sizeof when);
	kd_print(kd, "Debug session time: %s\n", when);
	kd_print(kd, "System Uptime: 0 days %" PRIu64 ":%02u:%02u.%03u\n", ms / 3600000,
		(unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60), (unsigned)(ms % 1000));
}

/* A target was found, or found again. False: it went away meanwhile. */
static bool connected(struct kd *kd, bool booting) {
	struct kdproto_manipulate m = {.api = KDPROTO_API_GET_VERSION};
	if (!ask(kd, &m, true)) {
		return false;
	}
	bool first = kd->faults.seen[KD_AT_CONNECT] == 0;
	kd_break_forget(kd, booting || m.version.kernel_base != inbox.kernel_base);
	inbox.kernel_base = m.version.kernel_base;
	kd->build = m.version.build;
	kd->leftovers = !booting;
	kd->shown_connected = true;
	kd->boot_time = booting || first ? os_now_us() : kd->boot_time;
	char text[80];
	snprintf(text, sizeof text, "Connected to %s ", kd_system(kd));
	print_time_line(kd, text, ", ptr64 TRUE");
	kd_print(kd, "Kernel Debugger connection established.%s\n",
		kd->opt.break_at_boot ? "  (Initial Breakpoint requested)" : "");
	print_summary(kd, &m.version, booting);
	if (first) {
		kd_fault_at(kd, KD_AT_CONNECT);
	}
	if (booting) {
		kd_fault_at(kd, KD_AT_BOOT);
	}
	return true;
}

static void clear_leftovers(struct kd *kd) {
	for (uint32_t handle = 1; kd->leftovers && handle <= KD_BREAKPOINTS; handle++) {
		if (!kd_restore_breakpoint(kd, handle)) {
			return;
		}
	}
	kd->leftovers = false;
}

/* --- stops --- */

static bool go(struct kd *kd, bool trace) {
	struct kdproto_manipulate m = {.api = KDPROTO_API_CONTINUE2,
		.continue_status = KDPROTO_DBG_CONTINUE,
		.trace = trace,
		.dr7 = 0x400,
		.sym_start = 1};
	kd->state = KD_RUNNING; /* a state change from here on is a new one */
	kd->context_valid = false;
	return ask(kd, &m, false);
}

static void break_again(struct kd *kd) {
	if (kd->break_wanted) {
		wire_break(kd->wire);
	}
}

static bool is_kernel(const char *path) {
	return strstr(path, "ntoskrnl") != NULL || strstr(path, "ntkrnl") != NULL;
}

/* The target went down: `let_go` if it waits for us before it does. */
static void shut_down(struct kd *kd, bool let_go) {
	print_time_line(kd, "Shutdown occurred at ", "...unloading all symbol tables.");
	kd_break_forget(kd, true);
	kd->shown_connected = false;
	if (let_go) {
		go(kd, false);
	}
	kd_text(kd, "Waiting to reconnect...\n");
	if (!kd->abandoned) {
		kd->state = KD_WAITING;
		wire_search(kd->wire);
	}
}

static void module_event(struct kd *kd) {
	const char *slash = strrchr(kd->stop.path, '\\');
	const char *name = slash != NULL ? slash + 1 : kd->stop.path;
	if (kd->stop.unload && (name[0] == '\0' || kd->stop.base == UINT64_MAX)) {
		shut_down(kd, true);
		return;
	}
	bool booting = is_kernel(name) && !kd->stop.unload;
	if ((booting || kd->stop.sync || !kd->shown_connected) && !connected(kd, booting)) {
		return;
	}
	char base[24];
	kd_addr(base, kd->stop.base);
	if (kd->opt.verbose) {
		kd_print(kd, "%s: %s   %s\n", kd->stop.unload ? "Unload module" : "ModLoad", base,
			name);
	}
	if (!kd->stop.unload) {
		kd_break_loaded(kd, name);
	}
	if (kd_break_insert(kd) && go(kd, false)) {
		break_again(kd);
	}
}

static void print_box(struct kd *kd) {
	static const char stars[] =
		"*******************************************************************************\n";
	static const char blank[] =
		"*                                                                             *\n";
	kd_text(kd, stars);
	kd_text(kd, blank);
	kd_text(kd,
		"*   You are seeing this message because you pressed either                    *\n"
		"*       CTRL+C (if you run console kernel debugger) or,                       *\n"
		"*       CTRL+BREAK (if you run GUI kernel debugger),                          *\n"
		"*   on your debugger machine's keyboard.                                      *\n");
	kd_text(kd, blank);
	kd_text(kd,
		"*                   THIS IS NOT A BUG OR A SYSTEM CRASH                       *\n");
	kd_text(kd, blank);
	kd_text(kd,
		"* If you did not intend to break into the debugger, press the \"g\" key, then   *\n"
		"* press the \"Enter\" key now.  This message might immediately reappear.  If it *\n"
		"* does, press \"g\" and \"Enter\" again.                                          *\n");
	kd_text(kd, blank);
	kd_text(kd, stars);
}

/* "nt!DbgBreakPointWithStatus:" and the instruction there. */
void kd_location(struct kd *kd) {
	char name[160], addr[24];
	kd_symbol(name, sizeof name, kd->stop.pc);
	kd_addr(addr, kd->stop.pc);
	const char *code = kd->stop.stream[0] == 0xcc
				   ? "cc              int     3"
				   : "48895c2408      mov     qword ptr [rsp+8],rbx";
	if (kd->opt.style == KD_STYLE_X86) {
		kd_print(kd, "%s:\n%08x %s\n", name, (unsigned)kd->stop.pc,
			kd->stop.stream[0] == 0xcc ? "cc              int     3"
						   : "8bff            mov     edi,edi");
		return;
	}
	kd_print(kd, "%s:\n%s %s\n", name, addr, code);
}

static bool is_break_in(const struct kd *kd) {
	char name[160];
	kd_symbol(name, sizeof name, kd->stop.pc);
	return strcmp(name, "nt!DbgBreakPointWithStatus") == 0;
}

/* Nobody asked for this stop: the status in rcx says what it is. */
static bool is_bugcheck(struct kd *kd) {
	struct kdproto_context c;
	if (kd->bugchecked || kd->break_wanted || !is_break_in(kd)) {
		return kd->bugchecked;
	}
	return kd_context(kd) && kdproto_get_context(kd->context, sizeof kd->context, &c) &&
	       c.reg[KDPROTO_RCX] >= STATUS_BUGCHECK_FIRST &&
	       c.reg[KDPROTO_RCX] <= STATUS_BUGCHECK_SECOND;
}

static const char *code_name(uint32_t code) {
	switch (code) {
	case KDPROTO_STATUS_BREAKPOINT:
		return "Break instruction exception";
	case KDPROTO_STATUS_SINGLE_STEP:
		return "Single step exception";
	case 0xc0000005u:
		return "Access violation";
	default:
		return "Unknown exception";
	}
}

static void describe(struct kd *kd) {
	kd_print(kd, "%s - code %08x (%s)\n", code_name(kd->stop.code), kd->stop.code,
		kd->stop.first_chance ? "first chance" : "!!! second chance !!!");
	if (is_bugcheck(kd)) {
		kd_text(kd,
			"\nA fatal system error has occurred.\n"
			"Debugger entered on first try; Bugcheck callbacks have not been invoked.\n\n"
			"A fatal system error has occurred.\n\n"
			"For analysis of this file, run !analyze -v\n");
	} else if (is_break_in(kd) && !kd->opt.quiet && !kd->opt.no_box) {
		print_box(kd);
	}
	kd->bugchecked = false;
}

static void stay(struct kd *kd, int asker) {
	kd_location(kd);
	kd->break_wanted = false;
	kd->wire->wants_break = false;
	kd_prompt(kd, asker);
}

/* Run the command string of a breakpoint. True: it went on. */
static bool hit(struct kd *kd, struct kd_break *b, int id) {
	if (b->left > 1) {
		b->left--;
		return kd_resume(kd);
	}
	if (!kd->opt.quiet_hit || b->commands[0] == '\0') {
		kd_print(kd, "Breakpoint %d hit\n", id);
	}
	kd_fault_at(kd, KD_AT_HIT);
	char commands[sizeof b->commands];
	snprintf(commands, sizeof commands, "%s", b->commands);
	if (b->once) {
		b->enabled = false;
		b->used = false;
	}
	kd->resumed = false;
	kd->busy = true;
	kd->interrupted = false;
	kd_run(kd, commands);
	kd->busy = false;
	return kd->abandoned || (kd->resumed && kd_resume(kd));
}

static void exception(struct kd *kd) {
	kd->state = KD_HALTED;
	if ((kd->stop.sync || !kd->shown_connected) && !connected(kd, false)) {
		return;
	}
	kd_break_stopped(kd);
	int id = kd->stop.code == KDPROTO_STATUS_BREAKPOINT ? kd_break_at(kd, kd->stop.pc) : -1;
	if (id >= 0) {
		clear_leftovers(kd);
		if (!kd->abandoned && !hit(kd, &kd->bp[id], id)) {
			stay(kd, KD_SERVER_SIDE);
		}
		return;
	}
	describe(kd);
	clear_leftovers(kd);
	if (!kd->abandoned) {
		stay(kd, KD_SERVER_SIDE);
	}
}

static void take_stop(struct kd *kd) {
	kd->stop = inbox.stop;
	inbox.have_stop = false;
	kd->abandoned = false;
	kd->context_valid = false;
	kd->busy = false;
	if (kd->stop.kind == KDPROTO_STATE_LOAD_SYMBOLS) {
		kd->state = KD_HALTED;
		module_event(kd);
	} else {
		exception(kd);
	}
}

/* Step over the breakpoint at PC. False: something else happened. */
static bool step_off(struct kd *kd) {
	uint64_t pc = kd->stop.pc;
	go(kd, true);
	while (!inbox.have_stop) {
		kd_pump(kd, 0);
	}
	if (inbox.stop.kind != KDPROTO_STATE_EXCEPTION || inbox.stop.sync ||
		inbox.stop.code != KDPROTO_STATUS_SINGLE_STEP || inbox.stop.pc - pc > 16) {
		return false;
	}
	kd->stop = inbox.stop;
	inbox.have_stop = false;
	kd->abandoned = false;
	kd->state = KD_HALTED;
	kd_break_stopped(kd);
	return true;
}

bool kd_resume(struct kd *kd) {
	if (kd->break_queued) {
		uint64_t grace = (uint64_t)(SWALLOW_US / kd->opt.speed);
		kd->break_wanted = os_now_us() - kd->break_time > grace;
		kd->break_queued = false;
	}
	if (kd_break_at(kd, kd->stop.pc) >= 0 && !step_off(kd)) {
		return true; /* the loop takes what came */
	}
	if (kd_break_insert(kd) && go(kd, false)) {
		break_again(kd);
	}
	return true;
}

/* --- the operator --- */

void kd_break_request(struct kd *kd, int from) {
	(void)from;
	if (kd_fault_at(kd, KD_AT_BREAK) & KD_SWALLOW) {
		return;
	}
	if (kd->busy) {
		kd->interrupted = true;
	} else if (kd->state == KD_HALTED && kd->shown_connected &&
		   kd->stop.kind == KDPROTO_STATE_EXCEPTION) {
		kd->break_queued = true;
		kd->break_time = os_now_us();
	} else {
		kd->break_wanted = true;
		wire_break(kd->wire);
	}
}

void kd_reboot(struct kd *kd) {
	struct kdproto_manipulate m = {.api = KDPROTO_API_REBOOT};
	kd->state = KD_RUNNING;
	kd->resumed = true;
	ask(kd, &m, false);
	shut_down(kd, false);
}

/* A target that can do it answers with a bugcheck, another with a status. */
bool kd_crash(struct kd *kd) {
	struct kdproto_manipulate m = {.api = CAUSE_BUGCHECK};
	kd->state = KD_RUNNING;
	ask(kd, &m, true);
	if (!kd->abandoned) {
		kd->state = KD_HALTED;
	}
	return kd->abandoned;
}

void kd_resync(struct kd *kd) {
	wire_search(kd->wire);
	kd->state = KD_WAITING;
	inbox.sum = 0;
}

static void run_line(struct kd *kd) {
	struct kd_line *line = kd->first;
	kd->first = line->next;
	kd->last = kd->first != NULL ? kd->last : NULL;
	kd_echo(kd, line->text, line->from);
	kd->asker = line->from;
	kd->busy = true;
	kd->interrupted = false;
	kd->resumed = false;
	if (line->from == KD_SERVER_SIDE && (kd_fault_at(kd, KD_AT_COMMAND) & KD_SLOW)) {
		uint64_t until = os_now_us() + kd->faults.slow_us;
		while (!kd->interrupted && !kd->abandoned && os_now_us() < until) {
			kd_pump(kd, until);
		}
	}
	if (kd->interrupted) {
		kd_bad(kd, "User interrupted operation error", line->text);
	} else if (!kd->abandoned) {
		kd_run(kd, line->text);
	}
	free(line);
	kd->busy = false;
	if (kd->resumed && !kd->abandoned) {
		if (kd->state == KD_HALTED) {
			kd_resume(kd);
		}
	} else if (!kd->abandoned && kd->state == KD_HALTED) {
		kd_prompt(kd, kd->asker);
	}
}

void kd_loop(struct kd *kd) {
	for (;;) {
		if (inbox.have_stop) {
			take_stop(kd);
		} else if (kd->state == KD_HALTED && kd->first != NULL) {
			run_line(kd);
		} else {
			kd_pump(kd, 0);
		}
	}
}
