/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by watch.c, the run from its beginning to its end, and the others of this room, its parts:
 * how it opens, and what is made of that which the kernel says meanwhile. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "account/dropout.h"
#include "account/enrich.h"
#include "account/flows.h"
#include "account/pending.h"
#include "guard/guard.h"
#include "payload/hellos.h"
#include "policy/known_resolvers.h"
#include "base/notify.h"
#include "report/pipeline.h"
#include "payload/dns_question.h"
#include "facts/namespaces.h"
#include "account/totals.h"
#include "watch.h"

struct watch {
	const struct watch_config *cfg;
	const struct policy *policy; /* cfg's, or the followed guard's */
	char follow[PINS_NAME_MAX]; /* the guard that is to be followed; "": none */
	struct guard *guard; /* which outlives us; NULL: there is none */
	struct scope *scope;
	struct datapath *datapath;
	struct netns *home; /* the namespace that we run in, */
	struct links *links; /* and its interfaces, before they are spaces' */
	struct namespaces *namespaces;
	struct tcx_placeholders *placeholders; /* NULL once ours are in them */
	struct enrich *enrich;
	struct flows *flows;
	struct pending *pending; /* events of packets that are on their way */
	struct totals *totals;
	struct known_resolvers *known; /* resolvers that encrypt */
	struct hellos *hellos;
	struct record_sum inside; /* messages that told an address; key unused */
	struct dropouts dropouts;
	struct pipeline *out;
	struct notify notify; /* the service manager */
	int epfd, signals, ticks, deadline;
	uint64_t started;
	uint64_t before[LA_COUNTER_MAX]; /* of a followed guard, when we came */
	uint64_t counters[LA_COUNTER_MAX]; /* since then, as last reported */
	uint64_t lost_output;
	uint64_t scan_pause; /* ns that have to pass before the next */
	unsigned int moves; /* of processes between cgroups, since the last tick */
	uint64_t scanned; /* ktime of the last look through all open files */
	uint64_t bypassing[64]; /* inodes of sockets that were told of; by n_bypassing, the last
				   ones */
	unsigned int n_bypassing;
	char bypasser[64]; /* who was last told of, "name[pid]" */
	uint64_t bypasser_netns; /* 0: unknown */
	uint64_t left; /* ktime of the last look for dead namespaces */
	bool watched; /* a cgroup has been, by now */
	bool ready; /* changes before it are its own contents */
	bool scan_wanted;
	bool over;
	struct completeness completeness;
};

/* The first reason is the one that is told. */
void watch_incomplete(struct watch *w, const char *why);

/* open.c: from the scope to the last hook. -errno, which has been logged. */
int watch_open_scope(struct watch *w);
int watch_open_all(struct watch *w);

/* Every network namespace of the scope, as far as it may be entered. */
void watch_cover(struct watch *w);

/* guard.c: the guard that is to be made, with its ktime of lifting itself; the
 * one that is followed, as it was named or the scope has it; everything of the new one
 * is there, and holds without us from now on; and that in words, which returns an
 * enum exit_code. */
int watch_make_guard(struct watch *w, uint64_t *deadline);
int watch_find_guard(struct watch *w);
int watch_hold(struct watch *w);
int watch_tell_guard(struct watch *w);

static inline bool watch_is_follower(const struct watch *w)
{
	return w->guard && w->guard->adopted;
}

/* datapath_event_fn, namespaces_fn */
void watch_event(void *arg, const struct la_event_hdr *h);

/* pending_fn: an event's packet has left, or not. */
void watch_flow(void *arg, const struct la_event_flow *e, enum record_outcome outcome);

/* What a payload says; empty: nothing. */
struct payload_info {
	struct dns_question question;
	char server[DNS_QUESTION_NAME_MAX];
};

/* flow: the event's own copy, of which the class may be known better now. */
void watch_read_payload(struct watch *w, const struct la_event_flow *e, struct la_flow *flow,
			struct payload_info *said);
void watch_address_leak(struct watch *w, const struct la_event_flow *e);
void watch_packet(struct watch *w, const struct la_event_packet *e);
void watch_interface(void *arg, enum record_action action, const struct record_interface *i);

/* dropout.c: a tunnel fell or came back: r, which says so, is told when, and
 * what happened meanwhile. The dropout in it is w's. */
void watch_tunnel(struct watch *w, struct record *r);

extern const struct flows_ops watch_flow_ops;

/* Now, and all that has tried to leave so far. */
struct dropout_moment watch_moment(struct watch *w);

/* status.c: the service manager is told how it goes. */
void watch_status(struct watch *w);

/* scope.c: the scope's cgroup has gone, or one that is waited for has come. */
void watch_scope(struct watch *w);
/* Hooks for the scope that is there, or for what looks beyond it. -EIDRM: it is gone. */
int watch_attach(struct watch *w);

/* Tells what was lost since the last time, if anything was. */
void watch_check_lost(struct watch *w);

/* datapath_total_fn: packets that have no flow, into the sums. */
void watch_add_total(void *arg, const struct la_sum_key *key, const struct la_sum *sum);

/* Takes the hooks away, ends all flows, and sums up. */
void watch_finish(struct watch *w);

/* All that waits in the ring, and the sweep that it may ask for. */
void watch_drain(struct watch *w);
/* A look through all open files: whose the sockets are, and which pass the hooks. */
void watch_scan_sockets(struct watch *w);
/* For one if it is time, though nothing asks for it. */
void watch_look(struct watch *w);
