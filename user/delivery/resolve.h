/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses of a name, found by a thread: getaddrinfo() may wait for many seconds, and the main
 * loop must not.
 */
#pragma once

#include <netdb.h>
#include <stdbool.h>

struct resolve;

/* socktype: SOCK_STREAM or SOCK_DGRAM. 0 or -errno: there is no thread to be had. */
int resolve_start(struct resolve **ret, const char *host, const char *port, int socktype);
/* Readable once it is done. */
int resolve_fd(const struct resolve *r);
/* false: it goes on. Else *v is to be freed with freeaddrinfo(), or NULL and *why says why. */
bool resolve_done(struct resolve *r, struct addrinfo **v, const char **why);
/* r may be NULL. Does not wait for the thread. */
void resolve_free(struct resolve *r);
