/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces of one network namespace, live: names, roles, state, on-link
 * prefixes, and what follows from them for the tunnel.
 *
 * One rtnetlink socket carries both the dumps and the changes, so that they
 * arrive in the order in which they happened. When the kernel could not queue
 * all changes (ENOBUFS) everything is dumped again and compared: the callback
 * then says what is different, and nothing has been missed for good.
 */
#pragma once

#include "link.h"
#include "netns.h"

struct links;

/* The names go into records as they are (record_interface.change). */
#define LINK_CHANGES(X)                                                     \
	X(UNCHANGED, NULL)                                                  \
	X(NEW, "new") /* followed by UP if it is up already */              \
	X(GONE, "gone") /* preceded by DOWN if it was up */                 \
	X(RENAMED, "renamed") /* old->name; a change of role comes after */ \
	X(ROLE, "role") /* old->role */                                     \
	X(UP, "up")                                                         \
	X(DOWN, "down")                                                     \
	X(ONLINK, "onlink") /* link->onlink is another set now */           \
	X(PLACE, "place") /* link_wants_tc() or l2_len has changed */

enum link_change {
#define X(sym, name) LINK_##sym,
	LINK_CHANGES(X)
#undef X
};

const char *link_change_name(enum link_change c);

/* What a change replaced. */
struct link_old {
	const char *name;
	enum la_role_kind role;
};

/*
 * Called from links_open() and links_dispatch(). The table is already in the
 * new state, except that a link is still in it while its GONE is reported.
 * Of several changes at once the order is RENAMED, ROLE, PLACE, ONLINK, UP or
 * DOWN; NEW comes with everything known and is not followed by ROLE, PLACE or
 * ONLINK. links_free() calls nothing.
 */
typedef void links_fn(void *arg, struct links *l, struct link *link, enum link_change change,
		      const struct link_old *old);

/* ns and the roles' arg are borrowed and outlive the table. Without fn it is read already,
 * and told to nobody before links_listen(). */
int links_open(struct links **ret, const struct netns *ns, struct link_roles roles, links_fn *fn,
	       void *arg);
void links_free(struct links *l);

static inline void links_freep(struct links **l)
{
	links_free(*l);
}

/* Tells all that is there, and then what has changed since it was read. -errno as
 * links_dispatch() has it. */
int links_listen(struct links *l, links_fn *fn, void *arg);

/* Readable when links_dispatch() has work. Never blocks. -errno only when the
 * table can no longer be trusted: then the namespace is not covered any more. */
int links_fd(const struct links *l);
int links_dispatch(struct links *l);

const struct netns *links_netns(const struct links *l);
struct link *links_find(const struct links *l, uint32_t ifindex);
struct link *links_find_name(const struct links *l, const char *name);

/* for (link = links_next(l, NULL); link; link = links_next(l, link)): by
 * ascending ifindex. Not across a dispatch. */
struct link *links_next(const struct links *l, const struct link *after);

/* Grows with every change of the table: what was derived from it is stale. */
uint64_t links_generation(const struct links *l);

/* The same of its tunnels alone: their state, addresses and routes. */
uint64_t links_tunnel_generation(const struct links *l);

/* How often changes were lost and everything was read again. */
uint64_t links_resyncs(const struct links *l);

/* --- the tunnel --- */

unsigned int links_tunnels_up(const struct links *l); /* how many */

/* Families that the tunnels which are up have usable addresses of. */
enum { LINK_FAMILY_4 = 1 << 0, LINK_FAMILY_6 = 1 << 1 };
unsigned int links_tunnel_families(const struct links *l);

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
