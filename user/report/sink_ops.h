/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the sinks. Callers of sinks include sink.h only. */
#pragma once

#include "base/fault.h"
#include "metrics.h"
#include "delivery/outq.h"
#include "record/record.h"
#include "sink.h"

struct sink;

/*
 * The operations of a sink. A sink for records has write; a sink for evidence has snaplen and
 * packet. All others may be NULL: then they are those of the queue. None but flush and pace may
 * wait. When open or reopen fail, they set f if the errno alone does not explain it.
 */
struct sink_ops {
	const char *name;
	/*
	 * The library that it needs beside those of every build, and whether this build has its
	 * headers. NULL: none.
	 */
	const char *library;
	bool built;
	enum sink_target target; /* whether NAME alone, or with ":ARG", is an output */
	bool measures; /* it shows s->metrics */
	bool passing; /* its records reach only who listens just then: others are to keep them */
	/* arg is NULL if there is none; output_option.h reads one with options */
	int (*open)(struct sink *s, const char *arg, struct fault *f);
	/*
	 * 0, or -errno if the record is lost and was counted: in the queue's counter by sink_put(),
	 * else in s->lost. What is counted as lost makes the run incomplete. Whoever keeps counts
	 * of his own has s->written grow when the receiver has the record.
	 */
	int (*write)(struct sink *s, const struct record *r);
	uint32_t (*snaplen)(const struct sink *s);
	int (*packet)(struct sink *s, const struct record_packet *packet);
	/*
	 * Goes on with what is queued, connects again, looks at its timers. Called when the
	 * descriptor of interest() is ready, and with each tick: about once a second.
	 */
	void (*pump)(struct sink *s);
	/*
	 * The descriptor to wait for, or -1, and for what (EPOLLIN, EPOLLOUT, or 0 for errors
	 * only). It may be an epoll set. Grow s->generation when another one takes its place, since
	 * that may have the same number.
	 */
	int (*interest)(const struct sink *s, uint32_t *events);
	/*
	 * Ends what is queued. 0: all is with the receiver. -EAGAIN: the time is up. -ENOTCONN:
	 * the receiver has been away for so long that waiting is in vain, which was told.
	 */
	int (*flush)(struct sink *s, unsigned int timeout_ms);
	/* The same until there is room for more. */
	int (*pace)(struct sink *s, unsigned int timeout_ms);
	/* How many records would be lost if it were closed now. NULL: those of the queue. */
	uint64_t (*waiting)(const struct sink *s);
	/* SIGHUP: files are opened by their names again */
	int (*reopen)(struct sink *s, struct fault *f);
	/* Frees own. What is queued and not written yet is to be counted as lost before. */
	void (*close)(struct sink *s);
};

struct sink {
	const struct sink_ops *ops;
	char *spec;
	int stream; /* STDOUT_FILENO or STDERR_FILENO; */
	char *path; /* used if path is NULL */
	bool in_journal; /* the stream is the journal's: lines begin with their priority */
	struct outq out;
	uint64_t written, lost; /* beside those of the queue */
	unsigned int generation; /* of the descriptor, beside the queue's */
	struct {
		int fd; /* in the epoll set, or -1 */
		uint32_t events;
		unsigned int generation;
	} watched;
	unsigned int logged; /* bits of the errors already logged */
	bool failing; /* an error was logged, and no write has succeeded since */
	uint64_t lost_before; /* when it began to fail */
	const struct metrics_source *metrics; /* NULL: there are none (yet) */
	const struct state_source *state; /* the same */
	void *own; /* private data of the sink */
};

extern const struct sink_ops sink_json, sink_text, sink_journal, sink_pcap, sink_metrics, sink_http;
extern const struct sink_ops sink_tcp, sink_unix, sink_syslog, sink_otlp, sink_kafka;

/* At its end: so many records that it has taken never went to its receiver. */
void sink_log_left(const struct sink *s, uint64_t n);

/* In place of those of an output that this build lacks the library for. package: what helps. */
int sink_not_built(const struct sink *s, const char *package, struct fault *f);
int sink_write_not_built(struct sink *s, const struct record *r);

/*
 * For sinks that write lines to a file, a FIFO or the stream (sink_lines.c). path: NULL: the
 * stream. A FIFO's reader may come, go and return.
 */
int sink_open_lines(struct sink *s, const char *path, struct fault *f);

/* Whether there is a journal of systemd to write to. */
bool sink_journal_listens(void);
void sink_lines_pump(struct sink *s);
int sink_lines_reopen(struct sink *s, struct fault *f);

/* flush() for a queue whose reader may come back: pumps until all is written. */
int sink_lasting_flush(struct sink *s, unsigned int timeout_ms);

/* Queues a finished line. What is no leak finds room where leaks do not. */
int sink_put(struct sink *s, const struct record *r, const char *line, size_t len);
