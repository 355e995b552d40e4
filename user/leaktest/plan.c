/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/grow.h"
#include "base/util.h"

void probe_plan_defaults(struct probe_plan_config *cfg)
{
	*cfg = (struct probe_plan_config){ .kinds = (uint32_t)-1 };
	addr_parse("203.0.113.77", &cfg->to[0]);
	addr_parse("2001:db8::77", &cfg->to[1]);
}

int probe_plan_add(struct probe_plan *plan, struct probe p)
{
	uint64_t random = 0;

	if (!GROW(plan->v, plan->n))
		return -ENOMEM;
	if (getrandom(&random, sizeof(random), 0) < 0)
		random = plan->n;
	snprintf(p.name, sizeof(p.name), "la-%016llx.example", (unsigned long long)random);
	plan->v[plan->n++] = p;
	return 0;
}

int probe_plan_add_once(struct probe_plan *plan, const struct probe *p)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		if (probe_equal(&plan->v[i], p))
			return 0;
	return probe_plan_add(plan, *p);
}

void probe_plan_free(struct probe_plan *plan)
{
	free(plan->v);
	*plan = (struct probe_plan){ 0 };
}
