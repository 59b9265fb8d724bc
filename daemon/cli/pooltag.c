/* livedebug pooltag: one tag in every spelling that the set-up of a target needs. */
#include "core/pooltag.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define MEMORY_KEY "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management"
#define LINE_MAX_BYTES 200

static const char usage[] =
	"usage: livedebug pooltag [--json] TAG|0xDWORD\n"
	"\n"
	"The tag of a driver's pool allocations as the registry, gflags and kd write it. Case\n"
	"counts, and so does a trailing blank: 'Ddk ' has one, and is four characters long.\n"
	"\n"
	"  --json   one JSON object\n";

/* What is printed, made once for text and JSON. */
struct sheet {
	struct pooltag tag;
	char registry[2][LINE_MAX_BYTES];
	char gflags[2][LINE_MAX_BYTES]; /* "": none that a shell would pass on unchanged */
	char edit[LINE_MAX_BYTES];
	const char *notes[8];
	size_t note_count;
};

static void put(char *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(char *line, const char *format, ...) {
	va_list args;
	va_start(args, format);
	vsnprintf(line, LINE_MAX_BYTES, format, args);
	va_end(args);
}

static void fill_registry(struct sheet *s) {
	put(s->registry[0],
		"reg add \"" MEMORY_KEY "\" /v PoolTag /t REG_DWORD /d 0x%08" PRIx32 " /f",
		s->tag.value);
	put(s->registry[1], "reg add \"" MEMORY_KEY "\" /v PoolTagOverruns /t REG_DWORD /d 1 /f");
}

static void fill_gflags(struct sheet *s) {
	static const char switches[] = {'r', 'k'};
	for (size_t i = 0; i < 2; i++) {
		if (s->tag.is_size) {
			put(s->gflags[i], "gflags /%c +spp 0x%" PRIx32, switches[i], s->tag.value);
		} else if (s->tag.is_text && !strpbrk(s->tag.text, "\"%")) {
			put(s->gflags[i], "gflags /%c +spp \"%s\"", switches[i], s->tag.text);
		}
	}
}

static void fill_edit(struct sheet *s) {
	char reversed[POOLTAG_CHARS + 1];
	pooltag_reversed(&s->tag, reversed);
	if (s->tag.is_text && !strpbrk(reversed, "'\"\\;")) {
		put(s->edit, "ed nt!PoolHitTag '%s'", reversed);
	} else {
		put(s->edit, "ed nt!PoolHitTag 0x%08" PRIx32, s->tag.value);
	}
}

static void note(struct sheet *s, bool applies, const char *text) {
	if (applies) {
		s->notes[s->note_count++] = text;
	}
}

static void fill_notes(struct sheet *s) {
	bool ends_blank = s->tag.is_text && s->tag.text[POOLTAG_CHARS - 1] == ' ';
	note(s, true, "upper and lower case are different tags");
	note(s, true, "one tag or size at a time; the registry's value counts from the next boot");
	note(s, s->tag.has_wildcard,
		"? and * are wildcards for special pool: one character, all that follow");
	note(s, s->tag.is_size,
		"a value below the page size (4096) is no tag: special pool takes allocations of this size");
	note(s, ends_blank,
		"the last character is a blank: compare what gflags prints with the DWORD above");
}

static void fill(struct sheet *s) {
	fill_registry(s);
	fill_gflags(s);
	fill_edit(s);
	fill_notes(s);
}

static void print_text(const struct sheet *s) {
	if (s->tag.is_size) {
		printf("tag       none: a size of %" PRIu32 " bytes\n", s->tag.value);
	} else {
		printf("tag       '%s'%s\n", s->tag.text,
			s->tag.is_text ? "" : " (. stands for other bytes)");
	}
	printf("DWORD     0x%08" PRIx32 "\n", s->tag.value);
	printf("registry  %s\n          %s\n", s->registry[0], s->registry[1]);
	if (*s->gflags[0]) {
		printf("gflags    %s      (from the next boot)\n", s->gflags[0]);
		printf("          %s      (at once; Vista and later)\n", s->gflags[1]);
	}
	printf("kd        %s      (a stop at each alloc and free, until the next boot)\n", s->edit);
	printf("verify    dd nt!MmSpecialPoolTag L1\n");
	for (size_t i = 0; i < s->note_count; i++) {
		printf("note      %s\n", s->notes[i]);
	}
}

static json_t *string_array(const char (*lines)[LINE_MAX_BYTES], size_t count) {
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++) {
		if (*lines[i]) {
			json_array_append_new(array, json_string(lines[i]));
		}
	}
	return array;
}

static void print_json(const struct sheet *s) {
	char dword[16];
	json_t *notes = json_array();
	snprintf(dword, sizeof(dword), "0x%08" PRIx32, s->tag.value);
	for (size_t i = 0; i < s->note_count; i++) {
		json_array_append_new(notes, json_string(s->notes[i]));
	}
	json_t *o = json_pack("{s:o, s:s, s:I, s:o, s:o, s:s, s:o}", "tag",
		s->tag.is_text ? json_string(s->tag.text) : json_null(), "dword", dword, "value",
		(json_int_t)s->tag.value, "registry", string_array(s->registry, 2), "gflags",
		string_array(s->gflags, 2), "kd", s->edit, "notes", notes);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static int show(const char *text, bool json) {
	struct sheet s = {0};
	enum pooltag_fault fault = pooltag_parse(text, &s.tag);
	if (fault != POOLTAG_OK) {
		fprintf(stderr, "livedebug pooltag: %s: %s\n", text, pooltag_fault_text(fault));
		return 2;
	}
	if (s.tag.blanks_added) {
		fprintf(stderr, "livedebug pooltag: warning: filled up with %u blank%s to '%s'\n",
			s.tag.blanks_added, s.tag.blanks_added > 1 ? "s" : "", s.tag.text);
	}
	fill(&s);
	if (json) {
		print_json(&s);
	} else {
		print_text(&s);
	}
	return 0;
}

int cli_pooltag(int argc, char **argv) {
	static const struct option long_options[] = {{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	bool json = false;
	int option;
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (option != 'j') {
			return 2;
		}
		json = true;
	}
	if (argc - optind != 1) {
		fputs(usage, stderr);
		return 2;
	}
	return show(argv[optind], json);
}
