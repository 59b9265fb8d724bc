#include "core/reload.h"

enum reload_step reload_decide(enum reload_change change, enum reload_stand stand) {
	switch (change) {
	case RELOAD_SAME:
		return RELOAD_NOTHING;
	case RELOAD_LIVE:
		return RELOAD_ADJUST;
	case RELOAD_KD:
		return stand == RELOAD_UP ? RELOAD_RESTART : RELOAD_ADOPT;
	case RELOAD_NEW:
		return RELOAD_START;
	case RELOAD_GONE:
		return stand == RELOAD_STUCK ? RELOAD_KEEP : RELOAD_REMOVE;
	case RELOAD_CHANGES:
		break;
	}
	return RELOAD_NOTHING;
}

enum reload_stand reload_stand_of(const struct session *s) {
	if (s->state == SESSION_STOPPED) {
		return session_exit_code(s) == 0 ? RELOAD_DOWN : RELOAD_STUCK;
	}
	return s->going_down ? RELOAD_DOWN : RELOAD_UP;
}

enum reload_end reload_after(enum session_result result, bool same_port) {
	switch (result) {
	case RESULT_NONE:
	case RESULT_RELEASED:
		return RELOAD_GO_ON;
	case RESULT_HALTED:
		return same_port ? RELOAD_RECOVER : RELOAD_GO_BACK;
	case RESULT_UNKNOWN:
		break;
	}
	return RELOAD_RECOVER;
}

const char *reload_step_name(enum reload_step step) {
	static const char *const names[RELOAD_STEPS] = {
		[RELOAD_NOTHING] = "untouched",
		[RELOAD_START] = "started",
		[RELOAD_ADJUST] = "adjusted",
		[RELOAD_RESTART] = "restarted",
		[RELOAD_ADOPT] = "taken, not started",
		[RELOAD_REMOVE] = "removed",
		[RELOAD_KEEP] = "kept",
	};

	return step < RELOAD_STEPS ? names[step] : "?";
}
