/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hooks.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "guards.h"
#include "namespaces/kernel_side.h"
#include "base/util.h"

/* A test has some hundred events. */
#define RING_SIZE (128U << 10)

#define REFUSED_MAX 64

#define DROP_ALL ((1U << LA_CLASS_MAX) - 1)

struct probe_hooks {
	/*
	 * Lists are borrowed, but nothing is exempt: packets that would not count as leaks must not
	 * get out either.
	 */
	struct policy policy;
	struct scope *target; /* the scope whose policy is tested; NULL: the host */
	struct probe_cgroup cgroup;
	struct kernel_side kernel; /* its only scope is the test's own cgroup */
	struct probe_guards *guards;
	pid_t pid;
	int epfd;
	struct la_flow refused[REFUSED_MAX];
	size_t n_refused;
	struct completeness completeness; /* not used, see probe_hooks_check() */
};

/* --- setting up --- */

/* The first process of the scope: the test runs in its network namespace. */
static int first_pid(void *arg, pid_t pid)
{
	pid_t *first = arg;

	*first = pid;
	return -ECANCELED; /* end the walk */
}

/* For good: all that follows, the interfaces, TC and the probes, is in there. */
static int enter_netns(struct probe_hooks *h, struct fault *f)
{
	_cleanup_(netns_freep) struct netns *ns = NULL;
	int r;

	if (!h->pid)
		scope_pids(h->target, first_pid, &h->pid);
	if (!h->pid) /* no process there: test as if it were started from here */
		return 0;
	r = netns_open_pid(&ns, h->pid) ?: netns_enter(ns);
	return r ? fault_say(f, r, "cannot enter the network namespace of process %d: %s",
			     (int)h->pid, strerror(-r))
		 : 0;
}

static int open_cgroup(struct probe_hooks *h, const struct probe_hooks_config *cfg, struct fault *f)
{
	int r = 0;

	if (cfg->target.by == SCOPE_PID)
		/* scope_open() has checked that it is a number */
		h->pid = (pid_t)atoi(cfg->target.arg);
	if (cfg->target.by != SCOPE_HOST) {
		r = scope_open(&h->target, cfg->target.by, cfg->target.arg, f);
		if (!r)
			r = enter_netns(h, f);
		if (r)
			return r;
	}
	r = probe_cgroup_make(&h->cgroup, h->target);
	if (r)
		return fault_say(f, r, "cannot make a cgroup for the probes below %s: %s",
				 h->target ? h->target->path : "our own", strerror(-r));
	r = scope_open(&h->kernel.scopes.v[0], SCOPE_CGROUP, h->cgroup.path, f);
	h->kernel.scopes.n = !r;
	return r;
}

static void on_event(void *arg, const struct la_event_hdr *hdr)
{
	const struct la_event_flow *e = (const void *)hdr;
	struct probe_hooks *h = arg;

	if (hdr->kind == LA_KIND_NOTICE && e->flow.hook == LA_HOOK_CONNECT &&
	    h->n_refused < REFUSED_MAX)
		h->refused[h->n_refused++] = e->flow;
}

static void on_interface(void *arg, enum record_action action, const struct record_interface *i)
{
	(void)arg;
	(void)action;
	(void)i;
}

/* As watch brings it up, but that the cgroup and its hooks are of this test alone. */
static int open_kernel_side(struct probe_hooks *h, const struct probe_hooks_config *cfg,
			    struct fault *f)
{
	struct datapath_config kc = {
		.policy = &h->policy,
		.buffer = RING_SIZE,
		.btf = cfg->btf,
		.no_payload = true,
		/* connections must reach the hooks, which show where each would leave */
		.no_refusals = true,
		.drop_late = cfg->drop,
	};
	struct namespaces_config sc = {
		.policy = &h->policy,
		.tc = cfg->tc,
		.drop_late = cfg->drop,
		.epfd = h->epfd,
		.completeness = &h->completeness,
	};
	struct kernel_side *k = &h->kernel;
	int r = kernel_side_read_home(k, &h->policy, f);

