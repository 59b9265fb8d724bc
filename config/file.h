/* A whole small file in memory. */
#ifndef LIVEDEBUG_CONFIG_FILE_H
#define LIVEDEBUG_CONFIG_FILE_H

#include <stddef.h>

#define TEXT_FILE_MAX ((size_t)1 << 20)

/*
 * Read a file of at most TEXT_FILE_MAX bytes; the caller frees *bytes. 0, or an errno value with
 * nothing to free; EFBIG: it is larger.
 */
int text_file_read(const char *path, char **bytes, size_t *len);

#endif
