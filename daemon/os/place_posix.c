/* Places, the control socket's rights, and the service manager. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/os.h"

static int join(char *out, size_t cap, const char *folder, const char *below) {
	return (size_t)snprintf(out, cap, "%s%s", folder, below) < cap ? 0 : UV_ENAMETOOLONG;
}

static const char *variable(const char *name) {
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int state_dir(char *out, size_t cap) {
	if (variable("STATE_DIRECTORY")) { /* systemd's StateDirectory= */
		return join(out, cap, getenv("STATE_DIRECTORY"), "");
	}
	if (geteuid() == 0) {
		return join(out, cap, "/var/lib/livedebug", "");
	}
	if (variable("XDG_STATE_HOME")) {
		return join(out, cap, getenv("XDG_STATE_HOME"), "/livedebug");
	}
	return variable("HOME") ? join(out, cap, getenv("HOME"), "/.local/state/livedebug")
				: UV_ENOENT;
}

int os_default_place(enum os_place place, char *out, size_t cap) {
	char folder[PATH_MAX];
	int error;

	if (place == OS_STATE_DIR) {
		return state_dir(out, cap);
	}
	if (variable("XDG_RUNTIME_DIR")) {
		return join(out, cap, getenv("XDG_RUNTIME_DIR"), "/livedebug.sock");
	}
	if (geteuid() == 0) {
		return join(out, cap, "/run/livedebug.sock", "");
	}
	error = state_dir(folder, sizeof(folder));
	return error ? error : join(out, cap, folder, "/livedebug.sock");
}

static bool somebody_answers(const char *path) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool answers;

	memcpy(address.sun_path, path, strlen(path) + 1);
	answers = fd >= 0 && (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
				     errno == EAGAIN);
	if (fd >= 0) {
		close(fd);
	}
	return answers;
}

/* 0: the path is free now. Only a dead socket is removed, never another kind of file. */
static int clear_stale(const char *path) {
	struct stat st;

	if (lstat(path, &st) != 0) {
		return errno == ENOENT ? 0 : uv_translate_sys_error(errno);
	}
	if (!S_ISSOCK(st.st_mode)) {
		return UV_EEXIST;
	}
	if (somebody_answers(path)) {
		return UV_EADDRINUSE;
	}
	return unlink(path) == 0 ? 0 : uv_translate_sys_error(errno);
}

/*
 * Two daemons that start at once could both find a dead socket, and one would then remove the
 * other's new one. Who holds PATH.lock may clear away; the kernel lets go of it with the process.
 */
static int take_lock(const char *path, int *lock) {
	char name[PATH_MAX];
	int error;

	if ((size_t)snprintf(name, sizeof(name), "%s.lock", path) >= sizeof(name)) {
		return UV_ENAMETOOLONG;
	}
	*lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*lock < 0) {
		return uv_translate_sys_error(errno);
	}
	error = os_lock_file(*lock);
	return error == UV_EBUSY ? UV_EADDRINUSE : error;
}

int os_control_bind(uv_pipe_t *pipe, const char *path, uv_file *lock) {
	int error;
	mode_t mask;

	*lock = -1;
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
		return UV_ENAMETOOLONG;
	}
	error = take_lock(path, lock);
	if (error == 0) {
		error = clear_stale(path);
	}
	if (error == 0) {
		mask = umask(0177); /* rights from the first moment, not a chmod later */
		error = uv_pipe_bind(pipe, path);
		umask(mask);
	}
	if (error && *lock >= 0) {
		close(*lock);
		*lock = -1;
	}
	return error;
}

static bool find_peer(const uv_pipe_t *pipe, struct ucred *peer) {
	socklen_t len = sizeof(*peer);
	uv_os_fd_t fd;

	return uv_fileno((const uv_handle_t *)pipe, &fd) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &len) == 0;
}

void os_peer_name(const uv_pipe_t *pipe, char *out, size_t cap) {
	struct ucred peer;
	struct passwd entry, *found = NULL;
	char buffer[4096];

	if (!find_peer(pipe, &peer)) {
		snprintf(out, cap, "?");
	} else if (getpwuid_r(peer.uid, &entry, buffer, sizeof(buffer), &found) == 0 && found) {
		snprintf(out, cap, "%s (pid %d)", entry.pw_name, (int)peer.pid);
	} else {
		snprintf(out, cap, "uid %u (pid %d)", (unsigned)peer.uid, (int)peer.pid);
	}
}

