/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by watch.c, which has the main loop, open.c, events.c and scope.c. The parts of a run are
 * structs of their own; most functions take only the part they need.
 */
#pragma once

#include "account/aggregate.h"
#include "accounts.h"
#include "base/notify.h"
#include "config.h"
#include "namespaces/kernel_side.h"
#include "guarding.h"
#include "loop.h"
#include "losses.h"
#include "measure.h"
#include "on_leak.h"
#include "report/pipeline.h"
#include "resolving.h"
#include "snapshot.h"
#include "socket_scan.h"

/* What an event has said that helps. */
struct remedies {
	uint64_t hashes[64];
	size_t n;
};

struct watch {
	const struct watch_config *cfg;
	struct kernel_side kernel;
	struct guarding guarding;
	struct accounts accounts;
	struct socket_scan scan;
	struct losses losses;
	struct measuring measuring;
	struct snapshot snapshot;
	struct state_socket *state; /* NULL: nobody can ask */
	struct resolving resolving;
	struct loop loop;
	struct aggregate *aggregate; /* NULL: each event is told by itself */
	struct pipeline *out;
	struct on_leak *on_leak; /* NULL: nothing is run */
	struct remedies remedies;
	struct notify notify; /* the service manager */
	uint64_t started;
	uint64_t beat; /* ktime at which a heartbeat was due last; 0: none was yet */
	uint64_t left; /* ktime of the last check for namespaces without processes */
	bool watched[SCOPES_MAX]; /* a cgroup of the scope has been watched */
	bool twins[SCOPES_MAX]; /* the scope is the same as one before it */
	bool ready; /* "ready" was reported: changes before it are part of it */
};

/* open.c. -errno; the error was logged. */
int watch_open_scope(struct watch *w);
int watch_open_all(struct watch *w);

/* Covers every network namespace of the scopes that may be entered. */
void watch_cover(struct watch *w);

/* events.c: datapath_event_fn, namespaces_fn */
void watch_event(void *arg, const struct la_event_hdr *h);
void watch_interface(void *arg, enum record_action action, const struct record_interface *i);

/* telling.c. The cause of a leak, as the facts are now. */
void watch_find_cause(struct watch *w, const struct la_flow *flow, struct cause *ret);
/* The same once for each flow: its later events have the same. */
void watch_note_cause(struct watch *w, const struct la_flow *flow, struct flow_note *note);
/* The names of its interface and namespace. */
void watch_name_place(struct watch *w, struct record_leak *l);
/* Completes the record of a leak with cause, place and process, and passes it on. ktime: 0: now. */
void watch_tell_leak(struct watch *w, struct record *r, struct flow_note *note, uint64_t ktime);

/* An aggregate_fn. */
void watch_tell_aggregate(void *arg, struct record *r);

/* pending_fn: an event's packet has left, or not. */
void watch_flow(void *arg, const struct la_event_flow *e, enum record_outcome outcome);

extern const struct flows_ops watch_flow_ops;

/* Handles all events in the ring, and scans sockets if an event requires it. */
void watch_drain(struct watch *w);
/* Scans all open files for owners of sockets and for bypasses. */
void watch_scan_sockets(struct watch *w);

/* scope.c: call it when a scope's cgroup may have been removed or created. */
void watch_scope(struct watch *w);
/*
 * Attaches the hooks to the scopes, and those that look beyond them. -EIDRM: a cgroup was removed.
 */
int watch_attach(struct watch *w);

/* What records call the scope with that number. NULL: there is only one, or it is not known. */
const char *watch_scope_name(const struct watch *w, uint32_t number);
/* The first scope that never existed; NULL: each did. */
const char *watch_never_there(const struct watch *w);
