/*
 * The system seam of the stand-in for kd, on Windows. What can be read has a thread that reads it
 * ahead and an event that says so; an "fd" is a place in the table of these.
 */
#include "tests/bench/kd_os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { SLOTS = 32, AHEAD = 65536, PIECE = 4096, FIRST = 3, SLOW_MS = 200 };
enum kind { FREE, STREAM, PORT, PIPE, SERVER, PLAIN };

struct slot {
	enum kind kind;
	HANDLE handle, ready, room, thread;
	OVERLAPPED write;
	char name[128];      /* SERVER: \\.\pipe\NAME */
	HANDLE connected[8]; /* SERVER: accepted by the thread, not yet taken */
	size_t waiting;
	char ahead[AHEAD];
	size_t used;
	bool ended, closed;
};

static struct slot *slots[SLOTS];
static CRITICAL_SECTION lock;
static HANDLE break_event;
static volatile LONG breaks;

static wchar_t *wide_of(const char *text) {
	static wchar_t wide[4][4096];
	static unsigned next;
	wchar_t *out = wide[next++ % 4];
	MultiByteToWideChar(CP_UTF8, 0, text, -1, out, 4096);
	return out;
}

uint64_t os_now_us(void) {
	LARGE_INTEGER ticks, rate;
	QueryPerformanceCounter(&ticks);
	QueryPerformanceFrequency(&rate);
	uint64_t whole = (uint64_t)(ticks.QuadPart / rate.QuadPart);
	uint64_t rest = (uint64_t)(ticks.QuadPart % rate.QuadPart);
	return whole * 1000000u + rest * 1000000u / (uint64_t)rate.QuadPart;
}

void os_time_text(char *out, size_t cap) {
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	SYSTEMTIME t;
	TIME_ZONE_INFORMATION zone;
	DWORD season = GetTimeZoneInformation(&zone);
	LONG bias = -(zone.Bias + (season == TIME_ZONE_ID_DAYLIGHT ? zone.DaylightBias : 0));
	GetLocalTime(&t);
	snprintf(out, cap, "%.3s %.3s %2u %02u:%02u:%02u.%03u %u (UTC %c %ld:%02ld)",
		days + 3 * t.wDayOfWeek, months + 3 * (t.wMonth - 1), t.wDay, t.wHour, t.wMinute,
		t.wSecond, t.wMilliseconds, t.wYear, bias < 0 ? '-' : '+', labs(bias) / 60,
		labs(bias) % 60);
}

static BOOL WINAPI on_break(DWORD event) {
	if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) {
		return FALSE;
	}
	InterlockedIncrement(&breaks);
	SetEvent(break_event);
	return TRUE;
}

bool os_take_break(void) {
	if (breaks <= 0) {
		return false;
	}
	InterlockedDecrement(&breaks);
	return true;
}

/* --- reading ahead --- */

static bool transfer(HANDLE handle, bool is_read, void *bytes, DWORD len, DWORD *done) {
	OVERLAPPED over = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
	*done = 0;
	BOOL ok = is_read ? ReadFile(handle, bytes, len, NULL, &over)
			  : WriteFile(handle, bytes, len, NULL, &over);
	if (ok || GetLastError() == ERROR_IO_PENDING) {
		ok = GetOverlappedResult(handle, &over, done, TRUE);
	}
	CloseHandle(over.hEvent);
	return ok;
}

static void keep(struct slot *s, const char *bytes, size_t len) {
	while (len > 0 && !s->closed) {
		EnterCriticalSection(&lock);
		size_t room = AHEAD - s->used, n = len < room ? len : room;
		memcpy(s->ahead + s->used, bytes, n);
		s->used += n;
		if (n > 0) {
			SetEvent(s->ready);
		} else {
			ResetEvent(s->room);
		}
		LeaveCriticalSection(&lock);
		bytes += n;
		len -= n;
		if (len > 0) {
			WaitForSingleObject(s->room, INFINITE);
		}
	}
}

