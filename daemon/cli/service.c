/* livedebug service: the verbs of the service manager, and the service itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "core/service.h"
#include "os/service.h"

#define FOLDERS_MAX 64

static const char usage[] =
	"usage: livedebug service VERB [OPTIONS]\n"
	"\n"
	"  install     start it with the computer, for the profile of -c; again: changes it\n"
	"  uninstall   stop it and forget it; profile, journals and logs stay\n"
	"  start       start it now\n"
	"  stop        release every target and stop it: 0 released, 1 halted, 5 unknown (Windows)\n"
	"  status      does it run? 0 yes, 7 no or not installed\n"
	"  reload      let it read its profile again\n"
	"\n"
	"Windows: a service of its own account, started again after a crash. Linux: a systemd unit.\n"
	"\n" CLI_CONFIG_HELP
	"      --print              install: only tell what would be installed\n"
	"      --unit-dir FOLDER    Linux: where the unit is put, in place of /etc/systemd/system\n";

enum { OPTION_PRINT = CLI_OPTION_OWN, OPTION_UNIT_DIR };

struct service_args {
	struct cli_config_args config_args;
	bool print;
	const char *folder;
};

static const char *const verbs[SERVICE_DO_VERBS] = {
	[SERVICE_DO_INSTALL] = "install",
	[SERVICE_DO_UNINSTALL] = "uninstall",
	[SERVICE_DO_START] = "start",
	[SERVICE_DO_STOP] = "stop",
	[SERVICE_DO_STATUS] = "status",
	[SERVICE_DO_RELOAD] = "reload",
};

static bool take_option(void *data, int option, const char *argument) {
	struct service_args *a = data;

	switch (option) {
	case OPTION_PRINT:
		a->print = true;
		return true;
	case OPTION_UNIT_DIR:
		a->folder = argument;
		return true;
	default:
		return false;
	}
}

/* An absolute path; in a buffer of its own each. */
static char *full_path(const char *path) {
	uv_fs_t req;
	char *full = NULL;

	if (uv_fs_realpath(NULL, &req, path, NULL) == 0) {
		full = strdup((const char *)req.ptr);
	}
	uv_fs_req_cleanup(&req);
	return full;
}

static bool is_absolute(const char *path) {
	return path[0] == '/' || path[0] == '\\' || (path[0] && path[1] == ':');
}

/* The folder of a file; "" when that is where it was started. */
static char *folder_of(const char *path) {
	const char *end = path;
	char *folder = strdup(path);

	for (const char *c = path; *c; c++) {
		end = *c == '/' || *c == '\\' ? c : end;
	}
	if (folder) {
		folder[end - path] = '\0';
	}
	return folder;
}

struct folders {
	char *at[FOLDERS_MAX + 1]; /* NULL-ended */
	size_t count;
};

/* Owns `folder` from here on. */
static void add_folder(struct folders *f, char *folder) {
	bool wanted = folder && is_absolute(folder) && folder[1];

	for (size_t i = 0; wanted && i < f->count; i++) {
		wanted = strcmp(f->at[i], folder) != 0;
	}
	if (wanted && f->count < FOLDERS_MAX) {
		f->at[f->count++] = folder;
	} else {
		free(folder);
	}
}

static void find_folders(const struct config *c, struct folders *f) {
	for (size_t i = 0; i < c->session_count; i++) {
		const struct profile *p = &c->sessions[i];

		add_folder(f, folder_of(p->log_file));
		add_folder(f, p->work_dir ? strdup(p->work_dir) : NULL);
	}
	add_folder(f, c->daemon.state_dir ? strdup(c->daemon.state_dir) : NULL);
}

static uint64_t longest_stop(const struct config *c) {
	uint64_t longest = 0;

	for (size_t i = 0; i < c->session_count; i++) {
		uint64_t ms = c->sessions[i].stop_max_ms;

		longest = ms > longest ? ms : longest;
	}
	return longest;
}

static int make_plan(
	struct service_args *a, struct config *c, struct folders *f, struct service_plan *plan) {
	char program[CLI_PATH_MAX];
	char *profile;
	struct service_wish wish;
	bool good;

	if (cli_config_load(&a->config_args, c) != 0) {
		return 2;
	}
	profile = full_path(a->config_args.path);
	if (!profile || os_service_program(program, sizeof(program)) != 0) {
		fprintf(stderr,
			"livedebug service: %s: its full path cannot be told, or the program's\n",
			a->config_args.path);
		free(profile);
		return 1;
	}
	find_folders(c, f);
	wish = (struct service_wish){.program = program,
		.profile = profile,
		.stop_max_ms = longest_stop(c),
		.folders = (const char *const *)f->at};
	good = service_plan_make(plan, &wish);
	if (!good) {
		fprintf(stderr,
			"livedebug service: a path is too long or has a line's end in it: %s or %s\n",
			profile, program);
	}
	free(profile);
	return good ? 0 : 2;
}

static void print_plan(const struct service_plan *plan) {
	printf("# Linux: " SERVICE_NAME
	       ".service\n%s\n# Windows: %s, account %s, a stop may take %llu "
	       "ms\n",
		plan->unit, plan->command, SERVICE_ACCOUNT, (unsigned long long)plan->stop_ms);
}

static int do_verb(enum service_verb verb, const struct service_plan *plan, const char *folder) {
	char said[SERVICE_SAID];
	int code = os_service_do(verb, plan, folder, said, sizeof(said));

	if (said[0]) {
		fprintf(code ? stderr : stdout, "livedebug service: %s\n", said);
	}
	return code;
}

static int install(struct service_args *a) {
	static struct service_plan plan;
	struct folders f = {0};
	struct config c = {0};
	int code = make_plan(a, &c, &f, &plan);

	if (code == 0 && a->print) {
		print_plan(&plan);
	} else if (code == 0) {
		code = do_verb(SERVICE_DO_INSTALL, &plan, a->folder);
		for (size_t i = 0; code == 0 && i < f.count; i++) {
			printf("its account must be able to write to %s\n", f.at[i]);
		}
	}
	for (size_t i = 0; i < f.count; i++) {
		free(f.at[i]);
	}
	config_finish(&c);
	return code;
}

int cli_service(int argc, char **argv) {
	static const struct option long_options[] = {CLI_CONFIG_LONG_OPTIONS,
		{"print", no_argument, NULL, OPTION_PRINT},
		{"unit-dir", required_argument, NULL, OPTION_UNIT_DIR},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct service_args a = {0};
	int code =
		cli_config_parse(&a.config_args, argc, argv, long_options, usage, take_option, &a);

	if (code >= 0) {
		return code;
	}
	for (size_t i = 0; argc - optind == 1 && i < SERVICE_DO_VERBS; i++) {
		if (strcmp(argv[optind], verbs[i]) == 0) {
			return i == SERVICE_DO_INSTALL
				       ? install(&a)
				       : do_verb((enum service_verb)i, NULL, a.folder);
		}
	}
	fprintf(stderr,
		"livedebug service: %s: one of install, uninstall, start, stop, status, reload "
		"is wanted\n",
		argc > optind ? argv[optind] : "which verb");
	return 2;
}

int cli_service_main(int argc, char **argv) {
	return os_service_main(cli_run, argc, argv);
}

int cli_service_unit(int argc, char **argv) {
	static struct service_plan plan;
	const struct service_wish wish = {.program = "/usr/bin/livedebug",
		.profile = "/etc/livedebug/debug.ini",
		.stop_max_ms = 90000};

	(void)argv;
	if (argc > 1 || !service_plan_make(&plan, &wish)) {
		return 2;
	}
	fputs(plan.unit, stdout);
	return 0;
}
