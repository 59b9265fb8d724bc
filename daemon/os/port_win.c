/* Who has the serial port? Windows gives it to one opener at a time, by itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "os/text_win.h"

#define PREFIX "\\\\.\\"
#define NAME_BYTES 256
#define WAIT_ENDS_MS 50

static int probe(const char *path) {
	wchar_t *wide = text_win_wide(path);
	DCB dcb = {.DCBlength = sizeof(dcb)};
	HANDLE port;
	int error;

	if (!wide) {
		return UV_ENOMEM;
	}
	port = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
		FILE_FLAG_OVERLAPPED, NULL);
	if (port != INVALID_HANDLE_VALUE) {
		error = GetCommState(port, &dcb) ? OS_PORT_TRIED : UV_ENODEV;
		CloseHandle(port);
	} else if (GetLastError() == ERROR_ACCESS_DENIED ||
		   GetLastError() == ERROR_SHARING_VIOLATION) {
		error = UV_EBUSY; /* what the system says when another program has it */
	} else {
		error = uv_translate_sys_error((int)GetLastError());
	}
	free(wide);
	return error;
}

int os_port_probe(const char *device, char *real, size_t real_cap, char *why, size_t why_cap) {
	const char *name = strncmp(device, PREFIX, 4) == 0 ? device + 4 : device;
	char path[NAME_BYTES];
	int error;

	if ((size_t)snprintf(path, sizeof(path), PREFIX "%s", name) >= sizeof(path) ||
		(size_t)snprintf(real, real_cap, "%s", name) >= real_cap) {
		snprintf(why, why_cap, "the port's name is too long");
		return UV_ENAMETOOLONG;
	}
	error = probe(path);
	if (error == UV_EBUSY) {
		snprintf(why, why_cap, "held by another program");
	} else if (error < 0) {
		snprintf(why, why_cap, "%.200s: %s", name, uv_strerror(error));
	}
	return error;
}

/*
 * To have it open is to have it alone. libserialport waits for an event of the port all the time,
 * into memory that it frees behind the close: that wait ends here, and Wine is late to say so.
 */
int os_port_hold(const void *handle, bool hold) {
	if (!hold) {
		(void)SetCommMask(*(HANDLE const *)handle, 0);
		(void)CancelIoEx(*(HANDLE const *)handle, NULL);
		Sleep(WAIT_ENDS_MS);
	}
	return 0;
}

/* An instance may be busy: then somebody serves the name all the same. Nothing is connected. */
int os_pipe_probe(const char *name) {
	char path[MAX_PATH];
	wchar_t wide[MAX_PATH];

	if ((size_t)snprintf(path, sizeof(path), "\\\\.\\pipe\\%s", name) >= sizeof(path) ||
		MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, MAX_PATH) == 0) {
		return UV_ENAMETOOLONG;
	}
	if (WaitNamedPipeW(wide, 1)) {
		return UV_EADDRINUSE;
	}
	return GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : UV_EADDRINUSE;
}
