/* Faults on request: BENCH_KD_FAULT=NAME[:ARG]@WHEN,... */
#include "tests/bench/kd.h"
#include "tests/bench/kd_os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const whens[KD_WHENS] = {
	"start", "connect", "prompt", "hit", "cmd", "break", "boot"};

static const char *const names[] = {"hang", "crash", "noread", "swallow", "noprompt", "nobanner",
	"spew", "slowcmd", "block-client", "exit"};

static bool name_known(const char *name) {
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(name, names[i]) == 0) {
			return true;
		}
	}
	return false;
}

static bool when_read(struct kd_fault *fault, const char *text) {
	for (int i = 0; i < KD_WHENS; i++) {
		size_t len = strlen(whens[i]);
		if (strncmp(text, whens[i], len) == 0) {
			char *end;
			fault->when = (enum kd_when)i;
			fault->count = (unsigned)strtoul(text + len, &end, 10);
			fault->count += fault->count == 0;
			return *end == '\0';
		}
	}
	return false;
}

static bool fault_read(struct kd_fault *fault, char *text) {
	char *at = strchr(text, '@');
	if (at == NULL || !when_read(fault, at + 1)) {
		return false;
	}
	*at = '\0';
	char *arg = strchr(text, ':');
	if (arg != NULL) {
		*arg++ = '\0';
		snprintf(fault->arg, sizeof fault->arg, "%s", arg);
	}
	snprintf(fault->name, sizeof fault->name, "%s", text);
	return name_known(fault->name);
}

bool kd_faults_read(struct kd_faults *f, const char *text) {
	const char *once = getenv("BENCH_KD_FAULT_ONCE");
	snprintf(f->once, sizeof f->once, "%s", once != NULL ? once : "");
	if (text == NULL || (f->once[0] != '\0' && os_exists(f->once))) {
		return true;
	}
	char copy[1024];
	snprintf(copy, sizeof copy, "%s", text);
	char *rest = copy;
	for (char *word = strtok_r(copy, ",", &rest); word != NULL;
		word = strtok_r(NULL, ",", &rest)) {
		if (f->n == KD_FAULTS || !fault_read(&f->list[f->n], word)) {
			fprintf(stderr, "kd: bad fault '%s'\n", word);
			return false;
		}
		f->n++;
	}
	return true;
}

static uint64_t duration_us(const char *text) {
	char *unit;
	double value = strtod(text, &unit);
	if (strcmp(unit, "ms") == 0) {
		return (uint64_t)(value * 1e3);
	}
	return (uint64_t)(value * (strcmp(unit, "m") == 0 ? 60e6 : 1e6));
}

static _Noreturn void spew(struct kd *kd) {
	for (;;) {
		kd_text(kd, "0: kd> spew spew spew spew spew spew spew spew spew spew spew spew\n");
	}
}

static unsigned fault_take(struct kd *kd, const struct kd_fault *fault) {
	const char *name = fault->name;
	if (kd->faults.once[0] != '\0') {
		os_claim(kd->faults.once);
	}
	if (strcmp(name, "hang") == 0) {
		os_hang();
	} else if (strcmp(name, "crash") == 0) {
		os_die(0xC0000005 & 0xff);
	} else if (strcmp(name, "exit") == 0) {
		os_die(atoi(fault->arg));
	} else if (strcmp(name, "spew") == 0) {
		spew(kd);
	} else if (strcmp(name, "noread") == 0) {
		kd->faults.no_read = true;
	} else if (strcmp(name, "block-client") == 0) {
		kd->faults.block_client = true;
	} else if (strcmp(name, "swallow") == 0) {
		return KD_SWALLOW;
	} else if (strcmp(name, "noprompt") == 0) {
		return KD_NO_PROMPT;
	} else if (strcmp(name, "nobanner") == 0) {
		return KD_NO_BANNER;
	} else if (strcmp(name, "slowcmd") == 0) {
		kd->faults.slow_us = duration_us(fault->arg);
		return KD_SLOW;
	}
	return 0;
}

unsigned kd_fault_at(struct kd *kd, enum kd_when when) {
	struct kd_faults *f = &kd->faults;
	unsigned bits = 0;
	f->seen[when]++;
	for (size_t i = 0; i < f->n; i++) {
		if (f->list[i].when == when && f->list[i].count == f->seen[when]) {
			bits |= fault_take(kd, &f->list[i]);
		}
	}
	return bits;
}
