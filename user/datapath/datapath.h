/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The owner of libbpf: the programs, their maps and what is written into them.
 * Everyone else sees an opaque struct.
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
#include "host/scope.h"

struct datapath;

struct datapath_config {
	const struct scope *scope;
	const struct policy *policy;
	uint64_t home_netns; /* cookie of the namespace that we run in */
	uint64_t buffer; /* bytes of the ring, rounded up to a power of two */
	uint32_t snaplen; /* bytes of each leaked packet to keep as evidence, 0: none */
	bool no_payload; /* neither there nor in events */
	const char *btf; /* file with the kernel's types, NULL: the kernel's own */
	bool no_refusals; /* no connection that can only leak is refused before it is made */
	uint64_t deadline; /* ktime from when on nothing is dropped; 0: never */
	const char *pins; /* directory in bpffs where all of it is pinned; NULL: nothing is */
	bool adopt; /* it is there already: take it over as it is */
};

/* Called for each record of the ring: checked for size and version already. */
typedef void datapath_event_fn(void *arg, const struct la_event_hdr *event);

/*
 * Loads programs and maps; nothing is attached yet. On failure the return value
 * tells apart who has to act: -EPERM (the user), -ENOPKG (no BTF), -EOPNOTSUPP (the kernel lacks
 * something), -ENOMEM.
 */
int datapath_open(struct datapath **ret, const struct datapath_config *cfg, datapath_event_fn *fn,
		  void *arg, struct fault *f);
void datapath_free(struct datapath *k);

static inline void datapath_freep(struct datapath **k)
{
	datapath_free(*k);
}

/* From now on hooks are let go of, not taken away: what is pinned goes on. */
void datapath_leave_pinned(struct datapath *k);

/* Whether it was there before us, with facts that others have told it. */
bool datapath_adopted(const struct datapath *k);

/* What is not needed for the first packets: call it once, after attaching. */
int datapath_add_free_ids(struct datapath *k);

/* Readable when datapath_events() has work. Returns 0, or -EPROTO when a record
 * is not one of ours: the ring can no longer be trusted. */
int datapath_events_fd(const struct datapath *k);
int datapath_events(struct datapath *k);

/* The scope's cgroup, which another one may have taken the place of; one that is
 * waited for (fd -1): none is in the scope. */
void datapath_set_scope(struct datapath *k, const struct scope *s);

/* Facts. Each takes effect with the next packet once datapath_bump_epoch() was
 * called. Returns 0 or -errno. */
int datapath_set_role(struct datapath *k, uint64_t netns, uint32_t ifindex,
		      const struct la_role *r);
int datapath_del_role(struct datapath *k, uint64_t netns, uint32_t ifindex);
int datapath_add_onlink(struct datapath *k, uint16_t slot, const struct link_prefix *p);
int datapath_del_onlink(struct datapath *k, uint16_t slot, const struct link_prefix *p);
/* families: LINK_FAMILY_* that a tunnel of the namespace carries. */
int datapath_set_tunnel_families(struct datapath *k, uint64_t netns, uint8_t families);
int datapath_del_tunnel_families(struct datapath *k, uint64_t netns);
/* The namespace's own addresses. */
int datapath_add_local(struct datapath *k, uint64_t netns, const struct la_addr *addr);
int datapath_del_local(struct datapath *k, uint64_t netns, const struct la_addr *addr);
int datapath_add_transport(struct datapath *k, uint64_t cgroup);
int datapath_add_daemon(struct datapath *k, const struct la_daemon *d, uint64_t start_ticks);
/* mark: of the firewall, that packets to it bear; 0: any. -EEXIST: known already */
int datapath_add_endpoint(struct datapath *k, const struct la_endpoint *e, uint32_t mark);
/* The resolvers that packets are compared with. */
int datapath_set_known(struct datapath *k, const struct known_resolvers *known);
/* The facts as they are in an adopted kernel; fn must not change them. */
typedef void datapath_role_fn(void *arg, const struct la_role_key *key, const struct la_role *role);
int datapath_each_role(const struct datapath *k, datapath_role_fn *fn, void *arg);
typedef void datapath_onlink_fn(void *arg, uint32_t slot, const struct link_prefix *p);
int datapath_each_onlink(const struct datapath *k, datapath_onlink_fn *fn, void *arg);
int datapath_know_netns(struct datapath *k, uint64_t netns);
int datapath_forget_netns(struct datapath *k, uint64_t netns);
void datapath_bump_epoch(struct datapath *k);
/* Facts are kept up to date until then (ktime), unless told again; 0: no more. */
void datapath_heartbeat(struct datapath *k, uint64_t until);

/* What has passed TC egress of the interface with that slot, over all CPUs; `last` and its like
 * mean nothing here. */
int datapath_line(const struct datapath *k, uint32_t slot, struct la_line *ret);

/* The flow table, shared with the programs: see struct la_flow for who writes
 * what. */
struct la_flow *datapath_flows(const struct datapath *k, uint32_t *n);
/* Takes the flow's key out of the hash: new packets open another record. */
void datapath_unlink_flow(struct datapath *k, const struct la_flow_key *key, uint32_t id);
/* Gives a record back to the programs. */
void datapath_free_flow(struct datapath *k, uint32_t id);

/* Where the last packet of a socket of ours (of the process that asks) was when the
 * cgroup's hook saw it; role is LA_ROLE_MAX where it was not known. -ENOENT: it has
 * seen none. */
int datapath_socket_path(const struct datapath *k, int fd, uint32_t *ifindex, uint8_t *role);

/* enum la_counter, summed over all CPUs. */
int datapath_counters(const struct datapath *k, uint64_t counters[LA_COUNTER_MAX]);

/* Sums of the packets for which the table had no room. */
typedef void datapath_total_fn(void *arg, const struct la_sum_key *key, const struct la_sum *sum);
int datapath_totals(const struct datapath *k, datapath_total_fn *fn, void *arg);

/* Sums of flows that are over, kept for whoever comes after us: of a cell of
 * la_cell() on an interface. */
int datapath_retain_totals(struct datapath *k, uint32_t slot, uint32_t cell, uint64_t packets,
			   uint64_t bytes);
int datapath_retained_totals(const struct datapath *k, datapath_total_fn *fn, void *arg);

/* And of those that came in on exposed interfaces, where that is looked at. */
int datapath_inbound(const struct datapath *k, datapath_total_fn *fn, void *arg);

/* What had to be left out on this kernel: a sentence, or NULL. */
const char *datapath_degraded(const struct datapath *k);
