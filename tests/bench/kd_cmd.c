/* The lines people and programs type, and the commands in them. */
#include "tests/bench/kd.h"
#include "tests/bench/kd_os.h"
#include "tests/bench/kdproto.h"
#include "tests/bench/symbols.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_QUIT = 0x02, KEY_BREAK = 0x06, KEY_RESYNC = 0x12 };

void kd_bad(struct kd *kd, const char *what, const char *at) {
	kd_print(kd, "    ^ %s in '%s'\n", what, at);
}

/* --- lines --- */

/* A line that is a control key: acted upon at once, if kd looks at it now. */
static bool control_line(struct kd *kd, const char *text, int from) {
	bool running = kd->state != KD_HALTED;
	if (text[0] == KEY_BREAK) {
		if (!running || kd->opt.ctrl_f) {
			kd_break_request(kd, from);
		}
		return true;
	}
	if (text[0] == KEY_QUIT && (!running || kd->opt.ctrl_b) && from == KD_SERVER_SIDE) {
		kd_quit(kd, 0);
	}
	if (text[0] == KEY_RESYNC) {
		kd_resync(kd);
	}
	return text[0] != '\0' && (unsigned char)text[0] < ' ' && text[0] != '\t';
}

void kd_line_take(struct kd *kd, const char *text, int from) {
	if (control_line(kd, text, from)) {
		return;
	}
	size_t len = strlen(text);
	struct kd_line *line = malloc(sizeof *line + len + 1);
	if (line == NULL) {
		return;
	}
	line->next = NULL;
	line->from = from;
	memcpy(line->text, text, len + 1);
	if (kd->last != NULL) {
		kd->last->next = line;
	} else {
		kd->first = line;
	}
	kd->last = line;
}

void kd_stdin_read(struct kd *kd) {
	ptrdiff_t n = os_read(0, kd->in + kd->in_used, sizeof kd->in - 1 - kd->in_used);
	if (n == 0) {
		kd->in_ended = true; /* what kd does then is not known: go on */
		return;
	}
	kd->in_used += n > 0 ? (size_t)n : 0;
	char *end;
	while ((end = memchr(kd->in, '\n', kd->in_used)) != NULL ||
		kd->in_used == sizeof kd->in - 1) {
		char text[KD_LINE_MAX];
		size_t len = end != NULL ? (size_t)(end - kd->in) : kd->in_used;
		snprintf(text, sizeof text, "%.*s", (int)len, kd->in);
		text[strcspn(text, "\r")] = '\0';
		kd->in_used -= len + (end != NULL);
		memmove(kd->in, kd->in + len + (end != NULL), kd->in_used);
		kd_line_take(kd, text, KD_SERVER_SIDE);
	}
}

/* --- commands --- */

typedef bool command_fn(struct kd *kd, const char *args);

static bool cmd_nothing(struct kd *kd, const char *args) {
	(void)kd;
	(void)args;
	return true;
}

static bool cmd_echo(struct kd *kd, const char *args) {
	kd_print(kd, "%s\n", args);
	return true;
}

static bool cmd_go(struct kd *kd, const char *args) {
	(void)args;
	kd->resumed = true;
	return true;
}

static bool cmd_bl(struct kd *kd, const char *args) {
	(void)args;
	kd_break_list(kd);
	return true;
}

static bool cmd_bc(struct kd *kd, const char *args) {
	return kd_break_change(kd, 'c', args);
}

static bool cmd_bd(struct kd *kd, const char *args) {
	return kd_break_change(kd, 'd', args);
}

static bool cmd_be(struct kd *kd, const char *args) {
	return kd_break_change(kd, 'e', args);
}

static bool cmd_r(struct kd *kd, const char *args) {
	(void)args;
	struct kdproto_context c;
	if (!kd_context(kd) || !kdproto_get_context(kd->context, sizeof kd->context, &c)) {
		return !kd->abandoned;
	}
	static const char *const names[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi",
		"rdi", " r8", " r9", "r10", "r11", "r12", "r13", "r14", "r15"};
	static const int order[16] = {0, 3, 1, 2, 6, 7, -1, 4, 5, 8, 9, 10, 11, 12, 13, 14};
	for (int i = 0; i < 16; i++) {
		int reg = order[i];
		kd_print(kd, "%s=%016" PRIx64 "%s", reg < 0 ? "rip" : names[reg],
			reg < 0 ? c.rip : c.reg[reg], i % 3 == 2 ? "\n" : " ");
	}
	kd_print(kd, "r15=%016" PRIx64 "\n", c.reg[15]);
	kd_print(kd,
		"iopl=0         nv up ei pl zr na po nc\n"
		"cs=%04x  ss=%04x  ds=%04x  es=%04x  fs=%04x  gs=%04x             efl=%08x\n",
		c.cs, c.ss, c.ds, c.es, c.fs, c.gs, c.eflags);
	kd_location(kd);
	return true;
}

