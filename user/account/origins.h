/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where forwarded packets come from: their addresses before nat, and who has sent them, as far as
 * it is proven. What was noted where they came in (bpf/origin.bpf.h) is found by what conntrack
 * says that they were. A wrong process would be worse than none.
 */
#pragma once

#include "core/event.h"
#include "enrich.h"

struct datapath;
struct namespaces;
struct origins;

/* Of a flow; all 0 at first. */
struct origin {
	uint64_t looked; /* ktime of the last look; 0: there was none */
	struct la_addr addr; /* before nat */
	uint16_t port;
	bool has_addr; /* it is known, and the same for all its packets */
	struct la_owner owner; /* tgid 0: not known; then the cgroup may be */
};

/* All are borrowed and must outlive it. -ENOMEM. */
int origins_open(struct origins **ret, const struct datapath *k, const struct namespaces *n,
		 struct enrich *e);
void origins_free(struct origins *o);

/*
 * Call it when the flow's first packet was seen, and then whenever the flow is told: what is known
 * can only become less. Does nothing for flows that are not forwarded.
 */
void origins_look(struct origins *o, const struct la_flow *flow, struct origin *ret);

/* The owner of the flow, or of the socket that its packets come from. */
const struct la_owner *origin_owner(const struct origin *o, const struct la_flow *flow);

/* Whether nat has replaced the source, with *ret as it was before. */
struct record_source;
bool origin_is_nat(const struct origin *o, const struct la_flow *flow, struct record_source *ret);
