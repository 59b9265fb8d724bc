/*
 * The target stand-in: a Windows machine with the kernel debugger on, as its serial line shows it.
 *
 *   target_main     arguments, the poll loop
 *   target_command  commands on stdin
 *   target_clock    what happens next, in bench time: one event after the other
 *   target_serial   pty and pacing
 *   target_link     packets: ids, ACK, RESEND, RESET, retries
 *   target_api      answers requests of the debugger
 *   target_stop     why the machine stops, and how it goes on
 *   target_machine  memory, breakpoints
 *   target_work     what it executes: allocations with their stacks
 *   target_power    boot, reboot, power cut, bugcheck
 *   target_fault    the faults and when they strike
 *   target_truth    what really happened, as JSON lines
 *
 * Time is bench time in nanoseconds since the start: wall time x speed.
 */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/bench/kdproto.h"

#define NEVER UINT64_MAX
#define MS 1000000ull
#define SECOND 1000000000ull

#define TICK (15625 * MS / 1000) /* clock tick: one received byte is polled in each */
#define FIFO_SIZE 16
#define BYTE_TIMEOUT (250 * MS)
#define TIMEOUT_WALL_MIN (100 * MS) /* so that a fast bench on a busy machine is not a bad line */
#define BOOT_TIME (5 * SECOND)

#define BREAKPOINTS 32
#define FAULTS_MAX 64

enum target_mode {
	MODE_OFF,
	MODE_RUNNING,
	MODE_SENDING, /* frozen: a packet waits for its ACK */
	MODE_HALTED   /* frozen: waits for a request, without a time-out */
};

/* What is being sent, or was sent last as a state change. */
enum target_send { SEND_PRINT, SEND_LOAD, SEND_EXCEPTION, SEND_REPLY };

/* Why the machine stands still; names in target_truth.c. */
enum target_why {
	WHY_LOAD,     /* LoadSymbols at boot */
	WHY_SHUTDOWN, /* LoadSymbols unload at an orderly end */
	WHY_BREAK_IN,
	WHY_HIT,
	WHY_REHIT, /* continued onto a breakpoint at PC without a step */
	WHY_STEP,
	WHY_INT3,
	WHY_BUGCHECK,
	WHY_COUNT
};

struct target_serial {
	int master, slave;
	char path[64];
	const char *link;
	uint64_t byte_time;
	uint8_t out[1 << 17];
	size_t out_at, out_end;
	uint64_t out_due; /* when the byte at out_at has left */
	uint64_t written_wall;
	uint8_t in[4096];
	size_t in_at, in_end;
	uint64_t in_due;
};

struct target_breakpoint {
	uint64_t address; /* 0: free */
	uint8_t saved;
};

struct target_page {
	struct target_page *next;
	uint64_t base;
	uint8_t bytes[4096];
};

enum target_when { WHEN_NOW, WHEN_TIME, WHEN_HIT, WHEN_STOP, WHEN_BP, WHEN_BOOT };

struct target_fault {
	const struct fault_kind *kind;
	uint64_t arg;
	enum target_when when;
	uint64_t n; /* count, or bench time */
	bool fired; /* due, waits for its moment */
	bool done;
};

struct target {
	uint64_t now;
	uint64_t up; /* time that it ran since boot: its clock stands while it is halted */
	uint64_t speed;
	uint32_t seed, random;
	struct target_serial serial;
	struct kdproto_decoder decoder;
	uint64_t decoder_due; /* byte time-out of a piece of a packet */
	uint8_t fifo[FIFO_SIZE];
	size_t fifo_len;
	uint64_t tick_due;

	enum target_mode mode;
	enum target_send send;
	enum target_why why;
	uint16_t type;
	uint8_t payload[KDPROTO_PAYLOAD_MAX];
	size_t len;
	uint8_t state[KDPROTO_STATE_SIZE + 512]; /* last state change, for RESET */
	size_t state_len;
	enum target_send state_send;
	unsigned retries;
	uint64_t ack_due;
	uint32_t send_id, expect_id;
	bool is_heard;  /* a host has been heard since boot */
	bool is_absent; /* gave up on it since */
	bool is_break_pending;
	bool is_bugcheck_due; /* once its text is out */

	struct target_page *pages;
	struct target_breakpoint breakpoints[BREAKPOINTS];
	struct kdproto_context context;
	uint8_t special[KDPROTO_SPECIAL_SIZE];

	uint64_t rate; /* calls a 1000 seconds */
	uint64_t hits_left;
	uint64_t call_due;
	uint64_t hits, stops, boots, bps_written, passes;
	uint64_t power_due; /* boot comes at */
	uint64_t away;      /* how long the reboot that was asked for stays away */

	struct target_fault faults[FAULTS_MAX];
	size_t fault_count;
	uint64_t swallow, corrupt, lose, frees, flood, flood_n;
	bool is_deaf;
	uint64_t mute_until;
	char prints[16][512]; /* a ring */
	size_t print_at, print_count;
	FILE *truth;
};

