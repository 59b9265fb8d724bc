/* Text between UTF-8 and UTF-16, for the Windows half of the seam. */
#ifndef LIVEDEBUG_OS_TEXT_WIN_H
#define LIVEDEBUG_OS_TEXT_WIN_H

#include <stddef.h>
#include <wchar.h>

/* NUL-ended UTF-8 as UTF-16; to be freed. NULL: not UTF-8, or no memory. */
wchar_t *text_win_wide(const char *text);

/* And back; to be freed. NULL: no memory. */
char *text_win_utf8(const wchar_t *wide);

/* Into `out`, NUL-ended. UV_ENAMETOOLONG. */
int text_win_copy(const wchar_t *wide, char *out, size_t cap);

#endif
