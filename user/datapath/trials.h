/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features of the kernel, each tried with the smallest program or map that needs it. A trial leaves
 * nothing behind: what it attaches is at a cgroup of the caller's or in a namespace of its own.
 */
#pragma once

enum trial {
	TRIAL_PROGRAM, /* any program */
	TRIAL_EGRESS, /* cgroup_skb/egress */
	TRIAL_INGRESS,
	TRIAL_SOCKETS, /* sock_create, sock_release */
	TRIAL_CALLS, /* connect, sendmsg */
	TRIAL_BIND, /* post_bind */
	TRIAL_OPTIONS, /* setsockopt */
	TRIAL_UNIX, /* connect of Unix sockets */
	TRIAL_TCX,
	TRIAL_CLSACT,
	TRIAL_RING,
	TRIAL_STORAGE, /* of sockets */
	TRIAL_TABLES, /* the other kinds of maps */
	TRIAL_PROCESSES, /* raw tracepoints */
	TRIAL_ITERATORS,
	TRIAL_LOST, /* a tracepoint with the kernel's types */
	TRIAL_CALLER, /* a packet's program may ask who runs */
	TRIAL_PIN, /* in bpffs */
};

#define TRIAL_UNTRIED 1

/*
 * cgroup: the descriptor of an empty one. 0: it works; -errno of the first call that failed.
 * TRIAL_UNTRIED: what it is tried with could not be made.
 */
int trial_run(enum trial which, int cgroup);

/* Keeps what libbpf says of a failure to itself. */
void trials_quiet(void);
