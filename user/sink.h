/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where records go. A sink is one row of a table and one file; its caller sees
 * only what is below. No call blocks but sink_flush(), and that one no longer
 * than it is told: a slow reader costs lines, which are counted, never time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

struct sink;

/* spec is NAME or NAME:ARG. -ENOENT: no such sink (see sink_names()), else the
 * errno of opening what ARG names. */
int sink_open(const char *spec, struct sink **ret);
void sink_free(struct sink *s); /* NULL is fine; flush first */
static inline void sink_freep(struct sink **s)
{
	sink_free(*s);
}

/* What stdout gets when no --output is given: text on a terminal, else JSON. */
const char *sink_default(void);

/* NULL-terminated names of all sinks, for opt_nearest(); their rows for help. */
const char *const *sink_names(void);
const char *sink_help(size_t i);

/* 0, or -errno when the record is lost for this sink. It is counted then, and
 * the reason was logged if it is new. The caller need not act on it. */
int sink_write(struct sink *s, const struct record *r);

/* Writes what is queued, for at most so long. -EAGAIN: something is left, which
 * sink_free() will count as lost. */
int sink_flush(struct sink *s, unsigned int timeout_ms);

/* After a log rotation: files are opened anew by their name, stdout is kept.
 * The file descriptor may change: sink_watch() next. */
int sink_reopen(struct sink *s);

/*
 * For the main loop: sink_watch() after each round keeps the sink in the epoll
 * set (EPOLLOUT, data.ptr = data) exactly while that is of use: a pipe without
 * a reader would wake the loop for ever. On its event call sink_pump(). Regular
 * files, which epoll refuses, need a sink_pump() on any timer, and only after a
 * full disk. sink_write() pumps as well.
 */
int sink_watch(struct sink *s, int epfd, void *data);
void sink_pump(struct sink *s);
bool sink_want_write(const struct sink *s); /* lines are queued */
int sink_fd(const struct sink *s); /* to poll for writing, or -1 */

const char *sink_name(const struct sink *s); /* the spec it was opened with */
uint64_t sink_written(const struct sink *s); /* records that have left whole */
uint64_t sink_lost(const struct sink *s); /* records given up */
