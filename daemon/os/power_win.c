/* Clocks, battery, power requests and sleep of Windows; and the settings that end a night's
 * session. */
#include "os/os.h" /* windows.h, in the order that it wants */

#include "os/power.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DETACH_WAIT_MS 1800 /* Windows gives a suspend about two seconds */

uint64_t os_now_ms(void) {
	return uv_hrtime() / 1000000; /* the performance counter goes on in sleep */
}

void os_clocks(uint64_t *now_ms, uint64_t *awake_ms) {
	ULONGLONG awake = 0; /* units of 100 ns */

	(void)QueryUnbiasedInterruptTime(&awake);
	*now_ms = GetTickCount64();
	*awake_ms = awake / 10000;
}

void os_battery(enum power_source *source, int *percent) {
	SYSTEM_POWER_STATUS s;

	*source = POWER_SOURCE_UNKNOWN;
	*percent = -1;
	if (GetSystemPowerStatus(&s)) {
		*source = s.ACLineStatus == 0   ? POWER_SOURCE_BATTERY
			  : s.ACLineStatus == 1 ? POWER_SOURCE_MAINS
						: POWER_SOURCE_UNKNOWN;
		*percent = s.BatteryLifePercent <= 100 ? s.BatteryLifePercent : -1;
	}
}

/* --- sleep -------------------------------------------------------------------------------------
 */

/* As Windows 8's powrprof.h has them; mingw's has not. */
#define BY_CALLBACK 2
#ifndef PBT_APMRESUMEAUTOMATIC
#define PBT_APMRESUMEAUTOMATIC 0x12
#define PBT_APMSUSPEND 4
#endif
struct subscription {
	ULONG(CALLBACK *callback)(void *context, ULONG type, void *setting);
	void *context;
};

typedef DWORD(WINAPI register_fn)(DWORD flags, HANDLE recipient, HPOWERNOTIFY *handle);
typedef DWORD(WINAPI unregister_fn)(HPOWERNOTIFY handle);

struct os_power {
	const struct os_power_events *events;
	void *data;
	uv_async_t news;
	HANDLE request; /* NULL: not to be had */
	HANDLE ready;   /* set: the detach before a sleep is done */
	HMODULE library;
	HPOWERNOTIFY notify;
	volatile LONG suspends, resumes;
	struct subscription subscription;
	void (*done)(void *data);
	void *done_data;
};

/* In a thread of the system, which waits for us. */
static ULONG CALLBACK on_power(void *context, ULONG type, void *setting) {
	struct os_power *o = context;

	(void)setting;
	if (type == PBT_APMSUSPEND) {
		ResetEvent(o->ready);
		(void)InterlockedIncrement(&o->suspends);
		(void)uv_async_send(&o->news);
		(void)WaitForSingleObject(o->ready, DETACH_WAIT_MS);
	} else if (type == PBT_APMRESUMEAUTOMATIC) {
		(void)InterlockedIncrement(&o->resumes);
		(void)uv_async_send(&o->news);
	}
	return ERROR_SUCCESS;
}

static void on_news(uv_async_t *async) {
	struct os_power *o = async->data;

	if (InterlockedExchange(&o->suspends, 0) > 0) {
		o->events->suspend(o->data);
	}
	if (InterlockedExchange(&o->resumes, 0) > 0) {
		o->events->resume(o->data);
	}
}

static void subscribe(struct os_power *o) {
	union {
		FARPROC any;
		register_fn *call;
	} found = {NULL};

	o->library = LoadLibraryW(L"powrprof.dll");
	if (o->library) {
		found.any = GetProcAddress(o->library, "PowerRegisterSuspendResumeNotification");
	}
	o->subscription = (struct subscription){on_power, o};
	if (!found.any ||
		found.call(BY_CALLBACK, (HANDLE)&o->subscription, &o->notify) != ERROR_SUCCESS) {
		o->notify = NULL;
		o->events->trouble(o->data, "a sleep of this computer is not heard of before it",
			"PowerRegisterSuspendResumeNotification failed");
	}
}

int os_power_open(
	uv_loop_t *loop, const struct os_power_events *events, void *data, struct os_power **out) {
	wchar_t reason[] = L"a kernel-debug session is armed";
	REASON_CONTEXT context = {.Version = POWER_REQUEST_CONTEXT_VERSION,
		.Flags = POWER_REQUEST_CONTEXT_SIMPLE_STRING};
	struct os_power *o = calloc(1, sizeof(*o));

	*out = o;
	if (!o) {
		return UV_ENOMEM;
	}
	o->events = events;
	o->data = data;
	o->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
	context.Reason.SimpleReasonString = reason;
	o->request = PowerCreateRequest(&context);
	if (o->request == INVALID_HANDLE_VALUE) {
		o->request = NULL;
	}
	uv_async_init(loop, &o->news, on_news);
	o->news.data = o;
	subscribe(o);
	return 0;
}

void os_power_hold(struct os_power *o, bool awake) {
	bool good;

	if (!awake) {
		if (o->request) {
			(void)PowerClearRequest(o->request, PowerRequestSystemRequired);
		}
		return;
	}
	good = o->request && PowerSetRequest(o->request, PowerRequestSystemRequired);
	if (!good) {
		o->events->trouble(
			o->data, "this computer is not kept awake", "PowerSetRequest failed");
	}
}

void os_power_ready(struct os_power *o) {
	SetEvent(o->ready);
}

