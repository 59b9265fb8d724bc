/* Breakpoints: the list an operator sees, and what of it stands in the target. */
#include "tests/bench/kd.h"
#include "tests/bench/symbols.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What "bp3 /1 nt!Foo 5 \"kb;g\"" asks for. */
struct wish {
	int id; /* -1: any */
	bool once;
	unsigned passes;
	char symbol[128];
	char commands[1024];
};

static const char *skip(const char *s) {
	while (isspace((unsigned char)*s)) {
		s++;
	}
	return s;
}

static const char *word(const char *s, char *out, size_t cap) {
	size_t n = 0;
	for (; *s != '\0' && !isspace((unsigned char)*s) && *s != '"'; s++) {
		if (n + 1 < cap) {
			out[n++] = *s;
		}
	}
	out[n] = '\0';
	return skip(s);
}

/* The string between quotes, its \" opened up. */
static void quoted(const char *s, char *out, size_t cap) {
	size_t n = 0;
	for (s++; *s != '\0' && *s != '"'; s++) {
		if (*s == '\\' && s[1] != '\0') {
			s++;
		}
		if (n + 1 < cap) {
			out[n++] = *s;
		}
	}
	out[n] = '\0';
}

static bool wish_read(const char *s, struct wish *w) {
	char text[128];
	char *end;
	*w = (struct wish){.id = -1, .passes = 1};
	if (isdigit((unsigned char)*s)) {
		w->id = (int)strtol(s, &end, 10);
		s = end;
	}
	s = skip(s);
	while (*s == '/') {
		bool operand = strchr("ptcCw", s[1]) != NULL;
		w->once = w->once || s[1] == '1';
		s = word(s, text, sizeof text);
		s = operand ? word(s, text, sizeof text) : s;
	}
	s = word(s, w->symbol, sizeof w->symbol);
	if (isxdigit((unsigned char)*s)) {
		w->passes = (unsigned)strtoul(s, &end, 16);
		s = skip(end);
	}
	if (*s == '"') {
		quoted(s, w->commands, sizeof w->commands);
	}
	return w->symbol[0] != '\0' && w->id < KD_BREAKPOINTS;
}

/* A number, a symbol with or without its module. */
static uint64_t resolve(const char *text) {
	char digits[32], *end;
	size_t n = 0;
	for (const char *c = text; *c != '\0' && n + 1 < sizeof digits; c++) {
		if (*c != '`') {
			digits[n++] = *c;
		}
	}
	digits[n] = '\0';
	uint64_t number = strtoull(digits, &end, 16);
	if (n > 4 && *end == '\0') {
		return number;
	}
	char name[160];
	snprintf(name, sizeof name, "%s%s", strchr(text, '!') != NULL ? "" : "nt!", text);
	return symbols_address(name);
}

static bool module_known(const char *symbol) {
	size_t len = strcspn(symbol, "!+");
	for (size_t i = 0; symbol[len] == '!' && i < symbols_module_count; i++) {
		const char *name = symbols_modules[i].name;
		if (strlen(name) == len && strncmp(name, symbol, len) == 0) {
			return true;
		}
	}
	return symbol[len] != '!';
}

static int find(const struct kd *kd, uint64_t addr) {
	for (int i = 0; i < KD_BREAKPOINTS; i++) {
		if (kd->bp[i].used && !kd->bp[i].deferred && kd->bp[i].addr == addr) {
			return i;
		}
	}
	return -1;
}

/* The slot for it: the one asked for, the one at that address, or the first free one. */
static int slot(struct kd *kd, const struct wish *w, uint64_t addr) {
	int same = addr != 0 ? find(kd, addr) : -1;
	int id = w->id >= 0 ? w->id : same;
	for (int i = 0; id < 0 && i < KD_BREAKPOINTS; i++) {
		id = kd->bp[i].used ? -1 : i;
	}
	if (id >= 0 && kd->bp[id].used) {
		kd_print(kd, "breakpoint %d redefined\n", id);
	}
	return id;
}

bool kd_break_set(struct kd *kd, char kind, const char *args) {
	struct wish w;
	if (kind == 'a') { /* "ba e1 ADDRESS": the access is nothing to us */
		char access[16];
		args = word(skip(args), access, sizeof access);
	}
	if (!wish_read(args, &w)) {
		kd_bad(kd, "Syntax error", args);
		return false;
	}
	uint64_t addr = resolve(w.symbol);
	if (addr == 0 && kind != 'u' && module_known(w.symbol)) {
		kd_print(kd, "Couldn't resolve error at '%s'\n", w.symbol);
		return false;
	}
	int id = slot(kd, &w, addr);
	if (id < 0) {
		kd_text(kd, "Too many breakpoints\n");
		return false;
	}
	if (addr == 0 && kind != 'u') {
		kd_print(kd, "Bp expression '%s' could not be resolved, adding deferred bp\n",
			w.symbol);
	}
	struct kd_break *b = &kd->bp[id];
	if (b->inserted && b->addr != addr) {
		kd_restore_breakpoint(kd, b->handle);
		b->inserted = false;
	}
	bool inserted = b->inserted;
	*b = (struct kd_break){.used = true,
		.enabled = true,
		.deferred = addr == 0,
		.once = w.once,
		.inserted = inserted,
		.handle = b->handle,
		.kind = addr == 0 ? 'u' : kind,
		.addr = addr,
		.passes = w.passes,
		.left = w.passes};
	memcpy(b->symbol, w.symbol, sizeof b->symbol);
	memcpy(b->commands, w.commands, sizeof b->commands);
	if (kind == 'm') {
		char text[24];
		kd_addr(text, addr);
		kd_print(kd, "  %d: %s @!\"%s\"\n", id, text, w.symbol);
	}
	return true;
}

