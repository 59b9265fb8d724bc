/* What was changed between two profiles: each key by itself, and nothing that only looks so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/diff.h"
#include "config/value.h"
#include "tests/config/support.h"

#define GOOD "[session a]\nport=COM1\nbaud_rate=19200\nlog_file=a.log\n"

/* A value of this key's that is not the one in effect; NULL: the version has only one. */
static const char *other_value(const struct option *o) {
	static const struct {
		const char *key, *value;
	} own[] = {{"arm_at", "boot"}, {"port", "COM9"}, {"log_keep", "3"}, {"prove", "none"},
		{"disk_reserve", "2G"}, {"log_max", "2M"}};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcmp(own[i].key, o->key) == 0) {
			return own[i].value;
		}
	}
	switch (o->type) {
	case OPTION_WORD:
		return o->words[1] ? o->words[1] : o->words[0];
	case OPTION_LIST:
		return o->words ? o->words[0] : "none";
	case OPTION_YESNO:
		return "no";
	case OPTION_NUMBER:
		return "301";
	case OPTION_DURATION:
		return "101ms";
	case OPTION_SIZE:
		return "99K";
	case OPTION_STRING:
	case OPTION_PORT:
	case OPTION_ARM_AT:
	case OPTION_COMMANDS:
	case OPTION_ENV:
		break;
	}
	return "something else";
}

static void each_key_is_found_and_taken_by_itself(void **state) {
	struct loaded a;
	char why[VALUE_WHY_MAX];
	struct diff diff;
	size_t tried = 0;

	(void)state;
	load(&a, GOOD);
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &option_table[i];
		const char *name = o->type == OPTION_ENV ? "env.X" : o->key;
		struct profile p = {0}, taken = {0};

		if (o->scope != SCOPE_SESSION) {
			continue;
		}
		profile_copy(&p, &a.config.sessions[0]);
		profile_copy(&taken, &a.config.sessions[0]);
		if (value_parse(o, name, other_value(o), &p, why) && !value_equal(o, &p, &taken)) {
			diff_sessions(&a.config.sessions[0], &p, &diff);
			assert_int_equal(diff.count, 1);
			assert_ptr_equal(diff.keys[0], o);
			assert_true(diff_has(&diff, o->change));
			diff_take_live(&diff, &p, &taken);
			diff_sessions(&p, &taken, &diff);
			assert_int_equal(diff.count, o->change != CHANGE_LIVE);
			tried++;
		}
		profile_finish(&p);
		profile_finish(&taken);
	}
	unload(&a);
	assert_in_range(tried, 40, option_count);
}

static void copy_outlives_its_config(void **state) {
	struct loaded a;
	struct profile p = {0};
	struct diff diff;

	(void)state;
	load(&a, GOOD "env.A=1\nenv.B=2\narm=bp x\n\tbp y\n");
	profile_copy(&p, &a.config.sessions[0]);
	unload(&a);
	load(&a, GOOD "env.B=2\nenv.A=1\narm=bp x\n\tbp y\n");
	diff_sessions(&p, &a.config.sessions[0], &diff);
	assert_int_equal(diff.count, 0); /* variables have no order */
	unload(&a);
	load(&a, GOOD "env.B=2\nenv.A=1\narm=bp y\n\tbp x\n");
	diff_sessions(&p, &a.config.sessions[0], &diff);
	assert_int_equal(diff.count, 1); /* commands have one */
	assert_string_equal(p.name, "a");
	unload(&a);
	profile_finish(&p);
}

static void what_two_sessions_would_share(void **state) {
	static const struct {
		const char *other;
		bool share;
	} rows[] = {
		{"port=COM2\nlog_file=b.log\n", false},
		{"port=com1\nlog_file=b.log\n", true},
		{"port=COM2\nlog_file=.\\A.LOG\nwork_dir=c:\\x\n", true},
		{"port=COM2\nlog_file=b.log\nserver=npipe:pipe=P,x=1\n", true},
		{"port=COM2\nlog_file=b.log\nport_device=/dev/a\n", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct loaded a, b;
		char text[256];

		load(&a, "[session a]\nport=COM1\nbaud_rate=19200\nlog_file=a.log\n"
			 "work_dir=C:\\x\nserver=npipe:pipe=p\nport_device=/dev/a\n");
		snprintf(text, sizeof(text), "[session b]\nbaud_rate=19200\n%s", rows[i].other);
		load(&b, text);
		assert_string_equal(b.errors, "");
		assert_int_equal(profiles_share(&a.config.sessions[0], &b.config.sessions[0]),
			rows[i].share);
		unload(&a);
		unload(&b);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_is_found_and_taken_by_itself),
		cmocka_unit_test(copy_outlives_its_config),
		cmocka_unit_test(what_two_sessions_would_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
