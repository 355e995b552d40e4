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
#include "report/record.h"

struct spaces;

struct spaces_config {
	struct kernel *kernel;
	const struct policy *policy;
	bool host; /* scope is the host: other namespaces' ways out lead through ours */
	enum tc_mode tc;
	int epfd; /* each namespace's socket goes there ... */
	void *source; /* ... with this as data */
};

/* An interface appeared, changed, or went; a tunnel rose or fell. */
typedef void spaces_fn(void *arg, enum record_action action, const struct record_interface *i);

/* home is the namespace that we run in, links its interfaces, told to nobody yet;
 * both are taken over, also on failure. -errno. */
int spaces_open(struct spaces **ret, const struct spaces_config *cfg, struct netns *home,
		struct links *links, spaces_fn *fn, void *arg);
void spaces_free(struct spaces *s);

static inline void spaces_freep(struct spaces **s)
{
	spaces_free(*s);
}

/* Takes ns over. 0 when it is covered now, or was already. */
int spaces_add(struct spaces *s, struct netns *ns);

/* Attaches TC to every interface that wants it, from now on. To be called when
 * the cgroup's hooks are there: TC would take what they have not judged for its
 * own. The places held there may be NULL. */
void spaces_arm(struct spaces *s, struct places *places);

/* Reads what has changed in any of them. -errno: one can no longer be followed. */
int spaces_dispatch(struct spaces *s);

/* Whether TC hangs wherever it belongs just now; else the interface where it does not. */
bool spaces_covered(const struct spaces *s, const char **ifname);

/* Every second: hooks that others have removed, far ends that have moved. */
void spaces_check(struct spaces *s);

/* Now and then: lets go of namespaces in which no process of the scope is left.
 * To be followed they are held open, and would never end. */
void spaces_leave(struct spaces *s, const struct scope *scope);

/* Takes TC off every interface: before the last counts are read. */
void spaces_detach(struct spaces *s);

/* Addresses of a namespace's exposed interfaces that identify the machine; how many
 * of them were put there. */
size_t spaces_exposed_addrs(const struct spaces *s, uint64_t netns, struct la_addr *to, size_t max);

/* Names stay known after an interface is gone; NULL: never seen. */
const char *spaces_ifname(const struct spaces *s, uint64_t netns, uint32_t ifindex);
uint32_t spaces_slot(const struct spaces *s, uint64_t netns, uint32_t ifindex); /* 0: none */
const char *spaces_slot_name(const struct spaces *s, uint32_t slot);

/* enum la_role_kind, or -ENOENT where the interface was never seen. */
int spaces_role(const struct spaces *s, uint64_t netns, uint32_t ifindex);

/* How many tunnels of the namespace are up. */
unsigned int spaces_tunnels_up(const struct spaces *s, uint64_t netns);

/* NULL where the namespace is not covered. */
struct causes *spaces_causes(const struct spaces *s, uint64_t netns);

/* For the ready event: the interfaces at home. The table belongs to s and is
 * valid until the next call. */
const struct record_interface *spaces_interfaces(struct spaces *s, size_t *n);

/* "tcx", "clsact" or "none" */
const char *spaces_tc_mode(const struct spaces *s);

/* Why the run is not complete; NULL when every hook has been there all along. */
const char *spaces_incomplete(const struct spaces *s);