struct target_loop {
	struct target *target;
	uint64_t wall_start;
	int signal_fd;
	bool is_ending;
	bool has_stdin;
	uint64_t wait_until; /* the command `wait` is answered then */
	char line[1024];
	size_t line_len;
};

/* target_command: stdin can be read; its end changes nothing. */
void command_read(struct target_loop *l);
/* Answer a `wait` whose time is over. */
void command_wait_over(struct target_loop *l);
/* False for anything but a number within the limits; `rate` may be a fraction. */
bool command_parse_number(const char *text, unsigned long least, unsigned long most, uint64_t *out);
bool command_parse_rate(struct target *t, const char *text);

/* target_serial: 0 or -1 with a message on stderr. */
int serial_open(struct target_serial *s, const char *link, unsigned long baud);
void serial_close(struct target_serial *s);
/* Queue bytes; they leave at the line's pace from `now`. */
void serial_send(struct target *t, const uint8_t *bytes, size_t len);
void serial_write_due(struct target *t);
void serial_read(struct target *t);
/* When the last queued byte has left. */
uint64_t serial_idle_at(const struct target_serial *s);
/* The line is dead: forget what is on its way. */
void serial_drop(struct target_serial *s);

/* target_clock: do all that is due until `now`; when is the next thing? */
void clock_advance(struct target *t, uint64_t now);
uint64_t clock_next(const struct target *t);

/* target_link */
void link_reset_ids(struct target *t, uint32_t sync);
void link_send(struct target *t, enum target_send what, uint16_t type, size_t len);
void link_send_state(struct target *t, enum target_send what);
void link_receive(struct target *t, const uint8_t *bytes, size_t len);
void link_byte_timeout(struct target *t);
void link_ack_timeout(struct target *t);
uint64_t link_timeout(const struct target *t);

/* target_api: a request whose ACK has been sent. */
void api_request(struct target *t, const uint8_t *payload, size_t len);

/* target_stop */
void stop_exception(struct target *t, enum target_why why, uint32_t code, uint64_t pc);
void stop_load(struct target *t, bool is_unload);
void stop_continue(struct target *t, bool is_trace);
void stop_break_in(struct target *t);
void stop_bugcheck(struct target *t);
/* Let the machine run on. */
void stop_run(struct target *t);
void stop_print(struct target *t);
void stop_print_add(struct target *t, const char *text);
bool stop_has_print(const struct target *t);

/* target_machine */
void machine_reset(struct target *t);
void machine_finish(struct target *t);
/* Bytes read or written until the first unmapped one. */
size_t machine_read(struct target *t, uint64_t address, uint8_t *out, size_t len);
size_t machine_write(struct target *t, uint64_t address, const uint8_t *bytes, size_t len);
/* Handle 1..32, or 0. */
uint32_t machine_set_breakpoint(struct target *t, uint64_t address);
bool machine_clear_breakpoint(struct target *t, uint32_t handle, const char *why);
bool machine_has_breakpoint(const struct target *t, uint64_t address);
void machine_clear_range(struct target *t, uint64_t address, size_t len);
uint64_t machine_next_instruction(const struct target *t);
uint32_t machine_random(struct target *t);

/* target_work: one allocation of the leaking tag; seen, if the debugger set a trap for it. */
void work_call(struct target *t);
void work_schedule(struct target *t);
/* What the processor is found in by a break-in. */
void work_idle_stack(struct target *t);
uint32_t work_pool_hit_tag(struct target *t);

/* target_power */
void power_boot(struct target *t);
void power_off(struct target *t, uint64_t for_time);
void power_reboot(struct target *t);
void power_bugcheck(struct target *t);

/* target_fault */
/* "NAME[:ARG]@WHEN", or without @WHEN: at once. False: *why says what is wrong. */
bool fault_add(struct target *t, const char *spec, const char **why);
/* The n-th of its kind is happening: faults of the wire strike now, those of the machine wait. */
void fault_event(struct target *t, enum target_when when, uint64_t n);
void fault_run_due(struct target *t);
uint64_t fault_next(const struct target *t);
void fault_list(FILE *out);
bool fault_parse_time(const char *text, uint64_t *ns);
void fault_damage(struct target *t, uint8_t *frame, size_t *len);
void fault_flood_line(struct target *t, char *out, size_t size);

/* target_truth: `members` is printf-like JSON, such as "\"n\":%d". */
void truth_event(struct target *t, const char *event, const char *members, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with a member `text`, escaped, behind `members`, which is "" or ends in a comma. */
void truth_text(struct target *t, const char *event, const char *members, const char *text);
/* The members of the last line and of the answer to `state`. */
void truth_state(struct target *t, FILE *out);
const char *truth_why(enum target_why why);

#endif
