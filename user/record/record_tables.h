/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists of records, some of which have no end: their first rows are in the record's own line,
 * the others on pages, which are lines of their own. Where rows are sums, the line also has the sum
 * of those that are not in it.
 */
#pragma once

#include "base/json.h"
#include "base/text.h"
#include "record.h"

/*
 * No line is longer, with its newline. rsyslog cuts messages at 8 KiB as it is shipped (RFC 5425
 * wants that much of each receiver), and the rest of these are for the header before the line.
 */
#define RECORD_LINE_MAX 8000

const char *record_table_name(enum record_table t);
size_t record_table_rows(const struct record *of, enum record_table t);

/* Writes a list as far as the record's cut lets it be in its line. */
void record_put_table(struct json *j, const struct record *of, enum record_table t);

/* Writes the rows of a page. */
void record_put_page(struct json *j, const struct record_page *p);

void record_say_page(struct text *t, const struct record_page *p);

/* Of a row that is the sum of several: how many. 0: it is not. */
void record_put_rows(struct json *j, size_t rows);

/* How many rows of each table have room in the line of "ready" or "summary". -ENOMEM. */
int record_cut_fill(struct record_cut *cut, const struct record *of);

/* Sets *page to the next one. Begin with a zeroed one. False: there is none. */
bool record_page_next(struct record_page *page, const struct record *of,
		      const struct record_cut *cut);