static void on_closed(uv_handle_t *handle) {
	struct os_power *o = handle->data;
	void (*done)(void *data) = o->done;
	void *data = o->done_data;

	free(o);
	done(data);
}

void os_power_close(struct os_power *o, void (*done)(void *data), void *data) {
	union {
		FARPROC any;
		unregister_fn *call;
	} found = {NULL};

	o->done = done;
	o->done_data = data;
	SetEvent(o->ready);
	if (o->notify) { /* comes back when no notice is under way */
		found.any = GetProcAddress(o->library, "PowerUnregisterSuspendResumeNotification");
		if (found.any) {
			(void)found.call(o->notify);
		}
	}
	if (o->request) {
		CloseHandle(o->request);
	}
	CloseHandle(o->ready);
	uv_close((uv_handle_t *)&o->news, on_closed);
}

/* --- settings ----------------------------------------------------------------------------------
 */

/* The value of the power plan in use, for mains; false: not to be had. */
static bool plan_value(const GUID *group, const GUID *setting, DWORD *value) {
	typedef DWORD(WINAPI scheme_fn)(HKEY root, GUID * *scheme);
	typedef DWORD(WINAPI value_fn)(HKEY root, const GUID *scheme, const GUID *group,
		const GUID *setting, DWORD *value);
	union {
		FARPROC any;
		scheme_fn *scheme;
		value_fn *value;
	} scheme_of = {NULL}, value_of = {NULL};
	HMODULE library = LoadLibraryW(L"powrprof.dll");
	GUID *scheme = NULL;
	bool good = false;

	if (library) {
		scheme_of.any = GetProcAddress(library, "PowerGetActiveScheme");
		value_of.any = GetProcAddress(library, "PowerReadACValueIndex");
		good = scheme_of.any && value_of.any &&
		       scheme_of.scheme(NULL, &scheme) == ERROR_SUCCESS &&
		       value_of.value(NULL, scheme, group, setting, value) == ERROR_SUCCESS;
		LocalFree(scheme);
		FreeLibrary(library);
	}
	return good;
}

static bool registry_value(const wchar_t *key, const wchar_t *name, DWORD *value) {
	DWORD len = sizeof(*value);

	return RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD, NULL, value, &len) ==
	       ERROR_SUCCESS;
}

static void judge(struct os_power_setting *out, bool known, bool good, const char *bad,
	const char *well, const char *next) {
	out->known = known;
	out->good = good;
	out->found = !known ? "not known here" : good ? well : bad;
	out->next = known && !good ? next : NULL;
}

static void active_hours(struct os_power_setting *out) {
	static const wchar_t key[] = L"SOFTWARE\\Microsoft\\WindowsUpdate\\UX\\Settings";
	static char found[96];
	DWORD from = 0, to = 0;
	bool known = registry_value(key, L"ActiveHoursStart", &from) &&
		     registry_value(key, L"ActiveHoursEnd", &to);

	snprintf(found, sizeof(found),
		"%02lu:00 to %02lu:00; outside of it an update may restart this computer", from,
		to);
	judge(out, known, false, found, "", "pause Windows Update for the time of the session");
}

bool os_power_setting(size_t n, struct os_power_setting *out) {
	static const GUID buttons = {
		0x4f971e89, 0xeebd, 0x4455, {0xa8, 0xde, 0x9e, 0x59, 0x04, 0x0e, 0x73, 0x47}};
	static const GUID lid = {
		0x5ca83367, 0x6e45, 0x459f, {0xa2, 0x7b, 0x47, 0x6b, 0x1d, 0x01, 0xc9, 0x36}};
	static const GUID usb = {
		0x2a737441, 0x1930, 0x4402, {0x8d, 0x77, 0xb2, 0xbe, 0xbb, 0xa3, 0x08, 0xa3}};
	static const GUID selective = {
		0x48e6b7a6, 0x50f5, 0x4782, {0xa5, 0xd4, 0x53, 0xbb, 0x8f, 0x07, 0xe2, 0x26}};
	DWORD value = 0;
	bool known;

	*out = (struct os_power_setting){0};
	switch (n) {
	case 0:
		out->name = "lid";
		known = plan_value(&buttons, &lid, &value);
		judge(out, known, value == 0, "closing the lid puts this computer to sleep",
			"closing the lid does nothing (on mains)",
			"powercfg /setacvalueindex SCHEME_CURRENT SUB_BUTTONS LIDACTION 0, then powercfg "
			"/setactive SCHEME_CURRENT");
		return true;
	case 1:
		out->name = "usb";
		known = plan_value(&usb, &selective, &value);
		judge(out, known, value == 0,
			"USB selective suspend is on: an adapter for the serial port may drop out",
			"USB selective suspend is off (on mains)",
			"powercfg /setacvalueindex SCHEME_CURRENT 2a737441-1930-4402-8d77-b2bebba308a3 "
			"48e6b7a6-50f5-4782-a5d4-53bb8f07e226 0");
		return true;
	case 2:
		out->name = "faststart";
		known = registry_value(
			L"SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Power",
			L"HiberbootEnabled", &value);
		judge(out, known, value == 0,
			"Fast Startup is on: a shutdown is half a hibernation, drivers of adapters stay",
			"Fast Startup is off", "powercfg /hibernate off");
		return true;
	case 3:
		out->name = "updates";
		active_hours(out);
		return true;
	default:
		return false;
	}
}
