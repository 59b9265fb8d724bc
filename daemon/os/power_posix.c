/*
 * Clocks, /sys/class/power_supply, and logind by its own tools: systemd-inhibit keeps awake and
 * holds a sleep up, dbus-monitor tells of it. Without logind none of it is done, and that is said.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"
#include "os/power.h"

#define WORDS_MAX 16
#define LINE_BYTES 256
/* The widest needs rights that a service may not have; then the least. */
#define WIDEST "--what=idle:sleep:handle-lid-switch"
#define LEAST "--what=idle"

static uint64_t clock_ms(clockid_t id) {
	struct timespec t = {0};

	(void)clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t os_now_ms(void) {
	return clock_ms(CLOCK_BOOTTIME);
}

void os_clocks(uint64_t *now_ms, uint64_t *awake_ms) {
	*now_ms = clock_ms(CLOCK_BOOTTIME);
	*awake_ms = clock_ms(CLOCK_MONOTONIC);
}

/* A test's computer, in place of "". */
static const char *root(void) {
	const char *set = getenv("LIVEDEBUG_POWER_ROOT");

	return set ? set : "";
}

/* --- the battery -------------------------------------------------------------------------------
 */

/* The first word of a small file. */
static bool read_word(const char *folder, const char *name, char *out, size_t cap) {
	char path[PATH_MAX];
	FILE *file;
	bool good;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path)) {
		return false;
	}
	file = fopen(path, "re");
	good = file && fgets(out, (int)cap, file);
	if (file) {
		(void)fclose(file);
	}
	if (good) {
		out[strcspn(out, " \n")] = '\0';
	}
	return good;
}

struct supplies {
	bool mains, mains_on, battery, discharging;
	int percent;
};

static void look_at(const char *folder, struct supplies *s) {
	char type[32], word[32];

	if (!read_word(folder, "type", type, sizeof(type))) {
		return;
	}
	if (strcmp(type, "Mains") == 0 || strcmp(type, "USB") == 0) {
		bool on = read_word(folder, "online", word, sizeof(word)) && word[0] == '1';

		s->mains = s->mains || strcmp(type, "Mains") == 0;
		s->mains_on = s->mains_on || on;
	} else if (strcmp(type, "Battery") == 0 &&
		   !(read_word(folder, "scope", word, sizeof(word)) &&
			   strcmp(word, "Device") == 0)) { /* a mouse has one too */
		s->battery = true;
		s->discharging =
			s->discharging || (read_word(folder, "status", word, sizeof(word)) &&
						  strcmp(word, "Discharging") == 0);
		if (read_word(folder, "capacity", word, sizeof(word))) {
			int percent = atoi(word);

			s->percent = percent > s->percent ? percent : s->percent;
		}
	}
}

void os_battery(enum power_source *source, int *percent) {
	struct supplies s = {.percent = -1};
	char place[PATH_MAX], folder[PATH_MAX];
	const struct dirent *entry;
	DIR *dir;

	*source = POWER_SOURCE_UNKNOWN;
	*percent = -1;
	snprintf(place, sizeof(place), "%s/sys/class/power_supply", root());
	dir = opendir(place);
	while (dir && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.' && (size_t)snprintf(folder, sizeof(folder), "%s/%s",
						       place, entry->d_name) < sizeof(folder)) {
			look_at(folder, &s);
		}
	}
	if (dir) {
		(void)closedir(dir);
	}
	if (s.battery && !s.mains_on && (s.mains || s.discharging)) {
		*source = POWER_SOURCE_BATTERY;
	} else if (s.mains_on || s.battery) {
		*source = POWER_SOURCE_MAINS;
	}
	*percent = s.battery ? s.percent : -1;
}

/* --- logind ------------------------------------------------------------------------------------
 */

enum { HELPER_HOLD, HELPER_DELAY, HELPER_HEAR, HELPERS };

struct helper {
	struct os_power *o;
	uv_process_t process;
	uv_pipe_t in, out;
	bool open, wanted; /* its handles are; it should run */
	unsigned closing;
	char line[LINE_BYTES];
	size_t len;
};

struct os_power {
	uv_loop_t *loop;
	const struct os_power_events *events;
	void *data;
	struct helper helpers[HELPERS];
	bool has_logind, is_least, said[HELPERS];
	bool ending;
	void (*done)(void *data);
	void *done_data;
};

static void start(struct os_power *o, int which);

