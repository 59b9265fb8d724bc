#include "cli/ask.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "io/control_call.h"

static void no_complaint(void *data, const char *line) {
	(void)data;
	(void)line;
}

/* Where the file does not say where the daemon is, its faults are told. */
static int load_named(struct cli_config_args *args, struct config *config) {
	if (!args->too_many && cli_config_find(args)) {
		config_load(config, args->path, args->sets, args->set_count, no_complaint, NULL);
		if (!config->failed || config->daemon.control) {
			return 0;
		}
		config_finish(config);
	}
	return cli_config_load(args, config);
}

int cli_find_control(struct cli_config_args *args, const char *control, const char *verb, char *out,
	size_t cap) {
	struct config config = {0};
	bool is_named = args->path || args->set_count > 0;
	int code = 0, error = 0;

	if (control) {
		snprintf(out, cap, "%s", control);
		return 0;
	}
	if (is_named) {
		code = load_named(args, &config);
	} else if (cli_config_find(args)) {
		config_load(&config, args->path, NULL, 0, no_complaint, NULL);
	}
	if (code == 0) {
		error = cli_control_path(&config, out, cap);
	}
	config_finish(&config);
	if (error) {
		fprintf(stderr, "livedebug %s: no place for a control socket: %s; use --control\n",
			verb, uv_strerror(error));
		return 2;
	}
	return code;
}

int cli_no_daemon(const char *path, int error, char *why, size_t cap) {
	if (error == UV_EPERM) {
		snprintf(why, cap,
			"%s: what answers there runs as another user who is not the owner of its "
			"folder: not asked",
			path);
		return 6;
	}
	if (error == UV_EACCES) {
		snprintf(why, cap, "%s: not allowed; `view` and `write` of [daemon] say who may",
			path);
		return 6;
	}
	snprintf(why, cap, "no daemon answers at %s (%s); `livedebug run` starts one", path,
		uv_strerror(error));
	return 7;
}

struct asking {
	json_t *answer;
};

static bool on_line(void *data, const char *line, size_t len) {
	((struct asking *)data)->answer = json_loadb(line, len, 0, NULL);
	return false;
}

int cli_ask_status(const char *path, const char *session, uint64_t silence_ms, json_t **sessions,
	char *why, size_t cap) {
	struct request request = {.verb = REQUEST_STATUS};
	struct asking a = {NULL};
	const char *words;
	int code, error;

	*sessions = NULL;
	snprintf(request.session, sizeof(request.session), "%s", session);
	error = control_call(path, &request, silence_ms, on_line, &a);
	if (error) {
		return cli_no_daemon(path, error, why, cap);
	}
	code = (int)json_integer_value(json_object_get(a.answer, "code"));
	words = json_string_value(json_object_get(a.answer, "error"));
	*sessions = json_incref(json_object_get(a.answer, "sessions"));
	if (code == 0 && !json_is_array(*sessions)) {
		code = 1;
		words = "what answers there is not livedebug";
	}
	if (code) {
		snprintf(why, cap, "%s", words ? words : "failed");
		json_decref(*sessions);
		*sessions = NULL;
	}
	json_decref(a.answer);
	return code;
}
