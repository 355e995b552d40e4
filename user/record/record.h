/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A finished record: all that a sink sees. Its strings are owned by the caller and stay valid until
 * the sink's write() returns. NULL, or 0 where a comment says so, means "unknown": the field is
 * left out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/event.h"
#include "network/links.h"

/* event.action */
#define RECORD_ACTIONS(X)             \
	X(READY, "ready")             \
	X(LEAK, "leak")               \
	X(POSSIBLE, "possible-leak")  \
	X(TUNNEL_UP, "tunnel-up")     \
	X(TUNNEL_DOWN, "tunnel-down") \
	X(INTERFACE, "interface")     \
	X(BYPASS, "bypass")           \
	X(SCOPE_GONE, "scope-gone")   \
	X(SCOPE_BACK, "scope-back")   \
	X(SCOPE_LEFT, "scope-left")   \
	X(LOST, "lost")               \
	X(HEARTBEAT, "heartbeat")     \
	X(PAGE, "page")               \
	X(SUMMARY, "summary")

enum record_action {
#define X(sym, name) RECORD_##sym,
	RECORD_ACTIONS(X)
#undef X
		RECORD_ACTION_MAX
};

/* leakaudit.flow */
enum record_flow { RECORD_FLOW_NONE, RECORD_FLOW_OPEN, RECORD_FLOW_UPDATE, RECORD_FLOW_CLOSE };

/* leakaudit.cause: proven by facts */
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
	X(RESOLVER, "resolver")             \
	X(PORTMAP, "portmap")               \
	X(NEW_INTERFACE, "new-interface")   \
	X(LOGIN, "login")

enum record_cause {
#define X(sym, name) RECORD_CAUSE_##sym,
	RECORD_CAUSES(X)
#undef X
		RECORD_CAUSE_MAX
};

/* The process that sent the packet. */
struct record_process {
	uint32_t pid; /* in our pid namespace; 0: unknown */
	uint32_t host_pid; /* in the initial one; 0: unknown, or the same */
	bool has_uid;
	uint32_t uid;
	const char *user; /* the uid's name */
	const char *name; /* comm of the kernel, raw bytes */
	const char *executable;
	const char *command_line; /* its first bytes */
	struct timespec start; /* 0: unknown */
	uint32_t parent_pid; /* 0: unknown */
	const char *parent_name;
	const char *cgroup_path; /* from the cgroup v2 mount on; starts with / */
	const char *unit; /* systemd unit named by the path */
	const char *container; /* container id named by the path */
	const char *container_name; /* from the files of its runtime */
	const char *container_runtime; /* "podman", ... */
	uint64_t cgroup_id; /* 0: unknown */
	uint64_t version; /* grows when any of the strings may have changed; 0: it is not known */
};

/* The route that caused a leak: destination prefix and rtnetlink protocol. */
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

/* What became of the packets of a flow that are no exempt ones: judged = left + dropped + held,
 * but for what fragmentation adds to those that left. */
struct record_ends {
	struct la_sum judged; /* would leak */
	struct la_sum left; /* handed to the device that carries them: leaked */
	struct la_sum dropped; /* by us */
	struct la_sum held; /* neither: by something else, or still on their way */
};

static inline void record_add(struct la_sum *to, const struct la_sum *sum)
{
	to->packets += sum->packets;
	to->bytes += sum->bytes;
}

struct record_ends record_ends(const struct la_flow *f);
/* The exempt ones, with what fragmentation adds to them. */
struct la_sum record_exempt(const struct la_flow *f);

#define RECORD_OUTCOMES(X) \
	X(LEFT, "left")    \
	X(HELD, "held")    \
	X(DROPPED, "dropped")

enum record_outcome {
#define X(sym, name) RECORD_OUTCOME_##sym,
	RECORD_OUTCOMES(X)
#undef X
		RECORD_OUTCOME_MAX
};

/* Of all packets of a flow: left if any did, else held if any was. */
enum record_outcome record_outcome(const struct la_flow *f);

/* Of a leak's flow so far, or of the events that it is. */
struct record_leak;
struct record_ends record_leak_ends(const struct record_leak *l);
struct la_sum record_leak_exempt(const struct record_leak *l);