static DWORD WINAPI read_ahead(void *argument) {
	struct slot *s = argument;
	char bytes[PIECE];
	while (!s->closed) {
		DWORD n = 0;
		BOOL ok = s->kind == STREAM ? ReadFile(s->handle, bytes, sizeof bytes, &n, NULL)
					    : transfer(s->handle, true, bytes, sizeof bytes, &n);
		if (!ok || (n == 0 && s->kind != PORT)) {
			break; /* a port has nothing at this moment */
		}
		if (n == 0) {
			Sleep(1); /* Wine loses bytes of an overlapped read that times out */
		}
		keep(s, bytes, n);
	}
	s->ended = true;
	SetEvent(s->ready);
	return 0;
}

static HANDLE make_instance(const char *name, bool first) {
	return CreateNamedPipeW(wide_of(name),
		PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED |
			(first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0u),
		PIPE_TYPE_BYTE | PIPE_WAIT, PIPE_UNLIMITED_INSTANCES, AHEAD, AHEAD, 0, NULL);
}

static DWORD WINAPI accept_ahead(void *argument) {
	struct slot *s = argument;
	while (!s->closed && s->handle != INVALID_HANDLE_VALUE) {
		OVERLAPPED over = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
		DWORD n;
		BOOL ok = ConnectNamedPipe(s->handle, &over);
		DWORD error = ok ? ERROR_PIPE_CONNECTED : GetLastError();
		if (error == ERROR_IO_PENDING) {
			ok = GetOverlappedResult(s->handle, &over, &n, TRUE);
		} else {
			ok = error == ERROR_PIPE_CONNECTED;
		}
		CloseHandle(over.hEvent);
		EnterCriticalSection(&lock);
		if (ok && s->waiting < 8) {
			s->connected[s->waiting++] = s->handle;
			SetEvent(s->ready);
		} else {
			CloseHandle(s->handle);
		}
		s->handle = make_instance(s->name, false);
		LeaveCriticalSection(&lock);
	}
	return 0;
}

static int add(enum kind kind, HANDLE handle, int at) {
	while (at < SLOTS && slots[at] != NULL) {
		at++;
	}
	struct slot *s = at < SLOTS ? calloc(1, sizeof *s) : NULL;
	if (s == NULL) {
		CloseHandle(handle);
		return -1;
	}
	s->kind = kind;
	s->handle = handle;
	s->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
	s->room = CreateEventW(NULL, TRUE, TRUE, NULL);
	s->write.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
	slots[at] = s;
	return at;
}

static int start(int at, DWORD (*WINAPI run)(void *)) {
	if (at >= 0) {
		slots[at]->thread = CreateThread(NULL, 0, run, slots[at], 0, NULL);
	}
	return at;
}

void os_catch_break(void) {
	InitializeCriticalSection(&lock);
	break_event = CreateEventW(NULL, TRUE, FALSE, NULL);
	SetConsoleCtrlHandler(NULL, FALSE);
	SetConsoleCtrlHandler(on_break, TRUE);
	start(add(STREAM, GetStdHandle(STD_INPUT_HANDLE), 0), read_ahead);
	add(PLAIN, GetStdHandle(STD_OUTPUT_HANDLE), 1);
	add(PLAIN, GetStdHandle(STD_ERROR_HANDLE), 2);
}

void os_wait(struct os_ready *set, size_t count, int64_t timeout_us) {
	HANDLE events[SLOTS + 1] = {break_event};
	DWORD n = 1;
	for (size_t i = 0; i < count; i++) {
		set[i].ready = false;
		if (set[i].fd >= 0 && slots[set[i].fd] != NULL) {
			events[n++] = slots[set[i].fd]->ready;
		}
	}
	if (breaks <= 0) {
		DWORD ms = timeout_us < 0 ? INFINITE : (DWORD)((timeout_us + 999) / 1000);
		WaitForMultipleObjects(n, events, FALSE, ms);
	}
	ResetEvent(break_event);
	for (size_t i = 0; i < count; i++) {
		if (set[i].fd >= 0 && slots[set[i].fd] != NULL) {
			set[i].ready =
				WaitForSingleObject(slots[set[i].fd]->ready, 0) == WAIT_OBJECT_0;
		}
	}
}

