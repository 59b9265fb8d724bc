/* kd as a process: start it, break into it, end it. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "os/os.h"

char **os_arguments(int argc, char **argv) {
	(void)argc;
	return argv;
}

const char *os_break_method(size_t n) {
	return n == 0 ? "sigint" : NULL;
}

size_t os_break_words(const char **words, char *buffer, size_t cap, int pid, const char *method) {
	(void)words;
	(void)buffer;
	(void)cap;
	(void)pid;
	(void)method;
	return 0; /* a signal does it */
}

int os_break_helper(int argc, char **argv) {
	(void)argc;
	(void)argv;
	fprintf(stderr, "livedebug: there is no _break here\n");
	return 2;
}

/* kd leads its own group (os_launch), so its pid names the group too. */
int os_break(int pid, const char *method) {
	if (strcmp(method, "sigint") != 0) {
		return UV_ENOTSUP;
	}
	return pid > 1 && kill(-pid, SIGINT) == 0 ? 0
	       : pid > 1                          ? uv_translate_sys_error(errno)
						  : UV_ESRCH;
}

int os_kill(int pid) {
	if (pid <= 1) {
		return UV_ESRCH;
	}
	/* The group does not exist before the launcher has made it. */
	if (kill(-pid, SIGKILL) == 0 || kill(pid, SIGKILL) == 0) {
		return 0;
	}
	return uv_translate_sys_error(errno);
}

size_t os_launch_words(const char **words, char *buffer, size_t cap) {
	size_t len = cap;
	char *parent;

	if (uv_exepath(buffer, &len) != 0 || len + 24 > cap) {
		return 0;
	}
	parent = buffer + len + 1;
	snprintf(parent, cap - len - 1, "%d", (int)getpid());
	words[0] = buffer;
	words[1] = "_launch";
	words[2] = parent;
	return OS_LAUNCH_WORDS;
}

/* kd's server gets its password here: this process shows none in its own command line. */
static bool add_password(char **argv) {
	static char value[1024];
	const char *password = getenv(OS_LAUNCH_PASSWORD);
	int len;

	for (; password && argv[0] && argv[1]; argv++) {
		if (strcmp(argv[0], "-server") == 0) {
			len = snprintf(value, sizeof(value), "%s,password=%s", argv[1], password);
			argv[1] = value;
			return unsetenv(OS_LAUNCH_PASSWORD) == 0 && (size_t)len < sizeof(value);
		}
	}
	return !password || unsetenv(OS_LAUNCH_PASSWORD) == 0;
}

/*
 * The kernel ends us when the daemon's thread ends; a daemon that ended before we asked for that
 * is seen by the parent's id. exec keeps both the request and the session.
 */
int os_launch(int argc, char **argv) {
	if (argc < 3) {
		fprintf(stderr, "livedebug: _launch is for the daemon only\n");
		return 2;
	}
	(void)setsid();
#ifdef __linux__
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	if (getppid() != (pid_t)strtol(argv[1], NULL, 10)) {
		return OS_LAUNCH_FAILED;
	}
	if (!add_password(argv + 2)) {
		fprintf(stderr, "livedebug: the server's options are too long\n");
		return OS_LAUNCH_FAILED;
	}
	closefrom(3); /* a port that another thread had open at this moment must not stay open */
	execvp(argv[2], argv + 2);
	fprintf(stderr, "livedebug: cannot start %s: %s\n", argv[2], strerror(errno));
	return OS_LAUNCH_FAILED;
}

static void close_file(uv_file file) {
	if (file >= 0) {
		close(file);
	}
}

/* Plain pipes, blocking at kd's ends: kd is no libuv program. */
static int open_pipes(uv_pipe_t *in, uv_pipe_t *out, uv_file *to_kd, uv_file *from_kd) {
	uv_file pair[2];
	int error = uv_pipe(pair, 0, UV_NONBLOCK_PIPE);

	if (error) {
		return error;
	}
	*to_kd = pair[0];
	error = uv_pipe_open(in, pair[1]);
	if (error) {
		close_file(pair[1]);
		return error;
	}
	error = uv_pipe(pair, UV_NONBLOCK_PIPE, 0);
	if (error) {
		return error;
	}
	*from_kd = pair[1];
	error = uv_pipe_open(out, pair[0]);
	if (error) {
		close_file(pair[0]);
	}
	return error;
}

int os_spawn(uv_loop_t *loop, uv_process_t *process, uv_process_options_t *options, uv_pipe_t *in,
	uv_pipe_t *out) {
	uv_file to_kd = -1, from_kd = -1;
	int error = open_pipes(in, out, &to_kd, &from_kd);
	uv_stdio_container_t stdio[3] = {
		{.flags = UV_INHERIT_FD, .data.fd = to_kd},
		{.flags = UV_INHERIT_FD, .data.fd = from_kd},
		{.flags = UV_INHERIT_FD, .data.fd = from_kd},
	};

	options->stdio = stdio;
	options->stdio_count = 3;
	if (error == 0) {
		error = uv_spawn(loop, process, options);
	}
	close_file(to_kd);
	close_file(from_kd);
	return error;
}

static int take_program(const char *path, char *out, size_t cap) {
	char real[PATH_MAX];

	if (!realpath(path, real) || access(real, X_OK) != 0) {
		return uv_translate_sys_error(errno);
	}
	/* Not the real path: what a program is called may tell it what to be. */
	if (*path == '/') {
		return (size_t)snprintf(out, cap, "%s", path) < cap ? 0 : UV_ENAMETOOLONG;
	}
	return (size_t)snprintf(out, cap, "%s", real) < cap ? 0 : UV_ENAMETOOLONG;
}

static int search_path(const char *name, char *out, size_t cap) {
	const char *at = getenv("PATH");
	int error = UV_ENOENT;

	while (at && *at) {
		size_t len = strcspn(at, ":");
		char path[PATH_MAX];

		if (len > 0 && snprintf(path, sizeof(path), "%.*s/%s", (int)len, at, name) <
				       (int)sizeof(path)) {
			int found = take_program(path, out, cap);

			if (found == 0) {
				return 0;
			}
			error = found == UV_ENOENT ? error : found;
		}
		at += len + (at[len] == ':');
	}
	return error;
}

int os_find_kd(const char *kd, char *out, size_t cap) {
	if (strcmp(kd, "auto") == 0) {
		kd = "kd";
	}
	return strchr(kd, '/') ? take_program(kd, out, cap) : search_path(kd, out, cap);
}
