/*
 * One run of kd: its process, stdin, and stdout and stderr in one pipe. A child has ended when
 * both its exit and the end of its output were seen, or when the output did not end within
 * CHILD_DRAIN_MS of the exit (something that kd started may hold the pipe).
 */
#ifndef LIVEDEBUG_IO_CHILD_H
#define LIVEDEBUG_IO_CHILD_H

#include <stddef.h>
#include <uv.h>

#define CHILD_DRAIN_MS 2000

/* Bytes read in one turn of the loop: a kd that writes as fast as it can gets no more than that. */
#define CHILD_READ_BYTES 65536

/* More than this waiting for a kd that does not read is refused. */
#define CHILD_QUEUE_BYTES (1024 * 1024)

struct child;

struct child_events {
	/* Output, any piece of a line; borrowed for the call. */
	void (*output)(void *data, const char *bytes, size_t len);
	/* The last call: nothing follows. `how`: "exit code 3", "signal 9". */
	void (*ended)(void *data, const char *how);
};

/*
 * Start a process. args[0] is an absolute path; folder may be NULL (ours). All borrowed for the
 * call; events for the child's life. 0 and *out, or a negative UV_E code.
 */
int child_start(uv_loop_t *loop, char **args, char **env, const char *folder,
	const struct child_events *events, void *data, struct child **out);

/*
 * Queue bytes for its stdin, in order; copied. They wait while a break key is being pressed.
 * UV_ENOBUFS, UV_ENOMEM, or what uv_write says.
 */
int child_write(struct child *c, const char *bytes, size_t len);

/* See os_break() and os_break_words(). UV_EBUSY: the last one is not over. */
int child_break(struct child *c, const char *method);

/* End it now; `ended` follows. */
void child_kill(struct child *c);

/* Its process id; also that of its group. Valid until `ended`. */
int child_pid(const struct child *c);

/*
 * Let go of it; no event follows. Its memory is freed by the loop, which must run on. One that
 * still lives is killed. NULL is fine.
 */
void child_close(struct child *c);

#endif