static void say(struct os_power *o, int which, const char *why) {
	static const char *const what[HELPERS] = {
		[HELPER_HOLD] = "this computer is not kept awake",
		[HELPER_DELAY] = "a sleep of this computer is not held up for the detach",
		[HELPER_HEAR] = "a sleep of this computer is not heard of before it",
	};

	if (!o->said[which]) {
		o->said[which] = true;
		o->events->trouble(o->data, what[which], why);
	}
}

static void tell_if_over(struct os_power *o) {
	for (int i = 0; i < HELPERS; i++) {
		if (o->helpers[i].open) {
			return;
		}
	}
	if (o->ending) {
		void (*done)(void *data) = o->done;
		void *data = o->done_data;

		free(o);
		done(data);
	}
}

static void on_helper_closed(uv_handle_t *handle) {
	struct helper *h = handle->data;
	struct os_power *o = h->o;

	if (--h->closing > 0) {
		return;
	}
	h->open = false;
	if (o->ending) {
		tell_if_over(o);
	} else if (h->wanted) { /* wanted again meanwhile */
		start(o, (int)(h - o->helpers));
	}
}

static void close_helper(struct helper *h, bool has_process) {
	h->closing = has_process ? 3 : 2;
	uv_close((uv_handle_t *)&h->in, on_helper_closed);
	uv_close((uv_handle_t *)&h->out, on_helper_closed);
	if (has_process) {
		uv_close((uv_handle_t *)&h->process, on_helper_closed);
	}
}

/* One that ends by itself could not do it: without the rights for all, once with the least. */
static void on_exit_(uv_process_t *process, int64_t status, int number) {
	struct helper *h = process->data;
	struct os_power *o = h->o;
	int which = (int)(h - o->helpers);
	char why[96];

	if (h->wanted && !o->ending) {
		h->wanted = false;
		if (which == HELPER_HOLD && !o->is_least) {
			o->is_least = h->wanted = true;
		} else {
			snprintf(why, sizeof(why), "%s ended, code %d",
				which == HELPER_HEAR ? "dbus-monitor" : "systemd-inhibit",
				number ? number : (int)status);
			say(o, which, why);
		}
	}
	close_helper(h, true);
}

static void take_line(struct os_power *o, const char *line) {
	if (strstr(line, "boolean true")) {
		o->events->suspend(o->data);
	} else if (strstr(line, "boolean false")) {
		o->events->resume(o->data);
		o->helpers[HELPER_DELAY].wanted = true;
		start(o, HELPER_DELAY); /* for the next one */
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
	struct helper *h = handle->data;

	(void)suggested;
	if (h->len == LINE_BYTES - 1) {
		h->len = 0; /* no line of what is waited for is so long */
	}
	*buf = uv_buf_init(h->line + h->len, (unsigned)(LINE_BYTES - 1 - h->len));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf) {
	struct helper *h = stream->data;
	char *end;

	(void)buf;
	if (count <= 0) {
		if (count < 0) {
			(void)uv_read_stop(stream);
		}
		return;
	}
	h->len += (size_t)count;
	h->line[h->len] = '\0';
	while ((end = strchr(h->line, '\n')) != NULL) {
		*end = '\0';
		take_line(h->o, h->line);
		h->len -= (size_t)(end + 1 - h->line);
		memmove(h->line, end + 1, h->len + 1);
	}
}

static const char *const *words_of(const struct os_power *o, int which) {
	static const char *const hold[] = {"systemd-inhibit", WIDEST, "--mode=block",
		"--who=livedebug", "--why=a kernel-debug session is armed", "cat", NULL};
	static const char *const least[] = {"systemd-inhibit", LEAST, "--mode=block",
		"--who=livedebug", "--why=a kernel-debug session is armed", "cat", NULL};
	static const char *const delay[] = {"systemd-inhibit", "--what=sleep", "--mode=delay",
		"--who=livedebug", "--why=targets are released first", "cat", NULL};
	static const char *const hear[] = {"dbus-monitor", "--system",
		"type='signal',interface='org.freedesktop.login1.Manager',member='PrepareForSleep'",
		NULL};

	return which == HELPER_HEAR    ? hear
	       : which == HELPER_DELAY ? delay
	       : o->is_least           ? least
				       : hold;
}

static int spawn(struct helper *h, const char *const *own) {
	const char *words[WORDS_MAX + OS_LAUNCH_WORDS] = {NULL};
	char launcher[PATH_MAX];
	size_t n = os_launch_words(words, launcher, sizeof(launcher));
	uv_stdio_container_t stdio[3] = {
		{.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&h->in},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&h->out},
		{.flags = UV_IGNORE}};
	uv_process_options_t options = {.exit_cb = on_exit_, .stdio = stdio, .stdio_count = 3};

	for (size_t i = 0; own[i] && n < WORDS_MAX + OS_LAUNCH_WORDS - 1; i++) {
		words[n++] = own[i];
	}
	options.file = words[0];
	options.args = (char **)words;
	return uv_spawn(h->o->loop, &h->process, &options);
}

