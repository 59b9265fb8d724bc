#include "config/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "config/reader.h"
#include "config/strings.h"
#include "config/units.h"
#include "core/text.h"

static bool refuse(char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(char *why, const char *format, ...) {
	va_list args;
	va_start(args, format);
	vsnprintf(why, VALUE_WHY_MAX, format, args);
	va_end(args);
	return false;
}

static void *field(const struct option *o, void *base) {
	return (char *)base + o->offset;
}

static const void *const_field(const struct option *o, const void *base) {
	return (const char *)base + o->offset;
}

struct string_list *value_list(const struct option *o, void *base) {
	return field(o, base);
}

/* "a, b" and "a b" are the same list; so are two texts that differ in such blanks only. */
static bool same_words(const char *a, const char *b) {
	for (;;) {
		size_t skip_a = strspn(a, " \t,"), skip_b = strspn(b, " \t,");
		if ((skip_a > 0) != (skip_b > 0) && a[skip_a] && b[skip_b]) {
			return false;
		}
		a += skip_a;
		b += skip_b;
		if (!*a || *a != *b) {
			return *a == *b;
		}
		a++;
		b++;
	}
}

static bool parse_later(const struct option *o, const char *text, char *why) {
	char shown[SHOWN_MAX];
	if (!o->accepts) {
		return refuse(why, "%s: not yet; this version does not have it", o->key);
	}
	if (!same_words(text, o->accepts)) {
		return refuse(why, "%s = %s: not yet; this version has %s = %s", o->key,
			string_show(text, shown), o->key, o->accepts);
	}
	return true;
}

/* COM12 or \\.\NAME: the name goes into kd's environment, so that nothing else may stand in it. */
static bool parse_port(const char *text, char **out, char *why) {
	char shown[SHOWN_MAX];
	const char *name = text;
	bool device = strncmp(text, "\\\\.\\", 4) == 0;
	if (device) {
		name += 4;
	}
	const char stem[] = {name[0], name[0] ? name[1] : 0, name[0] && name[1] ? name[2] : 0, 0};
	size_t digits = names_equal(stem, "com") ? strspn(name + 3, "0123456789") : 0;
	bool is_com = digits > 0 && digits < 4 && !name[3 + digits] && name[3] != '0';
	size_t legal =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	if (!is_com && !(device && legal > 0 && !name[legal])) {
		return refuse(why, "port = %s: expected a name such as COM1 or \\\\.\\COM12%s",
			string_show(text, shown),
			text[0] == '/' ? "; a device's path is port_device" : "");
	}
	string_set(out, text);
	return true;
}

/* The index of the word, or -1. */
static int word_index(const char *const *words, const char *text, size_t len) {
	for (int i = 0; words[i]; i++) {
		if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0) {
			return i;
		}
	}
	return -1;
}

static bool parse_word(const struct option *o, const char *text, int *out, char *why) {
	char shown[SHOWN_MAX], allowed[VALUE_WHY_MAX / 2];
	int index = word_index(o->words, text, strlen(text));
	if (index < 0) {
		value_describe(o, allowed, sizeof(allowed));
		return refuse(why, "%s = %s: expected one of: %s", o->key, string_show(text, shown),
			allowed);
	}
	*out = index;
	return true;
}

static bool parse_yesno(const struct option *o, const char *text, bool *out, char *why) {
	char shown[SHOWN_MAX];
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0) {
		return refuse(why, "%s = %s: expected yes or no", o->key, string_show(text, shown));
	}
	*out = text[0] == 'y';
	return true;
}

static bool is_all_digits(const char *text) {
	return *text && text[strspn(text, "0123456789")] == 0;
}

static const char *wanted_form(const struct option *o, const char *text) {
	if (o->type == OPTION_DURATION || o->type == OPTION_ARM_AT) {
		return is_all_digits(text) ? "the unit is missing (ms, s, m, h, d)"
					   : "expected a number and a unit (ms, s, m, h, d)";
	}
	if (o->type == OPTION_SIZE) {
		return is_all_digits(text) ? "the unit is missing (B, K, M, G)"
					   : "expected a number and a unit (B, K, M, G)";
	}
	return "expected a whole number";
}

