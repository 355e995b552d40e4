/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns libbpf objects: the programs, their maps, and what is written into them. The struct is
 * opaque to other rooms.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/tables.h"
#include "base/fault.h"
#include "policy/known_resolvers.h"
#include "network/link.h"
#include "policy/policy.h"
#include "host/scopes.h"

struct datapath;

struct datapath_config {
	const struct scopes *scopes;
	const struct policy *policy;
	unsigned int resolver_mode; /* enum la_resolver_mode */
	uint64_t home_netns; /* cookie of the namespace that we run in */
	uint64_t buffer; /* bytes of the ring, rounded up to a power of two */
	uint32_t snaplen; /* bytes of each leaked packet to keep as evidence; 0: none */
	bool no_payload; /* no payload in evidence or events */
	const char *btf; /* file with the kernel's types; NULL: the kernel's own */
	bool no_refusals; /* do not refuse connections that can only leak */
	bool drop_late; /* what TC egress sees is dropped there, as the last of all hooks */
	uint64_t deadline; /* ktime from which on nothing is dropped; 0: never */
	const char *pins; /* bpffs directory where everything is pinned; NULL: nothing is */
	bool adopt; /* take over what is pinned there */
};

/* Called for each record of the ring, after its size and version were checked. */
typedef void datapath_event_fn(void *arg, const struct la_event_hdr *event);

/*
 * Loads programs and maps; attaches nothing. The error tells what to do. -EPERM: missing
 * permission. -ENOPKG: no BTF. -EOPNOTSUPP: the kernel lacks a feature. -ENOMEM.
 */
int datapath_open(struct datapath **ret, const struct datapath_config *cfg, datapath_event_fn *fn,
		  void *arg, struct fault *f);
void datapath_free(struct datapath *k);

static inline void datapath_freep(struct datapath **k)
{
	datapath_free(*k);
}

/* From now on hooks are not detached when they are closed: what is pinned stays attached. */
void datapath_leave_pinned(struct datapath *k);

/* Whether it was taken over, with facts from an earlier loader. */
bool datapath_adopted(const struct datapath *k);

/* Adds what the first packets do not need: call it once after attaching. */
int datapath_add_free_ids(struct datapath *k);

/*
 * The descriptor is readable when datapath_events() has work. 0, or -EPROTO: a record is not one of
 * ours, and the ring can no longer be trusted.
 */
int datapath_events_fd(const struct datapath *k);
int datapath_events(struct datapath *k);
/* Whether it has left some for the next call, since there were very many. */
bool datapath_events_left(const struct datapath *k);
/* Within so many ms datapath_events() is to be called all the same; -1: it is not. */
int datapath_events_wait(const struct datapath *k);

/*
 * Sets the cgroup of the scope with that number, which is open. What is in it belongs to the scope
 * from now on. -E2BIG: the scopes' cgroups are at too many depths. datapath_leave_scope(): it was
 * removed; sockets created in it may exist longer, and still belong to the scope.
 */
int datapath_set_scope(struct datapath *k, const struct scope *s, uint32_t number);
void datapath_leave_scope(struct datapath *k, uint64_t id);

/* Facts. They take effect with the next packet after datapath_bump_epoch(). 0 or -errno. */
int datapath_set_role(struct datapath *k, uint64_t netns, uint32_t ifindex,
		      const struct la_role *r);
int datapath_del_role(struct datapath *k, uint64_t netns, uint32_t ifindex);
int datapath_add_onlink(struct datapath *k, uint16_t slot, const struct link_prefix *p);
int datapath_del_onlink(struct datapath *k, uint16_t slot, const struct link_prefix *p);
/* Of the connections that begin in the namespace. */
int datapath_set_connections(struct datapath *k, uint64_t netns, const struct la_connections *c);
int datapath_del_connections(struct datapath *k, uint64_t netns);
/* The namespace's own addresses, and those of them that should not go into a tunnel. */
enum datapath_addrs { DATAPATH_LOCAL, DATAPATH_EXPOSED };
int datapath_add_addr(struct datapath *k, enum datapath_addrs which, uint64_t netns,
		      const struct la_addr *addr);
int datapath_del_addr(struct datapath *k, enum datapath_addrs which, uint64_t netns,
		      const struct la_addr *addr);
