/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where records go. Each sink is a row of a table and a file of its own. Only sink_flush() and
 * sink_pace() block, at most for their timeout. A slow reader costs lines, which are counted, but
 * never time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "metrics.h"
#include "record/record.h"

struct sink;

/*
 * spec: NAME or NAME:ARG. stream: where it goes if ARG names no file: STDOUT_FILENO, or
 * STDERR_FILENO if standard output is in use by others. -EINVAL: there is no such sink, or it does
 * not accept ARG. Else -errno of opening the file.
 */
int sink_open(const char *spec, int stream, struct sink **ret, struct fault *f);
/* Whether the spec names a sink, with an ARG where it needs one. Nothing is opened. -EINVAL. */
int sink_check_spec(const char *spec, struct fault *f);
void sink_free(struct sink *s); /* s may be NULL; call sink_flush() first */
static inline void sink_freep(struct sink **s)
{
	sink_free(*s);
}

/*
 * The sink of a stream if there is no --output: text on a terminal, entries with a sentence each
 * where it would be lines in systemd's journal, else JSON.
 */
const char *sink_default(int stream);

/* The names of all sinks, ending with NULL; and of each, whether it is written as NAME:ARG. */
enum sink_target { SINK_TARGET_NEEDED, SINK_TARGET_OPTIONAL };
const char *const *sink_names(void);
enum sink_target sink_target(const char *name);

/* The outputs that need a library, and whether this build has it. */
typedef void sink_library_fn(void *arg, const char *sink, const char *library, bool built);
void sink_libraries(sink_library_fn *fn, void *arg);

/* Whether it writes records; also to who comes later; whether it writes to the stream. */
bool sink_takes_records(const struct sink *s);
bool sink_keeps_records(const struct sink *s);
bool sink_on_stream(const struct sink *s);

/* Whether it shows metrics; where they are from, which must stay valid. */
bool sink_measures(const struct sink *s);
void sink_set_metrics(struct sink *s, const struct metrics_source *source);
void sink_set_state(struct sink *s, const struct state_source *source);

/*
 * 0, or -errno if the record is lost for this sink. The loss is counted, and a new reason is
 * logged; the caller need not act on it.
 */
int sink_write(struct sink *s, const struct record *r);

/* The bytes of each leaked packet that the sink keeps as evidence. 0: it keeps no packets. */
uint32_t sink_snaplen(const struct sink *s);

/* 0, or -errno as for sink_write(). Only for sinks with a snaplen. */
int sink_packet(struct sink *s, const struct record_packet *packet);

/*
 * Writes queued lines, for at most timeout_ms. -EAGAIN: some are left, and would be written in
 * time; any other error: waiting longer would not help. sink_free() counts them as lost.
 */
int sink_flush(struct sink *s, unsigned int timeout_ms);

/*
 * Waits until there is room for more lines, for at most timeout_ms. -EAGAIN: there will be. 0 also
 * where waiting would not help: then lines are lost, or wait in a spool.
 */
int sink_pace(struct sink *s, unsigned int timeout_ms);

/*
 * After a log rotation: opens the file by its name again. A stream is kept. The descriptor may
 * change, so call sink_watch() next. On error the old file stays in use.
 */
int sink_reopen(struct sink *s, struct fault *f);

/*
 * For the main loop. Call sink_watch() after each round: it keeps the sink in the epoll set
 * (data.ptr = data), for writing only while lines wait, and for its reader's end. On its event call
 * sink_pump(), and from a timer about once a second: a full disk and a FIFO's next reader are not
 * told. sink_write() pumps as well.
 */
int sink_watch(struct sink *s, int epfd, void *data);
void sink_pump(struct sink *s);

/*
 * From now on lines of leaks are written together, for which sink_settle() is called within
 * milliseconds. Nothing else is delayed.
 */
void sink_gather(struct sink *s);
void sink_settle(struct sink *s);
bool sink_want_write(const struct sink *s); /* lines are queued */
bool sink_gone(
	const struct sink *s); /* the reader of its pipe, or the terminal, is gone for good */

const char *sink_name(const struct sink *s); /* the spec that it was opened with */
uint64_t sink_written(const struct sink *s); /* records or packets written completely */
uint64_t sink_lost(const struct sink *s); /* records or packets given up */
