/* The service control manager (SCM): the verbs, and the service as it sees it. */
#include "os/text_win.h"

#include "os/os.h" /* windows.h, in the order that it wants */

#include "os/service.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_W L"" SERVICE_NAME
#define EVENT_KEY L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\livedebug"
#define PATH_UNITS 32768
#define POLL_MS 100
#define DENIED 6
#define NOT_THERE 7
#define NOT_IN_TIME 8

/* --- the service itself ------------------------------------------------------------------------
 */

static struct {
	CRITICAL_SECTION lock; /* handler's thread and loop's thread */
	SERVICE_STATUS_HANDLE handle;
	SERVICE_STATUS status;
	HANDLE ended; /* set when the SCM has had its last word */
	uv_async_t *async;
	unsigned asks;
	bool was_asked; /* to stop */
	int (*run)(int argc, char **argv);
	int argc, code;
	char **argv;
} service;

static void report(DWORD state, uint32_t checkpoint, uint64_t hint_ms) {
	SERVICE_STATUS *s = &service.status;

	s->dwServiceType = SERVICE_WIN32_OWN_PROCESS;
	s->dwCurrentState = state;
	/* No stop before the loop runs: the SCM keeps it until then. */
	s->dwControlsAccepted = state == SERVICE_RUNNING
					? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN |
						  SERVICE_ACCEPT_PARAMCHANGE
					: 0;
	s->dwCheckPoint = checkpoint;
	s->dwWaitHint = (DWORD)hint_ms;
	(void)SetServiceStatus(service.handle, s);
}

static void ask(unsigned what) {
	EnterCriticalSection(&service.lock);
	service.asks |= what;
	if (what & SERVICE_ASK_STOP) {
		service.was_asked = true;
		report(SERVICE_STOP_PENDING, 1, SERVICE_HINT_MS);
	}
	if (service.async) {
		(void)uv_async_send(service.async);
	}
	LeaveCriticalSection(&service.lock);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, void *event, void *data) {
	(void)type;
	(void)event;
	(void)data;
	switch (control) {
	case SERVICE_CONTROL_STOP:
	case SERVICE_CONTROL_PRESHUTDOWN:
		ask(SERVICE_ASK_STOP);
		return NO_ERROR;
	case SERVICE_CONTROL_PARAMCHANGE:
		ask(SERVICE_ASK_RELOAD);
		return NO_ERROR;
	case SERVICE_CONTROL_INTERROGATE:
		return NO_ERROR;
	default:
		return ERROR_CALL_NOT_IMPLEMENTED;
	}
}

static void WINAPI service_main(DWORD argc, wchar_t **argv) {
	(void)argc;
	(void)argv;
	service.handle = RegisterServiceCtrlHandlerExW(NAME_W, on_control, NULL);
	if (service.handle) {
		report(SERVICE_START_PENDING, 1, SERVICE_HINT_MS);
		service.code = service.run(service.argc, service.argv);
		os_service_ended(service.code);
	}
	SetEvent(service.ended);
}

int os_service_main(int (*run)(int argc, char **argv), int argc, char **argv) {
	wchar_t name[] = NAME_W;
	SERVICE_TABLE_ENTRYW table[] = {{name, service_main}, {NULL, NULL}};

	InitializeCriticalSection(&service.lock);
	service.ended = CreateEventW(NULL, TRUE, FALSE, NULL);
	service.run = run;
	service.argc = argc;
	service.argv = argv;
	if (!StartServiceCtrlDispatcherW(table)) { /* nobody's service: from a terminal */
		return run(argc, argv);
	}
	/* The dispatcher may come back before the last word is spoken. */
	(void)WaitForSingleObject(service.ended, 10000);
	return service.code;
}

void os_service_listen(uv_async_t *async) {
	if (service.handle) {
		EnterCriticalSection(&service.lock);
		service.async = async;
		LeaveCriticalSection(&service.lock);
	}
}

unsigned os_service_asked(void) {
	unsigned asks = 0;

	if (service.handle) {
		EnterCriticalSection(&service.lock);
		asks = service.asks;
		service.asks = 0;
		LeaveCriticalSection(&service.lock);
	}
	return asks;
}

