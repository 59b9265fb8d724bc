/*
 * UTF-8 inside, UTF-16 outside. The C library of Windows takes and gives text in the code page of
 * the machine, in which many names cannot be said. The Windows build is linked with --wrap, so that
 * every fopen(), freopen() and getenv() in it, jansson's too, comes here.
 */
#include "os/text_win.h"

#include "os/os.h" /* windows.h, in the order that it wants */

#include <fcntl.h>
#include <io.h>
#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define PATH_UNITS 32768
#define MODE_UNITS 16
#define VARIABLES 64

FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_freopen(const char *path, const char *mode, FILE *file);
char *__wrap_getenv(const char *name);

wchar_t *text_win_wide(const char *text) {
	int units = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
	wchar_t *wide = units > 0 ? malloc((size_t)units * sizeof(*wide)) : NULL;

	if (wide) {
		MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, units);
	}
	return wide;
}

char *text_win_utf8(const wchar_t *wide) {
	int bytes = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
	char *text = bytes > 0 ? malloc((size_t)bytes) : NULL;

	if (text) {
		WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, bytes, NULL, NULL);
	}
	return text;
}

int text_win_copy(const wchar_t *wide, char *out, size_t cap) {
	int bytes = WideCharToMultiByte(CP_UTF8, 0, wide, -1, out, (int)cap, NULL, NULL);

	return bytes > 0 ? 0 : UV_ENAMETOOLONG;
}

FILE *__wrap_fopen(const char *path, const char *mode) {
	wchar_t *wide = text_win_wide(path), *wide_mode = text_win_wide(mode);
	FILE *f = wide && wide_mode ? _wfopen(wide, wide_mode) : NULL;

	free(wide);
	free(wide_mode);
	return f;
}

FILE *__wrap_freopen(const char *path, const char *mode, FILE *file) {
	wchar_t *wide = text_win_wide(path), *wide_mode = text_win_wide(mode);
	FILE *f = wide && wide_mode ? _wfreopen(wide, wide_mode, file) : NULL;

	free(wide);
	free(wide_mode);
	return f;
}

/* getenv()'s answer outlives the call: each text is kept, the oldest given up at last. */
char *__wrap_getenv(const char *name) {
	static char *kept[VARIABLES];
	static volatile LONG next;
	wchar_t *wide = text_win_wide(name);
	const wchar_t *value = wide ? _wgetenv(wide) : NULL;
	char *text = value ? text_win_utf8(value) : NULL;

	free(wide);
	if (text) {
		unsigned long at = (unsigned long)InterlockedIncrement(&next) % VARIABLES;

		free(kept[at]);
		kept[at] = text;
	}
	return text;
}

/* The same bytes on each system: programs read our output. */
static void set_streams(void) {
	_setmode(0, _O_BINARY);
	_setmode(1, _O_BINARY);
	_setmode(2, _O_BINARY);
	(void)SetConsoleOutputCP(CP_UTF8);
}

char **os_arguments(int argc, char **argv) {
	int count = 0;
	wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
	char **words = wide && count == argc ? calloc((size_t)count + 1, sizeof(*words)) : NULL;

	set_streams();
	for (int i = 0; words && i < count; i++) {
		words[i] = text_win_utf8(wide[i]);
		if (!words[i]) {
			words[i] = argv[i];
		}
	}
	LocalFree(wide);
	return words ? words : argv;
}
