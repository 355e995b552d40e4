/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One finished record to every sink, numbered and dated. */
#pragma once

#include "base/opt.h"
#include "record.h"
#include "base/util.h"

struct pipeline;

/* outputs: what --output said; stream: STDOUT_FILENO, or STDERR_FILENO where the
 * standard output is another's. Where none of them tells records and the stream
 * is free, the default for it does. On failure the reason has been logged;
 * -EINVAL: --output was wrong. */
int pipeline_open(struct pipeline **ret, const struct opt_list *outputs, int stream);
void pipeline_free(struct pipeline *p);

static inline void pipeline_freep(struct pipeline **p)
{
	pipeline_free(*p);
}

/* Fills sequence (and time, where it is zero) and hands it to every sink. */
void pipeline_emit(struct pipeline *p, struct record *r);

/* Bytes of each leaked packet that some sink keeps, and pipeline_packet() is to
 * be called with; 0: none does. Each sink keeps as many of them as it wants. */
uint32_t pipeline_snaplen(const struct pipeline *p);
void pipeline_packet(struct pipeline *p, const struct record_packet *packet);

/* CLOCK_REALTIME of a CLOCK_MONOTONIC instant. */
struct timespec pipeline_time(uint64_t ktime);

/* For the main loop: keeps the sinks that have lines waiting in the epoll set,
 * with the address of the pipeline as data; pipeline_pump() on their event and
 * on any timer. */
void pipeline_watch(struct pipeline *p, int epfd);
void pipeline_pump(struct pipeline *p);

void pipeline_reopen(struct pipeline *p);
void pipeline_flush(struct pipeline *p, unsigned int timeout_ms);

/* Records and packets that some sink could not write. */
uint64_t pipeline_lost(const struct pipeline *p);
