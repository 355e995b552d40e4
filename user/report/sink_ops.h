/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the sinks share; callers of sinks see sink.h only. */
#pragma once

#include "outq.h"
#include "sink.h"

/*
 * A sink: a name, and what it does. One that tells has write, one that keeps
 * evidence snaplen and packet; flush, reopen and close may be left out: the
 * queue is then flushed, reopened and closed as it is. A failed open or reopen
 * says why where the errno does not.
 */
struct sink_ops {
	const char *name;
	int (*open)(struct sink *s, const char *arg, struct fault *f); /* arg NULL: none given */
	int (*write)(struct sink *s, const struct record *r);
	uint32_t (*snaplen)(const struct sink *s);
	int (*packet)(struct sink *s, const struct record_packet *packet);
	int (*flush)(struct sink *s, unsigned int timeout_ms);
	int (*reopen)(struct sink *s, struct fault *f);
	void (*close)(struct sink *s);
};

struct sink {
	const struct sink_ops *ops;
	char *spec;
	int stream; /* STDOUT_FILENO or STDERR_FILENO, */
	char *path; /* where this is NULL */
	struct outq out;
	int watched; /* the fd that is in the epoll set, or -1 */
	unsigned int said; /* troubles already logged */
	void *own; /* the sink's */
};

extern const struct sink_ops sink_json, sink_text, sink_pcap;

/* The open() of sinks that write lines: to the file, or the stream. */
int sink_open_lines(struct sink *s, const char *path);
/* Hands a finished line to the queue. */
int sink_put(struct sink *s, const struct record *r, const char *line, size_t len);
