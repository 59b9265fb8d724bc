/*
 * A kb log as a breakpoint with ";kb;g" makes one, to measure `report` with: the header, the rows,
 * the stop line, over and over, with other addresses each time.
 *
 *	report-log x86|x64 MEGABYTES UNIQUE_STACKS > LOG
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOLS = 1500, FRAMES_MIN = 8, FRAMES_MAX = 24 };

static uint64_t state = 88172645463325252u;

static uint64_t next(void) {
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void make_symbols(char (*names)[64]) {
	static const char *const modules[] = {
		"nt", "drv", "NDIS", "tcpip", "fltmgr", "Wdf01000", "myfilter", "srv2", "http"};
	for (unsigned i = 0; i < SYMBOLS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "%s!%s%u+0x%x", modules[next() % 9],
			i % 3 ? "IopCompleteRequest" : "AllocateBlock", i,
			(unsigned)(next() % 900));
	}
}

static char *put_x86(char *at, const char *name) {
	for (int i = 0; i < 5; i++) {
		at += sprintf(at, "%08x ", (unsigned)next());
	}
	return at + sprintf(at, "%s\n", name);
}

static char *put_word(char *at) {
	return at + sprintf(at, "ffff%04x`%08x", (unsigned)next() & 0xffff, (unsigned)next());
}

static char *put_x64(char *at, const char *name) {
	at = put_word(at);
	at += sprintf(at, " : ");
	for (int i = 0; i < 4; i++) {
		at = put_word(at);
		*at++ = ' ';
	}
	return at + sprintf(at, ": %s\n", name);
}

static size_t put_stack(char *out, int is_x64, unsigned which, char (*names)[64]) {
	char *at = out;
	uint64_t kept = state;
	state = which * 0x9e3779b97f4a7c15u + 1;
	unsigned symbols[FRAMES_MAX], count = FRAMES_MIN + (unsigned)(next() % 17);
	for (unsigned i = 0; i < count; i++) {
		symbols[i] = (unsigned)(next() % SYMBOLS);
	}
	state = kept;
	at += sprintf(at, "%s",
		is_x64 ? "RetAddr           : Args to Child"
		       : "ChildEBP RetAddr  Args to Child              ");
	at += is_x64 ? sprintf(at, "%59s: Call Site", "") : 0;
	*at++ = '\n';
	for (unsigned i = 0; i < count; i++) {
		at = is_x64 ? put_x64(at, names[symbols[i]]) : put_x86(at, names[symbols[i]]);
	}
	at += sprintf(at, "Breakpoint 0 hit\n");
	return (size_t)(at - out);
}

int main(int argc, char **argv) {
	static char names[SYMBOLS][64], block[1 << 16];
	if (argc != 4) {
		return 2;
	}
	uint64_t left = strtoull(argv[2], NULL, 10) << 20;
	unsigned unique = (unsigned)strtoul(argv[3], NULL, 10);
	make_symbols(names);
	while (left > 0 && unique > 0) {
		size_t len = put_stack(
			block, strcmp(argv[1], "x64") == 0, (unsigned)(next() % unique), names);
		if (len > left) {
			break; /* whole stacks only: of half a row each reader may think its own */
		}
		if (fwrite(block, 1, len, stdout) != len) {
			return 1;
		}
		left -= len;
	}
	return fflush(stdout) ? 1 : 0;
}