	if (!r)
		r = kernel_side_load(k, &kc, on_event, h, f);
	if (!r)
		r = kernel_side_open_namespaces(k, &sc, on_interface, h, f);
	if (!r)
		r = kernel_side_attach_scope(k, 0, f);
	if (r)
		return r;
	kernel_side_arm(k);
	namespaces_warn_unmatched(k->namespaces);
	return datapath_add_free_ids(k->datapath);
}

int probe_hooks_open(struct probe_hooks **ret, const struct probe_hooks_config *cfg,
		     struct fault *f)
{
	_cleanup_(probe_hooks_freep) struct probe_hooks *h = calloc(1, sizeof(*h));
	int r;

	fault_clear(f);
	if (!h)
		return -ENOMEM;
	h->cgroup = (struct probe_cgroup){ .parent = -1, .fd = -1 };
	h->policy = policy_without_exemptions(cfg->policy);
	h->policy.drop = cfg->drop ? DROP_ALL : 0;
	h->epfd = epoll_create1(EPOLL_CLOEXEC);
	r = open_cgroup(h, cfg, f);
	if (!r)
		r = open_kernel_side(h, cfg, f);
	if (r)
		return fault_unsaid(f, r, "cannot set up: %s", strerror(-r));
	*ret = take_ptr(h);
	return 0;
}

void probe_hooks_free(struct probe_hooks *h)
{
	if (!h)
		return;
	probe_guards_free(h->guards);
	kernel_side_close(&h->kernel);
	probe_cgroup_remove(&h->cgroup);
	scope_free(h->target);
	closep(&h->epfd);
	free(h); /* the policy's lists are the caller's */
}

int probe_hooks_check(struct probe_hooks *h, struct fault *f)
{
	const char *why = NULL, *ifname = NULL;
	int r;

	h->n_refused = 0;
	probe_guards_free(take_ptr(h->guards));
	r = probe_guards_open(&h->guards, scopes_first(&h->kernel.scopes)->fd);
	if (r)
		return fault_say(f, r, "cannot find out what programs the cgroup has: %s",
				 strerror(-r));
	namespaces_dispatch(h->kernel.namespaces);
	namespaces_check(h->kernel.namespaces);
	if (!attach_alive(h->kernel.datapath, 1))
		why = "another process detached a hook of the probes' cgroup";
	else if (!namespaces_covered(h->kernel.namespaces, &ifname))
		why = "nothing can be stopped at TC of";
	if (!why)
		return 0;
	return fault_say(f, -ENOLINK, "no probe was sent: %s%s%s", why, ifname ? " " : "",
			 ifname ?: "");
}

/* --- results of the hooks --- */

const struct datapath *probe_hooks_datapath(const struct probe_hooks *h)
{
	return h->kernel.datapath;
}

const struct probe_cgroup *probe_hooks_cgroup(const struct probe_hooks *h)
{
	return &h->cgroup;
}

const struct netns *probe_hooks_netns(const struct probe_hooks *h)
{
	return namespaces_home(h->kernel.namespaces);
}

pid_t probe_hooks_pid(const struct probe_hooks *h)
{
	return h->pid;
}

const char *probe_hooks_scope(const struct probe_hooks *h)
{
	return h->target && !h->target->host ? h->target->path : "host";
}

const char *probe_hooks_ifname(const struct probe_hooks *h, uint32_t ifindex)
{
	return namespaces_ifname(h->kernel.namespaces, probe_hooks_netns(h)->cookie, ifindex);
}

void probe_hooks_drain(struct probe_hooks *h)
{
	datapath_events(h->kernel.datapath);
}

static bool is_of(const struct probe_attempt *r, uint64_t cookie)
{
	uint32_t i;

	for (i = 0; i < MIN(r->n_socks, (uint32_t)PROBE_SOCKS_MAX); i++)
		if (cookie && r->socks[i].cookie == cookie)
			return true;
	return false;
}

