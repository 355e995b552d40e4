/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Brings messages to a receiver that may be away: what waits is in a spool, and is written when
 * there is a connection. What a sink needs of struct sink_ops, for a sink whose own begins with a
 * struct courier.
 */
#pragma once

#include "delivery/conn.h"
#include "depot.h"

/* What one call of the system, and one record of TLS, take. */
#define COURIER_BATCH (16U << 10)

struct courier {
	struct conn *conn;
	struct depot depot;
	size_t batched, sent; /* bytes of batch, and of these what the connection has taken */
	uint64_t written; /* bytes to this connection, with those of batch */
	uint64_t arrived; /* of these, bytes of messages that have arrived */
	char batch[COURIER_BATCH];
};

/* kind: of the messages in a spool: those of another are refused. -errno: f says why. */
int courier_open(struct courier *c, const char *kind, const struct conn_target *t, struct fault *f);

int courier_put(struct sink *s, const struct record *r, const char *message, size_t len);
void courier_pump(struct sink *s);
int courier_interest(const struct sink *s, uint32_t *events);
int courier_flush(struct sink *s, unsigned int timeout_ms);
int courier_pace(struct sink *s, unsigned int timeout_ms);
uint64_t courier_waiting(const struct sink *s);
void courier_close(struct sink *s); /* frees what is in the courier, not own itself */
