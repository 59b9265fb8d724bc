/* Places, the control pipe's rights, locks. */
#include "os/text_win.h"

#include "os/os.h" /* windows.h, in the order that it wants */

#include <aclapi.h>
#include <io.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL_PIPE "\\\\.\\pipe\\livedebug-ctl"
#define PIPE_PREFIX "\\\\.\\pipe\\"

/* The service and the person at the laptop look at the same place, so it is no user's own. */
int os_default_place(enum os_place place, char *out, size_t cap) {
	const char *data = getenv("ProgramData");

	if (place == OS_CONTROL) {
		return (size_t)snprintf(out, cap, "%s", CONTROL_PIPE) < cap ? 0 : UV_ENAMETOOLONG;
	}
	if (!data || !*data) {
		return UV_ENOENT;
	}
	return (size_t)snprintf(out, cap, "%s\\livedebug", data) < cap ? 0 : UV_ENAMETOOLONG;
}

/* --- who is at the other end -------------------------------------------------------------------
 */

/* What the token of a process says, to be freed; NULL: not to be found out. */
static void *asked_of(HANDLE process, TOKEN_INFORMATION_CLASS what) {
	void *found = NULL;
	HANDLE token;
	DWORD len = 0;

	if (!process || !OpenProcessToken(process, TOKEN_QUERY, &token)) {
		return NULL;
	}
	GetTokenInformation(token, what, NULL, 0, &len);
	found = len > 0 ? malloc(len) : NULL;
	if (found && !GetTokenInformation(token, what, found, len, &len)) {
		free(found);
		found = NULL;
	}
	CloseHandle(token);
	return found;
}

static TOKEN_USER *user_of(HANDLE process) {
	return asked_of(process, TokenUser);
}

static bool is_me(PSID sid) {
	TOKEN_USER *me = user_of(GetCurrentProcess());
	bool same = me && EqualSid(me->User.Sid, sid);

	free(me);
	return same;
}

/* Who owns what this process makes: its user or, for an administrator, the group of them. */
static bool owns_mine(PSID sid) {
	TOKEN_OWNER *mine = asked_of(GetCurrentProcess(), TokenOwner);
	bool same = mine && EqualSid(mine->Owner, sid);

	free(mine);
	return same;
}

/* NT SERVICE\NAME: the account that the service manager gives to one service. */
static bool is_service(PSID sid) {
	static SID_IDENTIFIER_AUTHORITY nt = SECURITY_NT_AUTHORITY;

	return memcmp(GetSidIdentifierAuthority(sid), &nt, sizeof(nt)) == 0 &&
	       *GetSidSubAuthorityCount(sid) > 0 &&
	       *GetSidSubAuthority(sid, 0) == SECURITY_SERVICE_ID_BASE_RID;
}

/* An account that only an administrator can make something run as. */
static bool is_system(PSID sid) {
	static const WELL_KNOWN_SID_TYPE known[] = {WinLocalSystemSid, WinBuiltinAdministratorsSid,
		WinLocalServiceSid, WinNetworkServiceSid};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (IsWellKnownSid(sid, known[i])) {
			return true;
		}
	}
	return false;
}

/* Is the client's token, as it is in use, that of an administrator? */
static bool is_administrator(HANDLE process) {
	HANDLE token, usable;
	BYTE sid[SECURITY_MAX_SID_SIZE];
	DWORD len = sizeof(sid);
	BOOL member = FALSE;

	if (!OpenProcessToken(process, TOKEN_QUERY | TOKEN_DUPLICATE, &token)) {
		return false;
	}
	if (DuplicateToken(token, SecurityIdentification, &usable)) {
		if (!CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &len) ||
			!CheckTokenMembership(usable, sid, &member)) {
			member = FALSE;
		}
		CloseHandle(usable);
	}
	CloseHandle(token);
	return member;
}

bool os_peer_allowed(const uv_pipe_t *pipe) {
	uv_os_fd_t handle;
	ULONG pid = 0;
	HANDLE process;
	TOKEN_USER *user;
	bool allowed;

	if (uv_fileno((const uv_handle_t *)pipe, &handle) != 0 ||
		!GetNamedPipeClientProcessId(handle, &pid)) {
		return false; /* a client on another machine has no process here */
	}
	process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
	user = user_of(process);
	allowed = user &&
		  (is_me(user->User.Sid) || is_system(user->User.Sid) || is_administrator(process));
	free(user);
	if (process) {
		CloseHandle(process);
	}
	return allowed;
}

static bool name_of(PSID sid, char *out, size_t cap) {
	wchar_t name[256], domain[256], both[520];
	DWORD name_len = 256, domain_len = 256;
	SID_NAME_USE use;

	if (!LookupAccountSidW(NULL, sid, name, &name_len, domain, &domain_len, &use)) {
		return false;
	}
	_snwprintf(both, 520, L"%ls\\%ls", domain, name);
	return text_win_copy(both, out, cap) == 0;
}

