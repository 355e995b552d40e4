/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_side.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "apart/apart.h"

/* Programs may still run on another CPU when their hook is detached. */
#define DETACH_GRACE_US 20000

static int unread(int r, struct fault *f)
{
	return fault_say(f, r, "cannot read the interfaces of this network namespace: %s",
			 strerror(-r));
}

int kernel_side_read_home(struct kernel_side *k, const struct policy *policy, struct fault *f)
{
	int r = netns_open_self(&k->home) ?: apart_begin();

	if (!r)
		r = links_open(&k->links, k->home, policy_roles(policy, true), NULL, NULL);
	return r ? unread(r, f) : 0;
}

void kernel_side_hold_places(struct kernel_side *k)
{
	tcx_placeholders_hold(&k->placeholders, k->links);
}

int kernel_side_load(struct kernel_side *k, struct datapath_config *cfg, datapath_event_fn *fn,
		     void *arg, struct fault *f)
{
	cfg->scopes = &k->scopes;
	cfg->home_netns = k->home->cookie;
	return datapath_open(&k->datapath, cfg, fn, arg, f);
}

int kernel_side_open_namespaces(struct kernel_side *k, struct namespaces_config *cfg,
				namespaces_fn *fn, void *arg, struct fault *f)
{
	int r;

	cfg->datapath = k->datapath;
	cfg->scopes = &k->scopes;
	r = namespaces_open(&k->namespaces, cfg, take_ptr(k->home), take_ptr(k->links), fn, arg);
	return r ? unread(r, f) : attach_check(k->datapath, cfg->tc, f);
}

int kernel_side_attach(struct kernel_side *k, struct fault *f)
{
	return attach_processes(k->datapath, f);
}

/* Detaches hooks at cgroups within that one. */
static int release_within(struct kernel_side *k, size_t outer)
{
	int released = 0;
	size_t i;

	for (i = 0; i < k->scopes.n; i++)
		if (i != outer && k->scopes.v[i]->fd >= 0 && scopes_around(&k->scopes, i))
			released |= attach_release(k->datapath, (uint32_t)i + 1);
	return released;
}

int kernel_side_attach_scope(struct kernel_side *k, size_t i, struct fault *f)
{
	const struct scope *s = k->scopes.v[i];
	uint32_t number = (uint32_t)i + 1;
	int r = datapath_set_scope(k->datapath, s, number);

	if (r == -E2BIG) {
		fault_say(f, r, "the cgroups to be watched are at more than %d depths",
			  LA_SCOPE_LEVELS);
		return fault_help(f, r, "start one leakaudit for each");
	}
	if (r)
		return fault_say(f, r, "cannot set cgroup %s: %s", s->path, strerror(-r));
	if (scopes_around(&k->scopes, i)) {
		r = attach_processes(k->datapath, f);
		return r ?: attach_members(k->datapath, f);
	}
	r = attach_cgroup(k->datapath, s, number, f);
	return r ?: release_within(k, i);
}

void kernel_side_arm(struct kernel_side *k)
{
	datapath_bump_epoch(k->datapath);
	namespaces_arm(k->namespaces, k->placeholders);
	tcx_placeholders_free(take_ptr(k->placeholders));
}

void kernel_side_detach(struct kernel_side *k)
{
	/* what was judged goes on to TC, which stays until it has left */
	detach_cgroups(k->datapath);
	usleep(DETACH_GRACE_US);
	k->lines = namespaces_reconcile(k->namespaces, &k->n_lines);
	namespaces_detach(k->namespaces);
	detach_processes(k->datapath);
	usleep(DETACH_GRACE_US);
}

void kernel_side_close(struct kernel_side *k)
{
	tcx_placeholders_free(k->placeholders);
	namespaces_free(k->namespaces);
	links_free(k->links);
	netns_free(k->home);
	if (k->datapath) {
		detach_cgroups(k->datapath);
		detach_processes(k->datapath);
	}
	datapath_free(k->datapath);
	scopes_clear(&k->scopes);
	apart_end();
	*k = (struct kernel_side){ 0 };
}
