/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A producer of Kafka, by librdkafka. Its threads only touch its own queues: all that is told of
 * messages is told in producer_pump(), by whoever calls that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

struct producer;

enum producer_report { PRODUCER_ARRIVED, PRODUCER_REFUSED, PRODUCER_AGAIN };

/* What becomes of a message; number: that of producer_send(). */
typedef void producer_fn(void *arg, uint64_t number, enum producer_report how, const char *why);
/* No broker can be reached. */
typedef void producer_away_fn(void *arg, const char *why);

/*
 * config: a file of librdkafka's settings, NAME=VALUE a line; NULL: none. Nothing is connected yet,
 * and no thread started. -EINVAL: f says which setting is wrong; -ELIBACC: the library cannot be
 * loaded.
 */
int producer_new(struct producer **ret, const char *brokers, const char *topic, const char *config,
		 struct fault *f);
void producer_free(struct producer *p); /* p may be NULL. What it still has is not told any more */

/* Both are called with arg. */
void producer_tell(struct producer *p, producer_fn *report, producer_away_fn *away, void *arg);
/* Copies the message. Connects if it has not. -EAGAIN: there is no room; else -errno. */
int producer_send(struct producer *p, const char *key, const char *data, size_t len,
		  uint64_t number);
void producer_pump(struct producer *p);
int producer_fd(const struct producer *p); /* readable when there is something to tell */
