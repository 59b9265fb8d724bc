#include "tests/bench/target.h"

#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

struct options {
	const char *link, *truth;
	unsigned long baud;
};

static void usage(FILE *out) {
	fputs("usage: target --link PATH [--baud N] [--speed N] [--seed N] [--hits N] [--rate N]\n"
	      "              [--fault NAME[:ARG]@WHEN]... [--truth FILE]\n"
	      "A Windows target of kernel debugging on a pty; PATH is a link to its slave.\n"
	      "  --baud N    of the line, 115200\n"
	      "  --speed N   bench time = wall time x N, 1\n"
	      "  --hits N    allocations that may hit a breakpoint, 0; --rate N of them a second, 1\n"
	      "  --truth F   what really happens, as JSON lines\n"
	      "  WHEN        Ns or Nms of bench time, hitN, stopN, bpN, bootN\n"
	      "stdin: fault NAME [ARG] | hits N | rate N | print TEXT | mark TEXT | wait TIME |\n"
	      "       state | quit\n"
	      "faults: ",
		out);
	fault_list(out);
}

static bool set_fault(struct target *t, const char *spec) {
	const char *why;

	if (fault_add(t, spec, &why))
		return true;
	fprintf(stderr, "target: %s: %s\n", spec, why);
	return false;
}

static bool set_option(struct options *o, struct target *t, int name, const char *text) {
	uint64_t n = 0;
	bool is_good = true;

	if (name == 'l')
		o->link = text;
	else if (name == 't')
		o->truth = text;
	else if (name == 'b')
		is_good = command_parse_number(text, 50, 4000000, &n), o->baud = n;
	else if (name == 's')
		is_good = command_parse_number(text, 1, 100000, &t->speed);
	else if (name == 'S')
		is_good = command_parse_number(text, 0, 4294967295, &n), t->seed = (uint32_t)n;
	else if (name == 'h')
		is_good = command_parse_number(text, 0, 1000000000, &t->hits_left);
	else if (name == 'r')
		is_good = command_parse_rate(t, text);
	else
		return set_fault(t, text);
	if (!is_good)
		fprintf(stderr, "target: bad number '%s'\n", text);
	return is_good;
}

/* 0: go on; else the exit code + 1. */
static int parse_options(struct options *o, struct target *t, int argc, char **argv) {
	static const struct option names[] = {{"link", 1, NULL, 'l'}, {"baud", 1, NULL, 'b'},
		{"speed", 1, NULL, 's'}, {"seed", 1, NULL, 'S'}, {"hits", 1, NULL, 'h'},
		{"rate", 1, NULL, 'r'}, {"fault", 1, NULL, 'f'}, {"truth", 1, NULL, 't'},
		{"help", 0, NULL, '?' + 1}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == '?' + 1) {
			usage(stdout);
			return 1;
		}
		if (c == '?' || !set_option(o, t, c, optarg))
			return 3;
	}
	if (o->link != NULL && optind == argc)
		return 0;
	usage(stderr);
	return 3;
}

static uint64_t bench_now(const struct target_loop *l) {
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	uint64_t wall = (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
	return (wall - l->wall_start) * l->target->speed;
}

static void wait_for_something(struct target_loop *l) {
	struct target *t = l->target;
	bool has_room = t->serial.in_end - t->serial.in_at < sizeof t->serial.in;
	struct pollfd fds[3] = {{has_room ? t->serial.master : -1, POLLIN, 0},
		{l->has_stdin ? STDIN_FILENO : -1, POLLIN, 0}, {l->signal_fd, POLLIN, 0}};
	uint64_t next = clock_next(t) < l->wait_until ? clock_next(t) : l->wait_until;
	uint64_t wait = next > t->now ? (next - t->now) / t->speed + 1 : 0;
	struct timespec ts = {(time_t)(wait / SECOND), (long)(wait % SECOND)};

	if (ppoll(fds, 3, next == NEVER ? NULL : &ts, NULL) < 0)
		return;
	clock_advance(t, bench_now(l));
	command_wait_over(l);
	if (fds[0].revents != 0)
		serial_read(t);
	if (fds[1].revents != 0)
		command_read(l);
	if (fds[2].revents != 0)
		l->is_ending = true;
}

static int open_signals(void) {
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void run(struct target *t) {
	struct target_loop l = {
		.target = t, .signal_fd = open_signals(), .has_stdin = true, .wait_until = NEVER};

	l.wall_start = bench_now(&l) / t->speed;
	printf("ready %s\n", t->serial.link);
	fflush(stdout);
	power_boot(t);
	while (!l.is_ending)
		wait_for_something(&l);
	if (t->truth != NULL)
		truth_state(t, t->truth);
	close(l.signal_fd);
}

static struct target *create_target(void) {
	struct target *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->speed = 1;
	t->rate = 1000;
	t->seed = 1;
	t->mode = MODE_OFF;
	t->ack_due = t->decoder_due = t->call_due = NEVER;
	kdproto_init(&t->decoder);
	return t;
}

static int open_and_run(struct target *t, const struct options *o) {
	int code = 1;

	t->random = t->seed * 2654435761u | 1u;
	if (o->truth != NULL && (t->truth = fopen(o->truth, "we")) == NULL) {
		perror(o->truth);
		return 1;
	}
	if (serial_open(&t->serial, o->link, o->baud) == 0) {
		run(t);
		code = 0;
	}
	serial_close(&t->serial);
	machine_finish(t);
	if (t->truth != NULL)
		fclose(t->truth);
	return code;
}

int main(int argc, char **argv) {
	struct options o = {.baud = 115200};
	struct target *t = create_target();
	int code;

	if (t == NULL)
		return 1;
	code = parse_options(&o, t, argc, argv);
	code = code != 0 ? code - 1 : open_and_run(t, &o);
	free(t);
	return code;
}