void os_service_progress(uint32_t checkpoint, uint64_t hint_ms) {
	if (service.handle) {
		report(SERVICE_STOP_PENDING, checkpoint, hint_ms);
	}
}

/* The SCM's recovery looks at the first code only; `service stop` reads the second. */
void os_service_ended(int code) {
	if (!service.handle || service.status.dwCurrentState == SERVICE_STOPPED) {
		return;
	}
	service.status.dwServiceSpecificExitCode = (DWORD)code;
	service.status.dwWin32ExitCode = service_has_failed(service.was_asked, code)
						 ? ERROR_SERVICE_SPECIFIC_ERROR
						 : NO_ERROR;
	report(SERVICE_STOPPED, 0, 0);
}

void os_notify(const char *text) {
	if (service.handle && strcmp(text, "READY=1") == 0) {
		report(SERVICE_RUNNING, 0, 0);
	} else if (service.handle && strcmp(text, "STOPPING=1") == 0) {
		report(SERVICE_STOP_PENDING, 1, SERVICE_HINT_MS);
	}
}

/* --- the verbs ---------------------------------------------------------------------------------
 */

static int failed(const char *what, DWORD error, char *said, size_t cap) {
	const char *next = error == ERROR_ACCESS_DENIED
				   ? "; from a terminal that was started as administrator, please"
			   : error == ERROR_SERVICE_DOES_NOT_EXIST
				   ? "; it is not installed: livedebug service install"
			   : error == ERROR_SERVICE_MARKED_FOR_DELETE
				   ? "; close the programs that show services, such as services.msc"
				   : "";

	snprintf(said, cap, "%s: Windows error %lu%s", what, error, next);
	return error == ERROR_ACCESS_DENIED            ? DENIED
	       : error == ERROR_SERVICE_DOES_NOT_EXIST ? NOT_THERE
						       : 1;
}

struct scm {
	SC_HANDLE manager, service;
};

static void close_scm(struct scm *s) {
	if (s->service) {
		CloseServiceHandle(s->service);
	}
	if (s->manager) {
		CloseServiceHandle(s->manager);
	}
}

static int open_scm(struct scm *s, DWORD access, char *said, size_t cap) {
	*s = (struct scm){0};
	s->manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	if (s->manager) {
		s->service = OpenServiceW(s->manager, NAME_W, access);
	}
	return s->service ? 0 : failed("the service", GetLastError(), said, cap);
}

static bool query(SC_HANDLE handle, SERVICE_STATUS_PROCESS *p) {
	DWORD needed;

	return QueryServiceStatusEx(handle, SC_STATUS_PROCESS_INFO, (BYTE *)p, sizeof(*p), &needed);
}

/* Until it is no longer `pending`: as long as its checkpoints go on. */
static int wait_while(SC_HANDLE handle, DWORD pending, SERVICE_STATUS_PROCESS *p) {
	ULONGLONG since = GetTickCount64();
	DWORD seen = 0;

	while (query(handle, p) && p->dwCurrentState == pending) {
		ULONGLONG now = GetTickCount64();

		if (p->dwCheckPoint != seen) {
			seen = p->dwCheckPoint;
			since = now;
		} else if (now - since > p->dwWaitHint + SERVICE_HINT_MS) {
			return NOT_IN_TIME;
		}
		Sleep(POLL_MS);
	}
	return 0;
}

static const char *state_word(DWORD state) {
	switch (state) {
	case SERVICE_STOPPED:
		return "stopped";
	case SERVICE_START_PENDING:
		return "starting";
	case SERVICE_STOP_PENDING:
		return "stopping: it releases every target";
	case SERVICE_RUNNING:
		return "running";
	default:
		return "in another state";
	}
}

/* What makes it start again, and what gives it time when the computer goes down. The names of those
 * that the system did not take go to `out`. */
