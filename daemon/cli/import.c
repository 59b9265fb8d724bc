/* livedebug import: the batch file that starts kd, as a profile. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "config/batch.h"
#include "config/file.h"
#include "config/names.h"

static const char usage[] =
	"usage: livedebug import [--name NAME] [-o FILE] BATCH\n"
	"\n"
	"Turns a batch file that starts kd (SET lines, cd, kd and its options) into a profile, on\n"
	"stdout. What could not be carried over, or changed on the way, is told on stderr with its\n"
	"line. Nothing is started.\n"
	"\n"
	"      --name NAME   the session's name; not given: the batch file's\n"
	"  -o, --output FILE a new file for the profile\n";

struct import {
	const char *path, *name, *output;
	char from_path[SESSION_NAME_MAX + 1];
};

/* Room for "-2" and so on behind it. */
#define NUMBER_ROOM 3

/* "C:\tools\debug me.bat" gives debug-me. */
static const char *name_from(struct import *in) {
	const char *base = in->path;
	size_t n = 0;
	for (const char *p = in->path; *p; p++) {
		base = *p == '/' || *p == '\\' ? p + 1 : base;
	}
	for (; *base && *base != '.' && n < SESSION_NAME_MAX - NUMBER_ROOM; base++) {
		in->from_path[n++] = session_name_takes(*base) ? *base : '-';
	}
	in->from_path[n] = 0;
	return session_name_fault(in->from_path) ? "server" : in->from_path;
}

static void print_remarks(const struct import *in, const struct batch *b) {
	for (size_t i = 0; i < b->remark_count; i++) {
		fprintf(stderr, "%s:%zu: %s\n", in->path, b->remarks[i].line, b->remarks[i].text);
	}
}

static void print_error(void *data, const char *line) {
	(void)data;
	fprintf(stderr, "%s\n", line);
}

/* Does what was written load? Its errors are what the reader of the profile has to do next. */
static int check_profile(const struct import *in, const char *text, size_t len) {
	struct config c;
	config_load_text(
		&c, in->output ? in->output : "profile", text, len, NULL, 0, print_error, NULL);
	int code = c.failed ? 1 : 0;
	if (code) {
		fprintf(stderr, "livedebug import: %s: the profile needs these before it runs\n",
			in->path);
	}
	config_finish(&c);
	return code;
}

static int refuse_output(const char *path) {
	fprintf(stderr, "livedebug import: %s: %s%s\n", path, strerror(errno),
		errno == EEXIST ? "; name a new file" : "");
	return 1;
}

static int write_file(const char *path, const char *text, size_t len) {
	FILE *out = fopen(path, "wx");
	if (!out) {
		return refuse_output(path);
	}
	bool good = fwrite(text, 1, len, out) == len;
	return fclose(out) == 0 && good ? 0 : refuse_output(path);
}

static int write_out(const struct import *in, const char *text, size_t len) {
	if (in->output) {
		return write_file(in->output, text, len);
	}
	bool good = fwrite(text, 1, len, stdout) == len;
	return fflush(stdout) == 0 && good ? 0 : refuse_output("stdout");
}

static int write_profile(const struct import *in, const struct batch *b) {
	char *text = NULL;
	size_t len = 0;
	FILE *memory = tmpfile();
	if (!memory) {
		fprintf(stderr, "livedebug import: %s: %s\n", in->path, strerror(errno));
		return 1;
	}
	batch_write(b, in->name, memory);
	len = (size_t)ftell(memory);
	rewind(memory);
	text = malloc(len + 1);
	int code = text && fread(text, 1, len, memory) == len ? 0 : 1;
	fclose(memory);
	if (code == 0) {
		code = write_out(in, text, len);
	}
	if (code == 0) {
		code = check_profile(in, text, len);
	}
	free(text);
	return code;
}

static int import_file(struct import *in) {
	struct batch b;
	char *bytes;
	size_t len;
	int failure = text_file_read(in->path, &bytes, &len);
	if (failure) {
		fprintf(stderr, "livedebug import: %s: %s\n", in->path,
			failure == EFBIG ? "larger than 1 MiB: no batch file" : strerror(failure));
		return 1;
	}
	batch_read(&b, bytes, len);
	free(bytes);
	print_remarks(in, &b);
	int code = 1;
	if (b.session_count) {
		code = write_profile(in, &b);
	} else {
		fprintf(stderr, "livedebug import: %s: no line starts kd\n", in->path);
	}
	batch_finish(&b);
	return code;
}

static int refuse(const char *what, const char *word) {
	fprintf(stderr, "livedebug import: %s%s; livedebug import --help tells more\n", what, word);
	return 2;
}

static int take_name(struct import *in) {
	if (!in->name) {
		in->name = name_from(in);
		return 0;
	}
	const char *fault = session_name_fault(in->name);
	if (!fault && strlen(in->name) > SESSION_NAME_MAX - NUMBER_ROOM) {
		fault = "at most 29 characters here";
	}
	if (fault) {
		fprintf(stderr, "livedebug import: --name '%s': %s\n", in->name, fault);
		return 2;
	}
	return 0;
}

int cli_import(int argc, char **argv) {
	static const struct option long_options[] = {{"name", required_argument, NULL, 'n'},
		{"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	struct import in = {0};
	int option;
	while ((option = getopt_long(argc, argv, "o:h", long_options, NULL)) != -1) {
		switch (option) {
		case 'n':
			in.name = optarg;
			break;
		case 'o':
			in.output = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			return refuse("see above", "");
		}
	}
	if (argc - optind != 1) {
		return argc > optind ? refuse("one file at a time, not also ", argv[optind + 1])
				     : refuse("which batch file?", "");
	}
	in.path = argv[optind];
	int code = take_name(&in);
	return code ? code : import_file(&in);
}