/* A store with nt's pdb in it: looked at when symbols are loaded. Unset: it is there. */
static bool find_symbols(void) {
	const char *store = getenv("BENCH_KD_SYMBOLS");
	return store == NULL || os_exists(store);
}

static bool has_symbols(bool load) {
	static int known = -1;
	known = load || known < 0 ? find_symbols() : known;
	return known;
}

/* What a manifest for symchk needs stands in the two lines of the debug directory. */
static bool cmd_lmi(struct kd *kd, const char *args) {
	(void)args;
	kd_text(kd, "Loaded Module Info: [nt] \n"
		    "         Module: ntkrnlmp\n"
		    "     Image Name: ntkrnlmp.exe\n"
		    "     Time Stamp: 521ea035 Wed Aug 28 18:13:25 2013\n"
		    "           Size: 800000\n"
		    "Debug Data Dirs: Type  Size     VA  Pointer\n"
		    "             CODEVIEW    25, 19c65c,  19bc5c RSDS - GUID: "
		    "{0123ABCD-4567-89AB-CDEF-0123456789AB}\n"
		    "               Age: 2, Pdb: ntkrnlmp.pdb\n");
	return true;
}

static bool cmd_lm(struct kd *kd, const char *args) {
	(void)args;
	kd_text(kd, "start             end                 module name\n");
	for (size_t i = 0; i < symbols_module_count; i++) {
		char start[24], end[24];
		kd_addr(start, symbols_modules[i].base);
		kd_addr(end, symbols_modules[i].base + symbols_modules[i].size);
		kd_print(kd, "%s %s   %-10s (%s)\n", start, end, symbols_modules[i].name,
			i > 0                ? "deferred"
			: has_symbols(false) ? "pdb symbols"
					     : "export symbols");
	}
	return true;
}

/* The first word of args as an address; *rest is what follows it. */
static uint64_t address(struct kd *kd, const char *args, const char **rest) {
	char name[128];
	size_t len = strcspn(args, " ");
	snprintf(name, sizeof name, "%.*s", (int)len, args);
	*rest = args + len + strspn(args + len, " ");
	uint64_t addr = symbols_address(name);
	if (addr == 0 && strchr(name, '!') == NULL) {
		addr = strtoull(name, NULL, 16);
	}
	if (addr == 0) {
		kd_print(kd, "Couldn't resolve error at '%s'\n", name);
	}
	return addr;
}

static bool cmd_dd(struct kd *kd, const char *args) {
	const char *rest;
	char text[24];
	uint8_t bytes[4];
	uint64_t addr = address(kd, args, &rest);
	if (addr == 0) {
		return false;
	}
	kd_addr(text, addr);
	if (kd_read(kd, addr, bytes, sizeof bytes)) {
		kd_print(kd, "%s  %08x\n", text, kdproto_get32(bytes));
	} else if (!kd->abandoned) {
		kd_print(kd, "%s  ????????\n", text);
	}
	return true;
}

/* ' kdD' is the number whose highest byte is the blank. */
static uint32_t value(const char *s) {
	if (*s != '\'') {
		return (uint32_t)strtoul(s, NULL, 16);
	}
	uint32_t v = 0;
	for (s++; *s != '\0' && *s != '\''; s++) {
		v = v << 8 | (unsigned char)*s;
	}
	return v;
}

static bool cmd_ed(struct kd *kd, const char *args) {
	const char *rest;
	uint8_t bytes[4];
	uint64_t addr = address(kd, args, &rest);
	if (addr == 0) {
		return false;
	}
	kdproto_put32(bytes, value(rest));
	if (!kd_write(kd, addr, bytes, sizeof bytes) && !kd->abandoned) {
		char text[24];
		kd_addr(text, addr);
		kd_print(kd, "Memory access error at '%s'\n", text);
		return false;
	}
	return true;
}

