/* The stand-in for kd.exe: see kd.h. */
#include "tests/bench/kd.h"
#include "tests/bench/kd_os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void banner(struct kd *kd) {
	kd_text(kd, "\nMicrosoft (R) Windows Debugger Version 10.0.19041.685 AMD64\n"
		    "Copyright (c) Microsoft Corporation. All rights reserved.\n\n");
}

/* The script's lines and -c stand before what is typed. A missing script is no error. */
static void first_lines(struct kd *kd) {
	char text[KD_LINE_MAX];
	FILE *script = fopen(kd->opt.script, "r");
	while (script != NULL && fgets(text, sizeof text, script) != NULL) {
		text[strcspn(text, "\r\n")] = '\0';
		kd_line_take(kd, text, KD_SERVER_SIDE);
	}
	if (script != NULL) {
		fclose(script);
	}
	if (kd->opt.commands[0] != '\0') {
		kd_line_take(kd, kd->opt.commands, KD_SERVER_SIDE);
	}
}

int main(int argc, char **argv) {
	static struct kd kd;
	int code;
	kd.out.log = -1;
	kd.server.fd = -1;
	for (int i = 0; i < KD_CLIENTS; i++) {
		kd.server.client[i].fd = -1;
	}
	if (!kd_options_read(&kd.opt, argc, argv, &code)) {
		return code;
	}
	os_catch_break();
	if (kd.opt.remote[0] != '\0') {
		return kd_remote_run(&kd.opt);
	}
	if (!kd_faults_read(&kd.faults, getenv("BENCH_KD_FAULT"))) {
		return 1;
	}
	if (kd.opt.log[0] != '\0') {
		kd_log_open(&kd, kd.opt.log, kd.opt.log_append);
	}
	unsigned faults = kd_fault_at(&kd, KD_AT_START);
	if (!kd_server_start(&kd)) {
		return 1;
	}
	if (!(faults & KD_NO_BANNER)) {
		banner(&kd);
	}
	if (!kd_engine_open(&kd, &code)) {
		kd_quit(&kd, code);
	}
	first_lines(&kd);
	if (kd.opt.break_once) {
		kd_break_request(&kd, KD_SERVER_SIDE);
	}
	kd_loop(&kd);
}
