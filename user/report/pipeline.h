/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and dates a finished record, and hands it to every sink. */
#pragma once

#include "base/opt.h"
#include "metrics.h"
#include "record/record.h"
#include "base/util.h"

struct pipeline;
struct speaker; /* speaker.h */

/*
 * outputs: the values of --output. stream: STDOUT_FILENO, or STDERR_FILENO if standard output is in
 * use by others. capture: the events are of captures, perhaps of another host. If no output takes
 * records and the stream is free, the default sink of the stream is added. On failure the reason
 * was logged. -EINVAL: a value of --output is wrong.
 */
int pipeline_open(struct pipeline **ret, const struct opt_list *outputs, int stream, bool capture);
void pipeline_free(struct pipeline *p);

static inline void pipeline_freep(struct pipeline **p)
{
	pipeline_free(*p);
}

/*
 * Sets the sequence number, who speaks, and the time if it is zero, and hands the record to every
 * sink.
 */
void pipeline_emit(struct pipeline *p, struct record *r);

/*
 * The most bytes of a leaked packet that any sink keeps; 0: none keeps packets. Pass so many to
 * pipeline_packet(): each sink takes as many as it needs.
 */
uint32_t pipeline_snaplen(const struct pipeline *p);
void pipeline_packet(struct pipeline *p, const struct record_packet *packet);

/* Whether any sink shows metrics; where they are from. */
bool pipeline_measures(const struct pipeline *p);
void pipeline_set_metrics(struct pipeline *p, const struct metrics_source *source);
/* What those outputs show that answer questions: the state of the run. */
void pipeline_set_state(struct pipeline *p, const struct state_source *source);

/* Who tells its records. */
const struct speaker *pipeline_speaker(const struct pipeline *p);

/* Converts a CLOCK_MONOTONIC time to CLOCK_REALTIME. */
struct timespec pipeline_time(uint64_t ktime);

/*
 * For the main loop: keeps the sinks with queued lines in the epoll set, with the address of the
 * pipeline as data. Call pipeline_pump() on their events and from any timer.
 */
void pipeline_watch(struct pipeline *p, int epfd);
void pipeline_pump(struct pipeline *p);

/*
 * From now on events of one round of the main loop are written together: call pipeline_settle() at
 * the end of each.
 */
void pipeline_gather(struct pipeline *p);
void pipeline_settle(struct pipeline *p);

/* Nobody is left who could read an event: the reader of each pipe, and the terminal, are gone. */
bool pipeline_gone(const struct pipeline *p);

void pipeline_reopen(struct pipeline *p);
/* Each for at most timeout_ms. -EAGAIN: some sink would write more in time. */
int pipeline_flush(struct pipeline *p, unsigned int timeout_ms);
/* The same until each sink has room for more, for whoever can wait with the next event. */
int pipeline_pace(struct pipeline *p, unsigned int timeout_ms);

/* Records and packets that some sink could not write. */
uint64_t pipeline_lost(const struct pipeline *p);

/* Whether any sink has lines that it has not written yet. */
bool pipeline_waiting(const struct pipeline *p);
