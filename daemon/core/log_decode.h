/* Logs come as bytes of the ANSI code page, as UTF-8 with a mark, or as UTF-16LE with a mark. */
#ifndef LIVEDEBUG_CORE_LOG_DECODE_H
#define LIVEDEBUG_CORE_LOG_DECODE_H

#include <stdbool.h>
#include <stddef.h>

/* Zero it before the first call. */
struct log_decode {
	unsigned char kept[4]; /* bytes of an unfinished mark or character */
	size_t kept_len;
	int form; /* 0 not known yet, 1 bytes, 2 UTF-16LE */
};

/* Room for the output of `len` bytes of input. */
#define LOG_DECODE_ROOM(len) (((len) + 4) * 3)

/*
 * Turn input into what kdparse wants: the mark taken off, UTF-16LE made UTF-8 (a lone surrogate
 * becomes U+FFFD). Any cut of the input gives the same output. len 0 means the end of the input.
 * out   LOG_DECODE_ROOM(len) bytes; the bytes written are returned
 */
size_t log_decode(struct log_decode *d, const char *bytes, size_t len, char *out);

/* Is what comes now as it is: bytes, the mark behind us? Then log_decode() would only copy it. */
bool log_decode_is_plain(const struct log_decode *d);

#endif
