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

#include "base/fault.h"
#include "record.h"

struct sink;

/* spec is NAME or NAME:ARG; stream is where it goes when ARG names no file:
 * STDOUT_FILENO, or STDERR_FILENO where the standard output is another's.
 * -EINVAL: there is no such sink, or ARG is none for it; else the errno of
 * opening what ARG names. */
int sink_open(const char *spec, int stream, struct sink **ret, struct fault *f);
void sink_free(struct sink *s); /* NULL is fine; flush first */
static inline void sink_freep(struct sink **s)
{
	sink_free(*s);
}

/* What the stream gets when no --output is given: text on a terminal, else JSON. */
const char *sink_default(int stream);

/* NULL-terminated names of all sinks. */
const char *const *sink_names(void);

/* Whether it tells records, and whether it has the stream. */
bool sink_takes_records(const struct sink *s);
bool sink_on_stream(const struct sink *s);

/* 0, or -errno when the record is lost for this sink. It is counted then, and
 * the reason was logged if it is new. The caller need not act on it. */
int sink_write(struct sink *s, const struct record *r);

/* Bytes of each leaked packet that the sink keeps as evidence; 0: it keeps none. */
uint32_t sink_snaplen(const struct sink *s);

/* 0, or -errno as sink_write(); for sinks with a snaplen only. */
int sink_packet(struct sink *s, const struct record_packet *packet);

/* Writes what is queued, for at most so long. -EAGAIN: something is left, which
 * sink_free() will count as lost. */
int sink_flush(struct sink *s, unsigned int timeout_ms);

/* After a log rotation: files are opened anew by their name, a stream is kept.
 * The file descriptor may change: sink_watch() next. On error
 * the old file stays in use. */
int sink_reopen(struct sink *s, struct fault *f);

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
uint64_t sink_written(const struct sink *s); /* records or packets that have left whole */
uint64_t sink_lost(const struct sink *s); /* those given up */
