/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The owner of libbpf: the programs, their maps and what is written into them.
 * Everyone else sees an opaque struct.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tables.h"
#include "known.h"
#include "link.h"
#include "policy.h"
#include "scope.h"

struct kernel;

#define KERNEL_MSG_MAX 4096

struct kernel_config {
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
typedef void kernel_event_fn(void *arg, const struct la_event_hdr *event);

/*
 * Loads programs and maps; nothing is attached yet. On failure msg says what is
 * missing, why and what helps, and the return value tells apart who has to
 * act: -EPERM (the user), -ENOPKG (no BTF), -EOPNOTSUPP (the kernel lacks
 * something), -ENOMEM.
 */
int kernel_open(struct kernel **ret, const struct kernel_config *cfg, kernel_event_fn *fn,
		void *arg, char *msg, size_t size);
void kernel_free(struct kernel *k);

static inline void kernel_freep(struct kernel **k)
{
	kernel_free(*k);
}

/* From now on hooks are let go of, not taken away: what is pinned goes on. */
void kernel_leave(struct kernel *k);

/* Whether it was there before us, with facts that others have told it. */
bool kernel_adopted(const struct kernel *k);

/* What is not needed for the first packets: call it once, after attaching. */
int kernel_complete(struct kernel *k);

/* Readable when kernel_events() has work. Returns 0, or -EPROTO when a record
 * is not one of ours: the ring can no longer be trusted. */
int kernel_events_fd(const struct kernel *k);
int kernel_events(struct kernel *k);

/* The scope's cgroup, which another one may have taken the place of; one that is
 * waited for (fd -1): none is in the scope. */
void kernel_set_scope(struct kernel *k, const struct scope *s);

/* Facts. Each takes effect with the next packet once kernel_new_facts() was
 * called. Returns 0 or -errno. */
int kernel_set_role(struct kernel *k, uint64_t netns, uint32_t ifindex, const struct la_role *r);
int kernel_del_role(struct kernel *k, uint64_t netns, uint32_t ifindex);
int kernel_add_onlink(struct kernel *k, uint16_t slot, const struct link_prefix *p);
int kernel_del_onlink(struct kernel *k, uint16_t slot, const struct link_prefix *p);
/* ways: LINK_FAMILY_* that a tunnel of the namespace carries. */
int kernel_set_ways(struct kernel *k, uint64_t netns, uint8_t ways);
int kernel_del_ways(struct kernel *k, uint64_t netns);
/* The namespace's own addresses. */
int kernel_add_local(struct kernel *k, uint64_t netns, const struct la_addr *addr);
int kernel_del_local(struct kernel *k, uint64_t netns, const struct la_addr *addr);
int kernel_add_transport(struct kernel *k, uint64_t cgroup);
int kernel_add_daemon(struct kernel *k, const struct la_daemon *d, uint64_t start_ticks);
/* mark: of the firewall, that packets to it bear; 0: any. -EEXIST: known already */
int kernel_add_endpoint(struct kernel *k, const struct la_endpoint *e, uint32_t mark);
/* The resolvers that packets are compared with. */
int kernel_set_known(struct kernel *k, const struct known *known);
/* The facts as they are in an adopted kernel; fn must not change them. */
typedef void kernel_role_fn(void *arg, const struct la_role_key *key, const struct la_role *role);
int kernel_each_role(const struct kernel *k, kernel_role_fn *fn, void *arg);
typedef void kernel_onlink_fn(void *arg, uint32_t slot, const struct link_prefix *p);
int kernel_each_onlink(const struct kernel *k, kernel_onlink_fn *fn, void *arg);
int kernel_know_netns(struct kernel *k, uint64_t netns);
int kernel_forget_netns(struct kernel *k, uint64_t netns);
void kernel_new_facts(struct kernel *k);
/* Facts are kept up to date until then (ktime), unless told again; 0: no more. */
void kernel_follow(struct kernel *k, uint64_t until);

/* The flow table, shared with the programs: see struct la_flow for who writes
 * what. */
struct la_flow *kernel_flows(const struct kernel *k, uint32_t *n);
/* Takes the flow's key out of the hash: new packets open another record. */
void kernel_unlink_flow(struct kernel *k, const struct la_flow_key *key, uint32_t id);
/* Gives a record back to the programs. */
void kernel_free_flow(struct kernel *k, uint32_t id);

/* Where the last packet of a socket of ours (of the process that asks) was when the
 * cgroup's hook saw it; role is LA_ROLE_MAX where it was not known. -ENOENT: it has
 * seen none. */
int kernel_socket_path(const struct kernel *k, int fd, uint32_t *ifindex, uint8_t *role);

/* enum la_counter, summed over all CPUs. */
int kernel_counters(const struct kernel *k, uint64_t counters[LA_COUNTER_MAX]);

/* Sums of the packets for which the table had no room. */
typedef void kernel_total_fn(void *arg, const struct la_sum_key *key, const struct la_sum *sum);
int kernel_totals(const struct kernel *k, kernel_total_fn *fn, void *arg);

/* Sums of flows that are over, kept for whoever comes after us: of a cell of
 * la_cell() on an interface. */
int kernel_keep(struct kernel *k, uint32_t slot, uint32_t cell, uint64_t packets, uint64_t bytes);
int kernel_kept(const struct kernel *k, kernel_total_fn *fn, void *arg);

/* And of those that came in on exposed interfaces, where that is looked at. */
int kernel_inbound(const struct kernel *k, kernel_total_fn *fn, void *arg);

/* What had to be left out on this kernel: a sentence, or NULL. */
const char *kernel_degraded(const struct kernel *k);
