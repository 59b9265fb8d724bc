/* Whoever was refused a verb is told what to do, in every state. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/advice.h"

static const enum session_input_kind verbs[] = {
	IN_START, IN_BREAK, IN_GO, IN_ARM, IN_DISARM, IN_HOLD, IN_COMMAND};

static const char *advise(const struct session *s, enum session_input_kind verb) {
	static char buffer[256];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	advice_put(&t, s, verb, "web1");
	assert_false(t.cut);
	return buffer;
}

static void is_never_nothing(void **state) {
	struct session s = {0};

	(void)state;
	s.set.prove = true;
	for (int at = 0; at < SESSION_STATES; at++) {
		s.state = (enum session_state)at;
		for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
			assert_true(*advise(&s, verbs[i]));
		}
	}
}

static void names_the_way_out(void **state) {
	struct session s = {.state = SESSION_STOPPED};

	(void)state;
	s.set.prove = true;
	assert_string_equal(advise(&s, IN_GO), "`livedebug start web1` brings it up");
	s.state = SESSION_UNKNOWN;
	assert_string_equal(advise(&s, IN_BREAK), "`livedebug release web1` frees the target");
	s.state = SESSION_WAITING;
	assert_string_equal(
		advise(&s, IN_BREAK), "`livedebug doctor web1` tells what it waits for");
	s.state = SESSION_RUNNING;
	assert_string_equal(advise(&s, IN_HOLD), "`livedebug break web1` halts it first");
	assert_string_equal(advise(&s, IN_GO), "nothing to do");
	s.going_down = true;
	assert_string_equal(advise(&s, IN_ARM), "it is being stopped");
	s.going_down = s.set.prove = false;
	assert_string_equal(advise(&s, IN_ARM), "prove = none: break and go only");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_never_nothing),
		cmocka_unit_test(names_the_way_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
