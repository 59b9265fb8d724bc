/* A session as `status` shows it. */
#ifndef LIVEDEBUG_IO_STATUS_H
#define LIVEDEBUG_IO_STATUS_H

#include <jansson.h>

#include "io/driver.h"

/* A new JSON object; NULL: no memory. host: this computer's name for teammates. */
json_t *status_json(const struct driver *d, const char *host);

#endif
