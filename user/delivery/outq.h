/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded queue of lines for a file descriptor that may be slow, full, dead or not there yet.
 * Only outq_flush() waits.
 *
 * A line is written completely or not at all. A line that was begun is finished before the next
 * one, however long that takes. If it cannot be finished, its beginning is removed again where the
 * file allows that. To a file that was truncated, and to the next reader of a FIFO or a connection,
 * it goes from its beginning.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

/* About 1500 events of 700 bytes: a few seconds of a busy client's flows. */
#define OUTQ_LIMIT (1U << 20)
/* Kept free for important lines: ready, tunnels, losses, the summary. */
#define OUTQ_RESERVE (64U << 10)

enum outq_kind { OUTQ_REGULAR, OUTQ_STREAM, OUTQ_SOCKET };

struct outq {
	int fd; /* owned, close-on-exec; -1: whoever reads is away */
	enum outq_kind kind;
	bool nonblocking; /* the description is not shared, and is O_NONBLOCK */
	unsigned int generation; /* of the descriptor: another one may have the same number */
	bool pollable; /* epoll refuses regular files and devices such as /dev/full */
	bool appends; /* of a regular file: O_APPEND */
	bool gathers; /* set by the owner, who calls outq_pump() soon: lines may wait for that */
	bool lasting; /* set by the owner: a reader that goes may return, and lines wait for it */
	bool dead; /* the reader has gone for good */
	int error; /* -errno of the last write; 0: it succeeded, or -EAGAIN */
	char *buf; /* each line is preceded by its length */
	size_t size, start, end;
	size_t kept; /* lines from here to start are written, and may not have been read yet */
	size_t retain; /* set by the owner: so many bytes of such lines are kept */
	size_t begun; /* bytes of the first line that were written */
	uint64_t lines; /* lines in the queue */
	uint64_t written, lost;
};

/*
 * Opens the queue on a standard stream, or on a file, which is appended to or created (0640). 0 or
 * -errno.
 */
int outq_open_stream(struct outq *q, int stream);
int outq_open_file(struct outq *q, const char *path, struct fault *f);
/*
 * Opens the queue on an O_NONBLOCK descriptor that is not shared. On success the queue owns it.
 * Counters of a queue that was closed go on, as do the lines of one that waits for a reader.
 */
int outq_attach(struct outq *q, int fd);
/* Opens the file by its name again; queued lines go there. On error the old file stays in use. */
int outq_reopen_file(struct outq *q, const char *path, struct fault *f);
void outq_close(struct outq *q);

/*
 * Queues a line behind its prefix, or a block of lines that belong together, and writes what can be
 * written, unless it may wait for more. 0, or the -errno for which the line was counted as lost:
 * -ENOBUFS (the queue is full), -EPIPE (no reader), -ENOMEM.
 */
int outq_put(struct outq *q, const char *prefix, const char *line, size_t len, bool important);
void outq_pump(struct outq *q);
/* Notices that the reader has gone, also if nothing is to be written. */
void outq_check(struct outq *q);
/*
 * Writes queued lines for at most timeout_ms. 0: the queue is empty. Else -EAGAIN, or the error
 * that prevents writing.
 */
int outq_flush(struct outq *q, unsigned int timeout_ms);
/* A line of any size will find room. */
static inline bool outq_has_room(const struct outq *q)
{
	return q->end - q->start < OUTQ_LIMIT / 2;
}
/* The descriptor for epoll, or -1. */
static inline int outq_pollable(const struct outq *q)
{
	return q->pollable && !q->dead ? q->fd : -1;
}