static bool read_quantity(const struct option *o, const char *text, uint64_t *out) {
	if (o->type == OPTION_SIZE) {
		return units_parse_size(text, out);
	}
	if (o->type == OPTION_NUMBER) {
		return units_parse_number(text, out);
	}
	return text_parse_duration(text, out);
}

static bool parse_quantity(const struct option *o, const char *text, uint64_t *out, char *why) {
	char shown[SHOWN_MAX], range[VALUE_WHY_MAX / 2];
	uint64_t value;
	if (o->can_be_off && strcmp(text, "off") == 0) {
		*out = o->off_value;
		return true;
	}
	if (!read_quantity(o, text, &value)) {
		return refuse(
			why, "%s = %s: %s", o->key, string_show(text, shown), wanted_form(o, text));
	}
	if (value < o->least || value > o->most) {
		value_describe(o, range, sizeof(range));
		return refuse(
			why, "%s = %s: out of range: %s", o->key, string_show(text, shown), range);
	}
	*out = value;
	return true;
}

static bool parse_arm_at(const struct option *o, const char *text, void *base, char *why) {
	struct profile *p = base;
	char shown[SHOWN_MAX];
	if (strcmp(text, "boot") == 0 || strcmp(text, "manual") == 0) {
		p->arm_at = text[0] == 'b' ? PROFILE_ARM_BOOT : PROFILE_ARM_MANUAL;
		p->arm_after_ms = 0;
		return true;
	}
	if (strncmp(text, "after", 5) != 0 || !strchr(" \t", text[5]) || !text[5]) {
		return refuse(why, "arm_at = %s: expected boot, after DURATION or manual",
			string_show(text, shown));
	}
	const char *duration = text + 5 + strspn(text + 5, " \t");
	if (!parse_quantity(o, duration, &p->arm_after_ms, why)) {
		return false;
	}
	p->arm_at = PROFILE_ARM_AFTER;
	return true;
}

static bool parse_list(
	const struct option *o, const char *text, struct string_list *out, char *why) {
	struct string_list found = {0};
	char shown[SHOWN_MAX], allowed[VALUE_WHY_MAX / 2];
	for (const char *p = text + strspn(text, " \t,"); *p;) {
		size_t len = strcspn(p, " \t,");
		char *word = string_copy_n(p, len);
		string_list_add(&found, word);
		if (word_index(o->words, word, len) < 0) {
			value_describe(o, allowed, sizeof(allowed));
			refuse(why, "%s: no '%s'; there is: %s", o->key, string_show(word, shown),
				allowed);
			string_list_clear(&found);
			return false;
		}
		p += len + strspn(p + len, " \t,");
	}
	string_list_clear(out);
	*out = found;
	return true;
}

static size_t env_name_len(const char *assignment) {
	return strcspn(assignment, "=");
}

static bool same_env_name(const char *a, const char *b) {
	char *name_a = string_copy_n(a, env_name_len(a));
	char *name_b = string_copy_n(b, env_name_len(b));
	bool same = names_equal(name_a, name_b);
	free(name_a);
	free(name_b);
	return same;
}

static bool parse_env(const char *name, const char *text, struct string_list *out, char *why) {
	const char *variable = name + strlen("env.");
	if (!reader_is_key(name, strlen(name)) || !*variable) {
		return refuse(
			why, "env.NAME: the name is missing, too long or has a blank, : or ;");
	}
	size_t len = strlen(variable) + strlen(text) + 2;
	char *assignment = malloc(len);
	if (!assignment) {
		abort();
	}
	snprintf(assignment, len, "%s=%s", variable, text);
	for (size_t i = 0; i < out->count; i++) {
		if (same_env_name(out->at[i], assignment)) {
			free(out->at[i]);
			out->at[i] = assignment;
			return true;
		}
	}
	string_list_add(out, assignment);
	return true;
}

static bool parse_commands(const char *text, struct string_list *out) {
	if (*text) {
		string_list_add(out, string_copy(text));
	}
	return true;
}