ptrdiff_t os_read(int fd, void *bytes, size_t cap) {
	struct slot *s = fd >= 0 && fd < SLOTS ? slots[fd] : NULL;
	if (s == NULL) {
		return 0;
	}
	EnterCriticalSection(&lock);
	size_t n = s->used < cap ? s->used : cap;
	bool ended = s->ended && s->used == 0;
	memcpy(bytes, s->ahead, n);
	memmove(s->ahead, s->ahead + n, s->used - n);
	s->used -= n;
	if (s->used == 0 && !s->ended) {
		ResetEvent(s->ready);
	}
	SetEvent(s->room);
	LeaveCriticalSection(&lock);
	return n > 0 ? (ptrdiff_t)n : ended ? 0 : -1;
}

/* --- writing --- */

static bool write_piece(struct slot *s, const void *bytes, DWORD len, DWORD *done, bool wait) {
	*done = 0;
	if (s->kind == PLAIN) {
		return WriteFile(s->handle, bytes, len, done, NULL);
	}
	HANDLE event = s->write.hEvent;
	s->write = (OVERLAPPED){.hEvent = event};
	if (!WriteFile(s->handle, bytes, len, NULL, &s->write) &&
		GetLastError() != ERROR_IO_PENDING) {
		return false;
	}
	if (!wait && WaitForSingleObject(event, SLOW_MS) != WAIT_OBJECT_0) {
		CancelIoEx(s->handle, &s->write);
		GetOverlappedResult(s->handle, &s->write, done, TRUE);
		return false;
	}
	return GetOverlappedResult(s->handle, &s->write, done, TRUE);
}

bool os_write(int fd, const void *bytes, size_t len, bool wait) {
	struct slot *s = fd >= 0 && fd < SLOTS ? slots[fd] : NULL;
	const char *at = bytes;
	while (s != NULL && len > 0) {
		DWORD n;
		if (!write_piece(s, at, (DWORD)len, &n, wait)) {
			return false;
		}
		at += n;
		len -= n;
	}
	return s != NULL;
}

void os_close(int fd) {
	struct slot *s = fd >= 0 && fd < SLOTS ? slots[fd] : NULL;
	if (s == NULL) {
		return;
	}
	s->closed = true;
	SetEvent(s->room);
	CancelIoEx(s->handle, NULL);
	if (s->thread != NULL && WaitForSingleObject(s->thread, 1000) != WAIT_OBJECT_0) {
		slots[fd] = NULL; /* it keeps what it hangs in */
		return;
	}
	CloseHandle(s->handle);
	CloseHandle(s->ready);
	CloseHandle(s->room);
	CloseHandle(s->write.hEvent);
	slots[fd] = NULL;
	free(s);
}

/* --- the port --- */

