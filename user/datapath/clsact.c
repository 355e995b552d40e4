/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clsact.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "host/proc.h"
#include "tc_filter.h"

static struct bpf_tc_hook hook_of(const struct clsact *c)
{
	return (struct bpf_tc_hook){ .sz = sizeof(struct bpf_tc_hook),
				     .ifindex = (int)c->ifindex,
				     .attach_point = c->ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS };
}

static uint32_t priority_of(const struct clsact *c)
{
	return c->last ? CLSACT_LAST : CLSACT_PRIORITY;
}

int clsact_make(const struct clsact *c)
{
	struct bpf_tc_hook hook = hook_of(c);

	return bpf_tc_hook_create(&hook);
}

struct users {
	const struct clsact *own; /* which does not count; NULL: it is not in that direction */
	bool others;
};

/* A tc_filter_fn. Our own priority has a message that is no filter. */
static void take_user(void *users, const struct tc_filter *f)
{
	struct users *u = users;

	if (!u->own || f->priority != priority_of(u->own) ||
	    (f->handle && f->handle != u->own->handle))
		u->others = true;
}

static bool is_used(struct nl *nl, const struct clsact *c, bool ingress)
{
	struct users u = { .own = ingress == c->ingress ? c : NULL };
	uint32_t minor = ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS;

	return tc_filters(nl, c->ifindex, TC_H_MAKE(TC_H_CLSACT, minor), take_user, &u) || u.others;
}

int clsact_unmake(const struct netns *here, const struct clsact *c)
{
	_cleanup_(nl_freep) struct nl *nl = NULL;
	struct bpf_tc_hook hook = hook_of(c);
	int r = nl_open(&nl, here, NETLINK_ROUTE, 0);

	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS; /* the discipline itself */
	if (r)
		return r;
	return is_used(nl, c, false) || is_used(nl, c, true) ? -EBUSY : bpf_tc_hook_destroy(&hook);
}

int clsact_attach(struct clsact *c, int prog)
{
	struct bpf_tc_hook hook = hook_of(c);
	LIBBPF_OPTS(bpf_tc_opts, opts, .priority = priority_of(c), .prog_fd = prog);
	int r = bpf_tc_attach(&hook, &opts);

	c->handle = opts.handle; /* chosen by the kernel */
	c->prog_id = opts.prog_id;
	return r;
}

int clsact_detach(const struct clsact *c)
{
	struct bpf_tc_hook hook = hook_of(c);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = c->handle, .priority = priority_of(c));

	return bpf_tc_detach(&hook, &opts);
}

int clsact_alive(const struct clsact *c)
{
	struct bpf_tc_hook hook = hook_of(c);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = c->handle, .priority = priority_of(c));
	int r = bpf_tc_query(&hook, &opts);

	return r ?: opts.prog_id == c->prog_id ? 0 : -ENOENT;
}

void clsact_pin(const struct clsact *c, uint64_t netns, char *name, size_t size)
{
	snprintf(name, size, "clsact%s_%llx_%u_%x_%u", c->ingress ? "in" : "",
		 (unsigned long long)netns, c->ifindex, c->handle, c->prog_id);
}

bool clsact_parse(const char *name, uint64_t *netns, struct clsact *c)
{
	unsigned long long cookie;

	*c = (struct clsact){ .ingress = !strncmp(name, "clsactin_", 9) };
	if (sscanf(name, c->ingress ? "clsactin_%llx_%u_%x_%u" : "clsact_%llx_%u_%x_%u", &cookie,
		   &c->ifindex, &c->handle, &c->prog_id) != 4)
		return false;
	*netns = cookie;
	return true;
}

/* --- deleting filters left by a guard --- */

struct deletion {
	uint64_t netns;
	struct clsact filter;
};

static int delete_here(void *arg)
{
	const struct deletion *d = arg;

	return clsact_alive(&d->filter) ? 0 : clsact_detach(&d->filter);
}

/* Returns 1 if it was that namespace. */
static int delete_in(struct deletion *d, struct netns *ns)
{
	int r = ns->cookie == d->netns;

	if (r)
		netns_run(ns, delete_here, d);
	netns_free(ns);
	return r;
}

static int delete_of(void *arg, pid_t pid)
{
	struct netns *ns;

	return netns_open_pid(&ns, pid) ? 0 : delete_in(arg, ns);
}

void clsact_release(const char *dir)
{
	_cleanup_(closedirp) DIR *d = opendir(dir);
	const struct dirent *e;
	struct deletion del;
	struct netns *self;

	while (d && (e = readdir(d))) {
		if (!clsact_parse(e->d_name, &del.netns, &del.filter))
			continue;
		if (netns_open_self(&self) || !delete_in(&del, self))
			proc_each(delete_of, &del);
	}
}