static bool parse_as_type(
	const struct option *o, const char *name, const char *text, void *base, char *why) {
	switch (o->type) {
	case OPTION_STRING:
		string_set(field(o, base), *text ? text : NULL);
		return true;
	case OPTION_PORT:
		return parse_port(text, field(o, base), why);
	case OPTION_WORD:
		return parse_word(o, text, field(o, base), why);
	case OPTION_YESNO:
		return parse_yesno(o, text, field(o, base), why);
	case OPTION_NUMBER:
	case OPTION_DURATION:
	case OPTION_SIZE:
		return parse_quantity(o, text, field(o, base), why);
	case OPTION_LIST:
		return parse_list(o, text, field(o, base), why);
	case OPTION_ARM_AT:
		return parse_arm_at(o, text, base, why);
	case OPTION_COMMANDS:
		return parse_commands(text, field(o, base));
	case OPTION_ENV:
		return parse_env(name, text, field(o, base), why);
	}
	return false;
}

static bool has_control_byte(const char *text) {
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			return true;
		}
	}
	return false;
}

bool value_parse(
	const struct option *o, const char *name, const char *text, void *base, char *why) {
	if (!*text && !o->can_be_blank) {
		return refuse(why, "%s: the value is missing", name);
	}
	if (strlen(text) > READER_VALUE_MAX) {
		return refuse(why, "%s: the value is longer than %d bytes", name, READER_VALUE_MAX);
	}
	if (has_control_byte(text)) {
		return refuse(why, "%s: a control byte in the value", name);
	}
	if (o->later && !parse_later(o, text, why)) {
		return false;
	}
	return parse_as_type(
		o, name, o->later && o->type == OPTION_STRING ? o->accepts : text, base, why);
}

static void format_words(const char *const *words, char *out, size_t cap) {
	struct text t;
	text_init(&t, out, cap);
	for (size_t i = 0; words && words[i]; i++) {
		text_put(&t, i ? ", " : "");
		text_put(&t, words[i]);
	}
}

static void format_quantity(const struct option *o, uint64_t value, char *out, size_t cap) {
	if (o->type == OPTION_SIZE) {
		units_format_size(value, out, cap);
	} else if (o->type == OPTION_NUMBER) {
		snprintf(out, cap, "%" PRIu64, value);
	} else {
		units_format_duration(value, out, cap);
	}
}

static void describe_range(const struct option *o, char *out, size_t cap) {
	char least[32], most[32];
	format_quantity(o, o->least, least, sizeof(least));
	format_quantity(o, o->most, most, sizeof(most));
	snprintf(out, cap, "%s to %s%s%s%s", least, most, o->unit ? " " : "",
		o->unit ? o->unit : "", o->can_be_off ? ", or off" : "");
}

void value_describe(const struct option *o, char *out, size_t cap) {
	switch (o->type) {
	case OPTION_WORD:
	case OPTION_LIST:
		format_words(o->words, out, cap);
		break;
	case OPTION_YESNO:
		snprintf(out, cap, "yes, no");
		break;
	case OPTION_NUMBER:
	case OPTION_DURATION:
	case OPTION_SIZE:
	case OPTION_ARM_AT:
		describe_range(o, out, cap);
		break;
	case OPTION_STRING:
	case OPTION_PORT:
	case OPTION_COMMANDS:
	case OPTION_ENV:
		snprintf(out, cap, "%s", "");
		break;
	}
}

static bool format_string(const char *value, char *out, size_t cap) {
	snprintf(out, cap, "%s", value ? value : "");
	return value != NULL;
}

static bool format_list(const struct string_list *list, char *out, size_t cap) {
	struct text t;
	text_init(&t, out, cap);
	for (size_t i = 0; i < list->count; i++) {
		text_put(&t, i ? ", " : "");
		text_put(&t, list->at[i]);
	}
	return list->count > 0;
}

static bool format_arm_at(const struct profile *p, char *out, size_t cap) {
	char duration[32];
	units_format_duration(p->arm_after_ms, duration, sizeof(duration));
	if (p->arm_at == PROFILE_ARM_AFTER) {
		snprintf(out, cap, "after %s", duration);
	} else {
		snprintf(out, cap, "%s", p->arm_at == PROFILE_ARM_BOOT ? "boot" : "manual");
	}
	return true;
}

/* A later version's key without a value of its own in this one has nothing to show. */
static bool is_set(const struct option *o) {
	return !o->later || o->accepts;
}

