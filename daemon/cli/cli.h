/*
 * One function a verb. Each gets argv[0] = the verb's name, prints to stdout, complains on stderr
 * and returns the exit code of DESIGN section 5: 0 done, 1 failed, 2 usage or configuration, 3 no
 * such session, 4 wrong state, 5 state unknown, 6 denied, 7 no daemon, 8 timed out.
 */
#ifndef LIVEDEBUG_CLI_H
#define LIVEDEBUG_CLI_H

/* The one place of it: `version`, the packages. */
#define LIVEDEBUG_VERSION "0.1.0"

/* The verbs, in main.c's order. */
int cli_help(int argc, char **argv);
int cli_version(int argc, char **argv);
int cli_run(int argc, char **argv);
/* Also start, stop, break, go, arm, disarm, hold, release, events: argv[0] tells which. */
int cli_client(int argc, char **argv);
int cli_service(int argc, char **argv);
/* Hidden: `run` as the service manager starts it; the unit of the package. */
int cli_service_main(int argc, char **argv);
int cli_service_unit(int argc, char **argv);
int cli_log(int argc, char **argv);
int cli_ports(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_plan(int argc, char **argv);
int cli_doctor(int argc, char **argv);
int cli_import(int argc, char **argv);
int cli_pooltag(int argc, char **argv);
int cli_parse(int argc, char **argv);
int cli_report(int argc, char **argv);

#endif
