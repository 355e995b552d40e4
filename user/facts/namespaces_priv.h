/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by spaces.c, which has them all, and space.c, which knows one. */
#pragma once

#include <net/if.h>
#include <time.h>

#include "namespaces.h"

/* Stays when the interface goes: its name is still needed for its last flows. */
struct iface {
	uint64_t netns;
	uint32_t ifindex;
	char name[IFNAMSIZ];
	uint16_t slot;
	bool alive;
	bool adopted; /* the kernel knew it before us, and we have not met it yet */
	time_t gone; /* spaces_seconds() */
	struct la_role role;
	struct tc_hook *tc;
	struct link_prefix *onlink; /* as the kernel has them now */
	size_t n_onlink;
};

/* What the kernel was told for refusing connections. */
struct ways {
	uint64_t generation; /* of the links that it was derived from */
	struct la_addr *locals;
	size_t n_locals;
};

struct space {
	struct spaces *all;
	struct netns *ns;
	struct links *links;
	struct causes *causes;
	struct ways ways;
	bool home;
	bool trusted; /* its tunnels are this machine's, and their outer packets' ways too */
	bool inhabited; /* as of the last look */
	bool holders_wanted; /* a tun came up: whose is it? */
};

struct spaces {
	struct spaces_config cfg;
	spaces_fn *fn;
	void *arg;
	struct space **v;
	size_t n;
	struct iface **ifaces; /* index: slot - 1; more than LA_SLOTS share slot 0 */
	size_t n_ifaces;
	struct record_interface *rows;
	const char *tc_mode;
	struct places *places; /* while we begin */
	char incomplete[160];
	bool armed; /* TC may be attached */
	bool stale; /* facts have changed since kernel_new_facts() */
};

/* One namespace: its interfaces' facts go to the kernel as they change. Takes ns
 * and links (NULL: not read yet) over, also on failure. */
int space_open(struct spaces *s, struct netns *ns, struct links *links, struct space **ret);
void space_free(struct space *sp);

/* Takes back what the kernel was told of it, and frees it. */
void space_leave(struct space *sp);

/* What its tunnels carry and its own addresses, where they have changed. */
void space_push_ways(struct space *sp);
void space_drop_ways(struct space *sp);

/* Interfaces as a loader before us has told them, by slot; the one of them with
 * that index, or NULL; and in the end, those that are not there any more. */
void spaces_adopt(struct spaces *s);
struct iface *spaces_adopted(struct spaces *s, uint64_t netns, uint32_t ifindex);
void spaces_disown(struct spaces *s);

/* Which interfaces others send through, after any of them has changed. */
void space_restack(struct space *sp);

/* Puts TC's program where it belongs now, or takes it away. */
void space_place_tc(struct space *sp, const struct link *link, struct iface *i);

/* One walk through /proc for all tun devices that came up since the last. */
void space_find_holders(struct space *sp);

/* To whom the kernel encrypts just now. */
void space_find_ipsec(struct space *sp);

/* What others may have done to an interface, or a tunnel's peers. */
void space_check_link(struct space *sp, struct link *link);

struct record_interface space_describe(const struct space *sp, const struct link *link);

static inline time_t spaces_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec;
}

void spaces_incomplete_because(struct spaces *s, const char *why, const char *name, int r);
