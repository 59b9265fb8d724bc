#include "core/advice.h"

#include "core/session_inside.h"

static void put_line(struct text *t, const char *before, const char *verb, const char *name,
	const char *behind) {
	text_put(t, before);
	text_put(t, "`livedebug ");
	text_put(t, verb);
	text_put(t, name);
	text_put(t, "` ");
	text_put(t, behind);
}

/* Running, and the verb wants a halt; or the other way round. */
static void put_other_way(
	struct text *t, const struct session *s, enum session_input_kind verb, const char *name) {
	if (session_free(s) && verb == IN_GO) {
		text_put(t, "nothing to do");
	} else if (session_free(s) && verb == IN_COMMAND) {
		put_line(t, "", "break ", name, "halts it first, or use --break");
	} else if (session_free(s)) {
		put_line(t, "", "break ", name, "halts it first");
	} else if (verb == IN_BREAK) {
		put_line(t, "it is halted already: ", "hold ", name, "keeps it so for longer");
	} else {
		put_line(t, "the halt has other work: ", "events --follow ", name,
			"tells when it ends");
	}
}

void advice_put(
	struct text *t, const struct session *s, enum session_input_kind verb, const char *name) {
	bool may_arm = verb == IN_ARM || verb == IN_DISARM;

	if (s->going_down) {
		text_put(t, "it is being stopped");
	} else if (s->state == SESSION_STOPPED) {
		put_line(t, "", "start ", name, "brings it up");
	} else if (s->state == SESSION_UNKNOWN) {
		put_line(t, "", "release ", name, "frees the target");
	} else if (may_arm && !s->set.prove) {
		text_put(t, "prove = none: break and go only");
	} else if (s->state == SESSION_RUNNING || s->state == SESSION_HALTED) {
		put_other_way(t, s, verb, name);
	} else {
		put_line(t, "", "doctor ", name, "tells what it waits for");
	}
}
