#include "report/modules.h"

#include <stdlib.h>
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

static bool equal_names(const char *a, size_t len, const char *b) {
	for (size_t i = 0; i < len; i++) {
		if (lower(a[i]) != lower(b[i])) {
			return false;
		}
	}
	return b[len] == 0;
}

bool module_table_add(struct module_table *t, const char *name, size_t len) {
	if (len == 0 || len >= sizeof(*t->names) || memchr(name, '!', len) ||
		memchr(name, '+', len) || memchr(name, ' ', len)) {
		return false;
	}
	t->names = realloc(t->names, (t->count + 1) * sizeof(*t->names));
	if (!t->names) {
		abort();
	}
	memcpy(t->names[t->count], name, len);
	t->names[t->count++][len] = 0;
	return true;
}

void module_table_finish(struct module_table *t) {
	free(t->names);
	*t = (struct module_table){0};
}

enum module_kind module_kind_of(const struct module_table *t, const char *name, size_t len) {
	for (size_t i = 0; t && i < t->count; i++) {
		if (strlen(t->names[i]) == len && equal_names(name, len, t->names[i])) {
			return MODULE_LIBRARY;
		}
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) == len && equal_names(name, len, known[i].name)) {
			return known[i].kind;
		}
	}
	return MODULE_DRIVER;
}

int folded_compare(struct folded_slice a, struct folded_slice b) {
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.at, b.at, len) : 0;
	return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool frame_has_module(struct folded_slice frame) {
	return !(frame.len >= 2 && frame.at[0] == '0' && frame.at[1] == 'x');
}

struct folded_slice frame_module(struct folded_slice frame) {
	static const char none[] = "(no module)";
	if (!frame_has_module(frame)) {
		return (struct folded_slice){none, sizeof(none) - 1};
	}
	size_t len = 0;
	while (len < frame.len && frame.at[len] != '!' && frame.at[len] != '+') {
		len++;
	}
	return (struct folded_slice){frame.at, len};
}

bool frame_is_system_call(struct folded_slice frame) {
	static const char *const entries[] = {
		"!KiSystemService", "!_KiSystemService", "!KiFastCallEntry", "!KiSystemCall"};
	struct folded_slice module = frame_module(frame);
	const char *function = frame.at + module.len;
	size_t len = frame_has_module(frame) ? frame.len - module.len : 0;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		size_t wanted = strlen(entries[i]);
		if (len >= wanted && memcmp(function, entries[i], wanted) == 0) {
			return true;
		}
	}
	return false;
}

static void keep_first(size_t *slot, size_t value) {
	if (*slot == 0) {
		*slot = value;
	}
}

void module_walk_visit(struct module_walk *w, enum module_kind kind, bool has_module, bool entry) {
	w->visited++;
	/* nt!ZwCreateKey enters the same way, but the kernel called it (transcript 017). */
	w->in_program = w->in_program || (w->behind_entry && kind != MODULE_KERNEL);
	w->behind_entry = kind == MODULE_KERNEL && entry;
	if (!has_module || kind == MODULE_KERNEL || kind == MODULE_USER) {
		return;
	}
	keep_first(w->in_program            ? &w->program
		   : kind == MODULE_LIBRARY ? &w->library
					    : &w->driver,
		w->visited);
}

size_t module_walk_result(const struct module_walk *w) {
	size_t met = w->driver ? w->driver : w->library ? w->library : w->program;
	return met ? met - 1 : 0;
}
