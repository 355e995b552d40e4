/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When to look through all open files: whose the sockets are, and which of them bypass the
 * hooks. A zeroed struct is ready for the first look. */
#pragma once

#include "datapath/attach.h"

struct socket_scan {
	uint64_t last; /* ktime of the last look */
	uint64_t pause; /* ns that have to pass before the next */
	bool wanted;
	unsigned int moves; /* of processes between cgroups, since the last tick */
	uint64_t told[64]; /* inodes of the last sockets that bypass the hooks */
	unsigned int n_told;
};

/* fn: as attach_scan() has it. */
void socket_scan_now(struct socket_scan *s, struct datapath *k, held_fn *fn, void *arg);

/* Asks for a look. True: look now. False: it is too soon, and remembered as wanted. */
bool socket_scan_ask(struct socket_scan *s);
/* A look is wanted, and it is not too soon. */
bool socket_scan_is_due(const struct socket_scan *s);

/* A process has moved, with sockets that count from now on. */
void socket_scan_moved(struct socket_scan *s);
/* To be called regularly: a look may be due that nothing asks for. */
void socket_scan_tick(struct socket_scan *s);

/* Whether this was called for the socket before. */
bool socket_scan_told(struct socket_scan *s, uint64_t inode);
