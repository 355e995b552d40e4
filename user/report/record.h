/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that a sink sees: one finished record. Strings are owned by whoever
 * filled the record and live until the sink's write() returns; NULL (or 0
 * where a comment says so) means "not known" and the field is left out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/event.h"
#include "network/links.h"

/* event.action of the log pipeline. */
#define RECORD_ACTIONS(X)             \
	X(READY, "ready")             \
	X(LEAK, "leak")               \
	X(TUNNEL_UP, "tunnel-up")     \
	X(TUNNEL_DOWN, "tunnel-down") \
	X(INTERFACE, "interface")     \
	X(BYPASS, "bypass")           \
	X(SCOPE_GONE, "scope-gone")   \
	X(SCOPE_BACK, "scope-back")   \
	X(LOST, "lost")               \
	X(SUMMARY, "summary")

enum record_action {
#define X(sym, name) RECORD_##sym,
	RECORD_ACTIONS(X)
#undef X
		RECORD_ACTION_MAX
};

/* leakaudit.flow */
enum record_flow { RECORD_FLOW_NONE, RECORD_FLOW_OPEN, RECORD_FLOW_UPDATE, RECORD_FLOW_CLOSE };

/* leakaudit.cause, as far as the facts prove it. */
#define RECORD_CAUSES(X)                    \
	X(NONE, NULL)                       \
	X(NO_TUNNEL, "no-tunnel")           \
	X(TUNNEL_DOWN, "tunnel-down")       \
	X(TUNNEL_ADDRESS, "tunnel-address") \
	X(TUNNEL_PROBED, "tunnel-probed")   \
	X(BOUND, "bound")                   \
	X(ROUTE, "route")                   \
	X(RULE, "rule")                     \
	X(FAMILY, "family")                 \
	X(RESOLVER, "resolver")

enum record_cause {
#define X(sym, name) RECORD_CAUSE_##sym,
	RECORD_CAUSES(X)
#undef X
		RECORD_CAUSE_MAX
};

/* Who sent it. */
struct record_process {
	uint32_t pid; /* 0: not known */
	bool has_uid;
	uint32_t uid;
	const char *name; /* comm as the kernel has it, raw bytes */
	const char *executable;
	const char *cgroup_path; /* below the cgroup v2 mount, starts with / */
	const char *unit; /* systemd unit that the path names */
	const char *container; /* container id that the path names */
	uint64_t cgroup_id; /* 0: not known */
};

/* A route that explains a leak: destination prefix and rtnetlink protocol. */
struct record_route {
	const char *prefix; /* "0.0.0.0/1" */
	const char *protocol; /* "dhcp", "ra", "static", ... */
};

/* A rule of policy routing that explains one. */
struct record_rule {
	const char *selector; /* "not fwmark 0xca6c" */
	uint32_t priority;
};

/* The tunnel that a cause is about: that fell, or before which a LAN does not count. */
struct record_tunnel {
	const char *name;
	const char *prefix; /* with RECORD_CAUSE_ROUTE: what it claims of the LAN */
};

struct record_leak {
	struct la_flow flow; /* counts are the flow's totals so far */
	enum record_flow state;
	enum record_cause cause;
	struct record_route route; /* with RECORD_CAUSE_ROUTE */
	struct record_rule rule; /* with RECORD_CAUSE_RULE */
	struct record_tunnel tunnel; /* with some causes */
	const char *ifname;
	const char *netns; /* the interface's namespace; NULL: the one that we run in */
	struct record_process process;
	const char *dns_name; /* as sent: case kept, other bytes \DDD */
	const char *dns_type; /* "A", "AAAA", "TYPE65280", ... */
	const char *server_name; /* of a TLS ClientHello, escaped like dns_name */
	const char *address_inside; /* with LA_DETAIL_INSIDE: what the payload tells */
	bool ingress; /* of a capture: sent to, not by, the audited host */
};

/* All that tried to leave: what was let through and what was stopped. */
static inline struct la_sum record_tried(const struct la_flow *f)
{
	return (struct la_sum){ f->packets + f->dropped_packets, f->bytes + f->dropped_bytes };
}

/* A leaked packet's first bytes, for sinks that keep evidence. */
struct record_packet {
	const struct record_leak *leak; /* whose */
	struct timespec time; /* CLOCK_REALTIME */
	const uint8_t *data; /* from the IP header on */
	uint32_t caplen; /* bytes of data */
	uint32_t len; /* of the packet */
};

