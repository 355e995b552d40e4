/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network namespaces that the scope's processes live in: their interfaces'
 * roles and on-link prefixes as facts for the kernel, TC where it belongs, the
 * tunnels' daemons and far ends.
 */
#pragma once

#include "datapath/attach.h"
#include "cause.h"
#include "network/links.h"
#include "report/completeness.h"
#include "report/record.h"
#include "report/record_lines.h"

struct namespaces;

struct namespaces_config {
	struct datapath *datapath;
	const struct policy *policy;
	bool host; /* scope is the host: other namespaces' ways out lead through ours */
	enum tc_mode tc;
	int epfd; /* each namespace's socket goes there ... */
	void *source; /* ... with this as data */
	struct completeness *completeness; /* gets what could not be covered; borrowed */
};

/* An interface appeared, changed, or went; a tunnel rose or fell. */
typedef void namespaces_fn(void *arg, enum record_action action, const struct record_interface *i);

/* home is the namespace that we run in, links its interfaces, told to nobody yet;
 * both are taken over, also on failure. -errno. */
int namespaces_open(struct namespaces **ret, const struct namespaces_config *cfg,
		    struct netns *home, struct links *links, namespaces_fn *fn, void *arg);
void namespaces_free(struct namespaces *s);

static inline void namespaces_freep(struct namespaces **s)
{
	namespaces_free(*s);
}

/* Takes ns over. 0 when it is covered now, or was already. */
int namespaces_add(struct namespaces *s, struct netns *ns);

/* Attaches TC to every interface that wants it, from now on. To be called when
 * the cgroup's hooks are there: TC would take what they have not judged for its
 * own. The places held there may be NULL. */
void namespaces_arm(struct namespaces *s, struct tcx_placeholders *placeholders);

/* Reads what has changed in any of them. -errno: one can no longer be followed. */
int namespaces_dispatch(struct namespaces *s);

/* Whether TC hangs wherever it belongs just now; else the interface where it does not. */
bool namespaces_covered(const struct namespaces *s, const char **ifname);

/* Every second: hooks that others have removed, far ends that have moved. */
void namespaces_check(struct namespaces *s);

/* Now and then: lets go of namespaces in which no process of the scope is left.
 * To be followed they are held open, and would never end. */
void namespaces_leave(struct namespaces *s, const struct scope *scope);

/*
 * What each interface with TC has counted itself, against what our hooks have seen there since:
 * those where anything moved. It waits some seconds for a device that is behind. To be called
 * once, in the end, while TC is there. The table belongs to s.
 */
struct record_line *namespaces_reconcile(struct namespaces *s, size_t *n);

/* Takes TC off every interface: before the last counts are read. */
void namespaces_detach(struct namespaces *s);

/* Addresses of a namespace's exposed interfaces that identify the machine; how many
 * of them were put there. */
size_t namespaces_exposed_addrs(const struct namespaces *s, uint64_t netns, struct la_addr *to,
				size_t max);

/* Names stay known after an interface is gone; NULL: never seen. */
const char *namespaces_ifname(const struct namespaces *s, uint64_t netns, uint32_t ifindex);
uint32_t namespaces_slot(const struct namespaces *s, uint64_t netns,
			 uint32_t ifindex); /* 0: none */
const char *namespaces_slot_name(const struct namespaces *s, uint32_t slot);

/* enum la_role_kind, or -ENOENT where the interface was never seen. */
int namespaces_role(const struct namespaces *s, uint64_t netns, uint32_t ifindex);

/* How many tunnels of the namespace are up. */
unsigned int namespaces_tunnels_up(const struct namespaces *s, uint64_t netns);

/* NULL where the namespace is not covered. */
struct causes *namespaces_causes(const struct namespaces *s, uint64_t netns);

/* For the ready event: the interfaces at home. The table belongs to s and is
 * valid until the next call. */
const struct record_interface *namespaces_interfaces(struct namespaces *s, size_t *n);

/* "tcx", "clsact" or "none" */
const char *namespaces_tc_mode(const struct namespaces *s);
