/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by conn.c, conn_socket.c and conn_tls.c; post.c has sockets of the same kind. */
#pragma once

#include <netdb.h>

#include "conn.h"

enum conn_state { CONN_IDLE, CONN_RESOLVING, CONN_CONNECTING, CONN_HANDSHAKE, CONN_UP };

/* A socket whose end is noticed, whatever becomes of the other side. -1 and errno. */
int conn_socket(const struct addrinfo *a);
/* full: its receiver has no room, and may take its time. */
void conn_socket_bear(int fd, bool full);
/* What its receiver's kernel may not have. */
size_t conn_socket_unacknowledged(int fd);
/* What its receiver's buffer may hold, less the room that it has told; whether nothing is under way
 * for want of room. */
size_t conn_socket_buffered(int fd, bool *full);

struct tls; /* settings of TLS, and one session at a time */

/* Loads the library and the certificates. -ELIBACC, -EINVAL: f says why. */
int tls_new(struct tls **ret, const char *host, const struct tls_files *files, struct fault *f);
void tls_free(struct tls *t);
/* Begins a session on a connected descriptor. 0 or -errno. */
int tls_begin(struct tls *t, int fd);
void tls_end(struct tls *t);
/* 0: done. -EAGAIN: *events says what it waits for. -EPROTO: tls_why() says why. */
int tls_handshake(struct tls *t, uint32_t *events);
/* As conn_write(); tls_read() drops what it reads: 0: the other side has ended it. */
ssize_t tls_write(struct tls *t, const void *data, size_t len, uint32_t *events);
ssize_t tls_read(struct tls *t);
const char *tls_why(const struct tls *t);