static void set_more(SC_HANDLE handle, const struct service_plan *plan, char *out, size_t cap) {
	SC_ACTION actions[SERVICE_RECOVERIES + 1];
	SERVICE_FAILURE_ACTIONSW recovery = {.dwResetPeriod = SERVICE_FORGIVE_S,
		.cActions = SERVICE_RECOVERIES + 1,
		.lpsaActions = actions};
	SERVICE_FAILURE_ACTIONS_FLAG also_by_code = {TRUE};
	SERVICE_DELAYED_AUTO_START_INFO delayed = {FALSE};
	SERVICE_PRESHUTDOWN_INFO preshutdown = {(DWORD)plan->stop_ms};
	wchar_t about[] = L"" SERVICE_ABOUT;
	SERVICE_DESCRIPTIONW description = {about};
	const struct {
		DWORD level;
		void *info;
		const char *name;
	} all[] = {{SERVICE_CONFIG_FAILURE_ACTIONS, &recovery, " recovery"},
		{SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &also_by_code, " recovery by exit code"},
		{SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed, " start without delay"},
		{SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown, " time to stop at shutdown"},
		{SERVICE_CONFIG_DESCRIPTION, &description, " description"}};
	size_t len = 0;

	for (size_t i = 0; i < SERVICE_RECOVERIES; i++) {
		actions[i] = (SC_ACTION){SC_ACTION_RESTART, SERVICE_RECOVER_MS};
	}
	actions[SERVICE_RECOVERIES] = (SC_ACTION){SC_ACTION_NONE, 0};
	out[0] = '\0';
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!ChangeServiceConfig2W(handle, all[i].level, all[i].info) && len < cap) {
			len += (size_t)snprintf(out + len, cap - len, "%s (error %lu);",
				all[i].name, GetLastError());
		}
	}
}

/* The SID of the account as text, for LocalFree(); NULL: there is none as long as none is
 * installed. */
static wchar_t *account_sid(void) {
	BYTE sid[SECURITY_MAX_SID_SIZE];
	wchar_t domain[256], *text = NULL;
	DWORD len = sizeof(sid), domain_len = 256;
	SID_NAME_USE use;

	if (!LookupAccountNameW(NULL, L"" SERVICE_ACCOUNT, sid, &len, domain, &domain_len, &use) ||
		!ConvertSidToStringSidW(sid, &text)) {
		return NULL;
	}
	return text;
}

/* The folder of journals: for administrators, the system and the service, and nobody else. */
static bool give_folder(const char *folder) {
	wchar_t *wide = text_win_wide(folder);
	wchar_t *sid = account_sid(), text[256];
	SECURITY_ATTRIBUTES security = {.nLength = sizeof(security)};
	BOOL has = FALSE, unused = FALSE;
	PACL acl = NULL;
	bool good = false;

	if (wide && sid &&
		_snwprintf(text, 256, L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;%ls)",
			sid) > 0 &&
		ConvertStringSecurityDescriptorToSecurityDescriptorW(
			text, SDDL_REVISION_1, &security.lpSecurityDescriptor, NULL)) {
		(void)CreateDirectoryW(wide, &security);
		good = GetSecurityDescriptorDacl(
			       security.lpSecurityDescriptor, &has, &acl, &unused) &&
		       has &&
		       SetNamedSecurityInfoW(wide, SE_FILE_OBJECT,
			       DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
			       NULL, NULL, acl, NULL) == ERROR_SUCCESS;
	}
	LocalFree(security.lpSecurityDescriptor);
	LocalFree(sid);
	free(wide);
	return good;
}

static int create(struct scm *s, const struct service_plan *plan) {
	wchar_t *command = text_win_wide(plan->command);
	wchar_t account[] = L"" SERVICE_ACCOUNT, title[] = L"" SERVICE_TITLE;
	DWORD error = 0;

	*s = (struct scm){0};
	s->manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
	if (s->manager && command) {
		s->service = CreateServiceW(s->manager, NAME_W, title, SERVICE_ALL_ACCESS,
			SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
			command, NULL, NULL, NULL, account, NULL);
	}
	error = s->service ? 0 : GetLastError();
	if (error == ERROR_SERVICE_EXISTS) { /* install again: the new command line counts */
		s->service = OpenServiceW(s->manager, NAME_W, SERVICE_ALL_ACCESS);
		error = s->service && ChangeServiceConfigW(s->service, SERVICE_WIN32_OWN_PROCESS,
					      SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, command,
					      NULL, NULL, NULL, account, NULL, title)
				? 0
				: GetLastError();
	}
	free(command);
	return (int)error;
}

