/* kd's prompts (kd-facts section 7). */
#ifndef LIVEDEBUG_CORE_PROMPT_TEXT_H
#define LIVEDEBUG_CORE_PROMPT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum prompt_match {
	PROMPT_NO,   /* the bytes cannot begin with a prompt */
	PROMPT_OPEN, /* they may, with more bytes */
	PROMPT_YES
};

struct prompt {
	size_t len; /* bytes, the trailing blank included when it is there */
	bool user_mode;
};

/*
 * Is there a prompt at the start of `bytes` (a line, or a line behind a prompt)?
 *
 *	kd>  0: kd>  lkd>  32.kd:x86>  32.0: kd:x86>  16.kd>      kernel
 *	0:000>  0:000:x86>  ?:???>                                user mode
 *
 * A prompt ends in a blank. Publishers strip it at a line's end, so the line's end will do; so
 * will another prompt directly behind (transcript 013).
 *
 * at_end   nothing follows on this line: never gives PROMPT_OPEN
 * prompt   filled for PROMPT_YES only
 */
enum prompt_match prompt_text_match(
	const char *bytes, size_t len, bool at_end, struct prompt *prompt);

#endif
