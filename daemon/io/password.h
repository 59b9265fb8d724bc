/* The password of kd's server, from password_file. Blocks: for a thread. */
#ifndef LIVEDEBUG_IO_PASSWORD_H
#define LIVEDEBUG_IO_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#define PASSWORD_MAX 12 /* letters and digits, kd's own limit (kd-facts 9.1) */

/*
 * Read the file's first line into `out`. False, with the reason for a person in `why` (which names
 * the file, never what it holds): it cannot be read, others may read it, or kd would not take it.
 */
bool password_read(const char *path, char out[PASSWORD_MAX + 1], char *why, size_t cap);

#endif
