/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network namespaces of the scopes' processes. Passes facts to the kernel: interfaces' roles
 * and on-link prefixes, the tunnels' daemons and remote addresses. Attaches TC where it belongs.
 */
#pragma once

#include "datapath/attach.h"
#include "facts/cause.h"
#include "network/links.h"
#include "record/completeness.h"
#include "record/record.h"
#include "record/record_lines.h"

struct namespaces;

struct namespaces_config {
	struct datapath *datapath;
	const struct policy *policy;
	const struct scopes *scopes; /* set by kernel_side_open_namespaces() */
	bool host; /* the scope is the host: traffic of other namespaces leaves through ours */
	enum tc_mode tc;
	bool drop_late; /* what is judged is dropped at TC egress */
	bool once; /* of a guard that nobody will follow: what is not attached at the start never is
		    */
	int epfd; /* gets the socket of each namespace, */
	void *source; /* with this as data */
	struct completeness *completeness; /* gets what could not be covered; borrowed */
};

/* An interface appeared, changed or disappeared; a tunnel came up or went down. */
typedef void namespaces_fn(void *arg, enum record_action action, const struct record_interface *i);

/*
 * home: the namespace that we run in; links: its interfaces, not reported yet. Takes ownership of
 * both, also on failure. -errno.
 */
int namespaces_open(struct namespaces **ret, const struct namespaces_config *cfg,
		    struct netns *home, struct links *links, namespaces_fn *fn, void *arg);
void namespaces_free(struct namespaces *s);

/* Of s, as long as that lives. */
const struct netns *namespaces_home(const struct namespaces *s);

static inline void namespaces_freep(struct namespaces **s)
{
	namespaces_free(*s);
}

/*
 * A process of the scope with that number is in it; 0: of which is not known. Takes ownership of
 * ns. 0 if it is covered now, or was before.
 */
int namespaces_add(struct namespaces *s, struct netns *ns, uint32_t scope);

/*
 * The same of the one with that cookie, if something is mounted by which it is found: those who
 * were in it have ended. -ENOENT; -EAGAIN: not so soon after the last search.
 */
int namespaces_add_mounted(struct namespaces *s, uint64_t cookie);

/*
 * Attaches TC to every interface that wants it, from now on. Call it after the cgroup hooks are
 * attached: before that TC would take packets of the scope for foreign ones. placeholders may be
 * NULL.
 */
void namespaces_arm(struct namespaces *s, struct tcx_placeholders *placeholders);

/* Handles changes in all namespaces. -errno: one can no longer be followed. */
int namespaces_dispatch(struct namespaces *s);

/*
 * Other namespaces than home have their turn after it, and not all at once. namespaces_continue()
 * is to be called after the time that namespaces_wait() returns, in ms as for epoll_wait().
 */
int namespaces_wait(const struct namespaces *s);
void namespaces_continue(struct namespaces *s);

/* Grows when interfaces, or with dropping routes, have changed. */
uint64_t namespaces_changes(const struct namespaces *s);

/* Whether TC is attached everywhere it belongs now. If not, *ifname is an interface without it. */
bool namespaces_covered(const struct namespaces *s, const char **ifname);

/* Call it every second: checks for hooks that others removed and remote addresses that moved. */
void namespaces_check(struct namespaces *s);

/*
 * Call these every second. A process of a scope may have entered its namespace without a socket, by
 * which the kernel would have told. Of other namespaces those with a card of their own are looked
 * for, by which it may send or forward unseen.
 */
void namespaces_meet(struct namespaces *s, pid_t pid, uint32_t scope);
void namespaces_look_around(struct namespaces *s);

/*
 * Call it now and then: closes namespaces in which no process of a scope is left. As long as they
 * are followed they are held open and cannot end.
 */
void namespaces_leave(struct namespaces *s);

/*
 * What each interface with TC has counted itself, against what our hooks have seen there since:
 * those where anything moved. It waits some seconds for a device that is behind. To be called
 * once, in the end, while TC is there. The table belongs to s.
 */
struct record_line *namespaces_reconcile(struct namespaces *s, size_t *n);

/*
 * The same of now, while traffic goes on: what is on its way is not explained yet. Fills in up to
 * max rows of those that there are; returns their number.
 */
