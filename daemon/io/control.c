#include "io/control.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "config/strings.h"
#include "core/lease.h"
#include "io/control_client.h"
#include "os/os.h"

#define BACKLOG 128

struct recent {
	char session[REQUEST_NAME];
	char *line; /* with its newline */
	size_t len;
};

struct control {
	uv_pipe_t listener;
	uv_file lock;
	struct control_options options;
	char *view, *write; /* the options' */
	struct control_client *clients;
	size_t client_count; /* those let in */
	bool is_closing, listener_closed;
	struct recent recent[CONTROL_RECENT]; /* a ring */
	size_t recent_next;
	uint64_t last_id, last_client;
	uint64_t refused_ms;
};

static void free_if_unused(struct control *c) {
	if (!c->listener_closed || c->clients) {
		return;
	}
	for (size_t i = 0; i < CONTROL_RECENT; i++) {
		free(c->recent[i].line);
	}
	if (c->lock >= 0) {
		uv_fs_t req;

		(void)uv_fs_close(NULL, &req, c->lock, NULL);
		uv_fs_req_cleanup(&req);
	}
	string_set(&c->view, NULL);
	string_set(&c->write, NULL);
	free(c);
}

/* --- answers -----------------------------------------------------------------------------------
 */

static void send_json(struct control_client *client, json_t *root) {
	char *text = json_dumps(root, JSON_COMPACT);

	json_decref(root);
	if (!text) {
		control_client_drop(client, false);
		return;
	}
	size_t len = strlen(text);
	text[len] = '\n'; /* in place of the NUL: the length says where it ends */
	control_client_send(client, text, len + 1);
	free(text);
}

/* kd's output may be any bytes: those that are not UTF-8 become what stands for them. */
static json_t *bytes_json(const char *bytes, size_t len) {
	json_t *text = json_stringn(bytes, len);
	char *copy = text ? NULL : malloc(len + 1);

	for (size_t i = 0; copy && i < len; i++) {
		copy[i] = (char)((unsigned char)bytes[i] >= 0x80 ? '?' : bytes[i]);
	}
	if (!text) {
		text = copy ? json_stringn(copy, len) : json_null();
	}
	free(copy);
	return text;
}

static json_t *answer(int code, const char *error) {
	json_t *root = json_pack(
		"{s:i, s:b, s:i}", "version", REQUEST_VERSION, "ok", code == 0, "code", code);

	if (code != 0) {
		json_object_set_new(root, "error", json_string(error));
	}
	return root;
}

int control_no_session(const char *name, char *why) {
	snprintf(why, CONTROL_WHY, "no session '%s'; `livedebug status` lists them", name);
	return 3;
}

static json_t *answer_no_session(const struct control_client *client) {
	char why[CONTROL_WHY];

	control_no_session(client->request.session, why);
	return answer(3, why);
}

/* The answer to a verb shows the session as it is now. */
static void answer_verb(struct control_client *client, int code, const char *why) {
	struct control *c = client->owner;
	json_t *root = answer(code, why);
	json_t *told = c->options.host->told(c->options.data, &client->request);
	json_t *sessions =
		told ? NULL : c->options.host->status(c->options.data, client->request.session);

	if (told) {
		(void)json_object_update(root, told);
		json_decref(told);
	}
	if (sessions) {
		json_object_set_new(root, "sessions", sessions);
	}
	send_json(client, root);
}

/* --- requests ----------------------------------------------------------------------------------
 */

static void take_status(struct control_client *client) {
	struct control *c = client->owner;
	json_t *sessions = c->options.host->status(c->options.data, client->request.session);
	json_t *root = sessions ? answer(0, NULL) : answer_no_session(client);

	if (sessions) {
		json_object_set_new(root, "sessions", sessions);
	}
	send_json(client, root);
}

static bool is_for(const struct control_client *client, const char *session) {
	return !*client->followed || names_equal(client->followed, session);
}

/* The i-th oldest event that this client may want; NULL: it does not. */
static const struct recent *recent_for(const struct control_client *client, size_t i) {
	const struct control *c = client->owner;
	const struct recent *r = &c->recent[(c->recent_next + i) % CONTROL_RECENT];

	return r->line && is_for(client, r->session) ? r : NULL;
}

