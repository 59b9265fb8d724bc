/*
 * What a teammate's command does to our breakpoints: what a person cleared stays so (rule 11). kd
 * numbers breakpoints from 0, and ours are set first.
 */
#ifndef LIVEDEBUG_CORE_CLIENT_H
#define LIVEDEBUG_CORE_CLIENT_H

#include <stddef.h>

enum client_clears { CLIENT_CLEARS_NONE, CLIENT_CLEARS_SOME, CLIENT_CLEARS_ALL };

/*
 * The line that kd shows, "[HOST\\user (npipe PLACE)] bc 0 2"; `ours`: how many breakpoints are
 * ours. Clearing and disabling count the same.
 */
enum client_clears client_clears(const char *line, size_t len, size_t ours);

#endif
