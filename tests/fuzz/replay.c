/*
 * Runs a fuzz target over files, without libFuzzer: `make quick` replays each corpus with it, and a
 * crash that a fuzzer found is run again with any compiler and debugger.
 *
 *   build/tests/fuzz/fuzz_NAME tests/fuzz/corpus/NAME...    (files or folders)
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long run_count;

static int run_file(const char *path) {
	FILE *in = fopen(path, "rb");
	if (!in) {
		perror(path);
		return 1;
	}
	size_t cap = 4096, len = 0, got;
	uint8_t *data = malloc(cap);
	while (data && (got = fread(data + len, 1, cap - len, in)) > 0) {
		len += got;
		if (len == cap) {
			cap *= 2;
			uint8_t *more = realloc(data, cap);
			if (!more) {
				free(data);
			}
			data = more;
		}
	}
	(void)fclose(in);
	if (!data) {
		(void)fprintf(stderr, "%s: no memory\n", path);
		return 1;
	}
	/* Exactly as long as the input, so that AddressSanitizer sees a read past its end. */
	uint8_t *exact = realloc(data, len ? len : 1);
	data = exact ? exact : data;
	(void)fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(data, len);
	run_count++;
	free(data);
	return 0;
}

static int run_path(const char *path) {
	DIR *dir = opendir(path);
	if (!dir) {
		return run_file(path);
	}
	int failed = 0;
	const struct dirent *entry;
	while ((entry = readdir(dir))) {
		char name[4096];
		if (entry->d_name[0] == '.') {
			continue;
		}
		(void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		failed |= run_file(name);
	}
	(void)closedir(dir);
	return failed;
}

int main(int argc, char **argv) {
	int failed = argc < 2;
	for (int i = 1; i < argc; i++) {
		failed |= run_path(argv[i]);
	}
	printf("%lu inputs\n", run_count);
	return failed || run_count == 0;
}
