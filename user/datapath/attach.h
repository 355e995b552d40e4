/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the programs hang: the scope's cgroup, and TC of each interface. */
#pragma once

#include "datapath.h"
#include "network/netns.h"
#include "tcx_placeholders.h"

enum tc_mode { TC_AUTO, TC_TCX, TC_CLSACT };

/* Names of enum tc_mode, NULL-terminated. */
extern const char *const tc_modes[];

/* What tells of processes that move between cgroups, and what looks through the open
 * files: the machine's, whatever the scope's cgroup is. Once is enough. */
int attach_processes(struct datapath *k, struct fault *f);
void detach_processes(struct datapath *k);

/* Hooks of the cgroup: owners first, then (if it was not done before) who holds what
 * already, then the packets, so that each packet seen has an owner. */
int attach_cgroup(struct datapath *k, const struct scope *scope, struct fault *f);
void detach_cgroup(struct datapath *k);

/* That cgroup is gone, but for the sockets that were born in it: its hooks go on, and
 * the kernel takes them away with the last of these. False: there are too many such
 * cgroups, and its sockets are not watched. attach_forget() lets go of what is away. */
bool attach_leave(struct datapath *k, uint64_t id);
void attach_forget(struct datapath *k);

/* A descriptor of one's own for the hook that judges what leaves, or -errno; and whether
 * such a hook hangs nowhere any more, as the cgroup and all that was born in it is gone. */
int attach_share(const struct datapath *k);
bool attach_gone(int link);

/* Whether all of them still hang there: a link can be detached by others, and is
 * when its cgroup goes. */
bool attach_alive(const struct datapath *k);

/* Whether TC can be attached as asked: -EOPNOTSUPP if the kernel lacks it. */
int attach_check(struct datapath *k, enum tc_mode mode, struct fault *f);

/* Looks once more through all open files for the sockets of the scope, and calls fn,
 * unless NULL, for each that may send past the hooks. */
typedef void held_fn(void *arg, const struct la_held *held);
int attach_scan(struct datapath *k, held_fn *fn, void *arg);

/* TC egress of one interface. auto tries tcx and falls back to clsact; placeholders, which
 * may be NULL, are where tcx has one held. */
struct tc_hook;
int tc_attach(struct datapath *k, const struct netns *ns, uint32_t ifindex, enum tc_mode mode,
	      struct tcx_placeholders *placeholders, struct tc_hook **ret);
void tc_detach(struct tc_hook *h);

/* "tcx" or "clsact" */
const char *tc_hook_mode(const struct tc_hook *h);

/* The namespace is left: its own instance of the program is unloaded. */
void tc_forget(struct datapath *k, const struct netns *ns);

/* Whether it still hangs there: others may remove a qdisc. */
bool tc_hook_alive(const struct tc_hook *h);
