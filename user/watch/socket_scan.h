/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When to scan all open files for owners of sockets and for bypasses. */
#pragma once

#include "datapath/attach.h"

/* A look at what the processes of the scopes have open, one after the other. */
struct members_look {
	pid_t *v;
	size_t n, at; /* those before at were looked at */
	uint64_t last, cost; /* as in struct socket_scan */
	bool running; /* the one at hand is being looked at */
	bool gathers; /* the next is due, of those that are met at this tick */
	bool unable; /* the kernel cannot look at one process alone */
};

/* A zeroed struct is ready for use. */
struct socket_scan {
	uint64_t last; /* ktime of the last scan */
	uint64_t pause; /* ns before the next scan */
	uint64_t cost; /* of the processor's time, in ns, that the last one has taken */
	bool wanted;
	bool running; /* one has begun, and goes on in steps */
	unsigned int moves; /* processes that changed their cgroup since the last tick */
	uint64_t reported[64]; /* inodes of bypassing sockets that were reported last; a ring */
	unsigned int n_reported;
	struct members_look look;
};

void socket_scan_clear(struct socket_scan *s);

/* Scans at once. fn and arg are those of attach_scan(). */
void socket_scan_now(struct socket_scan *s, struct datapath *k, held_fn *fn, void *arg);

/*
 * Does a step of a scan that was requested. Call it in each round of the loop, and within
 * socket_scan_wait() ms; -1: there is none.
 */
void socket_scan_work(struct socket_scan *s, struct datapath *k, held_fn *fn, void *arg);
int socket_scan_wait(const struct socket_scan *s);

/* Requests a scan. True: scan now. False: it is too soon, and one is done later. */
bool socket_scan_request(struct socket_scan *s);

/* Requests a scan since a process changed its cgroup: its sockets count from now on. */
void socket_scan_moved(struct socket_scan *s);
/* Call it at each tick, and then for each process of the scopes of cgroups. Requests a scan, and
 * one of these processes alone, if the last one was long ago. meets: there will be any. */
void socket_scan_tick(struct socket_scan *s, bool meets);
void socket_scan_meet(struct socket_scan *s, pid_t pid);

/* Whether the bypassing socket was reported before. If not, it is remembered as reported. */
bool socket_scan_reported(struct socket_scan *s, uint64_t inode);
