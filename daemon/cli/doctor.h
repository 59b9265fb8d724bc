/* What `doctor` has found out of one session, and the checks that find it. */
#ifndef LIVEDEBUG_CLI_DOCTOR_H
#define LIVEDEBUG_CLI_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

enum finding_verdict { FINDING_OK, FINDING_WARN, FINDING_FAIL, FINDING_UNKNOWN };

#define FINDING_TEXT 600
#define FINDINGS_MAX 32

struct finding {
	const char *name; /* static */
	enum finding_verdict verdict;
	char evidence[FINDING_TEXT];
	char next[FINDING_TEXT]; /* the next step; "" where none is due */
};

struct doctor {
	const struct config *config;
	const struct profile *profile;
	uint64_t listen_ms; /* 0: do not listen */
	bool is_told;       /* tell on stderr while it listens */
	struct finding findings[FINDINGS_MAX];
	size_t count;
	/* from the daemon */
	int kd_pid; /* 0: not known */
	bool port_is_free;
	char device[4096];
};

/* Add a finding and return it, for its texts to be written. The last one takes what is too many. */
struct finding *doctor_find(struct doctor *d, const char *name, enum finding_verdict verdict);

/* Each adds what it found. In this order: a later one uses what an earlier one has learned. */
void doctor_daemon(struct doctor *d);
void doctor_port(struct doctor *d);
void doctor_line(struct doctor *d);
void doctor_rate(struct doctor *d);
void doctor_kd(struct doctor *d);
void doctor_symbols(struct doctor *d);
void doctor_pipe(struct doctor *d);
void doctor_log(struct doctor *d);
void doctor_account(struct doctor *d);
void doctor_service(struct doctor *d);
void doctor_power(struct doctor *d);

#endif
