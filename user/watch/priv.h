/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by watch.c, which has the main loop, and the other files of this room. */
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
	const struct policy *policy; /* that of cfg, or of the followed guard */
	char follow[PINS_NAME_MAX]; /* the guard to follow; "": none */
	struct guard *guard; /* the guard made or followed; NULL: none */
	struct scope *scope;
	struct datapath *datapath;
	struct netns *home; /* the namespace that we run in */
	struct links *links; /* its interfaces, until namespaces takes them over */
	struct namespaces *namespaces;
	struct tcx_placeholders *placeholders; /* NULL once our programs have replaced them */
	struct enrich *enrich;
	struct flows *flows;
	struct pending *pending; /* events of packets that are on their way */
	struct totals *totals;
	struct known_resolvers *known; /* resolvers known to encrypt */
	struct hellos *hellos;
	struct record_sum inside; /* messages that revealed an address; key is unused */
	struct dropouts dropouts;
	struct pipeline *out;
	struct notify notify; /* the service manager */
	int epfd, signals, ticks, deadline;
	uint64_t started;
	uint64_t before[LA_COUNTER_MAX]; /* counters of a followed guard when we started */
	uint64_t counters[LA_COUNTER_MAX]; /* counters since then, as last reported */
	uint64_t lost_output;
	uint64_t scan_pause; /* ns before the next scan */
	unsigned int moves; /* processes that changed their cgroup since the last tick */
	uint64_t scanned; /* ktime of the last scan */
	uint64_t bypassing[64]; /* inodes of bypassing sockets that were reported last; a ring */
	unsigned int n_bypassing;
	uint64_t left; /* ktime of the last check for namespaces without processes */
	bool watched; /* a cgroup has been watched */
	bool ready; /* "ready" was reported: changes before it are part of it */
	bool scan_wanted;
	bool over;
	struct completeness completeness;
};

/* Records the reason; only the first one is reported. */
void watch_incomplete(struct watch *w, const char *why);

/* open.c. -errno; the error was logged. */
int watch_open_scope(struct watch *w);
int watch_open_all(struct watch *w);

/* Covers every network namespace of the scope that may be entered. */
void watch_cover(struct watch *w);

/*
 * guard.c: watch_make_guard() begins the guard to be made and returns its deadline in ktime.
 * watch_find_guard() opens the guard to follow, by its name or by the scope. watch_hold() puts a
 * new guard in force. watch_print_guard() prints that and returns an enum exit_code.
 */
int watch_make_guard(struct watch *w, uint64_t *deadline);
int watch_find_guard(struct watch *w);
int watch_hold(struct watch *w);
int watch_print_guard(struct watch *w);

static inline bool watch_is_follower(const struct watch *w)
{
	return w->guard && w->guard->adopted;
}

/* datapath_event_fn, namespaces_fn */
void watch_event(void *arg, const struct la_event_hdr *h);

/* pending_fn: an event's packet has left, or not. */
void watch_flow(void *arg, const struct la_event_flow *e, enum record_outcome outcome);

/* What a payload contains; empty strings: nothing. */
struct payload_info {
	struct dns_question question;
	char server[DNS_QUESTION_NAME_MAX];
};

/* flow: the event's copy; its class is updated if the payload shows more. */
void watch_read_payload(struct watch *w, const struct la_event_flow *e, struct la_flow *flow,
			struct payload_info *info);
void watch_address_leak(struct watch *w, const struct la_event_flow *e);
void watch_packet(struct watch *w, const struct la_event_packet *e);
void watch_interface(void *arg, enum record_action action, const struct record_interface *i);

/*
 * dropout.c: completes the record of a tunnel that went down or came up with time and dropout. The
 * dropout is owned by w.
 */
void watch_tunnel(struct watch *w, struct record *r);

extern const struct flows_ops watch_flow_ops;

/* The present time, and all that has tried to leave so far. */
struct dropout_moment watch_moment(struct watch *w);

/* status.c: sends our status to the service manager. */
void watch_status(struct watch *w);

/* scope.c: call it when the scope's cgroup may have been removed or created. */
void watch_scope(struct watch *w);
/*
 * Attaches the hooks to the scope, and those that look beyond it. -EIDRM: the cgroup was removed.
 */
int watch_attach(struct watch *w);

/* Reports losses since the last call. */
void watch_check_lost(struct watch *w);

/* A datapath_total_fn: adds packets without a flow to the totals. */
void watch_add_total(void *arg, const struct la_sum_key *key, const struct la_sum *sum);

/* Detaches the hooks, ends all flows, and reports the summary. */
void watch_finish(struct watch *w);

/* Handles all events in the ring, and scans sockets if an event requires it. */
void watch_drain(struct watch *w);
/* Scans all open files for owners of sockets and for bypasses. */
void watch_scan_sockets(struct watch *w);
/* Requests a scan if the last one was long ago. */
void watch_request_scan(struct watch *w);
