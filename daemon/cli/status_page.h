/* `status` for people: all sessions on one screen, or all of one session. */
#ifndef LIVEDEBUG_CLI_STATUS_PAGE_H
#define LIVEDEBUG_CLI_STATUS_PAGE_H

#include <jansson.h>

#include "cli/page.h"

/*
 * One line a session below a line of names, and the line to join them; as wide and as high as the
 * page says: what does not fit is shortened, then left out, least needed first.
 */
void status_page_all(struct page *p, const json_t *sessions);

/* Everything about one. */
void status_page_one(struct page *p, const json_t *session);

#endif
