/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opt_policy.h"

#include "base/log.h"

static int add_all(const struct opt_list *l, struct policy *p,
		   int (*add)(struct policy *p, const char *word, struct fault *f))
{
	struct fault f = { 0 };
	size_t i;
	int r;

	for (i = 0; i < l->n; i++) {
		r = add(p, l->v[i], &f);
		if (r)
			return log_fault(r, &f);
	}
	return 0;
}

int opt_policy_make(const struct opt_policy *w, struct policy *p)
{
	int r = add_all(&w->tunnels, p, policy_add_tunnel);

	if (!r)
		r = add_all(&w->exposed, p, policy_add_exposed);
	if (!r)
		r = add_all(&w->allow, p, policy_add_allow);
	if (!r)
		r = add_all(&w->transports, p, policy_add_transport);
	p->lan_leaks = w->lan;
	p->drop = w->drop;
	return r;
}

void opt_policy_free(struct opt_policy *w)
{
	opt_list_free(&w->tunnels);
	opt_list_free(&w->exposed);
	opt_list_free(&w->allow);
	opt_list_free(&w->transports);
}
