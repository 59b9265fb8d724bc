/* kd as a process: start it, break into it, end it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "os/text_win.h"

#define PATH_UNITS 32768

/* --- break-in ----------------------------------------------------------------------------------
 */

const char *os_break_method(size_t n) {
	static const char *const methods[] = {"ctrl_c", "ctrl_break"};

	return n < sizeof(methods) / sizeof(methods[0]) ? methods[n] : NULL;
}

int os_break(int pid, const char *method) {
	(void)pid;
	(void)method;
	return UV_ENOTSUP; /* what there is, os_break_words() has */
}

static bool is_method(const char *method) {
	for (size_t i = 0; os_break_method(i); i++) {
		if (strcmp(method, os_break_method(i)) == 0) {
			return true;
		}
	}
	return false;
}

/*
 * Only who shares kd's console can press its break key, and attaching would cost the daemon its own
 * console, or its life: a process of this program does it (os_break_helper). libuv holds kd's
 * handle as long as kd was not seen to end, so that the pid is still kd's.
 */
size_t os_break_words(const char **words, char *buffer, size_t cap, int pid, const char *method) {
	size_t len = cap;
	int number;

	if (!is_method(method) || pid <= 0 || uv_exepath(buffer, &len) != 0) {
		return 0;
	}
	number = snprintf(buffer + len + 1, cap - len - 1, "%d", pid);
	if (number < 0 || (size_t)number >= cap - len - 1) {
		return 0;
	}
	words[0] = buffer;
	words[1] = "_break";
	words[2] = buffer + len + 1;
	words[3] = method;
	return OS_BREAK_WORDS;
}

int os_break_helper(int argc, char **argv) {
	DWORD event, pid;

	if (argc != 3) {
		fprintf(stderr, "livedebug: _break is for the daemon only\n");
		return 2;
	}
	pid = (DWORD)strtoul(argv[1], NULL, 10);
	event = strcmp(argv[2], "ctrl_break") == 0 ? CTRL_BREAK_EVENT : CTRL_C_EVENT;
	(void)FreeConsole();
	if (!AttachConsole(pid)) {
		return 1;
	}
	/* The key reaches all of that console, us too. CTRL+BREAK cannot be ignored; we are done.
	 */
	(void)SetConsoleCtrlHandler(NULL, TRUE);
	return GenerateConsoleCtrlEvent(event, 0) ? 0 : 1;
}

/* --- life --------------------------------------------------------------------------------------
 */

int os_kill(int pid) {
	HANDLE process = pid > 0 ? OpenProcess(PROCESS_TERMINATE, FALSE, (DWORD)pid) : NULL;
	int error = 0;

	if (!process) {
		return UV_ESRCH;
	}
	if (!TerminateProcess(process, 1)) {
		error = uv_translate_sys_error((int)GetLastError());
	}
	CloseHandle(process);
	return error;
}

/* libuv's job object ends kd with us. */
size_t os_launch_words(const char **words, char *buffer, size_t cap) {
	(void)words;
	(void)buffer;
	(void)cap;
	return 0;
}

int os_launch(int argc, char **argv) {
	(void)argc;
	(void)argv;
	fprintf(stderr, "livedebug: there is no _launch on Windows\n");
	return 2;
}

static void on_end_closed(uv_handle_t *handle) {
	free(handle);
}

/* One end of a pipe as a stream that a child can inherit twice. */
static int open_shared_end(uv_loop_t *loop, uv_file file, uv_pipe_t **out) {
	uv_pipe_t *end = malloc(sizeof(*end));
	int error;

	if (!end) {
		return UV_ENOMEM;
	}
	uv_pipe_init(loop, end, 0);
	error = uv_pipe_open(end, file);
	if (error) {
		uv_close((uv_handle_t *)end, on_end_closed);
		return error;
	}
	*out = end;
	return 0;
}

static void close_file(uv_file file) {
	uv_fs_t req;

	(void)uv_fs_close(NULL, &req, file, NULL);
	uv_fs_req_cleanup(&req);
}

/*
 * Streams and not descriptors: libuv gives a child with an inherited descriptor no console of its
 * own, and without that there is no break key.
 */
int os_spawn(uv_loop_t *loop, uv_process_t *process, uv_process_options_t *options, uv_pipe_t *in,
	uv_pipe_t *out) {
	uv_stdio_container_t stdio[3];
	uv_pipe_t *shared = NULL;
	uv_file pair[2];
	int error = uv_pipe(pair, UV_NONBLOCK_PIPE, 0);

	if (error) {
		return error;
	}
	error = uv_pipe_open(out, pair[0]);
	if (error) {
		close_file(pair[0]);
	}
	if (error == 0) {
		error = open_shared_end(loop, pair[1], &shared);
	}
	if (error) {
		close_file(pair[1]);
		return error;
	}
	stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
	stdio[0].data.stream = (uv_stream_t *)in;
	stdio[1].flags = stdio[2].flags = UV_INHERIT_STREAM;
	stdio[1].data.stream = stdio[2].data.stream = (uv_stream_t *)shared;
	options->stdio = stdio;
	options->stdio_count = 3;
	options->flags |= UV_PROCESS_WINDOWS_HIDE_CONSOLE;
	(void)SetConsoleCtrlHandler(NULL, FALSE); /* a child inherits that it is ignored */
	error = uv_spawn(loop, process, options);
	uv_close((uv_handle_t *)shared, on_end_closed);
	return error;
}

/* --- kd's place --------------------------------------------------------------------------------
 */

static bool take_file(const wchar_t *path, char *out, size_t cap) {
	DWORD attributes = GetFileAttributesW(path);

	return attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY) &&
	       text_win_copy(path, out, cap) == 0;
}

/* Where the Windows SDK puts its debuggers. */
static bool find_in_kits(char *out, size_t cap) {
	static const wchar_t *const roots[] = {L"ProgramFiles(x86)", L"ProgramFiles"};
	wchar_t root[PATH_UNITS], path[PATH_UNITS];

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		DWORD len = GetEnvironmentVariableW(roots[i], root, PATH_UNITS);

		if (len > 0 && len < PATH_UNITS &&
			_snwprintf(path, PATH_UNITS,
				L"%ls\\Windows Kits\\10\\Debuggers\\x64\\kd.exe", root) > 0 &&
			take_file(path, out, cap)) {
			return true;
		}
	}
	return false;
}

static int find_by_name(const char *name, char *out, size_t cap) {
	wchar_t *wide = text_win_wide(name);
	wchar_t path[PATH_UNITS];
	bool is_path = strpbrk(name, "/\\:") != NULL;
	DWORD len = 0;

	if (wide && is_path) {
		len = GetFullPathNameW(wide, PATH_UNITS, path, NULL);
		if (len > 0 && len < PATH_UNITS && !take_file(path, out, cap)) {
			len = SearchPathW(NULL, wide, L".exe", PATH_UNITS, path, NULL);
		}
	} else if (wide) {
		len = SearchPathW(NULL, wide, L".exe", PATH_UNITS, path, NULL);
	}
	free(wide);
	return len > 0 && len < PATH_UNITS && take_file(path, out, cap) ? 0 : UV_ENOENT;
}

int os_find_kd(const char *kd, char *out, size_t cap) {
	if (strcmp(kd, "auto") == 0) {
		return find_in_kits(out, cap) ? 0 : find_by_name("kd", out, cap);
	}
	return find_by_name(kd, out, cap);
}
