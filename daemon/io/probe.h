/* Questions to the outside that a doctor asks, each with a limit. They block. */
#ifndef LIVEDEBUG_IO_PROBE_H
#define LIVEDEBUG_IO_PROBE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Run `program` with one argument and take the first line that it prints (stdout or stderr) into
 * `line`. It is ended after `ms`. 0, UV_ETIMEDOUT, or why it did not start.
 */
int probe_program(const char *program, const char *argument, uint64_t ms, char *line, size_t cap);

/* Does a TCP server answer there? Nothing is sent. 0, UV_ETIMEDOUT, or what getaddrinfo or connect
 * said. */
int probe_tcp(const char *host, const char *service, uint64_t ms);

/* May this folder be written, and how many bytes are free? 0 and *free_bytes, or a UV_E code. */
int probe_folder(const char *path, uint64_t *free_bytes);

#endif
