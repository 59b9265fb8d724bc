/*
 * What the stand-in for kd needs from the system: the serial port, the pipe of the debugging
 * server, the break key, waiting. Everything else in it is plain C11.
 */
#ifndef BENCH_KD_OS_H
#define BENCH_KD_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Win32 numbers, as kd prints them. */
enum { OS_OK = 0, OS_ABSENT = 2, OS_DENIED = 5 };

struct os_ready {
	int fd; /* -1: left out */
	bool ready;
};

uint64_t os_now_us(void);

/* "Tue Nov 24 11:09:09.315 2026 (UTC + 0:00)" */
void os_time_text(char *out, size_t cap);

/* The break key (SIGINT here) is remembered until somebody asks. SIGPIPE is ignored. */
void os_catch_break(void);
bool os_take_break(void);

/* Wait for input, the break key or the time-out (-1: none). */
void os_wait(struct os_ready *set, size_t count, int64_t timeout_us);

/* Open and lock a port by its DOS name. Returns OS_OK or the error. */
unsigned os_serial_open(const char *port, unsigned baud, int *fd);

/* Bytes read, 0 at the end, -1 if there is nothing now. */
ptrdiff_t os_read(int fd, void *bytes, size_t cap);

/* Write everything; `wait` says whether to stand still for a reader that does not read. */
bool os_write(int fd, const void *bytes, size_t len, bool wait);

void os_close(int fd);

/* Append to or overwrite the log. -1 if it cannot be opened. */
int os_log_open(const char *path, bool append);

/* Named pipes of the debugging server. -1 on failure; `busy`: somebody serves that name. */
int os_pipe_serve(const char *name, bool *busy);
int os_pipe_accept(int server);
int os_pipe_connect(const char *name);
void os_pipe_remove(const char *name);

void os_who(char *out, size_t cap); /* HOST\user */
void os_host(char *out, size_t cap);

/* Create FILE; false if it was there. */
bool os_claim(const char *path);
bool os_exists(const char *path);

/* Stand still for ever, deaf to the break key. */
_Noreturn void os_hang(void);
_Noreturn void os_die(int code);

#endif
