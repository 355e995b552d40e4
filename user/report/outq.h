/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded queue of whole lines before a file descriptor that may be slow,
 * full or dead. Nothing here waits, but outq_flush().
 *
 * A line is written whole or not at all: what was begun is finished before
 * anything else, however long that takes, and where it can't be finished it is
 * cut off again if the file allows it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* About 1500 events of 700 bytes: seconds of a busy client's flows. */
#define OUTQ_LIMIT (1U << 20)
/* Kept back for what explains the rest: ready, tunnels, losses, the summary. */
#define OUTQ_RESERVE (64U << 10)

enum outq_kind { OUTQ_REGULAR, OUTQ_STREAM, OUTQ_SOCKET };

struct outq {
	int fd; /* ours, close-on-exec */
	enum outq_kind kind;
	bool nonblocking; /* the description is ours alone and O_NONBLOCK */
	bool dead; /* no reader will ever come back */
	int error; /* of the last write, 0: it worked; -EAGAIN is no error */
	char *buf; /* each line after its length */
	size_t size, start, end;
	size_t begun; /* bytes of the first line that are written */
	uint64_t lines; /* queued */
	uint64_t written, lost;
};

/* Of a standard stream, or of a file that is created (0640) or appended to. */
int outq_open_stream(struct outq *q, int stream);
int outq_open_file(struct outq *q, const char *path);
/* Of a descriptor that is O_NONBLOCK and nobody else's; taken over, but on
 * error. A queue that was closed goes on counting. */
int outq_open_fd(struct outq *q, int fd);
/* The same file by its name again; the queue goes there. On error the old one
 * stays in use. */
int outq_reopen_file(struct outq *q, const char *path);
void outq_close(struct outq *q);

/* Queues a line (or a block of lines that belong together) and writes what can
 * be written. 0, or the -errno for which it was counted as lost: -ENOBUFS (the
 * queue is full), -EPIPE (nobody reads), -ENOMEM. */
int outq_put(struct outq *q, const char *line, size_t len, bool important);
void outq_pump(struct outq *q);
/* Writes what is queued for at most so long. 0: all is written; -EAGAIN, or the
 * error that keeps it from being written. */
int outq_flush(struct outq *q, unsigned int timeout_ms);
bool outq_pollable(const struct outq *q);