static void change(struct kd_break *b, char what) {
	if (what == 'c') {
		b->used = false;
	}
	b->enabled = what == 'e';
}

bool kd_break_change(struct kd *kd, char what, const char *args) {
	bool all = strchr(args, '*') != NULL;
	for (int i = 0; all && i < KD_BREAKPOINTS; i++) {
		if (kd->bp[i].used) {
			change(&kd->bp[i], what);
		}
	}
	for (const char *s = args; !all && *(s = s + strspn(s, " ,")) != '\0';) {
		char *end;
		long id = strtol(s, &end, 10);
		if (end == s) {
			kd_bad(kd, "Syntax error", s);
			return false;
		}
		if (id >= 0 && id < KD_BREAKPOINTS && kd->bp[id].used) {
			change(&kd->bp[id], what);
		}
		s = end;
	}
	return true;
}

static void list_one(struct kd *kd, int id, const struct kd_break *b) {
	char addr[24], name[160], where[80];
	bool new_style = kd->opt.style == KD_STYLE_NEW;
	kd_addr(addr, b->addr);
	if (kd->opt.style == KD_STYLE_X86) {
		snprintf(addr, sizeof addr, "%08x", (unsigned)b->addr);
	}
	snprintf(where, sizeof where, "%s", b->deferred ? "u                    " : addr);
	snprintf(name, sizeof name, "(%s)", b->symbol);
	if (!b->deferred) {
		kd_symbol(name, sizeof name, b->addr);
	}
	const char *words = b->enabled ? "Disable Clear  " : "Enable Clear  ";
	kd_print(kd, "%s%d %c %s%s     %04x (%04x) %s", new_style ? "     " : " ", id,
		b->enabled ? 'e' : 'd', new_style ? words : "", where, b->left, b->passes, name);
	kd_print(kd, b->commands[0] != '\0' ? " \"%s\"\n" : "%s\n", b->commands);
}

void kd_break_list(struct kd *kd) {
	for (int i = 0; i < KD_BREAKPOINTS; i++) {
		if (kd->bp[i].used) {
			list_one(kd, i, &kd->bp[i]);
		}
	}
	kd_text(kd, "\n");
}

int kd_break_at(const struct kd *kd, uint64_t pc) {
	int id = find(kd, pc);
	return id >= 0 && kd->bp[id].enabled ? id : -1;
}

/* A target takes its breakpoints out of the 16 bytes at PC when it stops. */
void kd_break_stopped(struct kd *kd) {
	for (int i = 0; i < KD_BREAKPOINTS; i++) {
		if (kd->bp[i].addr - kd->stop.pc < sizeof kd->stop.stream) {
			kd->bp[i].inserted = false;
		}
	}
}

/* Old ones out first: a new one may stand at the same address. */
bool kd_break_insert(struct kd *kd) {
	for (int i = 0; i < 2 * KD_BREAKPOINTS && !kd->abandoned; i++) {
		struct kd_break *b = &kd->bp[i % KD_BREAKPOINTS];
		bool wanted = b->used && b->enabled && !b->deferred;
		if (!wanted && b->inserted) {
			kd_restore_breakpoint(kd, b->handle);
			b->inserted = false;
		} else if (wanted && !b->inserted && i >= KD_BREAKPOINTS) {
			b->inserted = kd_set_breakpoint(kd, b->addr, &b->handle);
		}
	}
	return !kd->abandoned;
}

void kd_break_forget(struct kd *kd, bool all) {
	for (int i = 0; i < KD_BREAKPOINTS; i++) {
		kd->bp[i].inserted = false;
		kd->bp[i].used = kd->bp[i].used && !all;
	}
}

void kd_break_loaded(struct kd *kd, const char *module) {
	(void)module; /* the table of symbols knows what is loaded */
	for (int i = 0; i < KD_BREAKPOINTS; i++) {
		struct kd_break *b = &kd->bp[i];
		uint64_t addr = b->used && b->deferred ? resolve(b->symbol) : 0;
		if (addr != 0) {
			b->addr = addr;
			b->deferred = false;
		}
	}
}
