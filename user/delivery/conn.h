/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection that is made again whenever it ends, with pauses that grow. Nothing here waits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"
#include "tls_files.h"

/* What may help where nothing comes back, as from whoever is not allowed to send there. */
#define CONN_FORBIDDEN "a firewall may refuse it, or the unit, if no IPAddressAllow= is for it"

enum conn_kind { CONN_TCP, CONN_UDP, CONN_TLS, CONN_UNIX, CONN_UNIX_DGRAM };

struct conn;

struct conn_target {
	enum conn_kind kind;
	const char *host; /* or the path of a unix socket */
	const char *port;
	const struct tls_files *tls; /* of CONN_TLS */
};

/* Copies the target. It connects with the first conn_pump(). -ELIBACC, -EINVAL: f says why. */
int conn_new(struct conn **ret, const struct conn_target *t, struct fault *f);
void conn_free(struct conn *c); /* c may be NULL */

/* "HOST:PORT", "[ADDRESS]:PORT": both become the caller's. -EINVAL: f says what is wrong. */
int conn_parse(const char *name, const char *target, char **host, char **port, struct fault *f);

/* Goes on with what it does. true: messages can be written. */
bool conn_pump(struct conn *c);
bool conn_is_up(const struct conn *c);
/* Its receiver has not refused us: by TLS 1.3 it may do so after the handshake. */
bool conn_is_settled(const struct conn *c);
/* It is there, and has not taken a byte for a while. */
bool conn_is_stuck(const struct conn *c);
bool conn_is_datagram(const struct conn *c);

/*
 * Bytes written, or -errno: -EAGAIN; -EMSGSIZE: a datagram is too large. With any other error the
 * connection has ended.
 */
ssize_t conn_write(struct conn *c, const void *data, size_t len);

/* For epoll: see interest() of struct sink_ops. */
int conn_interest(const struct conn *c, bool waiting, uint32_t *events);
unsigned int conn_generation(const struct conn *c);

/* Why the last connection, or the last try, has ended. "": it has not. */
const char *conn_why(const struct conn *c);

/*
 * Bytes of those written to this connection that its receiver may not have read: what is not
 * acknowledged, and what its buffer may hold.
 */
size_t conn_unread(struct conn *c);
/* Of the connection that has ended last: its receiver has read everything. */
bool conn_was_read(const struct conn *c);

/* Ends it, and waits for the other side to do so. true: it has read everything. */
bool conn_finish(struct conn *c, unsigned int timeout_ms);
/* Of one that has not: it is there, and its kernel has everything. */
bool conn_has_taken(const struct conn *c);
