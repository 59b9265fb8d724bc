#include "core/target.h"

#include <string.h>

#include "core/text.h"

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

/* A number is a word of its own: the 64 of x64 is none. */
uint32_t target_build(const char *name) {
	uint32_t build = 0;

	while (*name) {
		size_t len = strcspn(name, " ");
		uint32_t value = 0;
		size_t i = 0;

		for (; i < len && i < 9 && is_digit(name[i]); i++) {
			value = value * 10 + (uint32_t)(name[i] - '0');
		}
		build = i > 0 && i == len ? value : build;
		name += len;
		name += strspn(name, " ");
	}
	return build;
}

const char *target_lacks(const char *name, const char *command) {
	if (target_build(name) < TARGET_HEAP_POOL ||
		text_find(command, strlen(command), "MmAllocateSpecialPool") < 0) {
		return NULL;
	}
	return "this build's pool no longer calls nt!MmAllocateSpecialPool; use "
	       "arm_method = poolhittag, or bp nt!ExAllocateHeapSpecialPool";
}