/* A tunnel that came or went, an interface whose role became known or changed. */
struct record_interface {
	const char *name;
	uint32_t ifindex;
	uint64_t netns;
	const char *netns_name; /* NULL: the one that we run in */
	const char *kind; /* IFLA_INFO_KIND, NULL for plain devices */
	enum la_role_kind role;
	bool up; /* would carry a packet now */
	enum link_change change; /* LINK_UNCHANGED where it is told for another reason */
	const char *old_name; /* with LINK_RENAMED */
	const struct record_dropout *dropout; /* that ended as the tunnel came up; NULL: none */
};

/* How long a tunnel was down, and what tried to leave meanwhile. */
struct record_dropout {
	struct timespec since, until; /* CLOCK_REALTIME */
	uint64_t ns; /* on a clock that nobody sets */
	struct la_sum tried; /* let through and stopped */
	struct la_sum dropped; /* of these the stopped */
	uint64_t refused; /* connections */
	const char *name; /* of the fallen tunnel, where another one came in its stead */
};

/* Of a whole run. */
struct record_dropouts {
	uint64_t count;
	uint64_t ns; /* in all */
	uint64_t longest; /* ns */
	bool down; /* one of them still is */
};

struct record_bypass {
	const char *how; /* "PACKET_QDISC_BYPASS", "AF_XDP" */
	struct record_process process;
	uint64_t netns;
	uint64_t cookie;
	bool refused;
};

/* The watched cgroup was removed, or another one has come in its place. */
struct record_scope {
	const char *path;
	uint64_t id; /* 0: not known */
	bool first; /* what was waited for since the beginning */
	uint64_t unwatched_ns; /* at most so long processes ran in it before it was watched; 0: none
				  did */
	uint64_t missed; /* how often one was there that was gone again before it could be watched */
};

/* What was lost since the last such record and what that means. */
struct record_lost {
	uint64_t events; /* ring full */
	uint64_t flows; /* packets without a flow record */
	uint64_t output; /* records that a sink could not write */
	uint64_t evidence; /* leaked packets that were not kept */
	const char *reason; /* one sentence */
};

/* One line of a breakdown: a key and its sums. */
struct record_sum {
	const char *key;
	uint64_t packets;
	uint64_t bytes;
};

struct record_sums {
	struct record_sum *v;
	size_t n;
};

/* The breakdowns are of leaks and dropped together. */
struct record_summary {
	struct record_sum leaks; /* let through; key unused */
	struct record_sum dropped; /* stopped */
	struct record_sums by_class;
	struct record_sums by_family;
	struct record_sums by_interface;
	struct record_sums by_process; /* "name[pid]" */
	struct record_sums exempt; /* by exemption, every one, zero too */
	struct record_lost lost; /* of the whole run */
	struct record_sum inbound; /* came in on an exposed interface; let through */
	struct record_sum inbound_dropped;
	uint64_t refused; /* connections */
	struct record_sum inside; /* messages that told an address through a tunnel */
	const struct record_dropouts *dropouts; /* NULL where tunnels are not followed */
	uint64_t unparsed, non_ip; /* packets */
	uint64_t cut; /* packets of a capture that lacks a part of their headers */
	uint64_t flows; /* leaked flows */
	double seconds;
	bool complete; /* nothing was lost, no hook was detached */
	const char *incomplete; /* why not */
};

struct record_ready {
	const char *scope; /* "host" or the cgroup path; the files that are read */
	const char *tc; /* "tcx", "clsact" or "none"; NULL where files are read */
	const char *version;
	const char *guard; /* that is followed; NULL: none */
	const struct record_interface *interfaces; /* change unused */
	size_t n_interfaces;
	bool waiting; /* the scope is not there yet */
};

struct record {
	enum record_action action;
	uint64_t sequence; /* filled by the pipeline */
	struct timespec time; /* CLOCK_REALTIME of the packet or the change */
	union {
		struct record_ready ready;
		struct record_leak leak;
		struct record_interface interface;
		struct record_bypass bypass;
		struct record_scope scope;
		struct record_lost lost;
		struct record_summary summary;
	};
};

/* Names as the log pipeline has them. NULL for what has none and for values
 * out of range, so that the field is left out. */
const char *record_action_name(enum record_action a);
const char *record_cause_name(enum record_cause c);
const char *record_flow_name(enum record_flow f);
const char *record_class_name(unsigned int cls);
const char *record_detail_name(unsigned int detail);
const char *record_verdict_name(unsigned int verdict);
const char *record_role_name(unsigned int role);
const char *record_hook_name(unsigned int hook);
const char *record_attribution_name(unsigned int attribution);
const char *record_transport_name(unsigned int proto); /* of IANA */

/* The sentence for people (message of the JSON, line of the text sink), always
 * NUL-terminated, cut where buf ends. */
void record_message(const struct record *r, char *buf, size_t size);

/* The few words about one packet that stand in a capture beside it: process,
 * class and detail, verdict, interface. */
void record_comment(const struct record_leak *l, char *buf, size_t size);
