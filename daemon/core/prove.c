#include "core/prove.h"

#include <string.h>

void prove_init(struct prove *p, uint64_t seed) {
	memset(p, 0, sizeof(*p));
	p->random = seed;
}

uint64_t prove_random(struct prove *p) {
	uint64_t z = (p->random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void prove_forget(struct prove *p) {
	p->outstanding = false;
	p->answered = false;
	p->limited = false;
}

bool prove_may_ask(const struct prove *p, uint64_t now_ms, bool waited_for) {
	if (p->outstanding || p->answered) {
		return false;
	}
	return waited_for || !p->limited || now_ms - p->asked_ms >= PROVE_UNASKED_MS;
}

void prove_ask(struct prove *p, uint64_t now_ms, struct text *line) {
	struct text t;

	text_init(&t, p->nonce, sizeof(p->nonce));
	text_put(&t, "LD-");
	text_put_hex(&t, prove_random(p), 16);
	p->outstanding = true;
	p->answered = false;
	p->limited = true;
	p->asked_ms = now_ms;
	text_put(line, ".echo ");
	text_put(line, p->nonce);
	text_put(line, "\n");
}

bool prove_line(struct prove *p, const char *line, size_t len) {
	static const char echoed[] = ".echo ";
	size_t nonce = strlen(p->nonce), echo = sizeof(echoed) - 1;

	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\r')) {
		len--;
	}
	if (!p->outstanding || len < nonce || memcmp(line + len - nonce, p->nonce, nonce) != 0) {
		return false;
	}
	len -= nonce;
	if (len >= echo && memcmp(line + len - echo, echoed, echo) == 0) {
		return false; /* a kd that echoes what it is told: the question, not the answer */
	}
	p->outstanding = false;
	p->answered = true;
	p->limited = false;
	return true;
}

bool prove_prompt(struct prove *p) {
	bool proved = p->answered;

	p->answered = false;
	return proved;
}
