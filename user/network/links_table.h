/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internals of the table of links, for links*.c only. */
#pragma once

#include "links.h"
#include "nexthops.h"
#include "nl.h"

/* A route into a tunnel. */
struct link_route {
	struct link_prefix dst;
	uint32_t table; /* 0: none, the range of one of its addresses */
};

struct link_routes {
	struct link_route *v;
	size_t n;
};

/* A tunnel that was up and is not there any more. */
#define LINKS_GONE_MAX 16
struct gone_tunnel {
	char name[IFNAMSIZ];
	struct link_routes routes; /* its addresses' ranges as well */
};

/* An address that a tunnel had while it was up. */
struct past_addr {
	struct la_addr addr;
	uint32_t ifindex;
	bool fell; /* its tunnel, since then */
};

/* A link, and what was last reported of it. */
struct entry {
	struct link link; /* the first member: the caller's pointer is converted back */
	uint64_t sweep; /* number of the last dump or change that had it */
	bool announced, gone, onlink_changed;
	bool touched; /* since the last report */
	bool moved; /* its own on-link prefixes have to be found anew */
	bool request; /* request it again, see check_pair() */
	char name[IFNAMSIZ];
	enum la_role_kind role;
	bool up, wants_tc;
	uint8_t l2_len;
	bool was_up; /* as a tunnel */
	bool tunnel_up; /* it is one, and was up when it was looked at last */
	struct link_routes routes; /* of a tunnel; those that it had, when it is down */
	struct link_routes fresh; /* the ones that are being read */
	bool stale, reading;
};

/* A link that another one is stacked on. */
struct links_upper {
	uint32_t lower, ifindex;
};

struct links {
	struct nl *nl;
	const struct netns *ns;
	struct link_roles roles;
	links_fn *fn;
	void *arg;
	struct entry **v; /* ordered by ifindex */
	size_t n;
	size_t most; /* SIZE_MAX: no limit */
	bool over; /* there were more */
	uint64_t sweep, generation, resyncs;
	bool changed; /* since the last report */
	bool moved; /* what is on-link has to be found anew for all */
	bool stacked_anew; /* what links_index() finds has changed */
	bool lost; /* the kernel has dropped changes */
	bool request; /* at least one entry has request set */
	bool stale; /* at least one entry has stale set */
	bool reading; /* routes */
	struct nexthops nexthops; /* that routes name; read before these */
	struct gone_tunnel gone[LINKS_GONE_MAX];
	size_t n_gone;
	bool tunnels_moved; /* since the last report */
	uint64_t tunnel_generation;
	uint64_t tunnel_came_up;
	struct past_addr past[LINKS_PAST_ADDRS]; /* a ring buffer */
	size_t n_past;
	struct links_upper *uppers; /* by the lower one; these two as of the last report */
	size_t n_uppers;
	uint32_t *tunnels;
	size_t n_tunnels;
};

struct entry *links_entry(const struct links *l, uint32_t ifindex); /* NULL: none */
int links_insert(struct links *l, uint32_t ifindex, struct entry **ret);
void links_entry_free(struct entry *e);

/* Finds tunnels and what is stacked, so that nobody need compare each pair of links. -ENOMEM. */
int links_index(struct links *l);
void links_index_free(struct links *l);
/* The first link that is stacked on that one, or the next behind `after`; NULL: there is none. */
const struct link *links_next_upper(const struct links *l, uint32_t lower,
				    const struct link *after);

/*
 * Whether its addresses count for no other link: nothing below it sends its packets, and it claims
 * none as a tunnel.
 */
bool links_stands_alone(const struct links *l, const struct link *link);

/* Call it after messages were handled: reports all changes. */
int links_report_changes(struct links *l);

/* Remembers the addresses of a tunnel, and whether it was ever up. */
void links_remember_tunnel(struct links *l, struct entry *e);
