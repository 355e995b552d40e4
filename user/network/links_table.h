/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internals of the table of links, for links*.c only. */
#pragma once

#include "links.h"
#include "nl.h"

/* A link, and what was last reported of it. */
struct entry {
	struct link link; /* the first member: the caller's pointer is converted back */
	uint64_t sweep; /* number of the last dump or change that had it */
	bool announced, gone, onlink_changed;
	bool request; /* request it again, see check_pair() */
	char name[IFNAMSIZ];
	enum la_role_kind role;
	bool up, wants_tc;
	uint8_t l2_len;
};

struct links {
	struct nl *nl;
	const struct netns *ns;
	struct link_roles roles;
	links_fn *fn;
	void *arg;
	struct entry **v; /* ordered by ifindex */
	size_t n;
	uint64_t sweep, generation, resyncs;
	bool changed; /* since the last report */
	bool moved; /* addresses, roles or stacking have changed */
	bool lost; /* the kernel has dropped changes */
	bool request; /* at least one entry has ask set */
	bool ever_up;
	struct la_addr past[LINKS_PAST_ADDRS]; /* a ring buffer */
	size_t n_past;
};

void links_entry_free(struct entry *e);

/* Call it after messages were handled: reports all changes. */
int links_report_changes(struct links *l);

/* Remembers the addresses of a tunnel, and whether it was ever up. */
void links_remember_tunnel(struct links *l, const struct entry *e);

/* Whether the namespace has PPPoE sessions. */
bool links_has_pppoe(const struct netns *ns);
