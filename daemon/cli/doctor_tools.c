/* The doctor's checks of what kd needs: kd itself, its symbols, its pipe. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/doctor.h"
#include "config/names.h"
#include "io/probe.h"
#include "os/os.h"

#define VERSION_MS 10000
#define CONNECT_MS 5000

/* --- kd ----------------------------------------------------------------------------------------
 */

void doctor_kd(struct doctor *d) {
	char path[4096] = "", line[200] = "";
	int error = os_find_kd(d->profile->kd, path, sizeof(path));
	struct finding *f = doctor_find(d, "kd", error ? FINDING_FAIL : FINDING_OK);

	if (error) {
		snprintf(f->evidence, sizeof(f->evidence), "kd = %.200s: %s", d->profile->kd,
			uv_strerror(error));
		snprintf(f->next, sizeof(f->next),
			"install the Debugging Tools for Windows, or set kd to the debugger's path");
		return;
	}
	error = probe_program(path, "-version", VERSION_MS, line, sizeof(line));
	if (error) {
		f->verdict = FINDING_FAIL;
		snprintf(f->evidence, sizeof(f->evidence), "%.300s -version: %s", path,
			uv_strerror(error));
		return;
	}
	snprintf(f->evidence, sizeof(f->evidence), "%.300s: %s", path,
		line[0] ? line : "says no version");
}

/* --- symbols -----------------------------------------------------------------------------------
 */

static void find_symbols(
	struct doctor *d, const char *place, int error, const char *good, const char *next) {
	struct finding *f = doctor_find(d, "symbols", error ? FINDING_WARN : FINDING_OK);

	snprintf(f->evidence, sizeof(f->evidence), "%.300s: %s", place,
		error ? uv_strerror(error) : good);
	snprintf(f->next, sizeof(f->next), "%s", error ? next : "");
}

static void find_server(struct doctor *d, const char *url) {
	const char *host = strstr(url, "://") + 3;
	size_t len = strcspn(host, "/");
	char name[256], *colon;
	const char *service = strncmp(url, "https", 5) == 0 ? "443" : "80";

	snprintf(name, sizeof(name), "%.*s", (int)len, host);
	colon = strrchr(name, ':');
	if (colon) {
		*colon = '\0';
		service = colon + 1;
	}
	find_symbols(d, url, probe_tcp(name, service, CONNECT_MS), "a server answers",
		"no way there from here: a proxy (env._NT_SYMBOL_PROXY), or an offline store");
}

static void find_folder(struct doctor *d, const char *path) {
	uint64_t bytes = 0;

	find_symbols(d, path, probe_folder(path, &bytes), "a folder that may be written",
		"make it, for the account that runs the daemon: downloads go there");
}

/* One part of a path's element: srv*PART*PART, a folder or a server. */
static void find_part(struct doctor *d, const char *part) {
	static const char *const words[] = {"srv", "symsrv", "symsrv.dll", "cache"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (names_equal(part, words[i])) {
			return;
		}
	}
	if (strstr(part, "://")) {
		find_server(d, part);
	} else {
		find_folder(d, part);
	}
}

void doctor_symbols(struct doctor *d) {
	const char *at = d->profile->symbol_path;
	struct finding *f;

	if (!at) {
		f = doctor_find(d, "symbols", FINDING_WARN);
		snprintf(f->evidence, sizeof(f->evidence), "symbol_path is not set");
		snprintf(f->next, sizeof(f->next),
			"without nt's symbols no breakpoint by name can be set; see the sample");
		return;
	}
	while (*at) {
		char part[1024];
		size_t n = strcspn(at, ";*");

		snprintf(part, sizeof(part), "%.*s", (int)n, at);
		if (part[0]) {
			find_part(d, part);
		}
		at += n + (at[n] != '\0');
	}
}

/* --- the pipe ----------------------------------------------------------------------------------
 */

void doctor_pipe(struct doctor *d) {
	const char *pipe = d->profile->server ? strstr(d->profile->server, "pipe=") : NULL;
	char name[200];
	struct finding *f;
	int error;

	if (!pipe) {
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(pipe + 5, ","), pipe + 5);
	error = os_pipe_probe(name);
	f = doctor_find(d, "pipe", FINDING_OK);
	if (error == UV_ENOTSUP) {
		f->verdict = FINDING_UNKNOWN;
		snprintf(f->evidence, sizeof(f->evidence),
			"%s: this system has no list of the pipes of Windows programs", name);
	} else if (error == UV_EADDRINUSE && d->kd_pid) {
		snprintf(f->evidence, sizeof(f->evidence), "%s: served", name);
	} else if (error) {
		f->verdict = FINDING_FAIL;
		snprintf(f->evidence, sizeof(f->evidence), "%s: %s", name, uv_strerror(error));
		snprintf(
			f->next, sizeof(f->next), "another program serves it: choose another name");
	} else {
		snprintf(f->evidence, sizeof(f->evidence), "%s: free", name);
	}
}
