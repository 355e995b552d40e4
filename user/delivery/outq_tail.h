/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a file that a queue writes to, which others may shorten or append to as well. */
#pragma once

#include <string.h>

#include "outq.h"

/* The length of the line at q->buf + at. */
static inline uint32_t outq_line_len(const struct outq *q, size_t at)
{
	uint32_t len;

	memcpy(&len, q->buf + at, sizeof(len));
	return len;
}

/*
 * Ends a line that a crash has left unfinished, so that our first line stands alone. Its beginning
 * stays: it may be all that tells of a leak, and who follows a file that becomes shorter reads all
 * of it again.
 */
void outq_tail_end_line(struct outq *q);

/* Removes the beginning of a line, if it still is the end of the file. */
bool outq_tail_cut(struct outq *q);

/*
 * A file may have become shorter: `: >FILE`, or logrotate's copytruncate. The line that was begun
 * goes there whole; and what is written to at an offset gets no hole.
 */
void outq_tail_follow(struct outq *q);