static bool cmd_reload(struct kd *kd, const char *args) {
	char when[64];
	(void)args;
	(void)has_symbols(true);
	os_time_text(when, sizeof when);
	kd_print(kd, "Connected to %s (%s), ptr64 TRUE\n", kd_system(kd), when);
	kd_text(kd, "Loading Kernel Symbols\n"
		    "......\n"
		    "Loading User Symbols\n\n"
		    "Loading unloaded module list\n.\n");
	return true;
}

/* The uptime is the target's interrupt time, in its shared user data. */
static bool cmd_time(struct kd *kd, const char *args) {
	char when[64];
	uint8_t time[8];
	(void)args;
	os_time_text(when, sizeof when);
	kd_print(kd, "Debug session time: %s\n", when);
	if (!kd_read(kd, 0xfffff78000000008, time, sizeof time)) {
		kd_text(kd, "System Uptime: not available\n");
		return !kd->abandoned;
	}
	uint64_t ms = kdproto_get64(time) / 10000;
	kd_print(kd, "System Uptime: %" PRIu64 " days %" PRIu64 ":%02u:%02u.%03u\n", ms / 86400000,
		ms / 3600000 % 24, (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60),
		(unsigned)(ms % 1000));
	return true;
}

static bool cmd_echotime(struct kd *kd, const char *args) {
	char when[64];
	(void)args;
	os_time_text(when, sizeof when);
	kd_print(kd, "Debugger (not debuggee) time: %s\n", when);
	return true;
}

static bool cmd_vertarget(struct kd *kd, const char *args) {
	kd_kernel_lines(kd);
	return cmd_time(kd, args);
}

static bool cmd_sympath(struct kd *kd, const char *args) {
	if (*args != '\0') {
		snprintf(kd->opt.symbols, sizeof kd->opt.symbols, "%s", args);
	}
	kd_print(kd, "Symbol search path is: %s\n", kd->opt.symbols);
	return true;
}

static bool cmd_clients(struct kd *kd, const char *args) {
	char when[64];
	(void)args;
	os_time_text(when, sizeof when);
	for (int i = 0; i < KD_CLIENTS; i++) {
		if (kd->server.client[i].fd >= 0 && kd->server.client[i].greeted) {
			kd_print(kd, "%s, last active %s\n", kd->server.client[i].who, when);
		}
	}
	return true;
}

static bool cmd_servers(struct kd *kd, const char *args) {
	(void)args;
	if (kd->server.fd >= 0) {
		kd_print(kd, "0 - Debugger Server - npipe:Pipe=%s\n", kd->opt.pipe);
	}
	return true;
}

static bool cmd_reboot(struct kd *kd, const char *args) {
	(void)args;
	kd_reboot(kd);
	return true;
}

static bool cmd_crash(struct kd *kd, const char *args) {
	(void)args;
	return kd_crash(kd);
}

/* .printf "text\n": the text, without arguments. */
static bool cmd_printf(struct kd *kd, const char *args) {
	if (*args++ != '"') {
		kd_bad(kd, "Syntax error", args - 1);
		return false;
	}
	for (; *args != '\0' && *args != '"'; args++) {
		if (*args == '\\' && args[1] == 'n') {
			args++;
			kd_text(kd, "\n");
		} else {
			kd_put(kd, args, 1);
		}
	}
	return true;
}

static bool cmd_logopen(struct kd *kd, const char *args) {
	kd_print(kd, "Opened log file '%s'\n", args);
	kd_log_open(kd, args, false);
	return true;
}

static bool cmd_logappend(struct kd *kd, const char *args) {
	kd_print(kd, "Opened log file '%s'\n", args);
	kd_log_open(kd, args, true);
	return true;
}

static bool cmd_logclose(struct kd *kd, const char *args) {
	(void)args;
	kd_text(kd, "Closing open log file\n");
	os_close(kd->out.log);
	kd->out.log = -1;
	return true;
}

static bool cmd_q(struct kd *kd, const char *args) {
	(void)args;
	if (kd->asker == KD_SERVER_SIDE) {
		kd_text(kd, "quit:\n");
		kd_quit(kd, 0);
	}
	return true; /* a client's q has no effect */
}

static bool cmd_qq(struct kd *kd, const char *args) {
	(void)args;
	kd_text(kd, "quit:\n");
	kd_quit(kd, 0);
}

static bool cmd_qd(struct kd *kd, const char *args) {
	(void)args;
	kd_text(kd, "quit:\n");
	kd->busy = false;
	kd_resume(kd);
	kd_quit(kd, 0);
}

