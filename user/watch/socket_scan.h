/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When all open files are looked through: for whose the sockets are, and which of them
 * pass the hooks. Zeroed it is ready for the first look. */
#pragma once

#include "datapath/attach.h"

struct socket_scan {
	uint64_t last; /* ktime of the last look */
	uint64_t pause; /* ns that have to pass before the next */
	bool wanted;
	unsigned int moves; /* of processes between cgroups, since the last tick */
	uint64_t told[64]; /* inodes of sockets that pass the hooks; by n_told, the last ones */
	unsigned int n_told;
};

/* fn: as attach_scan() has it. */
void socket_scan_now(struct socket_scan *s, struct datapath *k, held_fn *fn, void *arg);

/* A look is wanted: true when it may be had at once, else later ones find it wanted. */
bool socket_scan_ask(struct socket_scan *s);
/* One that is wanted may be had. */
bool socket_scan_is_due(const struct socket_scan *s);

/* A process has moved, with sockets that count from now on. */
void socket_scan_moved(struct socket_scan *s);
/* Time passes: it may be time for one that nothing asks for. */
void socket_scan_tick(struct socket_scan *s);

/* Whether a socket that passes the hooks was told of; it is from now on. */
bool socket_scan_told(struct socket_scan *s, uint64_t inode);
