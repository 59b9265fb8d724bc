/*
 * The seam: everything that differs between systems. os_*_posix.c stand here, os_*_win.c beside
 * them; the build picks. Above this folder the program does not know where it runs.
 *
 * Functions that return int give 0 or a negative UV_E code unless they say otherwise.
 */
#ifndef LIVEDEBUG_OS_H
#define LIVEDEBUG_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/*
 * The words of the command line as UTF-8, for as long as the program runs; to be called first. On
 * Windows also makes the standard streams binary. Never fails: at worst `argv` itself.
 */
char **os_arguments(int argc, char **argv);

/* This system's ways to break in, best first; NULL behind the last. */
const char *os_break_method(size_t n);

/*
 * Break into kd (process `pid`, started by os_spawn()). `method` is one of os_break_method().
 * Does not wait for anything. UV_ENOTSUP: no such method here.
 */
int os_break(int pid, const char *method);

#define OS_BREAK_WORDS 4
#define OS_BREAK_BYTES 4352

/*
 * The command line of the program that breaks into kd for us, borrowed from `buffer`, where
 * os_break() cannot do it: to be started without a window; when it has ended, the key was pressed.
 * Returns the count, at most OS_BREAK_WORDS, or 0: call os_break().
 */
size_t os_break_words(const char **words, char *buffer, size_t cap, int pid, const char *method);

/* The hidden verb that os_break_words() names. The exit code. */
int os_break_helper(int argc, char **argv);

/*
 * uv_spawn() for kd: `in` becomes the way to its stdin, `out` brings its stdout and stderr, both
 * true pipes. They are initialised and not open; stdio and flags of `options` are set here. After a
 * failure either may be open: close them, and `process` only if its type was set.
 */
int os_spawn(uv_loop_t *loop, uv_process_t *process, uv_process_options_t *options, uv_pipe_t *in,
	uv_pipe_t *out);

/* End kd and whatever it started, now. Not for a kd that may leave the target halted (rule 2). */
int os_kill(int pid);

/* The variable through which the launcher gets the password of kd's server. */
#define OS_LAUNCH_PASSWORD "LIVEDEBUG_PASSWORD"

#define OS_LAUNCH_WORDS 3
#define OS_LAUNCH_FAILED 127 /* exit code of the launcher when kd could not be started */

/*
 * The words that stand before kd's own command line, so that kd has a process group of its own and
 * never outlives this process. They are borrowed from `buffer`. Returns their count, at most
 * OS_LAUNCH_WORDS; 0 where the system does this another way.
 */
size_t os_launch_words(const char **words, char *buffer, size_t cap);

/* The hidden verb that os_launch_words() names. Returns only on failure. */
int os_launch(int argc, char **argv);

/*
 * kd's absolute path for the profile's `kd`: "auto" is looked for, a bare name on PATH, any other
 * is taken from the current folder. UV_ENOENT, UV_EACCES, UV_ENAMETOOLONG.
 */
int os_find_kd(const char *kd, char *out, size_t cap);

#define OS_PORT_TRIED 1

/*
 * Does another process hold this serial device? Opens it for a moment without touching its
 * settings. May block: not on the loop. `real` gets the device behind links; `why` words for a
 * person, set on failure. UV_EBUSY: held; UV_ENOENT, UV_ENODEV, ...: not there. OS_PORT_TRIED: it
 * was opened as kd opens it, and to open it once more would tell nothing.
 */
int os_port_probe(const char *device, char *real, size_t real_cap, char *why, size_t why_cap);

/* Make an open port (sp_get_port_handle's) ours alone, or give that up before it is closed. */
int os_port_hold(const void *handle, bool hold);

enum os_place { OS_STATE_DIR, OS_CONTROL };

/* The system's place for state_dir or control. UV_ENAMETOOLONG, UV_ENOENT (no home). */
int os_default_place(enum os_place place, char *out, size_t cap);

/*
 * Bind the control socket, for this user only. A socket that a dead daemon left is cleared away,
 * but only when nobody answers on it. *lock is to be closed after the socket, if it is not
 * negative. UV_EADDRINUSE: another daemon is there, and nothing was touched.
 */
int os_control_bind(uv_pipe_t *pipe, const char *path, uv_file *lock);

/* May whoever is at the other end of the control socket use it? The same user, or root. */
bool os_peer_allowed(const uv_pipe_t *pipe);

/*
 * Is whoever is at the other end in this list of users and @groups (blanks or commas between)? May
 * ask the system's user database. NULL: nobody is.
 */
bool os_peer_listed(const uv_pipe_t *pipe, const char *list);

/*
 * Who may connect to the bound socket beside this user? group NULL: nobody; a name: that group, if
 * it can be given to it; "": all, and so where it cannot. Each is then to be checked by who they
 * are.
 */
int os_control_share(const char *path, const char *group);

/*
 * A client's side: may the daemon that answers at `path` be believed? It is our own user's, root's,
 * or that of the owner of a folder that no other can write to.
 */
bool os_peer_is_daemon(const uv_pipe_t *pipe, const char *path);

/* May this profile steer us? Not when we are privileged and others could have written it: then
 * UV_EPERM. */
int os_check_profile(const char *path);

/* Is this file for its owner, who is this user or root, alone? UV_EPERM: not; or what is wrong with
 * it. On Windows, where the folder's list says so, always 0 for a file that is there. */
int os_check_private(const char *path);

/* Does this process have a terminal of its own? Asked at the start, for os_hangup_ends(). */
bool os_has_terminal(void);

/*
 * SIGHUP came: is it the end of the terminal that we had (true), or the service manager's or a
 * person's word to read the profile again?
 */
bool os_hangup_ends(bool had_terminal);

/* The name of whoever is at the other end, for people; "?" where it is not known. */
void os_peer_name(const uv_pipe_t *pipe, char *out, size_t cap);

/* Tell the service manager, if there is one: "READY=1", "STOPPING=1". Failures do not matter. */
void os_notify(const char *text);

/*
 * Does somebody serve this pipe, by the name of kd's -server npipe:pipe=NAME? 0 nobody;
 * UV_EADDRINUSE somebody does; UV_ENOTSUP: cannot be told here.
 */
int os_pipe_probe(const char *name);

/* Give `path` to this process alone, for as long as the file is open. UV_EBUSY: another has it. */
int os_lock_file(uv_file file);

#endif