unsigned os_serial_open(const char *port, unsigned baud, int *fd) {
	char path[128];
	snprintf(path, sizeof path, "\\\\.\\%.100s",
		strncmp(port, "\\\\.\\", 4) == 0 ? port + 4 : port);
	HANDLE handle = CreateFileW(wide_of(path), GENERIC_READ | GENERIC_WRITE, 0, NULL,
		OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
	if (handle == INVALID_HANDLE_VALUE) {
		return GetLastError() == ERROR_ACCESS_DENIED ? OS_DENIED : OS_ABSENT;
	}
	DCB dcb = {.DCBlength = sizeof dcb};
	COMMTIMEOUTS times = {.ReadIntervalTimeout = MAXDWORD}; /* what is there, at once */
	GetCommState(handle, &dcb);
	dcb.BaudRate = baud;
	dcb.ByteSize = 8;
	dcb.Parity = NOPARITY;
	dcb.StopBits = ONESTOPBIT;
	dcb.fBinary = TRUE;
	dcb.fOutX = dcb.fInX = FALSE;
	SetCommState(handle, &dcb);
	SetCommTimeouts(handle, &times);
	PurgeComm(handle, PURGE_RXCLEAR);
	*fd = start(add(PORT, handle, FIRST), read_ahead);
	return *fd < 0 ? OS_ABSENT : OS_OK;
}

int os_log_open(const char *path, bool append) {
	HANDLE handle = CreateFileW(wide_of(path), append ? FILE_APPEND_DATA : GENERIC_WRITE,
		FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, append ? OPEN_ALWAYS : CREATE_ALWAYS,
		FILE_ATTRIBUTE_NORMAL, NULL);
	return handle == INVALID_HANDLE_VALUE ? -1 : add(PLAIN, handle, FIRST);
}

/* --- pipes --- */

static void pipe_name(char *out, size_t cap, const char *name) {
	snprintf(out, cap, "\\\\.\\pipe\\%.100s", name);
}

int os_pipe_connect(const char *name) {
	char path[128];
	pipe_name(path, sizeof path, name);
	WaitNamedPipeW(wide_of(path), 1000);
	HANDLE handle = CreateFileW(wide_of(path), GENERIC_READ | GENERIC_WRITE, 0, NULL,
		OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
	return handle == INVALID_HANDLE_VALUE ? -1 : start(add(PIPE, handle, FIRST), read_ahead);
}

int os_pipe_serve(const char *name, bool *busy) {
	char path[128];
	pipe_name(path, sizeof path, name);
	*busy = WaitNamedPipeW(wide_of(path), 1) || GetLastError() == ERROR_SEM_TIMEOUT;
	HANDLE handle = *busy ? INVALID_HANDLE_VALUE : make_instance(path, true);
	if (handle == INVALID_HANDLE_VALUE) {
		*busy = *busy || GetLastError() == ERROR_ACCESS_DENIED;
		return -1;
	}
	int fd = add(SERVER, handle, FIRST);
	if (fd >= 0) {
		snprintf(slots[fd]->name, sizeof slots[fd]->name, "%s", path);
	}
	return start(fd, accept_ahead);
}

int os_pipe_accept(int server) {
	struct slot *s = slots[server];
	HANDLE handle = INVALID_HANDLE_VALUE;
	EnterCriticalSection(&lock);
	if (s->waiting > 0) {
		handle = s->connected[0];
		memmove(s->connected, s->connected + 1, --s->waiting * sizeof handle);
	}
	if (s->waiting == 0) {
		ResetEvent(s->ready);
	}
	LeaveCriticalSection(&lock);
	return handle == INVALID_HANDLE_VALUE ? -1 : start(add(PIPE, handle, FIRST), read_ahead);
}

void os_pipe_remove(const char *name) {
	(void)name; /* it goes with the process */
}

void os_host(char *out, size_t cap) {
	DWORD len = (DWORD)cap;
	if (!GetComputerNameA(out, &len)) {
		snprintf(out, cap, "HOST");
	}
}

void os_who(char *out, size_t cap) {
	char host[65];
	os_host(host, sizeof host);
	const char *user = getenv("USERNAME");
	snprintf(out, cap, "%s\\%s", host, user != NULL ? user : "user");
}

bool os_claim(const char *path) {
	HANDLE handle = CreateFileW(
		wide_of(path), GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
	if (handle == INVALID_HANDLE_VALUE) {
		return false;
	}
	CloseHandle(handle);
	return true;
}

bool os_exists(const char *path) {
	return GetFileAttributesW(wide_of(path)) != INVALID_FILE_ATTRIBUTES;
}

static BOOL WINAPI be_deaf(DWORD event) {
	(void)event;
	return TRUE;
}

void os_hang(void) {
	SetConsoleCtrlHandler(be_deaf, TRUE);
	for (;;) {
		Sleep(INFINITE);
	}
}

void os_die(int code) {
	TerminateProcess(GetCurrentProcess(), (UINT)code);
	abort();
}