/* In one piece: it is one answer, and one answer of any length is taken. */
static void send_recent(struct control_client *client) {
	json_t *root = answer(0, NULL);
	json_int_t count = 0;
	size_t size = 0, len = 0;
	char *lines;

	for (size_t i = 0; i < CONTROL_RECENT; i++) {
		const struct recent *r = recent_for(client, i);

		count += r != NULL;
		size += r ? r->len : 0;
	}
	lines = malloc(size + 128);
	json_object_set_new(root, "count", json_integer(count));
	if (lines) {
		len = json_dumpb(root, lines, 127, JSON_COMPACT);
		lines[len++] = '\n';
	}
	json_decref(root);
	for (size_t i = 0; lines && i < CONTROL_RECENT; i++) {
		const struct recent *r = recent_for(client, i);

		if (r) {
			memcpy(lines + len, r->line, r->len);
			len += r->len;
		}
	}
	if (lines) {
		control_client_send(client, lines, len);
	} else {
		control_client_drop(client, false);
	}
	free(lines);
}

static void follow(struct control_client *client) {
	memcpy(client->followed, client->request.session, sizeof(client->followed));
}

static void take_events(struct control_client *client) {
	struct control *c = client->owner;
	json_t *sessions = c->options.host->status(c->options.data, client->request.session);

	if (!sessions) {
		send_json(client, answer_no_session(client));
		return;
	}
	json_decref(sessions);
	follow(client);
	if (!client->request.follow) {
		send_recent(client);
		client->follows = client->attached = false;
		return;
	}
	client->follows = true;
	json_t *root = answer(0, NULL);
	json_object_set_new(root, "count", json_integer(0));
	send_json(client, root);
}

static void send_console(struct control_client *client, const char *bytes, size_t len) {
	if (!control_client_has_room(client, len * 6 + 64)) {
		client->skipped += len;
		return;
	}
	if (client->skipped > 0) {
		send_json(client, json_pack("{s:i, s:I}", "version", REQUEST_VERSION, "skipped",
					  (json_int_t)client->skipped));
		client->skipped = 0;
	}
	send_json(client, json_pack("{s:i, s:o}", "version", REQUEST_VERSION, "console",
				  bytes_json(bytes, len)));
}

void control_console(struct control *c, const char *session, const char *bytes, size_t len) {
	for (struct control_client *client = c->clients; client; client = client->next) {
		if (client->attached && is_for(client, session)) {
			send_console(client, bytes, len);
		}
	}
}

size_t control_viewers(const struct control *c, const char *session) {
	size_t count = 0;

	for (const struct control_client *client = c->clients; client; client = client->next) {
		count += client->attached && is_for(client, session);
	}
	return count;
}

static void take_attach(struct control_client *client) {
	struct control *c = client->owner;
	char why[CONTROL_WHY] = "";
	const char *screen;
	json_t *root;
	size_t len;
	int code;

	if (client->attached && !is_for(client, client->request.session)) {
		send_json(client, answer(2, "attached to another session already"));
		return;
	}
	code = c->options.host->attach(c->options.data, &client->request, why);
	root = answer(code, why);
	json_object_set_new(root, "count", json_integer(0));
	send_json(client, root);
	if (code != 0 || client->attached) {
		return;
	}
	follow(client);
	client->follows = client->attached = true;
	screen = c->options.host->screen(c->options.data, client->followed, &len);
	if (len > 0) {
		send_console(client, screen, len);
	}
}

static void check_pending(struct control_client *client) {
	struct control *c = client->owner;
	char why[CONTROL_WHY] = "";
	int code = c->options.host->progress(c->options.data, &client->request, why);

	if (code >= 0) {
		answer_verb(client, code, why);
		control_client_resume(client);
	}
}

static void take_verb(struct control_client *client) {
	struct control *c = client->owner;
	char why[CONTROL_WHY] = "";
	uint64_t limit = client->request.timeout_ms;
	int code;

	if (limit == 0) {
		limit = c->options.host->limit_ms(c->options.data, &client->request);
	}
	client->request.id = ++c->last_id;
	code = c->options.host->begin(c->options.data, &client->request, why);
	if (code != 0) {
		answer_verb(client, code, why);
		return;
	}
	control_client_wait(client, limit);
	code = c->options.host->progress(c->options.data, &client->request, why);
	if (code >= 0) { /* not by check_pending(): we are called from where it would resume */
		answer_verb(client, code, why);
		client->is_pending = false;
		uv_timer_stop(&client->timer);
	}
}