/* A source address that nat has replaced. */
struct record_source {
	struct la_addr addr;
	uint16_t port; /* 0: the transport has none */
};

struct speaker; /* speaker.h */
struct record_behalf; /* record_behalf.h */
struct record_resolver;
struct record_asker;

/* Several events that are told as one, and what they add to the counts of their flows. */
struct record_aggregate {
	uint64_t events; /* that would have been told */
	struct record_ends ends;
	struct la_sum exempt;
};

/* Of RECORD_LEAK, and of RECORD_POSSIBLE: what may be the scope's. */
struct record_leak {
	struct la_flow flow; /* its counts are the flow's totals so far */
	enum record_flow state;
	const struct record_aggregate *aggregate; /* it is several, of no single flow; else NULL */
	/* CLOCK_REALTIME of the flow's first packet, or the first of several events; 0: none */
	struct timespec start;
	/* with RECORD_FLOW_CLOSE: when its last one was seen; the last of several; 0: unknown */
	struct timespec end;
	enum record_outcome outcome; /* of the packet that it tells of, or of all of them */
	enum record_cause cause;
	struct record_route route; /* with RECORD_CAUSE_ROUTE */
	struct record_rule rule; /* with RECORD_CAUSE_RULE */
	struct record_tunnel tunnel; /* with some causes */
	const char *remedy; /* the option that lets it pass, if it is a VPN's own; NULL: none */
	const char *setting; /* of its torrent client, which keeps it in the tunnel; NULL: none */
	bool helped; /* an event of this run has said what helps, in the same words */
	const char *ifname;
	const char *netns; /* the interface's namespace; NULL: the one that we run in */
	struct record_process process;
	const struct record_source *before_nat; /* of a forwarded packet; NULL: as it leaves */
	const struct record_behalf *behalf; /* NULL: the process has sent it for itself */
	const struct record_asker *resolver; /* with LA_REFUSAL_RESOLVER: who was not to be asked */
	const char *dns_name; /* case as sent; other bytes as \DDD */
	const char *dns_type; /* "A", "AAAA", "TYPE65280", ... */
	const char *server_name; /* of a TLS ClientHello, escaped like dns_name */
	const char *address_inside; /* with LA_DETAIL_INSIDE: the exposed address that is told */
	const char *address_inside_form; /* in what it is told, a name of address_leak.h */
	bool ingress; /* of a capture: sent to the audited host, not by it */
	const char *scope; /* of several: whose it is; NULL: not known, or there is only one */
};

/* A leaked packet's first bytes, for sinks that keep evidence. */
struct record_packet {
	const struct record_leak *leak; /* the flow of the packet */
	struct timespec time; /* CLOCK_REALTIME */
	const uint8_t *data; /* from the IP header on */
	uint32_t caplen; /* bytes of data */
	uint32_t len; /* bytes of the whole packet */
};

/* An event of an interface: a tunnel came up or went down, or a role became known or changed. */
struct record_interface {
	const char *name;
	uint32_t ifindex;
	uint64_t netns;
	const char *netns_name; /* NULL: the one that we run in */
	const char *kind; /* IFLA_INFO_KIND, NULL for plain devices */
	enum la_role_kind role;
	bool up; /* would carry a packet now */
	enum link_change change; /* LINK_UNCHANGED: reported for another reason */
	const char *old_name; /* with LINK_RENAMED */
	/* the dropout that ended as this tunnel came up; NULL: none */
	const struct record_dropout *dropout;
};

/* How long a tunnel was down, and what tried to leave in that time. */
struct record_dropout {
	struct timespec since, until; /* CLOCK_REALTIME */
	uint64_t ns; /* on a clock that nobody sets */
	struct la_sum tried; /* let through and stopped */
	struct la_sum dropped; /* of these, stopped by us */
	struct la_sum held; /* and by something else */
	uint64_t refused; /* connections */
	const char *name; /* of the fallen tunnel, where another one came in its stead */
};

/* What became of the command of --on-leak: how often it was run, */
struct record_on_leak {
	uint64_t run;
	uint64_t limited; /* was not, for the rate limit, */
	uint64_t failed; /* and did not succeed, or could not be run */
};

