#include "core/service.h"

#include <string.h>

void service_put_word(struct text *t, const char *word) {
	size_t slashes = 0;

	if (*word && !strpbrk(word, " \t\"")) {
		text_put(t, word);
		return;
	}
	text_put(t, "\"");
	for (; *word; word++) {
		/* Backslashes count double only in front of a quotation mark. */
		size_t more = *word == '"' ? slashes + 1 : 0;

		for (size_t i = 0; i < more; i++) {
			text_put(t, "\\");
		}
		text_put_n(t, word, 1);
		slashes = *word == '\\' ? slashes + 1 : 0;
	}
	for (size_t i = 0; i < slashes; i++) {
		text_put(t, "\\");
	}
	text_put(t, "\"");
}

void service_put_unit_word(struct text *t, const char *word) {
	text_put(t, "\"");
	for (; *word; word++) {
		if (*word == '"' || *word == '\\') {
			text_put(t, "\\");
		} else if (*word == '%' || *word == '$') {
			text_put_n(t, word, 1);
		}
		text_put_n(t, word, 1);
	}
	text_put(t, "\"");
}

/* Plain words stay plain: a unit is read by people. */
static void put_path(struct text *t, const char *word) {
	if (strpbrk(word, " \t\"\\%$'")) {
		service_put_unit_word(t, word);
	} else {
		text_put(t, word);
	}
}

static const char unit_head[] = "[Unit]\n"
				"Description=Live Windows kernel-debug sessions\n"
				"Documentation=file:///usr/share/doc/livedebug/README.md\n"
				"# It never gives up: a target may wait for it.\n"
				"StartLimitIntervalSec=0\n"
				"\n"
				"[Service]\n"
				"Type=notify\n"
				"ExecStart=";

static const char unit_reload[] =
	"\n"
	"# Fails where the profile has a fault, which changes nothing and is in the log.\n"
	"ExecReload=";

static const char unit_stop[] =
	"\n"
	"Restart=on-failure\n"
	"RestartSec=1\n"
	"# Only the daemon is told to stop: it lets each target go and ends its own kd. More than "
	"stop_max.\n"
	"KillMode=mixed\n"
	"TimeoutStopSec=";

static const char unit_account[] =
	"\n"
	"# 1 halted, 5 unknown: the target's state, not a crash; 2: nothing that a restart would "
	"cure.\n"
	"RestartPreventExitStatus=1 2 5\n"
	"\n"
	"User=livedebug\n"
	"Group=livedebug\n"
	"SupplementaryGroups=dialout\n"
	"StateDirectory=livedebug\n"
	"StateDirectoryMode=0750\n"
	"RuntimeDirectory=livedebug\n"
	"WorkingDirectory=/var/lib/livedebug\n"
	"Environment=HOME=/var/lib/livedebug\n";

static const char unit_sandbox[] = "\n"
				   "# Serial ports and nothing else of the machine.\n"
				   "DevicePolicy=closed\n"
				   "DeviceAllow=char-ttyS rw\n"
				   "DeviceAllow=char-ttyUSB rw\n"
				   "DeviceAllow=char-ttyACM rw\n"
				   "ProtectSystem=strict\n"
				   "ProtectHome=yes\n"
				   "PrivateTmp=yes\n"
				   "ProtectClock=yes\n"
				   "ProtectControlGroups=yes\n"
				   "ProtectHostname=yes\n"
				   "ProtectKernelLogs=yes\n"
				   "ProtectKernelModules=yes\n"
				   "ProtectKernelTunables=yes\n"
				   "ProtectProc=invisible\n"
				   "CapabilityBoundingSet=\n"
				   "AmbientCapabilities=\n"
				   "NoNewPrivileges=yes\n"
				   "LockPersonality=yes\n"
				   "RemoveIPC=yes\n"
				   "RestrictNamespaces=yes\n"
				   "RestrictRealtime=yes\n"
				   "RestrictSUIDSGID=yes\n"
				   "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n"
				   "SystemCallArchitectures=native\n"
				   "SystemCallFilter=@system-service\n"
				   "SystemCallFilter=~@privileged @resources\n"
				   "UMask=0027\n"
				   "\n"
				   "[Install]\n"
				   "WantedBy=multi-user.target\n";

static void put_unit(struct text *t, const struct service_wish *w, uint64_t stop_ms) {
	text_put(t, unit_head);
	put_path(t, w->program);
	text_put(t, " run -c ");
	put_path(t, w->profile);
	text_put(t, unit_reload);
	put_path(t, w->program);
	text_put(t, " reload -c ");
	put_path(t, w->profile);
	text_put(t, unit_stop);
	text_put_u64(t, stop_ms / 1000);
	text_put(t, unit_account);
	for (const char *const *f = w->folders; f && *f; f++) {
		text_put(t, "ReadWritePaths=");
		put_path(t, *f);
		text_put(t, "\n");
	}
	text_put(t, unit_sandbox);
}

static bool is_one_line(const char *path) {
	return !strpbrk(path, "\r\n");
}

bool service_plan_make(struct service_plan *plan, const struct service_wish *wish) {
	struct text command, unit;
	bool good = is_one_line(wish->program) && is_one_line(wish->profile);

	for (const char *const *f = wish->folders; f && *f; f++) {
		good = good && is_one_line(*f);
	}
	/* In whole seconds, as a unit has it. */
	plan->stop_ms = (wish->stop_max_ms + 999) / 1000 * 1000 + SERVICE_STOP_MARGIN_MS;
	text_init(&command, plan->command, sizeof(plan->command));
	text_put(&command, "\""); /* always: an unquoted blank would start another program */
	text_put(&command, wish->program);
	text_put(&command, "\" _service -c ");
	service_put_word(&command, wish->profile);
	text_init(&unit, plan->unit, sizeof(plan->unit));
	put_unit(&unit, wish, plan->stop_ms);
	return good && !command.cut && !unit.cut;
}

void service_pending_begin(struct service_pending *p, uint64_t now_ms, uint64_t limit_ms) {
	if (p->checkpoint == 0) {
		*p = (struct service_pending){.checkpoint = 1,
			.began_ms = now_ms,
			.beat_ms = now_ms,
			.limit_ms = limit_ms};
	}
}

bool service_pending_beat(struct service_pending *p, uint64_t now_ms) {
	if (p->checkpoint == 0 || now_ms - p->beat_ms < SERVICE_BEAT_MS ||
		now_ms - p->began_ms > p->limit_ms) {
		return false;
	}
	p->checkpoint++;
	p->beat_ms = now_ms;
	return true;
}

bool service_has_failed(bool was_asked, int code) {
	(void)code;
	return !was_asked;
}