/* Where the Event Log's readers find the text of our numbers. */
static void add_event_source(void) {
	wchar_t path[PATH_UNITS];
	DWORD len = GetModuleFileNameW(NULL, path, PATH_UNITS), types = 7;
	HKEY key;

	if (len == 0 || len == PATH_UNITS ||
		RegCreateKeyExW(HKEY_LOCAL_MACHINE, EVENT_KEY, 0, NULL, 0, KEY_SET_VALUE, NULL,
			&key, NULL) != ERROR_SUCCESS) {
		return;
	}
	(void)RegSetValueExW(key, L"EventMessageFile", 0, REG_EXPAND_SZ, (const BYTE *)path,
		(len + 1) * (DWORD)sizeof(wchar_t));
	(void)RegSetValueExW(
		key, L"TypesSupported", 0, REG_DWORD, (const BYTE *)&types, sizeof(types));
	RegCloseKey(key);
}

static int install(const struct service_plan *plan, char *said, size_t cap) {
	char folder[1024] = "";
	char missing[512];
	bool given;
	struct scm s;
	int error = create(&s, plan);

	if (error) {
		close_scm(&s);
		return failed("not installed", (DWORD)error, said, cap);
	}
	set_more(s.service, plan, missing, sizeof(missing));
	close_scm(&s);
	add_event_source();
	given = os_default_place(OS_STATE_DIR, folder, sizeof(folder)) == 0 && give_folder(folder);
	snprintf(said, cap,
		"installed: it starts with the computer as %s; now: livedebug service start%s%s%s%s%s",
		SERVICE_ACCOUNT, missing[0] ? "\nnot set:" : "", missing,
		given ? "" : "\nthe account could not be given the folder ", given ? "" : folder,
		given ? "" : ": give it the right to write there (icacls)");
	return 0;
}

static int stop(char *said, size_t cap) {
	SERVICE_STATUS_PROCESS p = {0};
	SERVICE_STATUS old;
	struct scm s;
	int code = open_scm(&s, SERVICE_STOP | SERVICE_QUERY_STATUS, said, cap);

	if (code) {
		close_scm(&s);
		return code;
	}
	if (!ControlService(s.service, SERVICE_CONTROL_STOP, &old) &&
		GetLastError() != ERROR_SERVICE_NOT_ACTIVE) {
		code = failed("stop", GetLastError(), said, cap);
	} else if (wait_while(s.service, SERVICE_STOP_PENDING, &p) || !query(s.service, &p) ||
		   p.dwCurrentState != SERVICE_STOPPED) {
		code = NOT_IN_TIME;
		snprintf(said, cap, "it does not stop: it is %s", state_word(p.dwCurrentState));
	} else {
		code = (int)p.dwServiceSpecificExitCode;
		snprintf(said, cap, "stopped%s",
			code == 0   ? ""
			: code == 1 ? "; a target stands halted: livedebug release SESSION"
			: code == 5
				? "; the state of a target is unknown: livedebug release SESSION"
				: "");
	}
	close_scm(&s);
	return code;
}

static int uninstall(char *said, size_t cap) {
	char stopped[SERVICE_SAID] = "";
	struct scm s;
	int code = stop(stopped, sizeof(stopped)), opened;

	if (code == NOT_IN_TIME || code == DENIED || code == NOT_THERE) {
		snprintf(said, cap, "%s", stopped);
		return code;
	}
	opened = open_scm(&s, DELETE, said, cap);
	if (opened == 0 && !DeleteService(s.service)) {
		opened = failed("not uninstalled", GetLastError(), said, cap);
	}
	close_scm(&s);
	if (opened == 0) {
		(void)RegDeleteKeyW(HKEY_LOCAL_MACHINE, EVENT_KEY);
		snprintf(said, cap, "%s, and gone; profile, journals and logs stay", stopped);
	}
	return opened ? opened : code;
}