/* Sums over a run. */
struct record_dropouts {
	uint64_t count;
	uint64_t ns; /* total */
	uint64_t longest; /* ns */
	bool down; /* a tunnel is still down */
};

struct record_bypass {
	const char *how; /* "PACKET_QDISC_BYPASS", "AF_XDP" */
	struct record_process process;
	uint64_t netns;
	uint64_t cookie;
	bool refused;
	const char *scope; /* as of a leak */
};

/* The watched cgroup was removed, or another one has taken its place. */
struct record_scope {
	const char *path;
	uint64_t id; /* 0: unknown */
	const char *scope; /* as of a leak */
	bool first; /* the cgroup that was waited for since the start */
	uint64_t unwatched_ns; /* processes ran in it unwatched for at most so long; 0: none did */
	uint64_t missed; /* how often a cgroup was created and removed before it could be watched */
};

/* A process of the scope is outside of its cgroup by now, and stays watched. */
struct record_left {
	struct record_process process;
	const char *scope; /* as of a leak */
};

/* Losses since the last such record, and what they mean. */
struct record_lost {
	uint64_t events; /* the ring was full */
	uint64_t flows; /* packets without a flow record */
	uint64_t output; /* records that a sink could not write */
	uint64_t evidence; /* leaked packets that were not kept as evidence */
	const char *reason; /* one sentence */
};

/* A run that is alive, and what it has seen so far. */
#define RECORD_TUNNELS_MAX 16
struct record_heartbeat {
	uint64_t ns; /* since the start */
	uint64_t interval; /* ns until the next one */
	struct la_sum leaks, dropped, held, judged, inside; /* as in the summary */
	uint64_t refused;
	uint64_t up, down; /* tunnels */
	const char *tunnels_down[RECORD_TUNNELS_MAX]; /* the names of the first of them */
	struct record_lost lost; /* of the run */
	const char *incomplete; /* the reason; NULL: it is complete so far */
};

/* A row of a breakdown. */
struct record_sum {
	const char *key;
	uint64_t packets;
	uint64_t bytes;
};

struct record_sums {
	struct record_sum *v;
	size_t n;
};

struct record_line; /* record_lines.h */
struct record_scope_row; /* record_scope.h */
struct record_scope_sums;

/* The breakdowns are of leaks and dropped together. What is held is in none of them. */
struct record_summary {
	struct record_sum leaks; /* left; key unused */
	struct record_sum dropped; /* stopped by us */
	struct record_sum held; /* stopped by something else */
	struct record_sum judged; /* all of these */
	struct record_sums by_class;
	struct record_sums by_family;
	struct record_sums by_interface; /* the largest first, as the next */
	struct record_sums by_process; /* "name[pid]" */
	struct record_sums by_scope; /* where there are several */
	struct record_sums exempt; /* every exemption, also those with 0 packets */
	struct record_lost lost; /* of the run */
	struct record_sum inbound; /* inbound packets on exposed interfaces that were let through */
	struct record_sum inbound_dropped;
	uint64_t refused; /* connections, questions to resolvers and frames */
	struct record_sum possible; /* of resolvers, which may have sent them for the scope */
	struct record_sum inside; /* messages with an exposed address that went through a tunnel */
	const struct record_dropouts *dropouts; /* NULL: tunnels are not followed */
	const struct record_on_leak *on_leak; /* NULL: there is no command */
	uint64_t unparsed, non_ip; /* packets */
	const struct record_scope_sums *scopes; /* of each, where there are several */
	size_t n_scopes;
	const struct record_line *lines; /* of interfaces that have sent something */
	size_t n_lines;
	/* of a capture: packets whose headers are cut off, and in link headers that are not read */
	uint64_t cut, unread;
	uint64_t flows; /* leaked flows */
	double seconds;
	bool complete; /* nothing was lost and no hook was detached */
	const char *incomplete; /* the reason, if not complete */
};

/* A name or pattern that the user gave, and that no interface has yet. */
struct record_unmatched {
	const char *option, *word;
	const char *nearest; /* the most similar name that there is; NULL: none */
};