static struct control_client *find_pending(struct control *c, uint64_t id) {
	struct control_client *client = c->clients;

	while (client && !(client->is_pending && client->request.id == id)) {
		client = client->next;
	}
	return client;
}

void control_output(struct control *c, uint64_t id, const char *line) {
	struct control_client *client = find_pending(c, id);

	if (client) {
		send_json(client, json_pack("{s:i, s:o}", "version", REQUEST_VERSION, "output",
					  bytes_json(line, strlen(line))));
	}
}

/* Not resumed from inside the verb's own call: that answers by itself. */
void control_command_end(struct control *c, uint64_t id, int code, const char *why) {
	struct control_client *client = find_pending(c, id);

	if (client) {
		answer_verb(client, code, why);
		control_client_resume(client);
	}
}

/* Told once a second: who keeps knocking must not fill a disk. */
static void refuse(struct control_client *client, int code, const char *why) {
	struct control *c = client->owner;
	uint64_t now = uv_hrtime() / 1000000;

	send_json(client, answer(code, why));
	if (c->refused_ms == 0 || now - c->refused_ms >= 1000) {
		c->refused_ms = now;
		c->options.host->refused(c->options.data, client->who, why);
	}
}

static bool is_looking(const struct request *r) {
	return r->verb == REQUEST_STATUS || r->verb == REQUEST_EVENTS ||
	       (r->verb == REQUEST_ATTACH && !r->write);
}

static void on_line(struct control_client *client, const char *line, size_t len) {
	const char *wrong = request_parse(line, len, &client->request);

	client->request.client = client->id;
	memcpy(client->request.who, client->who, sizeof(client->request.who));
	if (wrong) {
		send_json(client, answer(2, wrong));
	} else if (!client->may_write && !is_looking(&client->request)) {
		refuse(client, 6, "you may look, not touch: `write` of [daemon] says who may");
	} else if (client->attached && client->request.verb == REQUEST_EVENTS) {
		send_json(client, answer(2, "attached already: ask on a connection of its own"));
	} else if (client->request.verb == REQUEST_ATTACH) {
		take_attach(client);
	} else if (client->request.verb == REQUEST_STATUS) {
		take_status(client);
	} else if (client->request.verb == REQUEST_EVENTS) {
		take_events(client);
	} else {
		take_verb(client);
	}
}

static void on_late(struct control_client *client) {
	answer_verb(client, 8, "not done in time; the daemon goes on with it");
	control_client_resume(client);
}

/* --- connections -------------------------------------------------------------------------------
 */

static void on_gone(struct control_client *client) {
	struct control *c = client->owner;
	struct control_client **at = &c->clients;

	while (*at && *at != client) {
		at = &(*at)->next;
	}
	if (*at) {
		*at = client->next;
		c->client_count--;
	}
	if (client->attached && !c->is_closing) {
		c->options.host->left(c->options.data, client->id, client->followed);
	}
	if (c->is_closing) {
		free_if_unused(c);
	}
}

static const struct control_client_events client_events = {on_line, on_late, on_gone};

static const char may_not[] =
	"only the daemon's user, root and who is in `view` or `write` of [daemon] may";

static bool may_view(struct control_client *client) {
	const struct control *c = client->owner;

	client->may_write =
		os_peer_allowed(&client->pipe) || os_peer_listed(&client->pipe, c->write);
	return client->may_write || os_peer_listed(&client->pipe, c->view);
}

static void on_connection(uv_stream_t *server, int status) {
	struct control *c = server->data;
	struct control_client *client;

	if (status < 0 || control_client_accept(server, &client_events, c, &client) != 0) {
		return;
	}
	client->id = ++c->last_client;
	client->idle_ms = c->options.idle_ms ? c->options.idle_ms : CONTROL_IDLE_MS;
	os_peer_name(&client->pipe, client->who, sizeof(client->who));
	client->next = c->clients;
	c->clients = client;
	c->client_count++;
	if (!may_view(client)) {
		refuse(client, 6, may_not);
		control_client_drop(client, true);
	} else if (c->client_count > c->options.clients_max) {
		refuse(client, 1, "too many clients (clients_max)");
		control_client_drop(client, true);
	} else if (control_client_read(client) != 0) {
		control_client_drop(client, false);
	}
}

