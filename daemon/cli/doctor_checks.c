/* The doctor's checks of this computer: daemon, port, line, rate, log, account. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/doctor.h"
#include "cli/options.h"
#include "core/ear.h"
#include "io/control_call.h"
#include "io/listen.h"
#include "io/probe.h"
#include "os/os.h"

#define ANSWER_MS 3000
#define TARGET_RATE 115200 /* bcdedit's default; kd's own is 19200 */
#define MIB (1024.0 * 1024.0)

/* --- the daemon --------------------------------------------------------------------------------
 */

struct asking {
	struct doctor *d;
	bool answered;
};

static const char *text_of(const json_t *item, const char *key, const char *otherwise) {
	const char *text = json_string_value(json_object_get(item, key));

	return text ? text : otherwise;
}

static void find_state(struct doctor *d, const json_t *session) {
	const char *state = text_of(session, "state", "?"), *why = text_of(session, "why", "");
	bool is_waiting = strcmp(state, "waiting") == 0 || strcmp(state, "port") == 0 ||
			  strcmp(state, "unknown") == 0 || strcmp(state, "backoff") == 0;
	struct finding *f = doctor_find(d, "daemon", is_waiting ? FINDING_WARN : FINDING_OK);

	d->kd_pid = (int)json_integer_value(json_object_get(session, "kd_pid"));
	snprintf(f->evidence, sizeof(f->evidence), "the session is %s, %s, since %s%s%s", state,
		text_of(session, "arm", "?"), text_of(session, "since", "?"), *why ? ": " : "",
		why);
	if (strcmp(state, "waiting") == 0) {
		snprintf(f->next, sizeof(f->next),
			"a target that runs says nothing until it is broken into: see the rate, the "
			"cable (null-modem) and the target's settings below");
	}
}

static bool on_status(void *data, const char *line, size_t len) {
	struct asking *a = data;
	json_t *root = json_loadb(line, len, 0, NULL);
	const json_t *sessions = json_object_get(root, "sessions");

	a->answered = true;
	if (json_array_size(sessions) == 1) {
		find_state(a->d, json_array_get(sessions, 0));
	} else {
		struct finding *f = doctor_find(a->d, "daemon", FINDING_WARN);

		snprintf(f->evidence, sizeof(f->evidence), "the daemon answers: %s",
			text_of(root, "error", "it does not know this session"));
		snprintf(f->next, sizeof(f->next), "livedebug reload");
	}
	json_decref(root);
	return false;
}

void doctor_daemon(struct doctor *d) {
	struct request request = {.verb = REQUEST_STATUS};
	struct asking a = {.d = d};
	char path[CLI_PATH_MAX] = "";
	int error = cli_control_path(d->config, path, sizeof(path));

	snprintf(request.session, sizeof(request.session), "%s", d->profile->name);
	error = error ? error : control_call(path, &request, ANSWER_MS, on_status, &a);
	if (!a.answered) {
		struct finding *f = doctor_find(d, "daemon", FINDING_WARN);

		snprintf(f->evidence, sizeof(f->evidence), "no daemon answers at %.300s (%s)", path,
			uv_strerror(error));
		snprintf(f->next, sizeof(f->next), "livedebug run, or start the service");
	}
}

/* --- the port ----------------------------------------------------------------------------------
 */

static void find_port(
	struct doctor *d, enum finding_verdict verdict, const char *why, const char *next) {
	struct finding *f = doctor_find(d, "port", verdict);

	const char *device = profile_device(d->profile);
	bool names_it = strncmp(why, device, strlen(device)) == 0;

	snprintf(f->evidence, sizeof(f->evidence), "%.200s%s%s", names_it ? "" : device,
		names_it ? "" : ": ", why);
	snprintf(f->next, sizeof(f->next), "%s", next);
}

void doctor_port(struct doctor *d) {
	char why[256] = "", ours[64];
	int probed = os_port_probe(
		profile_device(d->profile), d->device, sizeof(d->device), why, sizeof(why));
	int error = probed == OS_PORT_TRIED ? 0 : probed;

	snprintf(ours, sizeof(ours), "(process %d)", d->kd_pid);
	d->port_is_free = error == 0;
	if (error == 0) {
		find_port(d, FINDING_OK, "there, and free", "");
	} else if (error == UV_EBUSY && d->kd_pid && strstr(why, ours)) {
		find_port(d, FINDING_OK, why, "");
	} else if (error == UV_EBUSY) {
		find_port(d, FINDING_FAIL, why, "end the other program; only one may have a port");
	} else {
		find_port(d, FINDING_FAIL, why,
			"livedebug ports lists those that are there; is the adapter plugged in?");
	}
}

/* --- the line ----------------------------------------------------------------------------------
 */

static const struct {
	enum finding_verdict verdict;
	const char *evidence, *next;
} heard_texts[EAR_VERDICTS] = {
	[EAR_SILENCE] = {FINDING_UNKNOWN,
		"silence: so is a target that runs without a debugger, and a cable that is out",
		"reboot the target while listening: a kernel with debugging on speaks within seconds of "
		"its start; if it does not, look at cable, port and settings"},
	[EAR_HALTED] = {FINDING_FAIL,
		"KD packets that tell of a stop, again and again: THE TARGET IS HALTED and waits for a "
		"debugger",
		"livedebug release "},
	[EAR_KD] = {FINDING_OK, "KD packets with a right checksum: cable and rate are right", ""},
	[EAR_TEXT] = {FINDING_FAIL, "text: something else than KD speaks on this line",
		"is it the port of a console or of a boot loader? Give KD a port of its own"},
	[EAR_WRONG_RATE] = {FINDING_FAIL,
		"bytes as they look when this rate is higher than the target's",
		"set baud_rate to what bcdedit /dbgsettings shows on the target"},
	[EAR_NOISE] = {FINDING_FAIL, "bytes that are no KD packets and no text",
		"another rate, or a bad cable: compare baud_rate with bcdedit /dbgsettings"},
};

