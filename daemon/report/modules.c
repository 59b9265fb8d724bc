#include "report/modules.h"

#include <string.h>

/*
 * Names as kd shows them, which are those of the PDB or of the image file. Microsoft's class, port
 * and framework libraries: a driver calls them, and they call the allocator for it.
 */
static const struct {
	const char *name;
	enum module_kind kind;
} known[] = {
	{"nt", MODULE_KERNEL},
	{"ntoskrnl", MODULE_KERNEL},
	{"ntkrnlmp", MODULE_KERNEL},
	{"ntkrnlpa", MODULE_KERNEL},
	{"ntkrpamp", MODULE_KERNEL},
	{"ntkrnlup", MODULE_KERNEL},
	{"securekernel", MODULE_KERNEL},
	{"hal", MODULE_KERNEL},
	{"halacpi", MODULE_KERNEL},
	{"halaacpi", MODULE_KERNEL},
	{"halmacpi", MODULE_KERNEL},
	{"halapic", MODULE_KERNEL},
	{"halmps", MODULE_KERNEL},
	{"halsp", MODULE_KERNEL},
	{"halx86", MODULE_KERNEL},
	{"kdcom", MODULE_KERNEL},
	{"verifier", MODULE_KERNEL},
	{"VerifierExt", MODULE_KERNEL},

	{"CLASSPNP", MODULE_LIBRARY},
	{"dxgkrnl", MODULE_LIBRARY},
	{"fltmgr", MODULE_LIBRARY},
	{"HIDCLASS", MODULE_LIBRARY},
	{"ks", MODULE_LIBRARY},
	{"ksthunk", MODULE_LIBRARY},
	{"NDIS", MODULE_LIBRARY},
	{"NETIO", MODULE_LIBRARY},
	{"portcls", MODULE_LIBRARY},
	{"scsiport", MODULE_LIBRARY},
	{"SerCx2", MODULE_LIBRARY},
	{"SpbCx", MODULE_LIBRARY},
	{"storport", MODULE_LIBRARY},
	{"TDI", MODULE_LIBRARY},
	{"USBD", MODULE_LIBRARY},
	{"USBPORT", MODULE_LIBRARY},
	{"VIDEOPRT", MODULE_LIBRARY},
	{"watchdog", MODULE_LIBRARY},
	{"Wdf01000", MODULE_LIBRARY},
	{"WdfLdr", MODULE_LIBRARY},
	{"WppRecorder", MODULE_LIBRARY},

	{"ntdll", MODULE_USER},
	{"kernel32", MODULE_USER},
	{"KERNELBASE", MODULE_USER},
	{"wow64", MODULE_USER},
	{"wow64cpu", MODULE_USER},
};

static char lower(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int equal_names(const char *a, size_t len, const char *b) {
	for (size_t i = 0; i < len; i++) {
		if (lower(a[i]) != lower(b[i])) {
			return 0;
		}
	}
	return b[len] == 0;
}

enum module_kind module_kind_of(const char *name, size_t len) {
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) == len && equal_names(name, len, known[i].name)) {
			return known[i].kind;
		}
	}
	return MODULE_DRIVER;
}

static int has_module(struct folded_slice frame) {
	return !(frame.len >= 2 && frame.at[0] == '0' && frame.at[1] == 'x');
}

struct folded_slice frame_module(struct folded_slice frame) {
	static const char none[] = "(no module)";
	if (!has_module(frame)) {
		return (struct folded_slice){none, sizeof(none) - 1};
	}
	size_t len = 0;
	while (len < frame.len && frame.at[len] != '!' && frame.at[len] != '+') {
		len++;
	}
	return (struct folded_slice){frame.at, len};
}

/* The kernel's entries from user mode: what called them is a program. */
static int is_system_call(struct folded_slice frame) {
	static const char *const entries[] = {
		"!KiSystemService", "!_KiSystemService", "!KiFastCallEntry", "!KiSystemCall"};
	struct folded_slice module = frame_module(frame);
	const char *function = frame.at + module.len;
	size_t len = frame.len - module.len;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		size_t wanted = strlen(entries[i]);
		if (len >= wanted && memcmp(function, entries[i], wanted) == 0) {
			return 1;
		}
	}
	return 0;
}

/* The frame before *end, the leaf first; *end moves to the `;` in front of it. */
static struct folded_slice frame_before(const char *folded, size_t *end) {
	size_t start = *end;
	while (start > 0 && folded[start - 1] != ';') {
		start--;
	}
	struct folded_slice frame = {folded + start, *end - start};
	*end = start > 0 ? start - 1 : 0;
	return frame;
}

/* What the walk from leaf to root has met. */
struct walk {
	struct folded_slice leaf, driver, library, program;
	int behind_entry; /* the frame before was a system call's entry */
	int in_program;
};

static void keep_first(struct folded_slice *slot, struct folded_slice frame) {
	if (!slot->len) {
		*slot = frame;
	}
}

static void visit(struct walk *w, struct folded_slice frame) {
	struct folded_slice module = frame_module(frame);
	enum module_kind kind = module_kind_of(module.at, module.len);
	/* nt!ZwCreateKey enters the same way, but the kernel called it (transcript 017). */
	w->in_program = w->in_program || (w->behind_entry && kind != MODULE_KERNEL);
	w->behind_entry = kind == MODULE_KERNEL && is_system_call(frame);
	keep_first(&w->leaf, frame);
	if (!has_module(frame) || kind == MODULE_KERNEL || kind == MODULE_USER) {
		return;
	}
	keep_first(w->in_program            ? &w->program
		   : kind == MODULE_LIBRARY ? &w->library
					    : &w->driver,
		frame);
}

struct folded_slice responsible_frame(const char *folded, size_t len) {
	struct walk w = {0};
	for (size_t end = len; end > 0;) {
		visit(&w, frame_before(folded, &end));
	}
	return w.driver.len    ? w.driver
	       : w.library.len ? w.library
	       : w.program.len ? w.program
			       : w.leaf;
}