struct record_ready {
	const char *scope; /* "host", the cgroup path, or the files of a replay */
	const char *tc; /* "tcx", "clsact" or "none"; NULL: files are replayed */
	const char *version;
	const char *guard; /* the guard that is followed; NULL: none */
	const struct record_interface *interfaces; /* change is unused */
	size_t n_interfaces;
	const char *resolver_mode; /* of --resolver; NULL: files are replayed */
	const struct record_resolver *resolvers; /* of this machine, as far as known */
	size_t n_resolvers;
	bool waiting; /* the scope does not exist yet */
	const struct record_scope_row *scopes; /* where there are several, in place of scope */
	size_t n_scopes;
	const struct record_unmatched *unmatched;
	size_t n_unmatched;
};

/*
 * The lists of "ready" and "summary", of which a line has room for the first rows only: the name,
 * the record, the number of rows, and the bytes that they may have in its line. All of a record
 * leave room for what else is in 8 KiB.
 */
/* clang-format off */
#define RECORD_TABLES(X) \
	X(READY_SCOPES, "scopes", READY, ready.n_scopes, 1500) \
	X(READY_INTERFACES, "interfaces", READY, ready.n_interfaces, 1500) \
	X(READY_UNMATCHED, "unmatched", READY, ready.n_unmatched, 500) \
	X(READY_RESOLVERS, "resolvers", READY, ready.n_resolvers, 1000) \
	X(BY_INTERFACE, "by_interface", SUMMARY, summary.by_interface.n, 600) \
	X(BY_PROCESS, "by_process", SUMMARY, summary.by_process.n, 1000) \
	X(BY_SCOPE, "by_scope", SUMMARY, summary.n_scopes, 1000) \
	X(INTERFACES, "interfaces", SUMMARY, summary.n_lines, 1000)
/* clang-format on */

enum record_table {
#define X(sym, name, of, n, room) RECORD_TABLE_##sym,
	RECORD_TABLES(X)
#undef X
		RECORD_TABLE_MAX
};

/* How many rows of each table its own line has; the others are on pages. */
struct record_cut {
	size_t rows[RECORD_TABLE_MAX];
	unsigned int pages;
};

/* Rows that had no room in the line of "ready" or "summary". */
struct record_page {
	const struct record *of;
	enum record_table table;
	size_t first, end; /* rows */
	unsigned int number; /* from 1 on */
	unsigned int pages; /* of this record, in all */
};

struct record {
	enum record_action action;
	uint64_t sequence; /* filled by the pipeline */
	const struct speaker *speaker; /* the same; NULL in tests only */
	const struct record_cut *cut; /* the same; NULL: all rows are shown */
	struct timespec time; /* CLOCK_REALTIME of the packet or change */
	union {
		struct record_ready ready;
		struct record_leak leak;
		struct record_interface interface;
		struct record_bypass bypass;
		struct record_scope scope;
		struct record_left left;
		struct record_lost lost;
		struct record_heartbeat heartbeat;
		struct record_page page;
		struct record_summary summary;
	};
};

/* Names in JSON. NULL for values without a name or out of range: the field is left out. */
const char *record_action_name(enum record_action a);
const char *record_cause_name(enum record_cause c);
const char *record_flow_name(enum record_flow f);
const char *record_class_name(unsigned int cls);
const char *record_detail_name(unsigned int detail);
const char *record_exempt_name(unsigned int exempt);
const char *record_verdict_name(unsigned int verdict);
const char *record_outcome_name(enum record_outcome o);
/* "a tc filter or program", of enum la_stop. */
const char *record_stop_words(unsigned int stop);
const char *record_stop_name(unsigned int stop); /* enum la_stop; NULL: unknown */
const char *record_role_name(unsigned int role);
const char *record_hook_name(unsigned int hook);
const char *record_attribution_name(unsigned int attribution);
const char *record_refusal_name(unsigned int refusal);
const char *record_way_name(unsigned int way); /* enum la_way */
const char *record_transport_name(unsigned int proto); /* IANA protocol keyword */

/*
 * Writes the sentence for people: the JSON's message, the text sink's line. It ends with a NUL and
 * is cut at the end of buf.
 */
void record_message(const struct record *r, char *buf, size_t size);

/* Writes a packet's comment for pcapng: process, class and detail, verdict, interface. */
void record_comment(const struct record_leak *l, char *buf, size_t size);
