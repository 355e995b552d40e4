/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded queue of messages for a receiver that may be away: in memory, or in a directory, where
 * they outlive this run. A message that was taken stays until it is known to have arrived, and is
 * given again if it has not: each arrives at least once, in order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

/* What waits in memory, as in outq.h; and the least and most that may wait on a disk. */
#define SPOOL_MEMORY (1U << 20)
#define SPOOL_LEAST (256U << 10)
#define SPOOL_MOST (1ULL << 40)
/* Kept free for important messages. */
#define SPOOL_RESERVE (64U << 10)

struct spool;

struct spool_message {
	const char *data; /* valid until the spool is changed */
	size_t len;
	uint64_t number; /* the one behind it has the next */
};

/*
 * dir: NULL: in memory. It is created (0700) if it is not there, and holds messages of one kind,
 * for one run at a time. -EINVAL, -EPERM, -EBUSY: f says why.
 */
int spool_open(struct spool **ret, const char *dir, const char *kind, uint64_t size,
	       struct fault *f);
/* What is on disk and has not arrived stays there. */
void spool_free(struct spool *s);

/*
 * 0, or the -errno for which the message was not kept and was counted as lost: -ENOBUFS, -ENOMEM,
 * -ENOSPC: the disk takes no more.
 */
int spool_put(struct spool *s, const void *data, size_t len, bool important);

/* The first message that was not taken. false: there is none. */
bool spool_next(struct spool *s, struct spool_message *ret);
void spool_take(struct spool *s); /* that one */

/* The first message that was taken and has not arrived. false: there is none. */
bool spool_first(const struct spool *s, struct spool_message *ret);
void spool_arrived(struct spool *s); /* that one */
/* All that were taken and have not arrived are given again. */
void spool_back(struct spool *s);

/* Writes what a full disk has kept from being written, and what has arrived. From time to time. */
void spool_save(struct spool *s);
/* -errno: why not all is written. 0: it is. */
int spool_error(const struct spool *s);

uint64_t spool_waiting(const struct spool *s); /* not taken */
/* Little waits: whoever can wait puts no more while this does not hold. */
bool spool_has_room(const struct spool *s);
uint64_t spool_held(const struct spool *s); /* not arrived */
/* Of these, what would be lost with this run. */
uint64_t spool_unsaved(const struct spool *s);
/* Not kept; and of an earlier run what was damaged. */
uint64_t spool_lost(const struct spool *s);
