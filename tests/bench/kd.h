/*
 * The stand-in for kd.exe: what its modules share. It has kd's command line, environment and
 * standard input, prints what kd prints and speaks the KD protocol with the target stand-in.
 * README.md beside this file lists its switches, environment and faults.
 */
#ifndef BENCH_KD_H
#define BENCH_KD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KD_LINE_MAX = 4096,
	KD_BREAKPOINTS = 32,
	KD_CLIENTS = 8,
	KD_FAULTS = 16,
	KD_HISTORY = 16384,
	KD_SERVER_SIDE = -1, /* a line's origin: our own standard input */
};

struct kd;

/* --- command line and environment (kd_options.c) --- */

enum kd_style { KD_STYLE_NEW, KD_STYLE_OLD, KD_STYLE_X86 };

struct kd_options {
	char port[64];
	unsigned baud;
	double speed; /* bench time = wall time x speed */
	char symbols[2048];
	char script[1024];
	char commands[KD_LINE_MAX];
	char log[1024];
	bool log_append;
	char pipe[64]; /* -server npipe:pipe=... */
	char transport[256];
	char remote[64];    /* -remote npipe:...,pipe=... */
	char password[64];  /* of either; "": none */
	bool break_once;    /* -bonc */
	bool break_at_boot; /* -b, -d */
	bool quiet;         /* KDQUIET */
	bool no_box;        /* -myob */
	bool noisy, verbose, no_io, no_shell;
	bool ctrl_f, ctrl_b; /* control lines read while the target runs */
	bool quiet_hit;
	bool blocking_clients;
	enum kd_style style;
};

/* False: a message was printed, leave with *code. */
bool kd_options_read(struct kd_options *opt, int argc, char **argv, int *code);

/* --- faults (kd_fault.c) --- */

enum kd_when {
	KD_AT_START,
	KD_AT_CONNECT,
	KD_AT_PROMPT,
	KD_AT_HIT,
	KD_AT_COMMAND,
	KD_AT_BREAK,
	KD_AT_BOOT,
	KD_WHENS
};

enum kd_fault_bit { KD_SWALLOW = 1, KD_NO_PROMPT = 2, KD_NO_BANNER = 4, KD_SLOW = 8 };

struct kd_fault {
	enum kd_when when;
	unsigned count;
	char name[16];
	char arg[32];
};

struct kd_faults {
	struct kd_fault list[KD_FAULTS];
	size_t n;
	unsigned seen[KD_WHENS];
	char once[1024];
	bool no_read, block_client;
	uint64_t slow_us;
};

bool kd_faults_read(struct kd_faults *f, const char *text);

/* Something happened for one more time: take the faults asked for then. Returns kd_fault_bits. */
unsigned kd_fault_at(struct kd *kd, enum kd_when when);

/* --- output (kd_console.c) --- */

struct kd_console {
	int log;
	bool line_start;
	char history[KD_HISTORY];
	size_t history_len;
};