static const struct {
	const char *name;
	command_fn *run;
	bool whole_line; /* takes ; as part of its argument */
} commands[] = {
	{"g", cmd_go, false},
	{"gc", cmd_go, false},
	{"gh", cmd_go, false},
	{"gn", cmd_go, false},
	{"bl", cmd_bl, false},
	{"bc", cmd_bc, false},
	{"bd", cmd_bd, false},
	{"be", cmd_be, false},
	{"r", cmd_r, false},
	{"lm", cmd_lm, false},
	{"dd", cmd_dd, false},
	{"ed", cmd_ed, false},
	{"q", cmd_q, false},
	{"qq", cmd_qq, false},
	{"qd", cmd_qd, false},
	{"vertarget", cmd_vertarget, false},
	{".echo", cmd_echo, false},
	{"!lmi", cmd_lmi, false},
	{".time", cmd_time, false},
	{".echotime", cmd_echotime, false},
	{".clients", cmd_clients, false},
	{".servers", cmd_servers, false},
	{".reboot", cmd_reboot, false},
	{".crash", cmd_crash, false},
	{".printf", cmd_printf, false},
	{".logclose", cmd_logclose, false},
	{".logopen", cmd_logopen, true},
	{".logappend", cmd_logappend, true},
	{".reload", cmd_reload, true},
	{".sympath", cmd_sympath, true},
	{"*", cmd_nothing, true},
	{"ld", cmd_nothing, false},
	{".kframes", cmd_nothing, false},
	{".cache", cmd_nothing, false},
	{".lines", cmd_nothing, false},
};

static int find_command(const char *text) {
	size_t len = strcspn(text, " \t;");
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (strlen(commands[i].name) == len && strncmp(commands[i].name, text, len) == 0) {
			return (int)i;
		}
	}
	return text[0] == '*' ? find_command("*") : -1;
}

/* Where this command ends: at a semicolon outside quotes, or with the line. */
static size_t extent(const char *s) {
	int id = find_command(s);
	if (id >= 0 && commands[id].whole_line) {
		return strlen(s);
	}
	bool quotes = false;
	size_t i = 0;
	for (; s[i] != '\0' && (quotes || s[i] != ';'); i++) {
		if (quotes && s[i] == '\\' && s[i + 1] != '\0') {
			i++;
		} else if (s[i] == '"') {
			quotes = !quotes;
		}
	}
	return i;
}

/* k, kb, kvn, kb5, kb 20 */
static bool stack_command(struct kd *kd, const char *text, bool *ok) {
	char variant[8];
	size_t n = 0;
	for (text++; *text != '\0' && strchr("bcnv", *text) != NULL; text++) {
		if (n + 1 < sizeof variant) {
			variant[n++] = *text;
		}
	}
	variant[n] = '\0';
	if (*text != '\0' && !isspace((unsigned char)*text) && !isxdigit((unsigned char)*text)) {
		return false;
	}
	*ok = kd_stack(kd, variant, text);
	return true;
}

static bool run_one(struct kd *kd, const char *text) {
	bool ok = false;
	int id = find_command(text);
	if (id >= 0) {
		const char *args = text + strcspn(text, " \t");
		return commands[id].run(kd, args + strspn(args, " \t"));
	}
	if (text[0] == 'k' && stack_command(kd, text, &ok)) {
		return ok;
	}
	if (text[0] == 'b' && text[1] != '\0' && strchr("puam", text[1]) != NULL) {
		return kd_break_set(kd, text[1], text + 2);
	}
	if (text[0] == '!') {
		kd_print(kd, "No export %.*s found\n", (int)strcspn(text + 1, " "), text + 1);
		return true;
	}
	kd_bad(kd, "Syntax error", text);
	return false;
}

bool kd_run(struct kd *kd, const char *list) {
	while (*list != '\0') {
		char text[KD_LINE_MAX];
		list += strspn(list, " \t");
		size_t len = extent(list);
		snprintf(text, sizeof text, "%.*s", (int)len, list);
		list += len + (list[len] == ';');
		for (size_t end = strlen(text); end > 0 && text[end - 1] == ' '; end--) {
			text[end - 1] = '\0';
		}
		bool ok = text[0] == '\0' || run_one(kd, text);
		if (kd->interrupted && !kd->abandoned) {
			kd_bad(kd, "User interrupted operation error", text);
			kd->interrupted = false;
			return false;
		}
		if (!ok || kd->resumed || kd->abandoned) {
			return ok;
		}
	}
	return true;
}
