/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A digest: what recorded events add up to. It is made in memory that does not grow with their
 * number, and shown as text, as JSON or as a page.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "outages.h"
#include "runs.h"
#include "bins.h"
#include "told.h"
#include "top.h"

/*
 * The tables: whose, and the parts of a key. "host" is there where there are several. Their words
 * are the columns' of the page and the members' of the JSON.
 */
/* clang-format off */
#define DIGEST_TABLES(X) \
	X(PROCESSES, "processes", "Process", "name", "host", "executable", "unit", "container", "user") \
	X(CLASSES, "classes", "Class", "class", "detail", NULL, NULL, NULL, NULL) \
	X(LINES, "lines", "Line", "interface", "host", "netns", NULL, NULL, NULL) \
	X(CAUSES, "causes", "Cause", "cause", NULL, NULL, NULL, NULL, NULL) \
	X(DESTINATIONS, "destinations", "Destination", "ip", "port", "server_name", NULL, NULL, NULL) \
	X(QUESTIONS, "questions", "DNS name", "name", "type", NULL, NULL, NULL, NULL) \
	X(TOLD, "told_addresses", "Address", "address", "form", "process", NULL, NULL, NULL) \
	X(SCOPES, "scopes", "Scope", "scope", "host", NULL, NULL, NULL, NULL) \
	X(DAYS, "days", "Day", "day", NULL, NULL, NULL, NULL, NULL)
/* clang-format on */

enum digest_table {
#define X(sym, ...) DIGEST_##sym,
	DIGEST_TABLES(X)
#undef X
		DIGEST_TABLE_MAX
};

struct digest_table_words {
	const char *name, *title, *parts[TOP_PARTS];
};
extern const struct digest_table_words digest_table_words[DIGEST_TABLE_MAX];

/* What all runs have in sum. */
struct digest_sums {
	struct ends ends;
	struct ends untold; /* of these, what no event here tells of by itself */
	struct la_sum possible, inside, let_in, kept_out, exempt[4];
	uint64_t refused;
	uint64_t runs, unwhole; /* unwhole: runs that are in doubt */
	uint64_t bypasses, left_scope;
	int64_t watched; /* ns, of all runs together */
};

/* Lines that are not what they should be, and where the first one is. */
struct digest_lines {
	uint64_t n;
	char first[512]; /* "FILE:LINE" */
};

struct digest {
	struct recorded_reader *reader;
	struct runs *runs;
	struct told *told;
	struct top *tables[DIGEST_TABLE_MAX];
	struct bins bins;
	struct outages outages;
	struct digest_sums sums; /* of runs that were forgotten; of all after digest_end() */
	struct ends told_ends; /* of all flows, each once */
	char forgotten_why[256]; /* the first doubt of a run that was forgotten */
	uint64_t lines, bytes, events, twice;
	struct digest_lines broken; /* lines */
	struct digest_lines foreign; /* JSON that is no event of an audit */
	struct digest_lines strange; /* events of a kind that is not known */
	struct digest_lines unread; /* files that ended in an error */
	int64_t first, last, now;
	bool several_hosts;
	char host[OUTAGE_HOST_SIZE]; /* the first one */
	int64_t day_quarter; /* of the latest event, and its day */
	char day[32];
};

int digest_open(struct digest **ret);
void digest_free(struct digest *d);
static inline void digest_freep(struct digest **d)
{
	digest_free(*d);
}

/* -errno: no memory. What is wrong with the line is counted. */
int digest_line(struct digest *d, char *line, size_t len, const char *file, uint64_t number);

/* A line of that file was too long. */
void digest_broken(struct digest *d, const char *file, uint64_t number);
/* The file could not be read to its end. */
void digest_unread(struct digest *d, const char *file, const char *why);

/* Call it behind the last line: adds up the runs. */
void digest_end(struct digest *d);
