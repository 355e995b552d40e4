/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guarding.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/exit.h"
#include "base/log.h"
#include "base/text.h"
#include "datapath/renew.h"
#include "host/proc.h"

int guarding_find(struct guarding *g)
{
	struct fault f = { 0 };
	int r;

	if (!g->follow[0])
		return 0;
	r = guard_adopt(&g->guard, g->follow, &f);
	if (r)
		return log_fault(r, &f);
	g->policy = &g->guard->policy;
	log_info("guard '%s' is in force here: it is followed, and its policy applies", g->follow);
	return 0;
}

int guarding_renew(struct guarding *g, const struct scopes *scopes, size_t i, struct datapath *k,
		   struct fault *f)
{
	const struct scope *scope = scopes->v[i];
	int r;

	if (!g->guard || g->guard->meta.scopes[i].id == scope->id)
		return 0;
	r = datapath_renew(k, (uint32_t)i + 1);
	if (r)
		return fault_say(f, r, "cannot load the hooks of guard '%s' again: %s",
				 g->guard->name, strerror(-r));
	r = pins_write_scope(g->guard->pins, &g->guard->meta, i, scope->id);
	if (r)
		return fault_say(f, r, "cannot write the data of guard '%s': %s", g->guard->name,
				 strerror(-r));
	log_info("the cgroup %s of guard '%s' was made again: it has its hooks again", scope->path,
		 g->guard->name);
	return 0;
}

int guarding_check_home(const struct guarding *g, const struct netns *home)
{
	if (!g->guard || g->guard->meta.netns == home->cookie)
		return 0;
	log_err("guard '%s' was made in another network namespace", g->guard->name);
	return -EINVAL;
}

int guarding_make(struct guarding *g, const struct watch_guard *wanted, const struct kernel_side *k,
		  uint64_t *deadline)
{
	struct fault f = { 0 };
	char name[PINS_NAME_MAX];
	int r;

	*deadline = wanted && wanted->ttl ? ktime_now() + wanted->ttl : 0;
	if (!wanted)
		return 0;
	pins_default_name(scopes_first(&k->scopes), name, sizeof(name));
	r = guard_make(&g->guard, wanted->name ?: name, &k->scopes, g->policy, k->home->cookie,
		       *deadline, wanted->replace, &f);
	if (r)
		return log_fault(r, &f);
	if (!proc_is_initial())
		log_warn("this is a container: the guard ends with it, unless /sys/fs/bpf is the "
			 "host's");
	return 0;
}

int guarding_hold(struct guarding *g, struct datapath *k)
{
	struct fault f = { 0 };
	int r;

	if (!g->guard || g->guard->adopted)
		return 0;
	r = datapath_add_free_ids(k);
	if (r)
		return log_err_r(r, "cannot fill the guard's flow table");
	r = guard_hold(g->guard, &f);
	return r ? log_fault(r, &f) : 0;
}

/* "by tun0, or not at all", and what opens one that is not open. */
static void print_tunnels(const struct guarding *g, const struct kernel_side *k)
{
	const struct record_interface *v;
	const char *separator = "";
	size_t n, i;

	v = namespaces_everywhere(k->namespaces, &n);
	for (i = 0; i < n; i++) {
		if (v[i].role != LA_ROLE_TUNNEL)
			continue;
		text_print("%s%s", separator, v[i].name);
		if (v[i].netns_name)
			text_print(" in %s", v[i].netns_name);
		separator = ", ";
	}
	text_print(*separator ? " or not at all\n"
			      : "a tunnel, when one is opened, or not at all\n");
	text_print("a tunnel that comes back, or a new one, is opened by: leakaudit watch --guard "
		   "%s\n",
		   g->guard->name);
}

/* "this host", "/a", or "/a, /b and /c". */
static void say_scopes(struct text *t, const struct scopes *s)
{
	size_t i;

	if (scopes_is_host(s)) {
		text_add(t, "this host");
		return;
	}
	for (i = 0; i < s->n; i++) {
		text_add(t, "%s", !i ? "" : i + 1 < s->n ? ", " : " and ");
		text_escape(t, s->v[i]->path, false);
	}
}

int guarding_print(const struct guarding *g, const struct watch_guard *wanted,
		   const struct kernel_side *k)
{
	char classes[128], scopes[2048];
	struct text t;

	text_init(&t, scopes, sizeof(scopes));
	say_scopes(&t, &k->scopes);
	text_init(&t, classes, sizeof(classes));
	policy_say_dropped(&t, g->policy->drop);
	if (strcmp(classes, "all"))
		text_print("guard %s holds, for %s: what %s sends of them leaves by ",
			   g->guard->name, classes, scopes);
	else
		text_print("guard %s holds: what %s sends leaves by ", g->guard->name, scopes);
	print_tunnels(g, k);
	namespaces_warn_unmatched(k->namespaces);
	if (wanted->ttl)
		text_print("it expires in %llu s\n",
			   (unsigned long long)(wanted->ttl / NSEC_PER_SEC));
	text_print("lift it with: leakaudit guard --release %s\n", g->guard->name);
	return fflush(stdout) ? EXIT_INCOMPLETE : EXIT_CLEAN;
}

void guarding_leave(const struct guarding *g, struct datapath *k)
{
	if (k && g->guard && g->guard->held)
		datapath_leave_pinned(k);
}

void guarding_close(struct guarding *g)
{
	guard_free(g->guard);
}
