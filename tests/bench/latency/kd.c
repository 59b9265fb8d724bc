/*
 * A kd that only keeps time: how long is it from the last byte of a proved prompt (the one behind
 * the answer to `.echo`) to the next command on standard input? It stands at a prompt from its
 * start, answers each command at once, and at the first `g` writes what it measured, a delay in
 * nanoseconds a line, to the file LATENCY_OUT. A break (SIGINT) halts it again; \x02 ends it.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES_MAX 10000
#define WATCH_NS 20000000u
#define PROMPT "0: kd> "

static uint64_t samples[SAMPLES_MAX];
static size_t sample_count;
static bool saved;
static volatile sig_atomic_t broken_in;

static void on_break(int number) {
	(void)number;
	broken_in = 1;
}

static uint64_t now_ns(void) {
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/*
 * In one write. The clock is read before it: the answer may be there before it returns, on a busy
 * machine always.
 */
static void say(const char *text) {
	size_t len = strlen(text), done = 0;

	while (done < len) {
		ssize_t n = write(STDOUT_FILENO, text + done, len - done);

		if (n < 0 && errno != EINTR) {
			exit(1);
		}
		done += n > 0 ? (size_t)n : 0;
	}
}

static void save(void) {
	const char *path = getenv("LATENCY_OUT");
	FILE *out = path && !saved ? fopen(path, "w") : NULL;

	saved = true;
	if (!out) {
		return;
	}
	for (size_t i = 0; i < sample_count; i++) {
		fprintf(out, "%" PRIu64 "\n", samples[i]);
	}
	fclose(out);
}

/* True: the answer ends in a proved prompt. */
static bool answer(const char *command) {
	static const char echo[] = ".echo ";
	char text[512];

	if (strncmp(command, echo, sizeof(echo) - 1) == 0) {
		snprintf(text, sizeof(text), "%.400s\n" PROMPT, command + sizeof(echo) - 1);
		say(text);
		return true;
	}
	if (strcmp(command, "g") == 0) {
		save();
	} else if (strcmp(command, "r") == 0) {
		say("rax=0000000000000001 rbx=0000000000000000 rcx=fffff8000c2e1a40\n" PROMPT);
	} else {
		say(PROMPT);
	}
	return false;
}

/* Take the first line of `buffer`. True: there was one, cut off in place. */
static bool take_line(char *buffer, size_t *len, char *line, size_t cap) {
	char *end = memchr(buffer, '\n', *len);
	size_t size;

	if (!end) {
		return false;
	}
	*end = '\0';
	snprintf(line, cap, "%.511s", buffer);
	size = (size_t)(end - buffer) + 1;
	*len -= size;
	memmove(buffer, buffer + size, *len);
	return true;
}

/*
 * The command counts from when it is in the pipe, not from when this process has been woken up:
 * look for it without sleeping, for a little while.
 */
static uint64_t watch(uint64_t since) {
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	uint64_t now = now_ns();

	while (poll(&in, 1, 0) == 0 && now - since < WATCH_NS) {
		now = now_ns();
	}
	return now_ns();
}

int main(void) {
	struct sigaction act = {.sa_handler = on_break};
	char buffer[4096], line[512];
	size_t len = 0;
	uint64_t prompted = 0;

	sigaction(SIGINT, &act, NULL);
	say("Microsoft (R) Windows Debugger Version 10.0.19041.1 AMD64\nWaiting to reconnect...\n"
	    "Connected to Windows 10 19041 x64 target\nKernel Debugger connection established.\n"
	    "nt!DbgBreakPointWithStatus:\n" PROMPT);
	for (;;) {
		uint64_t now = prompted ? watch(prompted) : 0;
		ssize_t n = read(STDIN_FILENO, buffer + len, sizeof(buffer) - len);

		if (n <= 0 && !(n < 0 && errno == EINTR)) {
			return 0;
		}
		if (broken_in) {
			broken_in = 0;
			say("nt!DbgBreakPointWithStatus:\n" PROMPT);
		}
		if (n > 0 && prompted != 0 && sample_count < SAMPLES_MAX) {
			samples[sample_count++] =
				(now - prompted < WATCH_NS ? now : now_ns()) - prompted;
		}
		prompted = n > 0 ? 0 : prompted;
		len += n > 0 ? (size_t)n : 0;
		while (take_line(buffer, &len, line, sizeof(line))) {
			uint64_t begun = now_ns();

			if (line[0] == '\x02') {
				return 0;
			}
			prompted = answer(line) ? begun : 0;
		}
	}
}
