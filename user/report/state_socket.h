/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a run tells its state to root: a Unix socket, and one line of JSON for each who connects.
 * Nobody can make it wait: it has no more readers than there is room for, and gives up those who do
 * not read.
 */
#pragma once

#include "base/fault.h"
#include "metrics.h"

struct state_socket;

/* Also removes what runs have left that did not end in order. The source is copied. */
int state_socket_open(struct state_socket **ret, const struct state_source *source,
		      struct fault *f);
/* Removes it. */
void state_socket_free(struct state_socket *s);

/* Call state_socket_run() when it is readable, and about once a second. */
int state_socket_fd(const struct state_socket *s);
void state_socket_run(struct state_socket *s);
