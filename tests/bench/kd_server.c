/* -server npipe: and -remote: everybody sees everything, anybody may type. */
#include "tests/bench/kd.h"
#include "tests/bench/kd_os.h"

#include <stdio.h>
#include <string.h>

/* Lines from a client that are not commands. */
#define HELLO "\001hello "
#define BREAK "\003"
#define REFUSED "Error 0x80004005\n"

bool kd_server_start(struct kd *kd) {
	bool busy = false;
	char host[65];
	for (int i = 0; i < KD_CLIENTS; i++) {
		kd->server.client[i].fd = -1;
	}
	kd->server.fd = -1;
	if (kd->opt.pipe[0] == '\0') {
		return true;
	}
	kd->server.fd = os_pipe_serve(kd->opt.pipe, &busy);
	if (kd->server.fd < 0) {
		kd_print(kd, "Unable to start server '%s', Win32 error 0n%d\n", kd->opt.transport,
			busy ? 231 : 2);
		return false;
	}
	os_host(host, sizeof host);
	kd_print(kd,
		"Server started.  Client can connect with any of these command lines\n"
		"0: <debugger> -remote npipe:Pipe=%s,Server=%s\n",
		kd->opt.pipe, host);
	return true;
}

void kd_server_accept(struct kd *kd) {
	int fd = os_pipe_accept(kd->server.fd);
	for (int i = 0; fd >= 0 && i < KD_CLIENTS; i++) {
		if (kd->server.client[i].fd < 0) {
			kd->server.client[i] = (struct kd_client){.fd = fd};
			return;
		}
	}
	os_close(fd);
}

void kd_client_put(struct kd *kd, int id, const char *bytes, size_t len) {
	struct kd_client *c = &kd->server.client[id];
	bool wait = kd->opt.blocking_clients || kd->faults.block_client;
	if (c->fd >= 0 && c->greeted && !os_write(c->fd, bytes, len, wait)) {
		os_close(c->fd); /* gone, or too slow: no word of it */
		c->fd = -1;
	}
}

void kd_clients_put(struct kd *kd, const char *bytes, size_t len, int except) {
	for (int i = 0; i < KD_CLIENTS; i++) {
		if (i != except) {
			kd_client_put(kd, i, bytes, len);
		}
	}
}

static void greet(struct kd *kd, int id, const char *who) {
	struct kd_client *c = &kd->server.client[id];
	char when[64];
	snprintf(c->who, sizeof c->who, "%.80s (npipe \\\\.\\pipe\\%.60s)", who, kd->opt.pipe);
	os_time_text(when, sizeof when);
	c->greeted = true;
	kd_client_put(kd, id, kd->out.history, kd->out.history_len);
	kd_print(kd, "%s connected at %s\n", c->who, when);
}

/* "WHO", a tab, and the password where there is one. */
static void hello(struct kd *kd, int id, const char *text) {
	char who[160];
	const char *password = strchr(text, '\t');
	size_t len = strcspn(text, "\t");
	snprintf(who, sizeof who, "%.*s", (int)len, text);
	if (strcmp(password ? password + 1 : "", kd->opt.password) != 0) {
		struct kd_client *c = &kd->server.client[id];
		os_write(c->fd, REFUSED, strlen(REFUSED), true);
		os_close(c->fd);
		c->fd = -1;
		return;
	}
	greet(kd, id, who);
}

static void client_line(struct kd *kd, int id, const char *text) {
	if (strncmp(text, HELLO, strlen(HELLO)) == 0) {
		hello(kd, id, text + strlen(HELLO));
	} else if (strcmp(text, BREAK) == 0) {
		kd_break_request(kd, id);
	} else if (kd->server.client[id].greeted) {
		kd_line_take(kd, text, id);
	}
}

void kd_client_read(struct kd *kd, int id) {
	struct kd_client *c = &kd->server.client[id];
	ptrdiff_t n = os_read(c->fd, c->in + c->used, sizeof c->in - 1 - c->used);
	if (n == 0) {
		os_close(c->fd);
		c->fd = -1;
		return;
	}
	c->used += n > 0 ? (size_t)n : 0;
	char *end;
	while (c->fd >= 0 && (end = memchr(c->in, '\n', c->used)) != NULL) {
		char text[KD_LINE_MAX];
		size_t len = (size_t)(end - c->in);
		snprintf(text, sizeof text, "%.*s", (int)len, c->in);
		c->used -= len + 1;
		memmove(c->in, end + 1, c->used);
		client_line(kd, id, text);
	}
	if (c->used == sizeof c->in - 1) {
		c->used = 0;
	}
}

/* --- the client --- */

/* Our standard input to the server. False: it ended, or somebody pressed CTRL+B. */
static bool relay_input(int fd, bool *ended) {
	char bytes[KD_LINE_MAX];
	ptrdiff_t n = os_read(0, bytes, sizeof bytes);
	*ended = n == 0;
	if (n > 0 && bytes[0] == 0x02) {
		return false;
	}
	return n <= 0 || os_write(fd, bytes, (size_t)n, true);
}

int kd_remote_run(const struct kd_options *opt) {
	char who[160], words[300], bytes[KD_LINE_MAX];
	int fd = os_pipe_connect(opt->remote);
	if (fd < 0) {
		printf("Unable to connect to '%s', Win32 error 0n2\n", opt->transport);
		return 1;
	}
	os_who(who, sizeof who);
	os_write(fd, words,
		(size_t)snprintf(words, sizeof words, HELLO "%s%s%s\n", who,
			*opt->password ? "\t" : "", opt->password),
		true);
	if (opt->break_once) {
		os_write(fd, BREAK "\n", 2, true);
	}
	for (bool ended = false;;) {
		struct os_ready set[] = {{.fd = fd}, {.fd = ended ? -1 : 0}};
		os_wait(set, 2, -1);
		while (os_take_break()) {
			os_write(fd, BREAK "\n", 2, true);
		}
		if (set[1].ready && !relay_input(fd, &ended)) {
			return 0;
		}
		ptrdiff_t n = set[0].ready ? os_read(fd, bytes, sizeof bytes) : -1;
		if (n == 0) {
			return 0;
		}
		os_write(1, bytes, n > 0 ? (size_t)n : 0, true);
	}
}
