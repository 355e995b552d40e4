/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a digest says: whether something leaked, in a sentence or two, and what is in doubt. */
#pragma once

#include "base/text.h"
#include "digest.h"

enum conclusion {
	CONCLUSION_CLEAN,
	CONCLUSION_GOES_ON, /* no other doubt than that a run has not ended yet, as it seems */
	CONCLUSION_UNSURE,
	CONCLUSION_TOLD, /* nothing left outside the tunnel, but messages through it told an address
			  */
	CONCLUSION_LEAKED,
};

/* "Nothing leaked", "No leak so far", "Not certain", "Address told", "Leaked" */
const char *conclusion_name(enum conclusion c);

/* Writes the sentences; names of foreign origin are not escaped. */
enum conclusion conclusion_say(struct digest *d, struct text *t);

/* Calls fn with each doubt, a sentence each. Their number. */
typedef void conclusion_doubt_fn(void *arg, const char *doubt);
size_t conclusion_doubts(struct digest *d, conclusion_doubt_fn *fn, void *arg);

/* Writes a time as it is where the report is read: "2026-11-29 18:16:21". */
void conclusion_time(struct text *t, int64_t ns);
/* "3 packets (1.2 kB)" */
void conclusion_sum(struct text *t, const struct la_sum *sum);
/* From the first to the last event. */
void conclusion_period(const struct digest *d, struct text *t);
