/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaches programs: to the scopes' cgroups, and to TC of each interface. */
#pragma once

#include "datapath.h"
#include "network/netns.h"
#include "tcx_placeholders.h"

/* In the name of a pin: before the number of the scope whose hook it is, if it is not the first. */
#define SCOPE_PIN "_of_"

/*
 * TC_MANY, for more interfaces than TC_MANY_FROM, is none that a user chooses: by clsact, which
 * does not wait as tcx does, where nobody has anything at TC of the interface; else by tcx, which
 * is before what others have.
 */
#define TC_MANY_FROM 32
enum tc_mode { TC_AUTO, TC_TCX, TC_CLSACT, TC_MANY };

/* What a hook at TC is for. */
enum tc_task {
	TC_JUDGES, /* egress: what leaves */
	TC_NOTES, /* ingress: who sends what comes in to be forwarded, see bpf/origin.bpf.h */
	TC_LOOPS, /* egress of the loopback device: frames that come in again, see bpf/loop.bpf.h */
};

/* Names of those that a user chooses, ending with NULL. */
extern const char *const tc_modes[];

/*
 * Attaches what reports processes that move between cgroups, and loads the iterator over open
 * files. Both are for the whole machine, whatever the scope's cgroup: call it once.
 */
int attach_processes(struct datapath *k, struct fault *f);
void detach_processes(struct datapath *k);

/*
 * Attaches the hooks of the cgroup of the scope with that number: owners first, then (if not done
 * before) a scan for existing holders, then packets, so that each packet seen has an owner. The
 * hooks of a cgroup around it would see each packet a second time: it must have none.
 */
int attach_cgroup(struct datapath *k, const struct scope *scope, uint32_t number, struct fault *f);
void detach_cgroups(struct datapath *k);

/* Attaches what was left out as long as nothing needed it. Call it now and then. */
int attach_needed(struct datapath *k, struct fault *f);

/* Detaches those of one scope. False: it had none. */
bool attach_release(struct datapath *k, uint32_t number);

/*
 * Call attach_leave() when the cgroup of that scope was removed. Sockets created in it may exist
 * longer: its hooks stay, and the kernel detaches them with the last of these sockets. False: there
 * are too many such cgroups, and its sockets are not watched. attach_forget() closes links that
 * were detached.
 */
bool attach_leave(struct datapath *k, uint32_t number);
void attach_forget(struct datapath *k);

/*
 * attach_share() returns a descriptor of the first scope's egress hook for the caller, or -errno.
 * attach_gone() tells whether such a hook is detached, since the cgroup and all sockets created in
 * it are gone.
 */
int attach_share(const struct datapath *k);
bool attach_gone(int link);

/*
 * Whether all hooks of a scope are still attached. Others can detach a link, and removing its
 * cgroup does.
 */
bool attach_alive(const struct datapath *k, uint32_t number);

/* Whether TC can be attached in that mode. -EOPNOTSUPP: the kernel lacks it. */
int attach_check(struct datapath *k, enum tc_mode mode, struct fault *f);

/*
 * Scans all open files again for sockets of the scope. Calls fn, unless NULL, for each that may
 * bypass the hooks.
 */
typedef void held_fn(void *arg, const struct la_held *held);
int attach_scan(struct datapath *k, held_fn *fn, void *arg);

/*
 * The same in steps of a millisecond or two: a hundred thousand open files take 0.1 s. A step
 * returns 1 if there is more; else the scan has ended, and with -errno failed. pid: the process
 * that alone is looked at, which tells of no holder that it has gone; 0: all are. -EOPNOTSUPP: the
 * kernel cannot look at one, before 6.1.
 * attach_scan_changed(): whether scans have changed what is known of a socket since it was asked
 * last.
 */
int attach_scan_begin(struct datapath *k, pid_t pid);
int attach_scan_step(struct datapath *k, held_fn *fn, void *arg);
bool attach_scan_changed(struct datapath *k);

/* Notes who is in the scopes now. Later comers are noted by the kernel. */
int attach_members(struct datapath *k, struct fault *f);

/*
 * Takes a process outside of the scopes into that one: what its sockets send is judged at TC
 * egress. -EOPNOTSUPP: what is pinned cannot.
 */
int attach_take(struct datapath *k, uint32_t tgid, uint64_t start_ticks, uint32_t scope);

/* Where a hook is wanted, and how. */
struct tc_hook;
struct tc_wish {
	const struct netns *ns;
	uint32_t ifindex;
	enum tc_task task;
	enum tc_mode mode; /* auto tries tcx and falls back to clsact */
	struct tcx_placeholders *placeholders; /* NULL: there are none */
	const struct tc_hook *beside; /* another one of ours at that interface; NULL */
};
/* -EBUSY: the discipline "ingress", which knows nothing of what leaves, has the place of clsact. */
int tc_attach(struct datapath *k, const struct tc_wish *w, struct tc_hook **ret);
void tc_detach(struct tc_hook *h);

/*
 * The same later: returns a descriptor whose closing detaches it, which waits for RCU. -1: it is
 * detached.
 */
int tc_detach_later(struct tc_hook *h);

/*
 * What may still stop, behind the hook, a packet that it drops. False: nothing. It is asked anew.
 * name has its name.
 */
bool tc_hook_is_followed(const struct tc_hook *h, char *name, size_t size);

/*
 * Whether something of others has come before the hook: what that sends on is not seen. look: at
 * its namespace. name has its name.
 */
struct tc_look;
bool tc_hook_is_preceded(const struct tc_hook *h, struct tc_look *look, char *name, size_t size);

/*
 * A hook by tcx goes with its interface into another namespace. tc_hook_is_at() tells whether it is
 * at that one now, tc_hook_is_anywhere() whether it is at any. tc_settle() makes it one of its new
 * namespace, without a moment between.
 */
bool tc_hook_is_at(const struct tc_hook *h, const struct netns *ns, uint32_t ifindex);
bool tc_hook_is_anywhere(const struct tc_hook *h);
int tc_settle(struct tc_hook *h, const struct netns *ns, uint32_t ifindex);

/* "tcx" or "clsact" */
const char *tc_hook_mode(const struct tc_hook *h);

/* Call it when the namespace is left: unloads its instance of the program. */
void tc_forget(struct datapath *k, const struct netns *ns);

/*
 * Whether it is still attached: others may remove a qdisc. With late dropping, whether it is where
 * it belongs.
 */
bool tc_hook_alive(const struct tc_hook *h);
