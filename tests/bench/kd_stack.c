/* The k family: registers, then the stack in pieces, and every word of it that is code. */
#include "tests/bench/kd.h"
#include "tests/bench/kdproto.h"
#include "tests/bench/symbols.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 512, CHUNKS_MAX = 16, FRAMES_DEFAULT = 256, FRAMES_MAX = 256, ARGS = 4 };

struct frame {
	uint64_t at; /* where its return address stands */
	uint64_t site, ret;
	uint64_t arg[ARGS];
};

void kd_addr(char *out, uint64_t addr) {
	snprintf(out, 24, "%08x`%08x", (unsigned)(addr >> 32), (unsigned)addr);
}

void kd_symbol(char *out, size_t cap, uint64_t addr) {
	if (*symbols_name(addr, out, cap) != '\0') {
		return;
	}
	const struct bench_module *module = symbols_module_at(addr);
	char text[24];
	kd_addr(text, addr);
	if (module != NULL) {
		snprintf(out, cap, "%s+0x%" PRIx64, module->name, addr - module->base);
	} else {
		snprintf(out, cap, "0x%s", text);
	}
}

/*
 * Read on until there are enough frames or a piece without any. Returns how many; `frames` has
 * room for one more than `max`.
 */
static size_t walk(struct kd *kd, struct frame *frames, size_t max) {
	static uint8_t stack[CHUNK * CHUNKS_MAX + ARGS * 8];
	struct kdproto_context context;
	if (!kd_context(kd) || !kdproto_get_context(kd->context, sizeof kd->context, &context)) {
		return 0;
	}
	uint64_t rsp = context.reg[KDPROTO_RSP];
	size_t n = 0;
	memset(stack, 0, sizeof stack);
	frames[0] = (struct frame){.site = context.rip};
	for (size_t chunk = 0; chunk < CHUNKS_MAX && !kd->interrupted; chunk++) {
		size_t before = n;
		if (!kd_read(kd, rsp + chunk * CHUNK, stack + chunk * CHUNK, CHUNK)) {
			break;
		}
		for (size_t at = chunk * CHUNK; at < (chunk + 1) * CHUNK && n < max; at += 8) {
			uint64_t word = kdproto_get64(stack + at);
			if (symbols_at(word) != NULL) {
				frames[n].ret = word;
				frames[n++].at = rsp + at;
				frames[n] = (struct frame){.site = word};
			}
		}
		if (n == before || n >= max) {
			break;
		}
	}
	frames[n].at = n > 0 ? frames[n - 1].at + 0x30 : rsp;
	for (size_t i = 0; i <= n; i++) {
		for (size_t k = 0; k < ARGS && frames[i].at - rsp + 8 * k + 16 < sizeof stack;
			k++) {
			frames[i].arg[k] =
				kdproto_get64(stack + (frames[i].at - rsp) + 8 * (k + 1));
		}
	}
	return n < max ? n + 1 : max;
}

static void header(struct kd *kd, char variant, bool numbered) {
	const char *number = numbered ? " # " : "";
	bool args = variant == 'b' || variant == 'v';
	const char *gap = kd->opt.style == KD_STYLE_NEW && args ? "    " : "";
	if (variant == 'c') {
		kd_print(kd, "%sCall Site\n", number);
	} else if (kd->opt.style == KD_STYLE_X86) {
		kd_print(kd, "%sChildEBP RetAddr  %s\n", number,
			args ? "Args to Child              " : "");
	} else {
		kd_print(kd, "%s%sRetAddr           %s%sCall Site\n", number,
			variant == 'b' ? "" : "Child-SP          ", gap,
			args ? ": Args to Child                                                           : "
			     : "");
	}
}

static void row_x86(struct kd *kd, const struct frame *f, bool args, const char *name) {
	kd_print(kd, "%08x %08x ", (unsigned)f->at, (unsigned)f->ret);
	for (size_t i = 0; args && i + 1 < ARGS; i++) {
		kd_print(kd, "%08x ", (unsigned)f->arg[i]);
	}
	kd_print(kd, "%s\n", name);
}

static void row(struct kd *kd, const struct frame *f, char variant) {
	bool args = variant == 'b' || variant == 'v';
	char name[160], sp[24], ret[24], arg[ARGS][24];
	kd_symbol(name, sizeof name, f->site);
	kd_addr(sp, f->at);
	kd_addr(ret, f->ret);
	for (size_t i = 0; i < ARGS; i++) {
		kd_addr(arg[i], f->arg[i]);
	}
	if (variant == 'c') {
		kd_print(kd, "%s\n", name);
	} else if (kd->opt.style == KD_STYLE_X86) {
		row_x86(kd, f, args, name);
	} else if (args) {
		kd_print(kd, "%s%s%s : %s %s %s %s : %s\n", variant == 'b' ? "" : sp,
			variant == 'b' ? "" : " ", ret, arg[0], arg[1], arg[2], arg[3], name);
	} else {
		kd_print(kd, "%s %s %s\n", sp, ret, name);
	}
}

bool kd_stack(struct kd *kd, const char *variant, const char *args) {
	static struct frame frames[FRAMES_MAX + 1];
	char kind = '\0';
	bool numbered = kd->opt.style == KD_STYLE_NEW;
	for (const char *c = variant; *c != '\0'; c++) {
		numbered = numbered || *c == 'n';
		kind = *c != 'n' ? *c : kind;
	}
	size_t max = strtoul(args, NULL, 16);
	if (max == 0 || max > FRAMES_MAX) {
		max = FRAMES_DEFAULT;
	}
	size_t n = walk(kd, frames, max);
	if (kd->abandoned || kd->interrupted || n == 0) {
		return !kd->abandoned && !kd->interrupted;
	}
	header(kd, kind, numbered);
	for (size_t i = 0; i < n; i++) {
		if (numbered) {
			kd_print(kd, "%02zx ", i);
		}
		row(kd, &frames[i], kind);
	}
	return true;
}
