/* Hear a serial line without a debugger on it. Nothing is written; blocks. */
#ifndef LIVEDEBUG_IO_LISTEN_H
#define LIVEDEBUG_IO_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Some bytes; len 0: a tenth of a second without any. False: enough was heard. */
typedef bool listen_fn(void *data, const uint8_t *bytes, size_t len);

/*
 * device   a device that os_port_probe() has found free
 * baud     bits per second; 8 bits, no parity, 1 stop bit, no flow control
 * why      words for a person when it fails
 *
 * The port is opened for reading only, is ours alone meanwhile and closed behind it. (Opening
 * raises DTR and RTS, which KD's serial driver does not look at.) 0 after `ms`, or when `heard` has
 * enough; else a negative UV_E code.
 */
int listen_line(const char *device, uint64_t baud, uint64_t ms, listen_fn *heard, void *data,
	char *why, size_t why_cap);

#endif
