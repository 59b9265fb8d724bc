#include "io/kdstart.h"

#include <stdio.h>
#include <string.h>

#include "io/files.h"
#include "io/kdcommand.h"
#include "os/os.h"

#define PATH_BYTES 4096

static bool may_move(const struct kdstart *k) {
	return k->fresh || (k->log_max != 0 && k->log_max != UINT64_MAX);
}

bool kdstart_must_prepare(const struct kdstart *k) {
	return may_move(k) || (k->profile->server && k->profile->password_file);
}

void kdstart_prepare(struct kdstart *k) {
	const struct profile *p = k->profile;

	if (p->server && p->password_file) {
		k->failed = !password_read(p->password_file, k->password, k->why, sizeof(k->why));
	}
	if (may_move(k) && !k->failed) {
		k->move_error = files_move_aside(p->log_file, k->fresh ? 0 : k->log_max, &k->moved);
	}
}

/* The words of the command, from the profile and our own environment. */
static int make_command(struct kd_command *c, const struct kdstart *k, const char *const *program,
	size_t words, bool append_log) {
	uv_env_item_t *items;
	int count;
	int error = uv_os_environ(&items, &count);

	*c = (struct kd_command){0};
	if (error == 0) {
		error = kd_command_init(c, k->profile, items, count, program, words, append_log);
		uv_os_free_environ(items, count);
	}
	if (error == 0 && k->password[0]) {
		error = kd_command_password(c, k->password, words > 1);
	}
	return error;
}

static int start(struct kdstart *k, uv_loop_t *loop, bool append_log,
	const struct child_events *events, void *data, struct child **out) {
	const struct profile *p = k->profile;
	const char *program[OS_LAUNCH_WORDS + 1];
	char launcher[PATH_BYTES], kd[PATH_BYTES];
	struct kd_command command;
	size_t words = os_launch_words(program, launcher, sizeof(launcher));
	int error = os_find_kd(p->kd, kd, sizeof(kd));

	if (error) {
		snprintf(k->why, sizeof(k->why), "kd '%.150s': %s", p->kd, uv_strerror(error));
		return error;
	}
	program[words++] = kd;
	error = make_command(&command, k, program, words, append_log);
	if (error == 0) {
		error = child_start(
			loop, command.args.at, command.env.at, p->work_dir, events, data, out);
	}
	kd_command_finish(&command);
	if (error) {
		snprintf(k->why, sizeof(k->why), "kd '%.100s' in '%.100s': %s", kd,
			p->work_dir ? p->work_dir : ".", uv_strerror(error));
	}
	return error;
}

int kdstart_run(struct kdstart *k, uv_loop_t *loop, bool append_log,
	const struct child_events *events, void *data, struct child **out) {
	int error = start(k, loop, append_log, events, data, out);

	memset(k->password, 0, sizeof(k->password));
	return error;
}
