/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a record as a message of syslog (RFC 5424). */
#pragma once

#include "base/json.h"
#include "base/text.h"
#include "record/record.h"
#include "record/record_lines.h"

/* What receivers take: rsyslog's shipped limit is 8 KiB. */
#define SYSLOG_LINE_MAX 8192

struct syslog_line {
	struct json json;
	char buf[16 << 10]; /* of a message that is not to be shortened */
	char framed[sizeof("12345 ") + (16 << 10)];
};

/*
 * The record's JSON is the message, its most important values are structured data, as far as both
 * have room in SYSLOG_LINE_MAX. counted: its length stands before it, as a stream wants it (RFC
 * 6587 3.4.1). Valid until the next call. 0 or -errno.
 */
int syslog_line(struct syslog_line *l, const struct record *r, bool counted, const char **line,
		size_t *len);
void syslog_line_free(struct syslog_line *l);
