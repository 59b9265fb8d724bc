/* The small pieces of JSON that the formats json, speedscope and html are made of. */
#ifndef LIVEDEBUG_REPORT_JSON_TEXT_H
#define LIVEDEBUG_REPORT_JSON_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/fold.h"

/*
 * Bytes from outside as a JSON string, at most about 4000 of them. `<` is written as \u003c, which
 * means the same to every reader of JSON, so that no text can end the script of an HTML page that
 * the JSON lies in.
 */
void json_put_string(const char *bytes, size_t len, FILE *out);

/* A time as seconds since 1970 UTC; null for FOLD_NO_TIME. */
void json_put_time(int64_t time_us, FILE *out);

/* Pairs: [[KEY * scale, COUNT],...]. */
void json_put_tally(const struct fold_tally *t, double scale, FILE *out);

/*
 * `,"kinds":{"nt":"kernel",...}`: the modules of the frames that are kernel, library (those of the
 * user too) or user. All others are drivers.
 */
void json_put_kinds(const struct fold *fold, FILE *out);

#endif
