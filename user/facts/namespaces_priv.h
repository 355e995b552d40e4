/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by namespaces.c, which has them all, and netns_state.c, which knows one. */
#pragma once

#include <net/if.h>
#include <time.h>

#include "lines.h"
#include "namespaces.h"
#include "network/nl.h"

/* Stays when the interface goes: its name is still needed for its last flows. */
struct iface {
	uint64_t netns;
	uint32_t ifindex;
	char name[IFNAMSIZ];
	uint16_t slot;
	bool alive;
	bool adopted; /* the kernel knew it before us, and we have not met it yet */
	time_t gone; /* namespaces_seconds() */
	struct la_role role;
	struct tc_hook *tc;
	struct link_prefix *onlink; /* as the kernel has them now */
	size_t n_onlink;
	struct line line;
};

/* What the kernel was told for refusing connections. */
struct ways {
	uint64_t generation; /* of the links that it was derived from */
	struct la_addr *locals;
	size_t n_locals;
};

struct netns_state {
	struct namespaces *all;
	struct netns *ns;
	struct links *links;
	struct causes *causes;
	struct ways ways;
	struct nl *counters; /* to ask for them; NULL: not needed yet */
	bool listening; /* what appears from now on is new */
	bool home;
	bool trusted; /* its tunnels are this machine's, and their outer packets' ways too */
	bool inhabited; /* as of the last look */
	bool holders_wanted; /* a tun came up: whose is it? */
};

struct namespaces {
	struct namespaces_config cfg;
	namespaces_fn *fn;
	void *arg;
	struct netns_state **v;
	size_t n;
	struct iface **ifaces; /* index: slot - 1; more than LA_SLOTS share slot 0 */
	size_t n_ifaces;
	struct record_interface *rows;
	struct record_line *lines; /* of interfaces that have no hook any more */
	size_t n_lines;
	bool lines_ready; /* those at the start were read, all at once */
	const char *tc_mode;
	struct tcx_placeholders *placeholders; /* while we begin */
	bool armed; /* TC may be attached */
	bool stale; /* facts have changed since datapath_bump_epoch() */
};

/* One namespace: its interfaces' facts go to the kernel as they change. Takes ns
 * and links (NULL: not read yet) over, also on failure. */
int netns_state_open(struct namespaces *s, struct netns *ns, struct links *links,
		     struct netns_state **ret);
void netns_state_free(struct netns_state *sp);

/* Takes back what the kernel was told of it, and frees it. */
void netns_state_leave(struct netns_state *sp);

/* What its tunnels carry and its own addresses, where they have changed. */
void netns_state_push_families(struct netns_state *sp);
void netns_state_drop_families(struct netns_state *sp);

/* Interfaces as a loader before us has told them, by slot; the one of them with
 * that index, or NULL; and in the end, those that are not there any more. */
void namespaces_adopt(struct namespaces *s);
struct iface *namespaces_adopted(struct namespaces *s, uint64_t netns, uint32_t ifindex);
void namespaces_disown(struct namespaces *s);

/* Which interfaces others send through, after any of them has changed. */
void netns_state_restack(struct netns_state *sp);

/* Whether TC belongs there; and which hook sees leave what is judged on it. */
bool netns_state_wants_tc(const struct netns_state *sp, const struct link *link);
enum la_leaves netns_state_leaves(const struct netns_state *sp, const struct link *link);

/* Puts TC's program where it belongs now, or takes it away. */
void netns_state_place_tc(struct netns_state *sp, const struct link *link, struct iface *i);

/* One walk through /proc for all tun devices that came up since the last. */
void netns_state_find_holders(struct netns_state *sp);

/* To whom the kernel encrypts just now. */
void netns_state_find_ipsec(struct netns_state *sp);

/* What others may have done to an interface, or a tunnel's peers. */
void netns_state_check_link(struct netns_state *sp, struct link *link);

struct record_interface netns_state_describe(const struct netns_state *sp, const struct link *link);

static inline time_t namespaces_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec;
}

void namespaces_incomplete_because(struct namespaces *s, const char *why, const char *name, int r);
