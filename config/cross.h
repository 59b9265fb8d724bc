/* Checks that need more than one value: what is missing, and what two sessions would share. */
#ifndef LIVEDEBUG_CONFIG_CROSS_H
#define LIVEDEBUG_CONFIG_CROSS_H

#include "config/config.h"
#include "config/raw.h"

/* Report each fault of a config that was filled from `raw`; sessions stand in the same order. */
void cross_check(const struct config *c, const struct raw *raw, struct reporter *r);

/*
 * The name two sessions must not share, for comparing with names_equal(); the caller frees.
 * cross_port_name: "com1" for COM1, com1 and \\.\COM1.
 * cross_pipe_name: "npipe:X" for npipe:pipe=X in whatever order of parts, else the server's text.
 * cross_log_name: work_dir (NULL: none) before a relative path, without "./" and "//", with one
 * kind of slash and one case where it is a Windows path.
 */
char *cross_port_name(const char *port);
char *cross_pipe_name(const char *server);
char *cross_log_name(const char *work_dir, const char *log_file);

#endif
