/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the sinks. Callers of sinks include sink.h only. */
#pragma once

#include "base/fault.h"
#include "outq.h"
#include "record.h"

struct sink;

/*
 * The operations of a sink. A sink for records has write; a sink for evidence has snaplen and
 * packet. flush, reopen and close may be NULL: then the queue is flushed, reopened and closed. When
 * open or reopen fail, they set f if the errno alone does not explain it.
 */
struct sink_ops {
	const char *name;
	/* arg is NULL if there is none */
	int (*open)(struct sink *s, const char *arg, struct fault *f);
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
	int stream; /* STDOUT_FILENO or STDERR_FILENO; */
	char *path; /* used if path is NULL */
	struct outq out;
	int watched; /* the descriptor in the epoll set, or -1 */
	unsigned int logged; /* bits of the errors already logged */
	void *own; /* private data of the sink */
};

extern const struct sink_ops sink_json, sink_text, sink_pcap;

/* open() for sinks that write lines: to the file, or to the stream if path is NULL. */
int sink_open_lines(struct sink *s, const char *path, struct fault *f);
/* Queues a finished line. */
int sink_put(struct sink *s, const struct record *r, const char *line, size_t len);
