/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs with a guard: making one, or following one. */
#include <errno.h>
#include <stdio.h>

#include "base/exit.h"
#include "base/log.h"
#include "host/proc.h"
#include "priv.h"

/* The guard to be made, or the one to be followed. */
int watch_make_guard(struct watch *w, uint64_t *deadline)
{
	const struct watch_guard *g = w->cfg->guard;
	struct fault f = { 0 };
	char name[PINS_NAME_MAX];
	int r;

	if (!g)
		return 0;
	*deadline = g->ttl ? ktime_now() + g->ttl : 0;
	pins_default_name(w->scope, name, sizeof(name));
	r = guard_make(&w->guard, g->name ?: name, w->scope, w->policy, w->home->cookie, *deadline,
		       g->replace, &f);
	if (r)
		return log_fault(r, &f);
	if (!proc_is_initial())
		log_warn("this is a container: the guard ends with it, unless /sys/fs/bpf is the "
			 "host's");
	return 0;
}

int watch_find_guard(struct watch *w)
{
	struct fault f = { 0 };
	int r;

	if (!w->follow[0])
		return 0;
	r = guard_adopt(&w->guard, w->follow, &f);
	if (r)
		return log_fault(r, &f);
	if (w->guard->meta.scope_id != w->scope->id) {
		log_err("the cgroup of guard '%s' was replaced by another one: %s", w->follow,
			w->guard->meta.scope);
		log_hint("replace the guard: leakaudit guard --replace");
		return -ESTALE;
	}
	w->policy = &w->guard->policy;
	log_info("guard '%s' is in force here: it is followed, and its policy applies", w->follow);
	return 0;
}

/* The new guard is complete: from now on it works without us. */
int watch_hold(struct watch *w)
{
	struct fault f = { 0 };
	int r;

	if (!w->guard || w->guard->adopted)
		return 0;
	r = datapath_add_free_ids(w->datapath);
	if (r)
		return log_err_r(r, "cannot fill the guard's flow table");
	r = guard_hold(w->guard, &f);
	return r ? log_fault(r, &f) : 0;
}

/* Prints what is in force from now on. */
int watch_print_guard(struct watch *w)
{
	const struct record_interface *i;
	const char *separator = "";
	size_t n, k;

	printf("guard %s holds: ", w->guard->name);
	printf("%s leaves by ", w->scope->host ? "what this host sends" : w->scope->path);
	i = namespaces_interfaces(w->namespaces, &n);
	for (k = 0; k < n; k++) {
		if (i[k].role != LA_ROLE_TUNNEL)
			continue;
		printf("%s%s", separator, i[k].name);
		separator = ", ";
	}
	printf("%s or not at all\n",
	       *separator ? "" : "a tunnel that leakaudit guard --follow opens,");
	if (w->cfg->guard->ttl)
		printf("it expires in %llu s\n",
		       (unsigned long long)(w->cfg->guard->ttl / NSEC_PER_SEC));
	printf("lift it with: leakaudit guard --release %s\n", w->guard->name);
	return fflush(stdout) ? EXIT_INCOMPLETE : EXIT_CLEAN;
}
