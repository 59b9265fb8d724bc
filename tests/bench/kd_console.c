/* What the stand-in for kd says: to standard output, to the log, to the clients. */
#include "tests/bench/kd.h"
#include "tests/bench/kd_os.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void kd_log_open(struct kd *kd, const char *path, bool append) {
	os_close(kd->out.log);
	kd->out.log = os_log_open(path, append);
	if (kd->out.log < 0) {
		kd_print(kd, "Log file could not be opened\n");
	}
}

/* What a joining client is told of the past. */
static void remember(struct kd_console *out, const char *bytes, size_t len) {
	if (len >= KD_HISTORY) {
		bytes += len - KD_HISTORY;
		len = KD_HISTORY;
	}
	if (out->history_len + len > KD_HISTORY) {
		size_t drop = out->history_len + len - KD_HISTORY;
		memmove(out->history, out->history + drop, out->history_len - drop);
		out->history_len -= drop;
	}
	memcpy(out->history + out->history_len, bytes, len);
	out->history_len += len;
}

static void to_log(struct kd *kd, const char *bytes, size_t len) {
	if (kd->out.log >= 0) {
		os_write(kd->out.log, bytes, len, true);
	}
}

static void to_stdout(struct kd *kd, const char *bytes, size_t len) {
	if (!kd->opt.no_io) {
		os_write(1, bytes, len, true);
	}
}

void kd_put(struct kd *kd, const char *bytes, size_t len) {
	if (len == 0) {
		return;
	}
	kd->out.line_start = bytes[len - 1] == '\n';
	to_log(kd, bytes, len);
	remember(&kd->out, bytes, len);
	kd_clients_put(kd, bytes, len, KD_SERVER_SIDE);
	to_stdout(kd, bytes, len);
}

void kd_text(struct kd *kd, const char *text) {
	kd_put(kd, text, strlen(text));
}

void kd_print(struct kd *kd, const char *format, ...) {
	char text[KD_LINE_MAX];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n > 0) {
		kd_put(kd, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
	}
}

void kd_prompt(struct kd *kd, int to) {
	char text[24] = "kd> ";
	if (kd_fault_at(kd, KD_AT_PROMPT) & KD_NO_PROMPT) {
		return;
	}
	if (kd->stop.cpus > 1) {
		snprintf(text, sizeof text, "%u: kd> ", kd->stop.cpu);
	}
	if (to == KD_SERVER_SIDE) {
		kd_text(kd, text);
	} else {
		kd_client_put(kd, to, text, strlen(text));
	}
}

void kd_echo(struct kd *kd, const char *line, int from) {
	char text[KD_LINE_MAX + 200];
	if (from == KD_SERVER_SIDE) {
		snprintf(text, sizeof text, "%s\n", line);
	} else {
		snprintf(text, sizeof text, "[%s] %s\n", kd->server.client[from].who, line);
		to_stdout(kd, text, strlen(text));
	}
	to_log(kd, text, strlen(text));
	remember(&kd->out, text, strlen(text));
	kd_clients_put(kd, text, strlen(text), from);
}
