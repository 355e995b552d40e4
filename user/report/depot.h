/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The spool of a sink: its options, its counts in struct sink, and what is said of its receiver. */
#pragma once

#include "sink_ops.h"
#include "delivery/output_option.h"
#include "delivery/spool.h"

/* Of one absence more reasons are not told: two may take turns for ever. */
#define DEPOT_REASONS 8

struct depot {
	struct spool *spool;
	char *dir; /* NULL: in memory */
	uint64_t size;
	uint64_t counted; /* of what the spool has lost */
	bool away; /* it was said that the receiver is */
	bool unwritten; /* it was said that the disk does not take what waits */
	uint32_t said[DEPOT_REASONS]; /* for these reasons: checksums of their words */
	unsigned int n_said;
	uint64_t lost_before; /* when that was said */
	int64_t in_vain; /* ms that were waited for it since then */
};

/* The rows of output_option_parse() for it. */
/* clang-format off */
#define DEPOT_OPTIONS(d)                                                            \
	{ .name = "spool", .word = &(d)->dir },                                     \
	{ .name = "size", .size = &(d)->size, .least = "256K", .most = "1024G",     \
	  .min = SPOOL_LEAST, .max = SPOOL_MOST }
/* clang-format on */
#define DEPOT_SIZE (64U << 20) /* if no size is given */
#define DEPOT_USAGE "[,spool=DIR[,size=N]]"

/* kind: of the messages: those of another are refused. -errno: f says why. */
int depot_open(struct depot *d, const char *kind, struct fault *f);
/* Counts what waits and has nowhere to stay as lost. */
void depot_close(struct sink *s, struct depot *d);

int depot_put(struct sink *s, struct depot *d, const struct record *r, const char *message,
	      size_t len);
/* The first message that was taken has arrived. */
void depot_arrived(struct sink *s, struct depot *d);
/* The first message that was taken will never arrive. */
void depot_refused(struct sink *s, struct depot *d);
/* From time to time: writes what waits for the disk, and counts. */
void depot_tick(struct sink *s, struct depot *d);

/* Says once for each reason that the receiver is away; and that it is back. */
void depot_away(struct sink *s, struct depot *d, const char *why);
void depot_back(struct sink *s, struct depot *d);

/*
 * The flush of a sink: pumps until is_done() holds. Gives up on a receiver that is away after a few
 * seconds, since that of a replay has no other end.
 */
int depot_flush(struct sink *s, struct depot *d, unsigned int timeout_ms,
		bool (*is_done)(const struct sink *s));
/* The pace of a sink: the same until little waits. */
int depot_pace(struct sink *s, struct depot *d, unsigned int timeout_ms);
