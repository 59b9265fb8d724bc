/*
 * Pool tags: the four characters that a driver gives with each allocation, kept in memory order,
 * so that the DWORD which registry and kd show has the first character in its lowest byte.
 */
#ifndef LIVEDEBUG_CORE_POOLTAG_H
#define LIVEDEBUG_CORE_POOLTAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOLTAG_CHARS 4

enum pooltag_fault {
	POOLTAG_OK,
	POOLTAG_EMPTY,
	POOLTAG_TOO_LONG,      /* more than four characters */
	POOLTAG_NOT_PRINTABLE, /* a byte outside 0x20-0x7e */
	POOLTAG_BAD_NUMBER,    /* "0x" without 1 to 8 hexadecimal digits behind it */
};

struct pooltag {
	uint32_t value;
	char text[POOLTAG_CHARS + 1]; /* "Ddk "; what cannot be printed is '.' */
	bool is_text;                 /* all four can be printed */
	unsigned blanks_added;        /* a shorter text was filled up: "Ddk" gets one */
	bool has_wildcard;            /* ? or *: gflags takes it for a pattern */
	bool is_size;                 /* below the page size: special pool takes it for a size */
};

/*
 * Read "Ddk " or 0x206b6444. *tag is filled only with POOLTAG_OK. What begins with "0x" and goes on
 * is always a number.
 */
enum pooltag_fault pooltag_parse(const char *text, struct pooltag *tag);

/* Why it was refused, for people; "" for POOLTAG_OK. */
const char *pooltag_fault_text(enum pooltag_fault fault);

/* The characters last to first, " kdD": the literal that `ed nt!PoolHitTag '...'` takes. */
void pooltag_reversed(const struct pooltag *tag, char out[POOLTAG_CHARS + 1]);

#endif
