/* Each command against each list; what a command names. */
#include <stdio.h>
#include <string.h>

#include "core/arm.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const commands[] = {"bp nt!MmAllocateSpecialPool \";kb;g\"",
	"bp3 NT!mmallocatespecialpool \";kb;g\"", "bu mod!f", "bm mod!f* \"k\"", "bm m?d!*F*",
	"bm *!x", "ba e1 mod!f \"r;kb 20;g\"", "ba w4 nt!PoolHitTag", "bp /1 mod!f",
	"bp /p 0x10 mod!f", "bp fffff800`02e03904 \"g\"", "  bp\tmod!f \"kb", "bp", "bp ",
	"bpx mod!f", "b", "bl", ".reload", "ed nt!PoolHitTag 206b6444", "", "bp mod!f \"g;{kb}\"",
	"ba mod!f"};

#define NT_ROW "fffff802`47bca1e0     0001 (0001) nt!MmAllocateSpecialPool "

static const char *const lists[] = {"", (" 0 e Disable Clear  " NT_ROW "\";kb;g\""),
	" 0 e fffff800`02e03904     0001 (0001) nt!MmAllocateSpecialPool",
	" 3 d Enable Clear  fffff802`47bca1e0     0001 (0001) nt!MmAllocateSpecialPool \";kb;g\"",
	" 1 eu             0001 (0001) (mod!f)",
	" 1 e Disable Clear u             0001 (0001) (mod!f)",
	" 1 e Disable Clear  fffff802`47bca1e0     0001 (0001) mod!f \"r;kb 20;g\"",
	" 1 e Disable Clear  fffff802`47bca1e0 e 1 0001 (0001) mod!f",
	" 1 e Disable Clear  fffff802`47bca1e0 w 4 0001 (0001) nt!PoolHitTag", " 1 x mod!f", " 1",
	"e mod!f", " 1 ex mod!f", "0 e x \"g\""};

static void places(void) {
	for (size_t i = 0; i < COUNT(commands); i++) {
		const char *place = "", *text = NULL;
		size_t len = 0, text_len = 0;
		bool is = arm_place(commands[i], &place, &len, &text, &text_len);

		printf("[%s] %s [%.*s] %s[%.*s]%s\n", commands[i], is ? "place" : "no place",
			is ? (int)len : 0, place, text ? "text " : "", text ? (int)text_len : 0,
			text ? text : "", arm_prints_stack(commands[i]) ? " prints a stack" : "");
	}
}

int main(void) {
	places();
	for (size_t i = 0; i < COUNT(commands); i++) {
		for (size_t k = 0; k < COUNT(lists); k++) {
			struct arm_check c;
			char why[200];
			struct text t;
			bool all;
			text_init(&t, why, sizeof(why));
			arm_check_begin(&c, &commands[i], 1);
			arm_check_row(&c, lists[k], strlen(lists[k]));
			all = arm_check_end(&c, &t);
			printf("[%s] list %2zu: %s%s%s\n", commands[i], k, all ? "there" : why,
				c.rows ? "" : " (no row)", c.found ? " found" : "");
		}
	}
	for (size_t k = 0; k < COUNT(lists); k++) {
		printf("list %2zu: %s\n", k, lists[k]);
	}
	return 0;
}
