/* Every state of a proof against everything that can come. */
#include <stdio.h>
#include <string.h>

#include "core/prove.h"

static struct prove p;
static char asked[64];

static void ask(uint64_t now) {
	struct text t;

	text_init(&t, asked, sizeof(asked));
	prove_ask(&p, now, &t);
}

static void reach(int state) {
	prove_init(&p, 42);
	if (state >= 1) {
		ask(1000);
	}
	if (state == 2 || state == 3) {
		prove_line(&p, p.nonce, strlen(p.nonce));
	}
	if (state == 3) {
		prove_prompt(&p);
	}
	if (state == 4) {
		prove_forget(&p);
	}
}

static int line(const char *before, const char *after) {
	char text[100];

	snprintf(text, sizeof(text), "%s%s%s", before, p.nonce[0] ? p.nonce : "LD-0", after);
	return prove_line(&p, text, strlen(text));
}

static int input(int i) {
	switch (i) {
	case 0:
		return prove_prompt(&p);
	case 1:
		return line("", "");
	case 2:
		return line("text before ", " \r");
	case 3:
		return line("0: kd> .echo ", "");
	case 4:
		return line("", "0");
	case 5:
		return prove_line(&p, "LD-0123456789abcdef", 19);
	case 6:
		return prove_line(&p, "", 0);
	case 7:
		return prove_may_ask(&p, 1000, true);
	case 8:
		return prove_may_ask(&p, 60999, false);
	case 9:
		return prove_may_ask(&p, 61000, false);
	default:
		prove_forget(&p);
		return 0;
	}
}

int main(void) {
	static const char *const states[] = {"fresh", "asked", "answered", "used", "forgotten"};
	static const char *const inputs[] = {"prompt", "nonce", "text nonce", "echoed command",
		"nonce and more", "another nonce", "empty line", "may ask, waited for",
		"may ask unwaited, 59 s", "may ask unwaited, 60 s", "another kd"};

	for (int s = 0; s < 5; s++) {
		for (int i = 0; i < 11; i++) {
			int result;
			reach(s);
			result = input(i);
			printf("%-10s %-24s -> %s%s%s%s\n", states[s], inputs[i],
				result ? "yes" : "no", p.outstanding ? " outstanding" : "",
				p.answered ? " answered" : "", p.limited ? " limited" : "");
		}
	}
	return 0;
}
