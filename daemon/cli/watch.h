/* `status --watch`: the page again each second, until Ctrl-C. */
#ifndef LIVEDEBUG_CLI_WATCH_H
#define LIVEDEBUG_CLI_WATCH_H

/*
 * Ask the daemon at `path` for `session` ("": all) and show it; the exit code. On a terminal in
 * place, on its other screen, one write a frame; else a plain page below the other, until nobody
 * reads. A daemon that does not answer any more is shown as such and asked again.
 */
int watch_run(const char *path, const char *session);

#endif
