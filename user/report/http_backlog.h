/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The latest events, as server-sent ones: whoever comes gets them first. All readers share it, so
 * that a slow one costs no memory: it is told how many it has missed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Some hours of a quiet host, and what a reader may be behind. */
#define BACKLOG_EVENTS 4096
#define BACKLOG_BYTES (1U << 20)

struct backlog {
	struct backlog_event {
		char *text;
		size_t len;
	} v[BACKLOG_EVENTS]; /* by number */
	uint64_t first, next; /* numbers; there are those from first on, before next */
	size_t bytes;
};

/*
 * Adds a line, which ends with '\n'. It gets the number next. line: NULL: it could not be made. 0
 * or -ENOMEM: that one is missing.
 */
int backlog_add(struct backlog *b, const char *run, const char *line, size_t len);
void backlog_clear(struct backlog *b);

/*
 * From which on a reader wants events: `last` is the id of the last one that he has had, in a run
 * of perhaps another name; NULL: none.
 */
uint64_t backlog_after(const struct backlog *b, const char *run, const char *last);

/* What a reader gets next. All zero: he has had all that there is. */
struct backlog_reader {
	uint64_t next;
	char *rest; /* what he has begun */
	size_t len, at;
};

/* Copies up to size bytes. Returns their number. */
size_t backlog_read(const struct backlog *b, struct backlog_reader *r, char *to, size_t size);
void backlog_reader_clear(struct backlog_reader *r);
