/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run, as its parts make it up: each is its own file's. Shared by those that have to do
 * with several of them: watch.c, the run from its beginning to its end; open.c, how it
 * opens; events.c and scope.c, what is made of that which the kernel says meanwhile. */
#pragma once

#include "accounts.h"
#include "base/notify.h"
#include "config.h"
#include "facts/kernel_side.h"
#include "guarding.h"
#include "loop.h"
#include "losses.h"
#include "report/pipeline.h"
#include "socket_scan.h"

struct watch {
	const struct watch_config *cfg;
	struct kernel_side kernel;
	struct guarding guarding;
	struct accounts accounts;
	struct socket_scan scan;
	struct losses losses;
	struct loop loop;
	struct pipeline *out;
	struct notify notify; /* the service manager */
	uint64_t started;
	uint64_t left; /* ktime of the last look for dead namespaces */
	bool watched; /* a cgroup has been, by now */
	bool ready; /* changes before it are its own contents */
};

/* open.c: from the scope to the last hook. -errno, which has been logged. */
int watch_open_scope(struct watch *w);
int watch_open_all(struct watch *w);

/* Every network namespace of the scope, as far as it may be entered. */
void watch_cover(struct watch *w);

/* events.c: datapath_event_fn, namespaces_fn */
void watch_event(void *arg, const struct la_event_hdr *h);
void watch_interface(void *arg, enum record_action action, const struct record_interface *i);

extern const struct flows_ops watch_flow_ops;

/* All that waits in the ring, and the sweep that it may ask for. */
void watch_drain(struct watch *w);
/* A look through all open files: whose the sockets are, and which pass the hooks. */
void watch_scan_sockets(struct watch *w);

/* scope.c: the scope's cgroup has gone, or one that is waited for has come. */
void watch_scope(struct watch *w);
/* Hooks for the scope that is there, or for what looks beyond it. -EIDRM: it is gone. */
int watch_attach(struct watch *w);