/* The one group that is let in, when it is the only one; else "", or NULL for nobody. */
static const char *group_of(const struct control *c, char *out, size_t cap) {
	const char *list = c->view ? c->view : c->write;
	const char *other = c->view && c->write ? c->write : list;

	if (!list) {
		return NULL;
	}
	list += strspn(list, " \t,");
	other += strspn(other, " \t,");
	snprintf(out, cap, "%.*s", (int)strcspn(list, " \t,"), list);
	list += strlen(out);
	if (out[0] != '@' || list[strspn(list, " \t,")] || strncmp(other, out, strlen(out)) != 0 ||
		other[strlen(out) + strspn(other + strlen(out), " \t,")]) {
		return "";
	}
	return out + 1;
}

static int share(const struct control *c) {
	char group[256];

	return os_control_share(c->options.path, group_of(c, group, sizeof(group)));
}

int control_adjust(struct control *c, const char *view, const char *write, size_t clients_max) {
	struct control wanted = {
		.options = c->options, .view = (char *)view, .write = (char *)write};
	bool was_shared = c->view || c->write;
	int error = view || write || was_shared ? share(&wanted) : 0;

	if (error) {
		return error;
	}
	string_set(&c->view, view);
	string_set(&c->write, write);
	c->options.clients_max = clients_max;
	for (struct control_client *client = c->clients; client; client = client->next) {
		if (!client->is_dropped && !may_view(client)) {
			refuse(client, 6, may_not);
			control_client_drop(client, true);
		}
	}
	return 0;
}

void control_session_gone(struct control *c, const char *session) {
	for (struct control_client *client = c->clients; client; client = client->next) {
		if (client->attached && is_for(client, session)) {
			control_client_drop(client, true);
		}
	}
}

void control_stepped(struct control *c) {
	struct control_client *next;

	for (struct control_client *client = c->clients; client; client = next) {
		next = client->next; /* nobody leaves the list but from the loop */
		if (client->is_pending) {
			check_pending(client);
		}
	}
}

static void keep_recent(struct control *c, const char *session, const char *line, size_t len) {
	struct recent *r = &c->recent[c->recent_next];
	char *copy = malloc(len);

	if (!copy) {
		return;
	}
	memcpy(copy, line, len);
	free(r->line);
	*r = (struct recent){.line = copy, .len = len};
	snprintf(r->session, sizeof(r->session), "%s", session);
	c->recent_next = (c->recent_next + 1) % CONTROL_RECENT;
}

void control_event(struct control *c, const char *session, const char *json, size_t len) {
	char *line = malloc(len + 1);

	if (!line) {
		return;
	}
	memcpy(line, json, len);
	line[len] = '\n';
	keep_recent(c, session, line, len + 1);
	for (struct control_client *client = c->clients; client; client = client->next) {
		if (client->follows && is_for(client, session)) {
			control_client_send(client, line, len + 1);
		}
	}
	free(line);
}

/* --- life --------------------------------------------------------------------------------------
 */

static void on_listener_closed(uv_handle_t *handle) {
	struct control *c = handle->data;

	c->listener_closed = true;
	free_if_unused(c);
}

int control_open(uv_loop_t *loop, const struct control_options *options, struct control **out) {
	struct control *c = calloc(1, sizeof(*c));
	int error;

	if (!c) {
		return UV_ENOMEM;
	}
	c->options = *options;
	c->lock = -1;
	string_set(&c->view, options->view);
	string_set(&c->write, options->write);
	uv_pipe_init(loop, &c->listener, 0);
	c->listener.data = c;
	error = os_control_bind(&c->listener, options->path, &c->lock);
	if (error == 0 && (options->view || options->write)) {
		error = share(c);
	}
	if (error == 0) {
		error = uv_listen((uv_stream_t *)&c->listener, BACKLOG, on_connection);
	}
	if (error) {
		control_close(c);
		return error;
	}
	*out = c;
	return 0;
}

void control_close(struct control *c) {
	if (!c || c->is_closing) {
		return;
	}
	c->is_closing = true;
	uv_close((uv_handle_t *)&c->listener, on_listener_closed);
	for (struct control_client *client = c->clients; client; client = client->next) {
		control_client_drop(client, false);
	}
}