static void start(struct os_power *o, int which) {
	struct helper *h = &o->helpers[which];
	int error;

	if (h->open || o->ending) {
		return; /* it is, or its end comes first */
	}
	h->o = o;
	h->open = true;
	h->len = 0;
	uv_pipe_init(o->loop, &h->in, 0);
	uv_pipe_init(o->loop, &h->out, 0);
	h->in.data = h->out.data = h->process.data = h;
	error = spawn(h, words_of(o, which));
	if (error) {
		h->wanted = false;
		say(o, which, uv_strerror(error));
		close_helper(h, h->process.type == UV_PROCESS);
	} else {
		(void)uv_read_start((uv_stream_t *)&h->out, on_alloc, on_read);
	}
}

static void stop(struct os_power *o, int which) {
	struct helper *h = &o->helpers[which];

	h->wanted = false;
	if (h->open && h->closing == 0) {
		(void)os_kill((int)h->process.pid);
	}
}

int os_power_open(
	uv_loop_t *loop, const struct os_power_events *events, void *data, struct os_power **out) {
	struct os_power *o = calloc(1, sizeof(*o));
	char path[PATH_MAX];

	*out = o;
	if (!o) {
		return UV_ENOMEM;
	}
	o->loop = loop;
	o->events = events;
	o->data = data;
	snprintf(path, sizeof(path), "%s/run/systemd/system", root());
	o->has_logind = access(path, F_OK) == 0;
	if (o->has_logind) {
		o->helpers[HELPER_DELAY].wanted = o->helpers[HELPER_HEAR].wanted = true;
		start(o, HELPER_HEAR);
		start(o, HELPER_DELAY);
	}
	return 0;
}

void os_power_hold(struct os_power *o, bool awake) {
	if (!o->has_logind) {
		if (awake) {
			say(o, HELPER_HOLD, "no systemd-logind here");
		}
		return;
	}
	o->helpers[HELPER_HOLD].wanted = awake;
	if (awake) {
		start(o, HELPER_HOLD);
	} else {
		stop(o, HELPER_HOLD);
	}
}

void os_power_ready(struct os_power *o) {
	stop(o, HELPER_DELAY);
}

void os_power_close(struct os_power *o, void (*done)(void *data), void *data) {
	o->ending = true;
	o->done = done;
	o->done_data = data;
	for (int i = 0; i < HELPERS; i++) {
		stop(o, i);
	}
	tell_if_over(o);
}

/* --- settings ----------------------------------------------------------------------------------
 */

/* KEY=value of logind.conf, the last one that is not a comment. */
static bool logind_value(const char *key, char *out, size_t cap) {
	char path[PATH_MAX], line[LINE_BYTES];
	size_t len = strlen(key);
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/etc/systemd/logind.conf", root());
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, len) == 0 && line[len] == '=') {
			line[strcspn(line, "\r\n")] = '\0';
			snprintf(out, cap, "%s", line + len + 1);
			found = true;
		}
	}
	if (file) {
		(void)fclose(file);
	}
	return found;
}

static void lid(struct os_power_setting *out, const char *key, const char *fallback) {
	static char found[LINE_BYTES + 64];
	char value[LINE_BYTES];
	bool set = logind_value(key, value, sizeof(value));

	snprintf(found, sizeof(found), "%s=%s%s", key, set ? value : fallback,
		set ? "" : " (logind's default)");
	out->known = true;
	out->found = found;
	out->good = strcmp(set ? value : fallback, "ignore") == 0 ||
		    strcmp(set ? value : fallback, "lock") == 0;
	out->next = out->good ? NULL : "in /etc/systemd/logind.conf: ignore";
}

bool os_power_setting(size_t n, struct os_power_setting *out) {
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/run/systemd/system", root());
	*out = (struct os_power_setting){.name = n == 0 ? "lid" : "idle"};
	if (n > 1) {
		return false;
	}
	if (access(path, F_OK) != 0) {
		out->found = "not known here: no systemd-logind";
	} else if (n == 0) {
		lid(out, "HandleLidSwitch", "suspend");
	} else {
		lid(out, "IdleAction", "ignore");
	}
	return true;
}
