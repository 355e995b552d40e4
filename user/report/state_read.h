/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The states of all runs on this machine: each listens at a Unix socket in one directory of root's,
 * and answers whoever connects with one line of JSON.
 */
#pragma once

#include <stddef.h>
#include <sys/un.h>

#include "base/fault.h"

/* Where sockets are that others than root may be meant to use. */
#define STATE_ROOT "/run/leakaudit"

/* STATE_ROOT/state, or what LEAKAUDIT_RUN says. */
const char *state_dir(void);

/* The address of a socket there. -ENAMETOOLONG */
int state_address(struct sockaddr_un *a, const char *name);

/* Connects without waiting. Returns a descriptor or -errno. -ECONNREFUSED: nobody listens. */
int state_connect(const char *name);

/*
 * Reads a run's state, for at most timeout_ms. The caller frees the text, which ends with a NUL.
 * -ECONNREFUSED: the run has ended without having said so. -ETIMEDOUT: it does not answer.
 */
int state_read(const char *name, unsigned int timeout_ms, char **text, size_t *len);

/*
 * Calls fn for the name of each socket, in the order of the names; a nonzero return ends it and is
 * returned. 0: there are none, or no directory. -EACCES, ...: it cannot be read, which f has.
 */
typedef int state_fn(void *arg, const char *name);
int state_each(state_fn *fn, void *arg, struct fault *f);