static bool on_heard(void *data, const uint8_t *bytes, size_t len) {
	struct ear *e = data;

	ear_hear(e, bytes, len);
	return e->packets < 2 && e->exceptions == 0; /* proved: no need to wait on */
}

static void find_line(struct doctor *d, const struct ear *e) {
	enum ear_verdict v = ear_verdict(e);
	struct finding *f = doctor_find(d, "line", heard_texts[v].verdict);

	snprintf(f->evidence, sizeof(f->evidence),
		"heard %" PRIu64 " bytes, %" PRIu64 " KD packets: %s", e->bytes,
		e->packets + e->controls, heard_texts[v].evidence);
	snprintf(f->next, sizeof(f->next), "%s%s", heard_texts[v].next,
		v == EAR_HALTED ? d->profile->name : "");
}

static void find_unheard(struct doctor *d, const char *evidence, const char *next) {
	struct finding *f = doctor_find(d, "line", FINDING_UNKNOWN);

	snprintf(f->evidence, sizeof(f->evidence), "not listened to: %s", evidence);
	snprintf(f->next, sizeof(f->next), "%s%s", next, d->profile->name);
}

void doctor_line(struct doctor *d) {
	struct ear ear = {0};
	char why[256] = "";

	if (d->listen_ms == 0) {
		find_unheard(d, "--listen was not asked for", "livedebug doctor --listen 30s ");
		return;
	}
	if (!d->port_is_free) {
		find_unheard(d, "the port is not free", "livedebug stop ");
		return;
	}
	if (d->is_told) {
		fprintf(stderr,
			"livedebug doctor: session '%s': listening for up to %" PRIu64 " s\n",
			d->profile->name, (d->listen_ms + 999) / 1000);
	}
	if (listen_line(d->device, d->profile->baud_rate, d->listen_ms, on_heard, &ear, why,
		    sizeof(why))) {
		find_unheard(d, why, "livedebug ports; then again: livedebug doctor ");
		return;
	}
	find_line(d, &ear);
}

void doctor_rate(struct doctor *d) {
	bool is_default = d->profile->baud_rate == TARGET_RATE;
	struct finding *f = doctor_find(d, "rate", is_default ? FINDING_OK : FINDING_WARN);

	snprintf(f->evidence, sizeof(f->evidence), "%" PRIu64 " baud%s", d->profile->baud_rate,
		is_default ? ", which is the target's default"
			   : "; the target's default is 115200 (kd's own is 19200)");
	if (!is_default) {
		snprintf(f->next, sizeof(f->next),
			"see that bcdedit /dbgsettings on the target shows baudrate %" PRIu64,
			d->profile->baud_rate);
	}
}

/* --- log and account ---------------------------------------------------------------------------
 */

static void folder_of(const struct profile *p, char *out, size_t cap) {
	const char *end = p->log_file;

	for (const char *c = p->log_file; *c; c++) {
		end = *c == '/' || *c == '\\' ? c : end;
	}
	if (end == p->log_file && *end != '/' && *end != '\\') {
		snprintf(out, cap, "%s", p->work_dir ? p->work_dir : ".");
	} else {
		snprintf(out, cap, "%.*s", end == p->log_file ? 1 : (int)(end - p->log_file),
			p->log_file);
	}
}

void doctor_log(struct doctor *d) {
	char folder[4096];
	uint64_t bytes = 0;
	int error;
	struct finding *f;

	folder_of(d->profile, folder, sizeof(folder));
	error = probe_folder(folder, &bytes);
	f = doctor_find(d, "log", FINDING_OK);
	if (error) {
		f->verdict = FINDING_FAIL;
		snprintf(
			f->evidence, sizeof(f->evidence), "%.300s: %s", folder, uv_strerror(error));
		snprintf(f->next, sizeof(f->next),
			"make the folder, or let the daemon's account write there");
		return;
	}
	snprintf(f->evidence, sizeof(f->evidence), "%.300s: may be written, %.0f MiB free", folder,
		(double)bytes / MIB);
	if (bytes < d->profile->disk_reserve) {
		f->verdict = FINDING_FAIL;
		snprintf(f->next, sizeof(f->next),
			"less than disk_reserve: make room, or the session disarms");
	}
}

void doctor_account(struct doctor *d) {
	uv_passwd_t me;
	struct finding *f = doctor_find(d, "account", FINDING_OK);

	if (uv_os_get_passwd(&me) != 0) {
		f->verdict = FINDING_UNKNOWN;
		snprintf(f->evidence, sizeof(f->evidence), "this user's name is not to be had");
		return;
	}
	snprintf(f->evidence, sizeof(f->evidence),
		"all this was seen as %.100s; a service with another account may see it otherwise",
		me.username);
	uv_os_free_passwd(&me);
}
