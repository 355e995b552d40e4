/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes an event as a log record of OpenTelemetry, in the JSON of OTLP: 64-bit integers are
 * strings, as protobuf's JSON has them. Names are those of OpenTelemetry's semantic conventions;
 * what these have no name for is under "leakaudit.".
 */
#pragma once

#include <stddef.h>

#include "base/text.h"
#include "record/record.h"

/* The longest event makes about 40 KiB of it. */
#define OTLP_RECORD_MAX (64U << 10)

/*
 * json: the event as record_json_line() has written it. 0; -EMSGSIZE: t has not enough room;
 * -EBADMSG: it is no object.
 */
int otlp_record(struct text *t, const struct record *r, const char *json, size_t len);

/* What comes before the records of a request, with what they have in common, and behind them. */
void otlp_begin(struct text *t, const char *host);
void otlp_end(struct text *t);
