/*
 * The seam to the service manager: Windows' SCM, or systemd. What is installed comes from
 * core/service.h; here it is carried out.
 */
#ifndef LIVEDEBUG_OS_SERVICE_H
#define LIVEDEBUG_OS_SERVICE_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "core/admin.h"
#include "core/service.h"

/* --- the verbs of a person, from another process than the service */

enum service_verb {
	SERVICE_DO_INSTALL,
	SERVICE_DO_UNINSTALL,
	SERVICE_DO_START,
	SERVICE_DO_STOP,
	SERVICE_DO_STATUS,
	SERVICE_DO_RELOAD,
	SERVICE_DO_VERBS
};

#define SERVICE_SAID 2048

/*
 * Carry a verb out and wait for its end, with the manager's own limits. `plan` counts for
 * SERVICE_DO_INSTALL, else it may be NULL. `folder`: where units stand, NULL for the system's
 * (Linux). `said` gets words for a person, of one or more lines. Returns the exit code: 0; 1
 * failed; 6 denied; 7 it is not installed or (SERVICE_DO_STATUS) does not run; 8 not in time;
 * SERVICE_DO_STOP on Windows also the daemon's own code.
 */
int os_service_do(enum service_verb verb, const struct service_plan *plan, const char *folder,
	char *said, size_t cap);

/* The absolute path of this program. */
int os_service_program(char *out, size_t cap);

/* --- the service itself */

/*
 * Call `run` as the manager wants it: on Windows under its dispatcher when the SCM has started us,
 * else (from a terminal, on Linux) just so. Returns its exit code.
 */
int os_service_main(int (*run)(int argc, char **argv), int argc, char **argv);

enum { SERVICE_ASK_STOP = 1, SERVICE_ASK_RELOAD = 2 };

/* `async` is sent when the manager asks for something, from any thread. NULL: no more, before it
 * is closed. */
void os_service_listen(uv_async_t *async);

/* What was asked for since the last call: SERVICE_ASK_... */
unsigned os_service_asked(void);

/* A stop is under way: the next checkpoint, and until when another one comes. */
void os_service_progress(uint32_t checkpoint, uint64_t hint_ms);

/* Does a service manager run us, so that the system's log is the place for events? */
bool os_admin_log_wanted(void);

/* One line into it: Windows' Event Log, or syslog. May block: not on the loop. */
void os_admin_log(enum admin_weight weight, unsigned id, const char *text);

/* Is the service installed? What is known of it goes to `said`. Prints nothing. */
bool os_service_seen(char *said, size_t cap);

/* The last word, before the process ends. Again: nothing. */
void os_service_ended(int code);

#endif