bool os_peer_allowed(const uv_pipe_t *pipe) {
	struct ucred peer;

	if (!find_peer(pipe, &peer)) {
		return false;
	}
	return peer.uid == geteuid() || peer.uid == 0;
}

static bool is_group(const char *name, const struct passwd *user) {
	gid_t groups[128];
	int count = 128;
	struct group entry, *found = NULL;
	char buffer[8192];

	if (getgrnam_r(name, &entry, buffer, sizeof(buffer), &found) != 0 || !found ||
		getgrouplist(user->pw_name, user->pw_gid, groups, &count) < 0) {
		return false;
	}
	for (int i = 0; i < count; i++) {
		if (groups[i] == found->gr_gid) {
			return true;
		}
	}
	return false;
}

bool os_peer_listed(const uv_pipe_t *pipe, const char *list) {
	struct ucred peer;
	struct passwd entry, *user = NULL;
	char buffer[4096], word[256];

	if (!list || !find_peer(pipe, &peer) ||
		getpwuid_r(peer.uid, &entry, buffer, sizeof(buffer), &user) != 0 || !user) {
		return false;
	}
	while (*(list += strspn(list, " \t,"))) {
		size_t len = strcspn(list, " \t,");

		snprintf(word, sizeof(word), "%.*s", (int)len, list);
		if (word[0] == '@' ? is_group(word + 1, user) : strcmp(word, user->pw_name) == 0) {
			return true;
		}
		list += len;
	}
	return false;
}

static bool give_to_group(const char *path, const char *name) {
	struct group entry, *found = NULL;
	char buffer[8192];

	return getgrnam_r(name, &entry, buffer, sizeof(buffer), &found) == 0 && found &&
	       chown(path, (uid_t)-1, found->gr_gid) == 0;
}

int os_control_share(const char *path, const char *group) {
	mode_t mode = !group ? 0600 : *group && give_to_group(path, group) ? 0660 : 0666;

	return chmod(path, mode) == 0 ? 0 : uv_translate_sys_error(errno);
}

/* The folder that `path` stands in. */
static int stat_folder(const char *path, struct stat *st) {
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) + 1 : 1;

	if ((size_t)len >= sizeof(folder)) {
		return -1;
	}
	snprintf(folder, sizeof(folder), "%.*s", len, slash ? path : ".");
	return stat(folder, st);
}

bool os_peer_is_daemon(const uv_pipe_t *pipe, const char *path) {
	struct ucred peer;
	struct stat st;

	if (!find_peer(pipe, &peer)) {
		return false;
	}
	return peer.uid == 0 || peer.uid == geteuid() ||
	       (stat_folder(path, &st) == 0 && st.st_uid == peer.uid && !(st.st_mode & 022));
}

int os_check_profile(const char *path) {
	struct stat file, folder;

	if (geteuid() != 0) {
		return 0;
	}
	if (stat(path, &file) != 0 || stat_folder(path, &folder) != 0) {
		return uv_translate_sys_error(errno);
	}
	return file.st_uid != 0 || (file.st_mode & 022) ||
			       ((folder.st_mode & 002) && !(folder.st_mode & S_ISVTX))
		       ? UV_EPERM
		       : 0;
}

int os_check_private(const char *path) {
	struct stat file;

	if (stat(path, &file) != 0) {
		return uv_translate_sys_error(errno);
	}
	return (file.st_mode & 077) || (file.st_uid != geteuid() && file.st_uid != 0) ? UV_EPERM
										      : 0;
}

bool os_has_terminal(void) {
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
	}
	return fd >= 0;
}

/* The kernel takes a terminal that is gone from its processes before it sends the signal. */
bool os_hangup_ends(bool had_terminal) {
	return had_terminal && !os_has_terminal();
}

void os_notify(const char *text) {
	const char *path = variable("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(address.sun_path) || (*path != '/' && *path != '@')) {
		return;
	}
	memcpy(address.sun_path, path, len);
	if (*path == '@') {
		address.sun_path[0] = '\0'; /* the abstract name space */
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
		close(fd);
	}
}
