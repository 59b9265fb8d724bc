#include "core/log_decode.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { FORM_UNKNOWN, FORM_BYTES, FORM_UTF16 };

static size_t put_utf8(char *out, uint32_t c) {
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* Take the character at the front of what is kept. 0: more bytes are needed. */
static size_t take_utf16(struct log_decode *d, char *out) {
	uint32_t unit, low;
	size_t used = 2, len;

	if (d->kept_len < 2) {
		return 0;
	}
	unit = (uint32_t)(d->kept[0] | d->kept[1] << 8);
	if (unit >= 0xd800 && unit < 0xdc00) {
		if (d->kept_len < 4) {
			return 0;
		}
		low = (uint32_t)(d->kept[2] | d->kept[3] << 8);
		if (low >= 0xdc00 && low < 0xe000) {
			unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
			used = 4;
		}
	}
	len = put_utf8(out, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
	d->kept_len -= used;
	memmove(d->kept, d->kept + used, d->kept_len);
	return len;
}

/* A lone surrogate leaves a whole character behind it. */
static size_t take_all_utf16(struct log_decode *d, char *out) {
	size_t done = 0, len;

	while ((len = take_utf16(d, out + done)) > 0) {
		done += len;
	}
	return done;
}

/* Learn the form from the first bytes, and drop the mark. */
static void find_form(struct log_decode *d, bool at_end) {
	static const unsigned char utf8[] = {0xef, 0xbb, 0xbf}, utf16[] = {0xff, 0xfe};
	size_t len = d->kept_len;

	if (len >= 2 && memcmp(d->kept, utf16, 2) == 0) {
		d->form = FORM_UTF16;
		d->kept_len = 0;
	} else if (len >= 3 && memcmp(d->kept, utf8, 3) == 0) {
		d->form = FORM_BYTES;
		d->kept_len = 0;
	} else if (at_end || (memcmp(d->kept, utf8, len) != 0 &&
				     memcmp(d->kept, utf16, len < 2 ? len : 2) != 0)) {
		d->form = FORM_BYTES;
	}
}

static size_t put_kept(struct log_decode *d, char *out) {
	size_t len = d->kept_len;

	memcpy(out, d->kept, len);
	d->kept_len = 0;
	return len;
}

size_t log_decode(struct log_decode *d, const char *bytes, size_t len, char *out) {
	size_t done = 0, i = 0;

	for (; i < len && d->form != FORM_BYTES; i++) {
		d->kept[d->kept_len++] = (unsigned char)bytes[i];
		if (d->form == FORM_UTF16) {
			done += take_all_utf16(d, out + done);
		} else {
			find_form(d, false);
		}
	}
	if (len == 0 && d->form == FORM_UNKNOWN) {
		find_form(d, true);
	}
	if (d->form == FORM_BYTES) {
		done += put_kept(d, out + done);
		memcpy(out + done, bytes + i, len - i);
		done += len - i;
	} else if (len == 0 && d->kept_len > 0) {
		/* Half a character at the end. */
		d->kept_len = 0;
		done += put_utf8(out, 0xfffd);
	}
	return done;
}

bool log_decode_is_plain(const struct log_decode *d) {
	return d->form == FORM_BYTES && d->kept_len == 0;
}