const struct la_flow *probe_hooks_flow(const struct probe_hooks *h, const struct probe_attempt *r)
{
	const struct la_flow *harmless = NULL, *table;
	uint32_t n, i;

	table = datapath_flows(h->kernel.datapath, &n);
	for (i = 0; i < n; i++) {
		const struct la_flow *f = &table[i];

		if (f->state != LA_FLOW_LIVE || !is_of(r, f->key.cookie))
			continue;
		if (record_ends(f).judged.packets)
			return f;
		harmless = f;
	}
	return harmless;
}

const struct la_flow *probe_hooks_stray(const struct probe_hooks *h, const struct probe_attempt *r,
					size_t count)
{
	const struct la_flow *table;
	uint32_t n, i;
	size_t k;

	table = datapath_flows(h->kernel.datapath, &n);
	for (i = 0; i < n; i++) {
		if (table[i].state != LA_FLOW_LIVE || !record_ends(&table[i]).judged.packets)
			continue;
		for (k = 0; k < count && !is_of(&r[k], table[i].key.cookie); k++)
			;
		if (k == count)
			return &table[i];
	}
	return NULL;
}

const struct la_flow *probe_hooks_refused(const struct probe_hooks *h, const struct probe *p)
{
	uint8_t proto = p->kind->transport == PROBE_TCP ? IPPROTO_TCP : IPPROTO_UDP;
	size_t i;

	for (i = 0; i < h->n_refused; i++) {
		const struct la_flow_key *k = &h->refused[i].key;

		if (addr_equal(&k->daddr, &p->to) && k->dport == p->port && k->proto == proto)
			return &h->refused[i];
	}
	return NULL;
}

const struct probe_guards *probe_hooks_guards(const struct probe_hooks *h)
{
	return h->guards;
}

/*
 * What we drop at TC egress, or others anywhere, counts as lost. Where that cannot be seen, it
 * counts as left at least. What we let out is not lost.
 */
static uint64_t flow_pending(const struct probe_hooks *h, const struct la_flow *f)
{
	uint64_t judged = f->packets + f->dropped_packets + f->exempt_packets;
	uint64_t over = h->policy.drop ? MAX(f->left_packets, (uint64_t)f->lost_packets)
				       : f->left_packets + f->lost_packets;

	if (f->state != LA_FLOW_LIVE || f->hook != LA_HOOK_CGROUP || f->flags & LA_FF_UNSEEN)
		return 0;
	return judged > over ? judged - over : 0;
}

uint64_t probe_hooks_pending(const struct probe_hooks *h)
{
	const struct la_flow *table;
	uint64_t pending = 0;
	uint32_t n, i;

	table = datapath_flows(h->kernel.datapath, &n);
	for (i = 0; i < n; i++)
		pending += flow_pending(h, &table[i]);
	return pending;
}

bool probe_hooks_followed(const struct probe_hooks *h, uint32_t ifindex, char *name, size_t size)
{
	return namespaces_is_followed(h->kernel.namespaces, probe_hooks_netns(h)->cookie, ifindex,
				      name, size);
}

bool probe_hooks_watched(const struct probe_hooks *h)
{
	return probe_guards_any(h->guards);
}

const char *probe_hooks_foreign(const struct probe_hooks *h)
{
	return probe_guards_foreign(h->guards);
}

void probe_hooks_cause(struct probe_hooks *h, const struct la_flow *flow, struct cause *ret)
{
	struct causes *causes;

	namespaces_dispatch(h->kernel.namespaces);
	causes = namespaces_causes(h->kernel.namespaces, probe_hooks_netns(h)->cookie);
	*ret = (struct cause){ 0 };
	if (causes)
		cause_of(causes, flow, ret);
}

void probe_hooks_forget(struct probe_hooks *h)
{
	struct la_flow *table;
	uint32_t n, i;

	/* no process of the test sends now */
	table = datapath_flows(h->kernel.datapath, &n);
	for (i = 0; i < n; i++) {
		if (table[i].state != LA_FLOW_LIVE)
			continue;
		datapath_unlink_flow(h->kernel.datapath, i);
		__atomic_store_n(&table[i].state, LA_FLOW_FREE, __ATOMIC_RELEASE);
		datapath_free_flow(h->kernel.datapath, i);
	}
}