void kd_log_open(struct kd *kd, const char *path, bool append);
void kd_put(struct kd *kd, const char *bytes, size_t len); /* stdout, log and clients */
void kd_text(struct kd *kd, const char *text);
void kd_print(struct kd *kd, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A prompt; `to` is the client that asked, KD_SERVER_SIDE: everybody. */
void kd_prompt(struct kd *kd, int to);
/* A command: the log shows it, standard output does not, clients see what others type. */
void kd_echo(struct kd *kd, const char *line, int from);

/* --- server and clients (kd_server.c) --- */

struct kd_client {
	int fd;
	char who[160];
	char in[KD_LINE_MAX];
	size_t used;
	bool greeted;
};

struct kd_server {
	int fd;
	struct kd_client client[KD_CLIENTS];
};

bool kd_server_start(struct kd *kd);
void kd_server_accept(struct kd *kd);
void kd_client_read(struct kd *kd, int id);
void kd_clients_put(struct kd *kd, const char *bytes, size_t len, int except);
void kd_client_put(struct kd *kd, int id, const char *bytes, size_t len);
/* kd -remote: relay until the server goes. Returns the exit code. */
int kd_remote_run(const struct kd_options *opt);

/* --- commands (kd_cmd.c) --- */

struct kd_line {
	struct kd_line *next;
	int from; /* KD_SERVER_SIDE or a client */
	char text[];
};

void kd_line_take(struct kd *kd, const char *text, int from); /* a line was typed */
void kd_stdin_read(struct kd *kd);
/* Run one line or one breakpoint's command string. False: the rest was given up. */
bool kd_run(struct kd *kd, const char *commands);
void kd_bad(struct kd *kd, const char *what, const char *at);

/* Print the stack (kd_stack.c): variant is what follows the k. */
bool kd_stack(struct kd *kd, const char *variant, const char *args);
void kd_addr(char *out, uint64_t addr); /* fffff800`01003000, at least 18 bytes */
/* "nt!Name+0x1c", "mod+0x1234" or "0xfffff800`01003000" */
void kd_symbol(char *out, size_t cap, uint64_t addr);

/* --- breakpoints (kd_break.c) --- */

struct kd_break {
	bool used, enabled, deferred, once, inserted;
	char kind; /* p, u, a, m */
	uint32_t handle;
	uint64_t addr;
	unsigned passes, left;
	char symbol[128];
	char commands[1024];
};

bool kd_break_set(struct kd *kd, char kind, const char *args);
bool kd_break_change(struct kd *kd, char what, const char *args); /* c, d, e */
void kd_break_list(struct kd *kd);
int kd_break_at(const struct kd *kd, uint64_t pc);       /* enabled one, or -1 */
void kd_break_stopped(struct kd *kd);                    /* the target took out those at PC */
bool kd_break_insert(struct kd *kd);                     /* make the target's table what we want */
void kd_break_forget(struct kd *kd, bool all);           /* all: the list too */
void kd_break_loaded(struct kd *kd, const char *module); /* deferred ones */

/* --- the session with the target (kd_engine.c) --- */

enum kd_run_state { KD_WAITING, KD_RUNNING, KD_HALTED };

struct kd_stop {
	uint32_t kind; /* 0x3030 exception, 0x3031 symbols */
	unsigned cpu, cpus;
	uint64_t pc;
	uint32_t code;
	bool first_chance;
	bool unload;
	uint64_t base;
	char path[128];
	uint8_t stream[16];
	bool sync; /* came with the id of a fresh target */
};

/* Open the port, print how it went. False: leave with *code. */
bool kd_engine_open(struct kd *kd, int *code);
/* Wait for anything and take it in; at most until `until` (os_now_us time, 0: no limit). */
void kd_pump(struct kd *kd, uint64_t until);
void kd_loop(struct kd *kd);
void kd_break_request(struct kd *kd, int from);
bool kd_resume(struct kd *kd);
_Noreturn void kd_quit(struct kd *kd, int code);
void kd_location(struct kd *kd);

bool kd_read(struct kd *kd, uint64_t addr, void *out, size_t len);
bool kd_write(struct kd *kd, uint64_t addr, const void *in, size_t len);
bool kd_context(struct kd *kd); /* fills kd->context */
bool kd_set_breakpoint(struct kd *kd, uint64_t addr, uint32_t *handle);
bool kd_restore_breakpoint(struct kd *kd, uint32_t handle);
void kd_reboot(struct kd *kd);
bool kd_crash(struct kd *kd);
void kd_resync(struct kd *kd);

const char *kd_system(const struct kd *kd);
void kd_kernel_lines(struct kd *kd);

struct kd_wire;

struct kd {
	struct kd_options opt;
	struct kd_faults faults;
	struct kd_console out;
	struct kd_server server;
	struct kd_break bp[KD_BREAKPOINTS];
	struct kd_wire *wire;

	enum kd_run_state state;
	struct kd_stop stop;
	unsigned build;
	bool shown_connected; /* "Connected to" was printed for this boot */
	bool leftovers;       /* a former kd's breakpoints may be set */
	bool resumed;         /* the command list ended in a resume */
	bool interrupted;     /* break key while a command works */
	bool busy;            /* a command works */
	bool abandoned;       /* the target went away under a command */
	bool break_wanted;    /* sent, and no stop since */
	bool break_queued;    /* pressed at the prompt: stop again after the next g */
	bool bugchecked;
	uint64_t break_time;
	uint64_t boot_time;
	int asker; /* who gets the next prompt */
	uint8_t context[1232];
	bool context_valid;

	struct kd_line *first, *last;
	char in[KD_LINE_MAX];
	size_t in_used;
	bool in_ended;
};

#endif