static int start(char *said, size_t cap) {
	SERVICE_STATUS_PROCESS p = {0};
	struct scm s;
	int code = open_scm(&s, SERVICE_START | SERVICE_QUERY_STATUS, said, cap);

	if (code == 0 && !StartServiceW(s.service, 0, NULL) &&
		GetLastError() != ERROR_SERVICE_ALREADY_RUNNING) {
		code = failed("start", GetLastError(), said, cap);
	}
	if (code == 0) {
		code = wait_while(s.service, SERVICE_START_PENDING, &p);
		if (code == 0 && p.dwCurrentState != SERVICE_RUNNING) {
			code = 1;
		}
		snprintf(said, cap, code == 0 ? "running, process %lu%s" : "it is %2$s, code %1$lu",
			code == 0 ? p.dwProcessId : p.dwServiceSpecificExitCode,
			code == 0 ? "" : state_word(p.dwCurrentState));
	}
	close_scm(&s);
	return code;
}

static int status(char *said, size_t cap) {
	SERVICE_STATUS_PROCESS p = {0};
	struct scm s;
	int code = open_scm(&s, SERVICE_QUERY_STATUS, said, cap);

	if (code == 0 && !query(s.service, &p)) {
		code = failed("status", GetLastError(), said, cap);
	} else if (code == 0) {
		code = p.dwCurrentState == SERVICE_RUNNING ? 0 : NOT_THERE;
		snprintf(said, cap, "%s, process %lu, last code %lu", state_word(p.dwCurrentState),
			p.dwProcessId, p.dwServiceSpecificExitCode);
	}
	close_scm(&s);
	return code;
}

static int reload(char *said, size_t cap) {
	SERVICE_STATUS old;
	struct scm s;
	int code = open_scm(&s, SERVICE_PAUSE_CONTINUE, said, cap);

	if (code == 0 && !ControlService(s.service, SERVICE_CONTROL_PARAMCHANGE, &old)) {
		code = failed("reload", GetLastError(), said, cap);
	}
	close_scm(&s);
	return code;
}

int os_service_do(enum service_verb verb, const struct service_plan *plan, const char *folder,
	char *said, size_t cap) {
	(void)folder;
	said[0] = '\0';
	switch (verb) {
	case SERVICE_DO_INSTALL:
		return install(plan, said, cap);
	case SERVICE_DO_UNINSTALL:
		return uninstall(said, cap);
	case SERVICE_DO_START:
		return start(said, cap);
	case SERVICE_DO_STOP:
		return stop(said, cap);
	case SERVICE_DO_STATUS:
		return status(said, cap);
	case SERVICE_DO_RELOAD:
		return reload(said, cap);
	case SERVICE_DO_VERBS:
		break;
	}
	return 2;
}

int os_service_program(char *out, size_t cap) {
	wchar_t path[PATH_UNITS];
	DWORD len = GetModuleFileNameW(NULL, path, PATH_UNITS);

	return len > 0 && len < PATH_UNITS ? text_win_copy(path, out, cap) : UV_ENAMETOOLONG;
}

/* --- the Event Log -----------------------------------------------------------------------------
 */

bool os_admin_log_wanted(void) {
	return service.handle != NULL;
}

/* Its messages are in this program: a table in which each number says "%1" (scripts/windows.mk). */
void os_admin_log(enum admin_weight weight, unsigned id, const char *text) {
	static const WORD types[] = {[ADMIN_INFO] = EVENTLOG_INFORMATION_TYPE,
		[ADMIN_WARNING] = EVENTLOG_WARNING_TYPE,
		[ADMIN_ERROR] = EVENTLOG_ERROR_TYPE};
	wchar_t *wide = text_win_wide(text);
	const wchar_t *strings[] = {wide};
	HANDLE source = RegisterEventSourceW(NULL, NAME_W);

	if (source && wide) {
		(void)ReportEventW(source, types[weight], 0, id, NULL, 1, 0, strings, NULL);
	}
	if (source) {
		(void)DeregisterEventSource(source);
	}
	free(wide);
}

bool os_service_seen(char *said, size_t cap) {
	return status(said, cap) != NOT_THERE || strstr(said, "process") != NULL;
}