/* Interfaces at home by which only the scopes' namespaces send; scope: the number of theirs. */
int datapath_add_entry(struct datapath *k, uint32_t ifindex, uint32_t scope);
typedef bool datapath_keep_fn(void *arg, uint32_t ifindex);
void datapath_keep_entries(struct datapath *k, datapath_keep_fn *fn, void *arg);
int datapath_add_transport(struct datapath *k, uint64_t cgroup);
int datapath_add_daemon(struct datapath *k, const struct la_daemon *d, uint64_t start_ticks);
/* Also if an earlier loader has added it. */
bool datapath_has_daemon(const struct datapath *k, const struct la_daemon *d, uint64_t start_ticks);
/* mark: firewall mark of packets to it; 0: any. -EEXIST: it is known */
int datapath_add_endpoint(struct datapath *k, const struct la_endpoint *e, uint32_t mark);
/* Sets the known resolvers. */
int datapath_set_known(struct datapath *k, const struct known_resolvers *known);
/* Lists the facts of an adopted datapath. fn must not change them. */
typedef void datapath_role_fn(void *arg, const struct la_role_key *key, const struct la_role *role);
void datapath_each_role(const struct datapath *k, datapath_role_fn *fn, void *arg);
typedef void datapath_onlink_fn(void *arg, uint32_t slot, const struct link_prefix *p);
void datapath_each_onlink(const struct datapath *k, datapath_onlink_fn *fn, void *arg);
int datapath_know_netns(struct datapath *k, uint64_t netns, bool trusted);
int datapath_forget_netns(struct datapath *k, uint64_t netns);
void datapath_bump_epoch(struct datapath *k);
/* Vouches for the facts until that time (ktime); 0: not any more. */
void datapath_heartbeat(struct datapath *k, uint64_t until);

/* What has passed TC egress of the interface with that slot, and was lost behind it: over all
 * CPUs. */
int datapath_line(const struct datapath *k, uint32_t slot, struct la_line *ret);

/* The flow table, shared with the programs: see struct la_flow for who writes
 * what. */
struct la_flow *datapath_flows(const struct datapath *k, uint32_t *n);
/*
 * The first record from there on that may have been used by the time when it was asked for the
 * first from 0 on; n or more: there is none.
 */
uint32_t datapath_next_flow(struct datapath *k, uint32_t id);
/*
 * Removes the flow's key from the hash: new packets open another record. False: it was not there,
 * as the programs have retired the record, or it had lost its key before.
 */
bool datapath_unlink_flow(struct datapath *k, uint32_t id);
/*
 * Until it is released, and for a second at most, no record goes into the totals: between the two
 * calls they and the records are read, so that nothing is counted twice.
 */
void datapath_hold_records(struct datapath *k);
void datapath_release_records(struct datapath *k);
/* Whether a record that the programs have retired is now ours to end: else it is theirs again. */
bool datapath_take_retired(struct datapath *k, uint32_t id);
/* Returns a record to the programs: first to those that are kept for daemons. */
void datapath_free_flow(struct datapath *k, uint32_t id);

/*
 * The interface and role of the last packet of a socket of the calling process, as the cgroup hook
 * saw it. role is LA_ROLE_MAX if it was unknown. -ENOENT: the hook saw no packet.
 */
int datapath_socket_path(const struct datapath *k, int fd, uint32_t *ifindex, uint8_t *role);

/* enum la_counter, summed over all CPUs. One alone: 0 if it cannot be read. */
uint64_t datapath_counter(const struct datapath *k, uint32_t counter);
int datapath_counters(const struct datapath *k, uint64_t counters[LA_COUNTER_MAX]);

/* Sums of packets for which the table had no room. */
typedef void datapath_total_fn(void *arg, const struct la_sum_key *key, const struct la_sum *sum);
void datapath_totals(const struct datapath *k, datapath_total_fn *fn, void *arg);

/* Sums of flows that are over, kept for the next loader. */
int datapath_retain_totals(struct datapath *k, const struct la_sum_key *key,
			   const struct la_sum *more);
void datapath_retained_totals(const struct datapath *k, datapath_total_fn *fn, void *arg);

/* Sums of inbound packets on exposed interfaces, if they are counted. */
void datapath_inbound(const struct datapath *k, datapath_total_fn *fn, void *arg);