size_t namespaces_lines_now(const struct namespaces *s, struct record_line *v, size_t max);

/* Detaches TC from every interface. Call it before the last counts are read. */
void namespaces_detach(struct namespaces *s);

/*
 * Copies up to max addresses of a namespace's exposed interfaces that identify the machine. Returns
 * their number.
 */
size_t namespaces_exposed_addrs(const struct namespaces *s, uint64_t netns, struct la_addr *to,
				size_t max);

/* Whether the process is one that holds a tunnel's device and was proven to carry it. */
bool namespaces_is_daemon(const struct namespaces *s, const struct la_owner *owner);

/* Copies up to max of all addresses of a namespace. Returns their number. */
size_t namespaces_addrs(const struct namespaces *s, uint64_t netns, struct la_addr *to, size_t max);

/* The name stays known after an interface is gone. NULL: never seen. */
const char *namespaces_ifname(const struct namespaces *s, uint64_t netns, uint32_t ifindex);
uint32_t namespaces_slot(const struct namespaces *s, uint64_t netns,
			 uint32_t ifindex); /* 0: none */
const char *namespaces_slot_name(const struct namespaces *s, uint32_t slot);

/* NULL: it is not covered; there is none behind the i-th. They belong to s. */
const struct netns *namespaces_netns(const struct namespaces *s, uint64_t netns);
const struct netns *namespaces_each(const struct namespaces *s, size_t i);

/* An interface of home whose other end is in another namespace. */
struct veth_end {
	uint32_t ifindex;
	uint32_t bridge; /* that it is a port of; 0: of none */
};

/* Copies up to max of them. Returns their number. */
size_t namespaces_ends(const struct namespaces *s, struct veth_end *v, size_t max);

/*
 * The process that holds a tap at home, and when it started, as struct transport_holder has it.
 * -ENODEV: it is no tap. -ESRCH: there are none or several, or its pid is not known. It walks
 * through /proc.
 */
int namespaces_tap_holder(const struct namespaces *s, uint32_t ifindex, uint32_t *tgid,
			  uint64_t *start_ticks);

/* What people call the namespace, also after all have left it; NULL: it is the one that we run in,
 * or was never covered. */
const char *namespaces_name(const struct namespaces *s, uint64_t netns);

/* enum la_role_kind, or -ENOENT where the interface was never seen. */
int namespaces_role(const struct namespaces *s, uint64_t netns, uint32_t ifindex);

/* Whether an interface leads back into this machine, or into a tunnel. */
bool namespaces_leads_inside(const struct namespaces *s, uint64_t netns, uint32_t ifindex);

/* The number of tunnels of the namespace that are up. */
unsigned int namespaces_tunnels_up(const struct namespaces *s, uint64_t netns);

/* NULL: the namespace is not covered, or there is no memory. */
struct causes *namespaces_causes(const struct namespaces *s, uint64_t netns);

/*
 * Whether the cgroup hook judged the flow before the kernel was told of its interface, and it would
 * be no leak by what is known now.
 */
bool namespaces_was_unknown(const struct namespaces *s, const struct la_flow *flow);

/*
 * The names of --tunnel and --exposed that no interface has. The caller frees the rows, which
 * borrow their words. NULL: out of memory. Or says them, with what helps.
 */
struct record_unmatched *namespaces_unmatched(const struct namespaces *s, size_t *n);
void namespaces_warn_unmatched(const struct namespaces *s);

/* The interfaces at home. The table is owned by s and valid until the next call of these two. */
const struct record_interface *namespaces_interfaces(struct namespaces *s, size_t *n);

/* Also those of the other namespaces, as far as they are open, but for their loopback devices. */
const struct record_interface *namespaces_everywhere(struct namespaces *s, size_t *n);

/*
 * Whether something at TC may still stop what our hook has seen leave that was judged on the
 * interface. name has its name.
 */
bool namespaces_is_followed(const struct namespaces *s, uint64_t netns, uint32_t ifindex,
			    char *name, size_t size);

/* "tcx", "clsact" or "none" */
const char *namespaces_tc_mode(const struct namespaces *s);
