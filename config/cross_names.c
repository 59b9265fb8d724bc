#include "config/cross.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "config/strings.h"

static char *joined(const char *a, const char *b) {
	size_t len = strlen(a) + strlen(b) + 1;
	char *both = malloc(len);
	if (!both) {
		abort();
	}
	snprintf(both, len, "%s%s", a, b);
	return both;
}

static void make_lower(char *s) {
	for (; *s; s++) {
		*s = (char)tolower((unsigned char)*s);
	}
}

char *cross_port_name(const char *port) {
	char *name = string_copy(strncmp(port, "\\\\.\\", 4) == 0 ? port + 4 : port);
	make_lower(name);
	return name;
}

char *cross_pipe_name(const char *server) {
	char *name = NULL;
	char *text = string_copy(server);
	make_lower(text);
	if (strncmp(text, "npipe:", 6) == 0) {
		for (char *part = text + 6; part && !name;) {
			size_t len = strcspn(part, ",");
			char *next = part[len] ? part + len + 1 : NULL;
			part[len] = 0;
			if (strncmp(part, "pipe=", 5) == 0) {
				name = joined("npipe:", part + 5);
			}
			part = next;
		}
	}
	if (!name) {
		name = string_copy(server);
		make_lower(name);
	}
	free(text);
	return name;
}

static bool is_windows_path(const char *path) {
	return strchr(path, '\\') || (isalpha((unsigned char)path[0]) && path[1] == ':');
}

static bool is_absolute(const char *path) {
	return path[0] == '/' || path[0] == '\\' || (path[0] && path[1] == ':');
}

/* Leave out "./" and "//". */
static void tidy_path(char *path) {
	char *to = path;
	for (const char *from = path; *from;) {
		bool at_part = to == path || to[-1] == '/';
		if (at_part && from[0] == '.' && from[1] == '/') {
			from += 2;
		} else if (at_part && to > path && from[0] == '/') {
			from++;
		} else {
			*to++ = *from++;
		}
	}
	*to = 0;
}

char *cross_log_name(const char *work_dir, const char *log_file) {
	char *folder = joined(work_dir && !is_absolute(log_file) ? work_dir : ".", "/");
	char *path = joined(is_absolute(log_file) ? "" : folder, log_file);
	if (is_windows_path(path)) {
		make_lower(path);
		for (char *p = path; *p; p++) {
			*p = *p == '\\' ? '/' : *p;
		}
	}
	tidy_path(path);
	free(folder);
	return path;
}
