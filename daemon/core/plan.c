#include "core/plan.h"

#include <string.h>

#include "core/arm.h"

#define STOP_BYTES 277     /* the state change and its acknowledgement */
#define CONTEXT_BYTES 1410 /* a round trip of 178, and 1232 */
#define SPECIAL_BYTES 394
#define BREAKPOINT_BYTES 356 /* removed and inserted: two round trips */
#define STEP_BYTES 366       /* go on for one instruction, stop again */
#define GO_BYTES 89
#define FRAME_BYTES 96
#define TRIP_BYTES 178
#define FRAMES_A_PIECE 5 /* of 512 bytes */

static bool is_end(char c) {
	return c == '\0' || c == ';' || c == '"' || c == '}';
}

/* `kb 20`, `kn5`, `k`: the number is hexadecimal for kd when it says so, ten is what people mean.
 */
static unsigned number_behind(const char *s, const char *end) {
	unsigned n = 0;
	bool digits = false;

	while (s < end && strchr("bcdfLMnpPtv", *s)) {
		s++;
	}
	while (s < end && (*s == ' ' || *s == '=')) {
		s++;
	}
	for (; s < end && *s >= '0' && *s <= '9' && n < 1000; s++) {
		n = n * 10 + (unsigned)(*s - '0');
		digits = true;
	}
	return digits ? n : PLAN_FRAMES;
}

unsigned plan_frames(const char *command) {
	const char *place, *text, *s, *end;
	size_t len, text_len;
	unsigned most = 0;

	if (!arm_prints_stack(command) || !arm_place(command, &place, &len, &text, &text_len) ||
		!text) {
		return 0;
	}
	end = text + text_len;
	for (s = text; s < end; s++) {
		bool starts = s == text || strchr("; {", s[-1]);
		unsigned n;

		if (!starts || *s != 'k') {
			continue;
		}
		n = number_behind(s + 1, end);
		most = n > most ? n : most;
		while (s < end && !is_end(*s)) {
			s++;
		}
	}
	return most;
}

uint64_t plan_bytes(unsigned frames, unsigned breakpoints) {
	uint64_t each = breakpoints > 0 ? breakpoints : 1;

	return STOP_BYTES + CONTEXT_BYTES + SPECIAL_BYTES + BREAKPOINT_BYTES * each + STEP_BYTES +
	       GO_BYTES + (uint64_t)frames * FRAME_BYTES +
	       (uint64_t)frames * TRIP_BYTES / FRAMES_A_PIECE;
}

uint64_t plan_stop_ms(uint64_t baud) {
	return (plan_wire_us(GO_BYTES + STOP_BYTES + CONTEXT_BYTES + SPECIAL_BYTES, baud) + 999) /
	       1000;
}

uint64_t plan_share_bytes(unsigned breakpoints) {
	return plan_bytes(0, breakpoints) - CONTEXT_BYTES - SPECIAL_BYTES;
}

uint64_t plan_wire_us(uint64_t bytes, uint64_t baud) {
	return baud ? bytes * 10 * 1000000 / baud : 0;
}

static unsigned breakpoints_of(const char *const *arm, size_t count) {
	const char *place, *text;
	size_t len, text_len;
	unsigned n = 0;

	for (size_t i = 0; i < count; i++) {
		n += arm_place(arm[i], &place, &len, &text, &text_len);
	}
	return n;
}

uint64_t plan_share_ms(const char *const *arm, size_t count, uint64_t baud) {
	return (plan_wire_us(plan_share_bytes(breakpoints_of(arm, count)), baud) + 500) / 1000;
}

static uint64_t duty_of(uint64_t rate, uint64_t halt_us) {
	uint64_t pm = rate * halt_us / 60000;

	return pm > 1000 ? 1000 : pm;
}

static void advise(struct plan *p, const struct plan_wish *w) {
	unsigned limit = w->act_pm ? w->act_pm : 1000;
	uint64_t best = p->halt_us;

	if (p->frames > 10) {
		p->shorter = 10;
		p->shorter_us = p->halt_us * plan_bytes(10, p->breakpoints) / p->bytes;
		best = p->shorter_us;
	}
	if (w->baud < 115200) {
		p->faster_us = p->halt_us * w->baud / 115200;
		best = best * w->baud / 115200;
	}
	p->sample = w->rate > 0 && duty_of(w->rate, best) >= limit;
}

void plan_make(struct plan *p, const struct plan_wish *w) {
	memset(p, 0, sizeof(*p));
	p->breakpoints = breakpoints_of(w->arm, w->arm_count);
	for (size_t i = 0; i < w->arm_count; i++) {
		unsigned n = plan_frames(w->arm[i]);
		p->frames = n > p->frames ? n : p->frames;
	}
	p->bytes = plan_bytes(p->frames, p->breakpoints);
	p->share_bytes = plan_share_bytes(p->breakpoints);
	p->model_us = plan_wire_us(p->bytes, w->baud);
	p->calibrated = w->hits > 0 && w->measured_ms > 0;
	p->halt_us = p->calibrated ? w->measured_ms * 1000 : p->model_us;
	p->halt_us = p->halt_us ? p->halt_us : 1;
	p->most_pm = UINT64_C(60000000000) / p->halt_us;
	p->duty_pm = duty_of(w->rate, p->halt_us);
	p->act_rate = w->act_pm ? w->act_pm * UINT64_C(60000) / p->halt_us : 0;
	advise(p, w);
}
