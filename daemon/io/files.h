/* Folders and kd's old log. These block: before the loop runs, or in a thread. */
#ifndef LIVEDEBUG_IO_FILES_H
#define LIVEDEBUG_IO_FILES_H

#include <stddef.h>
#include <stdint.h>

/* Make a folder and those above it, for this user only. 0 (it may be there) or a UV_E code. */
int files_make_folder(const char *path);

/*
 * Move an old log of at least `least` bytes out of the way of a fresh one: PATH becomes PATH.1, or
 * the first number that is free, 0 if it was not moved. Nothing is ever overwritten. 0, also when
 * there is no such file or it is empty; else a negative UV_E code and the file is where it was.
 */
int files_move_aside(const char *path, uint64_t least, unsigned *number);

#endif
