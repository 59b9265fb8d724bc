/* livedebug report --follow: a log that grows, until Ctrl-C. */
#ifndef LIVEDEBUG_CLI_REPORT_FOLLOW_H
#define LIVEDEBUG_CLI_REPORT_FOLLOW_H

#include "cli/report_options.h"
#include "cli/report_output.h"

/*
 * Read the log as it grows. On a terminal the report stands in place and is renewed; elsewhere a
 * line, at most one a second, tells what came. When the name stands for another file (rotation), or
 * the file becomes shorter, it is read on from that one's begin. Ctrl-C and SIGTERM end it: what is
 * there is read, then the report is written. The exit code.
 */
int report_follow(const char *name, const struct report_format *format, struct report_options *o);

#endif