bool value_format(const struct option *o, const void *base, char *out, size_t cap) {
	const void *at = const_field(o, base);
	if (!is_set(o)) {
		return format_string(NULL, out, cap);
	}
	switch (o->type) {
	case OPTION_STRING:
	case OPTION_PORT:
		return format_string(*(char *const *)at, out, cap);
	case OPTION_WORD:
		return format_string(o->words[*(const int *)at], out, cap);
	case OPTION_YESNO:
		return format_string(*(const bool *)at ? "yes" : "no", out, cap);
	case OPTION_NUMBER:
	case OPTION_DURATION:
	case OPTION_SIZE:
		if (o->can_be_off && *(const uint64_t *)at == o->off_value) {
			return format_string("off", out, cap);
		}
		format_quantity(o, *(const uint64_t *)at, out, cap);
		return true;
	case OPTION_LIST:
		return format_list(at, out, cap);
	case OPTION_ARM_AT:
		return format_arm_at(base, out, cap);
	case OPTION_COMMANDS:
	case OPTION_ENV:
		break;
	}
	return false;
}

void value_clear(const struct option *o, void *base) {
	switch (o->type) {
	case OPTION_STRING:
	case OPTION_PORT:
		string_set(field(o, base), NULL);
		break;
	case OPTION_LIST:
	case OPTION_COMMANDS:
	case OPTION_ENV:
		string_list_clear(field(o, base));
		break;
	case OPTION_WORD:
	case OPTION_YESNO:
	case OPTION_NUMBER:
	case OPTION_DURATION:
	case OPTION_SIZE:
	case OPTION_ARM_AT:
		break;
	}
}

static bool same_string(const char *a, const char *b) {
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_list(const struct string_list *a, const struct string_list *b, bool any_order) {
	if (a->count != b->count) {
		return false;
	}
	for (size_t i = 0; i < a->count; i++) {
		if (any_order ? !string_list_has(b, a->at[i]) : strcmp(a->at[i], b->at[i]) != 0) {
			return false;
		}
	}
	return true;
}

static bool same_arm_at(const struct profile *a, const struct profile *b) {
	return a->arm_at == b->arm_at &&
	       (a->arm_at != PROFILE_ARM_AFTER || a->arm_after_ms == b->arm_after_ms);
}

bool value_equal(const struct option *o, const void *a, const void *b) {
	const void *x = const_field(o, a), *y = const_field(o, b);
	switch (o->type) {
	case OPTION_STRING:
	case OPTION_PORT:
		return same_string(*(char *const *)x, *(char *const *)y);
	case OPTION_WORD:
		return *(const int *)x == *(const int *)y;
	case OPTION_YESNO:
		return *(const bool *)x == *(const bool *)y;
	case OPTION_NUMBER:
	case OPTION_DURATION:
	case OPTION_SIZE:
		return *(const uint64_t *)x == *(const uint64_t *)y;
	case OPTION_ARM_AT:
		return same_arm_at(a, b);
	case OPTION_LIST:
	case OPTION_COMMANDS:
	case OPTION_ENV:
		break;
	}
	return same_list(x, y, o->type == OPTION_ENV);
}

static void copy_list(const struct string_list *from, struct string_list *to) {
	string_list_clear(to);
	for (size_t i = 0; i < from->count; i++) {
		string_list_add(to, string_copy(from->at[i]));
	}
}

void value_copy(const struct option *o, const void *from, void *to) {
	switch (o->type) {
	case OPTION_STRING:
	case OPTION_PORT:
		string_set(field(o, to), *(char *const *)const_field(o, from));
		break;
	case OPTION_WORD:
		*(int *)field(o, to) = *(const int *)const_field(o, from);
		break;
	case OPTION_YESNO:
		*(bool *)field(o, to) = *(const bool *)const_field(o, from);
		break;
	case OPTION_NUMBER:
	case OPTION_DURATION:
	case OPTION_SIZE:
		*(uint64_t *)field(o, to) = *(const uint64_t *)const_field(o, from);
		break;
	case OPTION_ARM_AT:
		*(int *)field(o, to) = *(const int *)const_field(o, from);
		((struct profile *)to)->arm_after_ms = ((const struct profile *)from)->arm_after_ms;
		break;
	case OPTION_LIST:
	case OPTION_COMMANDS:
	case OPTION_ENV:
		copy_list(const_field(o, from), field(o, to));
		break;
	}
}
