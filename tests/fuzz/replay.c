/*
 * Runs a fuzz target without libFuzzer: over each file named, and over each file of a folder named.
 * A target that finds a fault aborts. Exit codes: 0 all ran, 1 something could not be read.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1 << 20)

static unsigned runs;

static int replay_file(const char *path) {
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(INPUT_MAX), *exact;
	size_t len;

	if (!file || !bytes) {
		perror(path);
		free(bytes);
		return 1;
	}
	len = fread(bytes, 1, INPUT_MAX, file);
	fclose(file);
	/* A block of the exact size, so that a sanitizer sees a read past its end. */
	exact = realloc(bytes, len > 0 ? len : 1);
	bytes = exact ? exact : bytes;
	(void)LLVMFuzzerTestOneInput(bytes, len);
	runs++;
	free(bytes);
	return 0;
}

static int replay_folder(DIR *folder, const char *path) {
	struct dirent *entry;
	char full[4096];
	int failed = 0;

	while ((entry = readdir(folder))) {
		if (entry->d_name[0] != '.') {
			snprintf(full, sizeof(full), "%s/%s", path, entry->d_name);
			failed |= replay_file(full);
		}
	}
	return failed;
}

int main(int argc, char **argv) {
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);

		failed |= folder ? replay_folder(folder, argv[i]) : replay_file(argv[i]);
		if (folder) {
			closedir(folder);
		}
	}
	printf("%s: %u inputs\n", argv[0], runs);
	return failed || runs == 0;
}
