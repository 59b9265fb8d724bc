/* systemd, by its own tools: the unit's file, systemd-sysusers, systemctl. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "os/os.h"
#include "os/service.h"

#define UNIT_FOLDER "/etc/systemd/system"
#define UNIT_NAME "livedebug.service"
#define USERS_NAME "livedebug.conf"
#define NO_TOOL 127 /* a shell's word for a program that is not there */

extern char **environ;

static const char users[] = "u livedebug - \"livedebug\" /var/lib/livedebug\nm livedebug dialout\n";

/* Run a tool on our own terminal. Its exit code, or NO_TOOL. */
static int run_tool(const char *const *words) {
	pid_t pid;
	int status = 0;

	fflush(NULL);
	if (posix_spawnp(&pid, words[0], NULL, NULL, (char *const *)words, environ) != 0) {
		return NO_TOOL;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int systemctl(const char *word, const char *more, char *said, size_t cap) {
	const char *words[] = {"systemctl", word, more, NULL};
	int code = run_tool(words);

	if (code == NO_TOOL) {
		snprintf(said, cap,
			"there is no systemctl here: without systemd start `livedebug run` by what this "
			"system has instead");
	} else if (code != 0) {
		snprintf(said, cap,
			"systemctl %s %s failed (%d); journalctl -u livedebug tells more", word,
			more ? more : "", code);
	}
	return code == 0 ? 0 : 1;
}

static int write_file(const char *path, const char *text) {
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	size_t len = strlen(text);
	int error = 0;

	if (fd < 0) {
		return errno;
	}
	if (write(fd, text, len) != (ssize_t)len) {
		error = errno ? errno : EIO;
	}
	return close(fd) == 0 ? error : errno;
}

static int failed(const char *path, int error, char *said, size_t cap) {
	snprintf(said, cap, "%s: %s%s", path, strerror(error),
		error == EACCES || error == EPERM ? "; as root, please" : "");
	return error == EACCES || error == EPERM ? 6 : 1;
}

/* The account, where there is the tool that makes it; a package has made it already. */
static void make_account(const char *folder) {
	char path[PATH_MAX];
	const char *words[] = {"systemd-sysusers", path, NULL};

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, USERS_NAME) >= sizeof(path)) {
		return;
	}
	if (write_file(path, users) == 0) {
		(void)run_tool(words);
		(void)unlink(path);
	}
}

static int install(const struct service_plan *plan, const char *folder, char *said, size_t cap) {
	char path[PATH_MAX];
	int error;

	snprintf(path, sizeof(path), "%s/%s", folder, UNIT_NAME);
	error = write_file(path, plan->unit);
	if (error) {
		return failed(path, error, said, cap);
	}
	make_account(folder);
	if (systemctl("daemon-reload", NULL, said, cap) != 0 ||
		systemctl("enable", UNIT_NAME, said, cap) != 0) {
		return 1;
	}
	snprintf(said, cap,
		"installed as %s; it starts with the system, now: livedebug service start", path);
	return 0;
}

static int uninstall(const char *folder, char *said, size_t cap) {
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, UNIT_NAME);
	if (access(path, F_OK) != 0) {
		snprintf(said, cap, "%s is not there: not installed by `livedebug service install`",
			path);
		return 7;
	}
	if (systemctl("stop", UNIT_NAME, said, cap) != 0 ||
		systemctl("disable", UNIT_NAME, said, cap) != 0) {
		return 1;
	}
	if (unlink(path) != 0) {
		return failed(path, errno, said, cap);
	}
	if (systemctl("daemon-reload", NULL, said, cap) != 0) {
		return 1;
	}
	snprintf(said, cap, "stopped and gone; profile, journals and logs stay");
	return 0;
}

static int status(char *said, size_t cap) {
	const char *words[] = {"systemctl", "--no-pager", "--lines=5", "status", UNIT_NAME, NULL};
	int code = run_tool(words);

	if (code == NO_TOOL) {
		snprintf(said, cap, "there is no systemctl here");
		return 1;
	}
	return code == 0 ? 0 : 7; /* systemctl's 3 and 4: it does not run, there is none */
}

int os_service_do(enum service_verb verb, const struct service_plan *plan, const char *folder,
	char *said, size_t cap) {
	const char *place = folder ? folder : UNIT_FOLDER;

	said[0] = '\0';
	switch (verb) {
	case SERVICE_DO_INSTALL:
		return install(plan, place, said, cap);
	case SERVICE_DO_UNINSTALL:
		return uninstall(place, said, cap);
	case SERVICE_DO_START:
		return systemctl("start", UNIT_NAME, said, cap);
	case SERVICE_DO_STOP:
		return systemctl("stop", UNIT_NAME, said, cap);
	case SERVICE_DO_STATUS:
		return status(said, cap);
	case SERVICE_DO_RELOAD:
		return systemctl("reload", UNIT_NAME, said, cap);
	case SERVICE_DO_VERBS:
		break;
	}
	return 2;
}

int os_service_program(char *out, size_t cap) {
	return uv_exepath(out, &cap);
}

/* --- the service itself: systemd speaks by signals, we by os_notify() */

int os_service_main(int (*run)(int argc, char **argv), int argc, char **argv) {
	return run(argc, argv);
}

void os_service_listen(uv_async_t *async) {
	(void)async;
}

unsigned os_service_asked(void) {
	return 0;
}

void os_service_progress(uint32_t checkpoint, uint64_t hint_ms) {
	char text[128];

	snprintf(text, sizeof(text), "STATUS=releasing every target (%u)\nEXTEND_TIMEOUT_USEC=%llu",
		checkpoint, (unsigned long long)hint_ms * 1000);
	os_notify(text);
}

void os_service_ended(int code) {
	(void)code;
}

bool os_admin_log_wanted(void) {
	return getenv("NOTIFY_SOCKET") != NULL;
}

/* To journald too, where that is the system's log. */
void os_admin_log(enum admin_weight weight, unsigned id, const char *text) {
	static const int levels[] = {
		[ADMIN_INFO] = LOG_INFO, [ADMIN_WARNING] = LOG_WARNING, [ADMIN_ERROR] = LOG_ERR};

	syslog(LOG_DAEMON | levels[weight], "livedebug[%u] %s", id, text);
}

bool os_service_seen(char *said, size_t cap) {
	static const char *const folders[] = {UNIT_FOLDER, "/usr/lib/systemd/system"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(said, cap, "%s/%s", folders[i], UNIT_NAME);
		if (access(said, F_OK) == 0) {
			return true;
		}
	}
	snprintf(said, cap, "no unit is installed");
	return false;
}
