/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of a digest's tables as they are shown: so many, and one for all others. */
#pragma once

#include "digest.h"

struct shown_row {
	const char *parts[TOP_PARTS]; /* of digest_table_words; "": absent. Of "other": all are */
	const char *name; /* what it is called; not escaped */
	char detail[TOP_KEY_MAX]; /* the other parts, in words */
	struct ends ends;
	uint64_t events;
	bool others; /* it stands for all others: */
	uint64_t rows; /* so many; 0: it is not known how many */
	bool at_least; /* some of it may be in "other" */
};

typedef void shown_row_fn(void *arg, const struct shown_row *row);

/* Calls fn with at most so many rows, and one for the others if there are any. */
void rows_each(struct digest *d, enum digest_table t, size_t most, shown_row_fn *fn, void *arg);

/* What its rows count where that is not packets and their bytes; else NULL. */
const char *rows_counted(enum digest_table t);

/* Whether there are so many rows at least. */
bool rows_are(struct digest *d, enum digest_table t, size_t least);