void os_peer_name(const uv_pipe_t *pipe, char *out, size_t cap) {
	HANDLE process = NULL;
	TOKEN_USER *user = NULL;
	uv_os_fd_t handle;
	ULONG pid = 0;

	if (uv_fileno((const uv_handle_t *)pipe, &handle) == 0 &&
		GetNamedPipeClientProcessId(handle, &pid)) {
		process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
		user = user_of(process);
	}
	if (!user || !name_of(user->User.Sid, out, cap)) {
		snprintf(out, cap, "?");
	}
	free(user);
	if (process) {
		CloseHandle(process);
	}
}

/* Pipe names are free for all: ask who made this one before anything is said to it. */
bool os_peer_is_daemon(const uv_pipe_t *pipe, const char *path) {
	PSECURITY_DESCRIPTOR descriptor = NULL;
	uv_os_fd_t handle;
	ULONG pid = 0;
	PSID owner = NULL;
	bool allowed;

	(void)path;
	if (uv_fileno((const uv_handle_t *)pipe, &handle) != 0 ||
		!GetNamedPipeServerProcessId(handle, &pid) ||
		GetSecurityInfo(handle, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL,
			NULL, NULL, &descriptor) != ERROR_SUCCESS) {
		return false;
	}
	allowed = owner &&
		  (is_me(owner) || owns_mine(owner) || is_system(owner) || is_service(owner));
	LocalFree(descriptor);
	return allowed;
}

/* Lists of other users are not done here: the pipe stays ours and the administrators'. */
bool os_peer_listed(const uv_pipe_t *pipe, const char *list) {
	(void)pipe;
	(void)list;
	return false;
}

int os_control_share(const char *path, const char *group) {
	(void)group;
	(void)path;
	return UV_ENOTSUP;
}

bool os_has_terminal(void) {
	return GetConsoleWindow() != NULL;
}

/* libuv makes it of CTRL_CLOSE_EVENT: the console window was closed. */
bool os_hangup_ends(bool had_terminal) {
	(void)had_terminal;
	return true;
}

/* Not looked at here: the folder of the service's profile is the administrators'. */
int os_check_profile(const char *path) {
	(void)path;
	return 0;
}

int os_check_private(const char *path) {
	(void)path;
	return 0;
}

/* --- the control pipe --------------------------------------------------------------------------
 */

static bool is_served(const char *path) {
	wchar_t *wide = text_win_wide(path);
	bool served = wide && (WaitNamedPipeW(wide, 1) || GetLastError() == ERROR_SEM_TIMEOUT);

	free(wide);
	return served;
}

/* For SYSTEM, administrators and this user; for nobody who comes over the network. */
static PSECURITY_DESCRIPTOR make_descriptor(void) {
	PSECURITY_DESCRIPTOR descriptor = NULL;
	TOKEN_USER *me = user_of(GetCurrentProcess());
	wchar_t *sid = NULL, text[256];

	if (me && ConvertSidToStringSidW(me->User.Sid, &sid) &&
		_snwprintf(text, 256, L"D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;%ls)",
			sid) > 0 &&
		!ConvertStringSecurityDescriptorToSecurityDescriptorW(
			text, SDDL_REVISION_1, &descriptor, NULL)) {
		descriptor = NULL;
	}
	LocalFree(sid);
	free(me);
	return descriptor;
}

/* libuv makes the pipe with the system's default rights; later instances share the first's. */
static int protect(uv_pipe_t *pipe) {
	HANDLE handle = pipe->pipe.serv.accept_reqs[0].pipeHandle;
	PSECURITY_DESCRIPTOR descriptor = make_descriptor();
	BOOL has = FALSE, unused = FALSE;
	PACL acl = NULL;
	DWORD error = ERROR_INVALID_ACL;

	if (descriptor && GetSecurityDescriptorDacl(descriptor, &has, &acl, &unused) && has) {
		error = SetSecurityInfo(handle, SE_KERNEL_OBJECT,
			DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, NULL, NULL,
			acl, NULL);
	}
	LocalFree(descriptor);
	return error == ERROR_SUCCESS ? 0 : uv_translate_sys_error((int)error);
}

int os_control_bind(uv_pipe_t *pipe, const char *path, uv_file *lock) {
	int error;

	*lock = -1; /* the name goes with the process */
	if (strncmp(path, PIPE_PREFIX, strlen(PIPE_PREFIX)) != 0) {
		return UV_EINVAL;
	}
	if (is_served(path)) {
		return UV_EADDRINUSE;
	}
	error = uv_pipe_bind(pipe, path);
	return error ? error : protect(pipe);
}

int os_lock_file(uv_file file) {
	HANDLE handle = (HANDLE)_get_osfhandle(file);
	OVERLAPPED at = {.Offset = 0, .OffsetHigh = 0x7fffffff}; /* far behind what others read */

	if (LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)) {
		return 0;
	}
	return GetLastError() == ERROR_LOCK_VIOLATION || GetLastError() == ERROR_IO_PENDING
		       ? UV_EBUSY
		       : uv_translate_sys_error((int)GetLastError());
}
