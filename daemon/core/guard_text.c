/* The guard's keys and the target's uptime, as text. */
#include <string.h>

#include "core/guard.h"
#include "core/text.h"

static const char *blanks(const char *s) {
	return s + strspn(s, " \t,");
}

static const char *number(const char *s, uint64_t most, uint64_t *out) {
	uint64_t n = 0;
	const char *begin = s;

	for (; *s >= '0' && *s <= '9'; s++) {
		n = n * 10 + (uint64_t)(*s - '0');
		if (n > most) {
			return NULL;
		}
	}
	*out = n;
	return s == begin ? NULL : s;
}

static const char *word(const char *s, const char *expected) {
	size_t len = strlen(expected);

	return s && strncmp(s, expected, len) == 0 ? s + len : NULL;
}

/* `NAME 5%` */
static const char *percent(const char *s, const char *name, unsigned *pm) {
	uint64_t n = 0;

	s = word(s, name);
	if (!s || (*s != ' ' && *s != '\t')) {
		return NULL;
	}
	s = number(blanks(s), 100, &n);
	*pm = (unsigned)n * 10;
	return n > 0 ? word(s, "%") : NULL;
}

bool guard_parse_duty(const char *text, struct guard_settings *set) {
	unsigned warn_pm = 0, act_pm = 0;
	const char *s;

	if (strcmp(text, "off") == 0) {
		set->warn_pm = set->act_pm = 0;
		return true;
	}
	s = percent(text, "warn", &warn_pm);
	s = s ? percent(blanks(s), "act", &act_pm) : NULL;
	if (!s || *s || warn_pm > act_pm) {
		return false;
	}
	set->warn_pm = warn_pm;
	set->act_pm = act_pm;
	return true;
}

bool guard_parse_hits(const char *text, struct guard_settings *set) {
	uint64_t n = 0;
	const char *s = number(text, 1000000, &n);
	bool is_auto = strcmp(text, "auto") == 0, off = strcmp(text, "off") == 0;

	if (!is_auto && !off && (!s || *s || n == 0)) {
		return false;
	}
	set->auto_hits = is_auto;
	set->hits_per_minute = is_auto || off ? 0 : n;
	return true;
}

/* `1000 hits`, `72h` */
static const char *stop_term(const char *s, uint64_t *hits, uint64_t *ms) {
	char duration[32];
	size_t len = strcspn(s, " \t,");
	uint64_t n = 0;
	const char *end = number(s, 1000000000, &n);

	if (end && (*end == ' ' || *end == '\t')) {
		end = word(end + strspn(end, " \t"), "hits");
		*hits = n;
		return end && n > 0 && (!*end || strchr(" \t,", *end)) ? end : NULL;
	}
	if (len == 0 || len >= sizeof(duration)) {
		return NULL;
	}
	memcpy(duration, s, len);
	duration[len] = '\0';
	return text_parse_duration(duration, ms) && *ms > 0 ? s + len : NULL;
}

bool guard_parse_stop(const char *text, struct guard_settings *set) {
	uint64_t hits = 0, ms = 0;
	const char *s = text;

	if (strcmp(text, "never") == 0) {
		set->stop_hits = set->stop_ms = 0;
		return true;
	}
	do {
		s = stop_term(s, &hits, &ms);
		s = s ? blanks(s) : NULL;
	} while (s && *s);
	if (!s) {
		return false;
	}
	set->stop_hits = hits;
	set->stop_ms = ms;
	return true;
}

bool guard_read_uptime(const char *line, size_t len, uint64_t *ms) {
	static const char head[] = "System Uptime: ";
	static const char *const behind[] = {" days ", ":", ":", "."};
	static const uint64_t unit[] = {86400000, 3600000, 60000, 1000};
	char text[80];
	const char *s = text + sizeof(head) - 1;
	uint64_t sum = 0, n = 0;

	if (len >= sizeof(text) || !text_starts(line, len, head)) {
		return false;
	}
	memcpy(text, line, len);
	text[len] = '\0';
	for (size_t i = 0; i < 4; i++) {
		s = s ? number(s, 100000, &n) : NULL;
		s = s ? word(s, behind[i]) : NULL;
		sum += n * unit[i];
	}
	if (!s || !number(s, 999, &n)) {
		return false;
	}
	*ms = sum + n;
	return true;
}
