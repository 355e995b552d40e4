/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces of a network namespace, kept up to date: names, roles, state, on-link prefixes,
 * and the state of the tunnel.
 *
 * One rtnetlink socket carries both dumps and changes, so they arrive in the order in which they
 * happened. When the kernel could not queue all changes (ENOBUFS), everything is dumped again and
 * compared. The callback then reports the differences, so no lasting change is missed.
 */
#pragma once

#include "link.h"
#include "netns.h"

struct links;

/* The names are written to records (record_interface.change). */
#define LINK_CHANGES(X)                                                 \
	X(UNCHANGED, NULL)                                              \
	X(NEW, "new") /* followed by UP if it is up */                  \
	X(GONE, "gone") /* preceded by DOWN if it was up */             \
	X(RENAMED, "renamed") /* old->name; a change of role follows */ \
	X(ROLE, "role") /* old->role */                                 \
	X(UP, "up")                                                     \
	X(DOWN, "down")                                                 \
	X(ONLINK, "onlink") /* link->onlink has changed */              \
	X(PLACE, "place") /* link_wants_tc() or l2_len has changed */

enum link_change {
#define X(sym, name) LINK_##sym,
	LINK_CHANGES(X)
#undef X
};

const char *link_change_name(enum link_change c);

/* The values before a change. */
struct link_old {
	const char *name;
	enum la_role_kind role;
};

/*
 * Called by links_open() and links_dispatch(). The table already has the new state, but a link
 * stays in it while its GONE is reported. Several changes at once are reported in the order
 * RENAMED, ROLE, PLACE, ONLINK, then UP or DOWN. At NEW everything is known, so ROLE, PLACE and
 * ONLINK do not follow. links_free() reports nothing.
 */
typedef void links_fn(void *arg, struct links *l, struct link *link, enum link_change change,
		      const struct link_old *old);

/*
 * ns and roles.arg are borrowed and must outlive the table. If fn is NULL, the table is read, but
 * nothing is reported before links_listen().
 */
int links_open(struct links **ret, const struct netns *ns, struct link_roles roles, links_fn *fn,
	       void *arg);
void links_free(struct links *l);

/*
 * The same for a namespace that may be anybody's: more links than `most` are not taken, and what
 * has changed is handled in small steps. links_is_over(): there were more.
 */
int links_open_most(struct links **ret, const struct netns *ns, struct link_roles roles,
		    size_t most, links_fn *fn, void *arg);
bool links_is_over(const struct links *l);

static inline void links_freep(struct links **l)
{
	links_free(*l);
}

/* Reports all links, and then what changed since they were read. -errno as for links_dispatch(). */
int links_listen(struct links *l, links_fn *fn, void *arg);

/*
 * The descriptor is readable when links_dispatch() has work. It never blocks. It returns -errno
 * only if the table can no longer be trusted: then the namespace is not covered any more.
 */
int links_fd(const struct links *l);
int links_dispatch(struct links *l);

const struct netns *links_netns(const struct links *l);
struct link *links_find(const struct links *l, uint32_t ifindex);
struct link *links_find_name(const struct links *l, const char *name);

/*
 * for (link = links_next(l, NULL); link; link = links_next(l, link)): in ascending order of
 * ifindex. link is not valid across a dispatch.
 */
struct link *links_next(const struct links *l, const struct link *after);
size_t links_count(const struct links *l);

/* Whether another interface of the namespace is stacked on it. */
bool links_is_under(const struct links *l, const struct link *link);

/* Grows with every change of the table. What was derived at an older generation is stale. */
uint64_t links_generation(const struct links *l);

/* The same of its tunnels alone: their state, addresses and routes. */
uint64_t links_tunnel_generation(const struct links *l);

/* How often changes were lost and everything was read again. */
uint64_t links_resyncs(const struct links *l);

/* --- the tunnel --- */

unsigned int links_tunnels_up(const struct links *l); /* how many */

/* The ktime when it was found that one had come up, the last time; 0: none has. */
uint64_t links_tunnel_came_up(const struct links *l);

/* Address families of the tunnels that are up. Link-local addresses do not count. */
enum { LINK_FAMILY_4 = 1 << 0, LINK_FAMILY_6 = 1 << 1 };
unsigned int links_tunnel_families(const struct links *l);

/* Whether a route leads into it, be it only to its own network. The local table's do not count. */
bool links_leads_into(const struct links *l, uint32_t ifindex);

/* A range that is a tunnel's: a route into it, or what one of its addresses makes reachable. */
struct links_claim {
	char tunnel[IFNAMSIZ];
	struct link_prefix dst;
	uint32_t table; /* of the route; 0: it is an address's */
};

/* The most specific route into a tunnel that is up which addr takes; table 0: of any table. */
bool links_tunnel_route(const struct links *l, const struct la_addr *addr, uint32_t table,
			struct links_claim *ret);

/* A tunnel that is down, or was up in this run and is gone (the last LINKS_GONE_MAX), and that
 * has led to addr, as far as its routes were seen; NULL: none. addr NULL: anywhere. */
const char *links_tunnel_fallen(const struct links *l, const struct la_addr *addr);

/*
 * The narrowest range with addr that a tunnel claims, so that it is no LAN's: of a tunnel that
 * is up, or fell in this run. Halves of the internet and what is wider claim no LAN.
 */
bool links_claimed(const struct links *l, const struct la_addr *addr, struct links_claim *ret);

/* Whose an address is that no other interface has now: a tunnel's that has it and is up; or
 * one's that had it when it fell (of the last LINKS_PAST_ADDRS in this run). */
#define LINKS_PAST_ADDRS 256
enum links_owner { LINKS_NO_TUNNEL, LINKS_TUNNEL_UP, LINKS_TUNNEL_FALLEN };
enum links_owner links_tunnel_address(const struct links *l, const struct la_addr *addr);
