/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run_time.h"

#include "priv.h"
#include "leakaudit.skel.h"
#include "owners.skel.h"

/* name: NULL where the kernel's is not cut */
static void one(int program, const char *name, run_time_fn *fn, void *arg)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (program >= 0 && !bpf_obj_get_info_by_fd(program, &info, &len) && info.run_cnt)
		fn(arg, name ?: info.name, info.run_time_ns, info.run_cnt);
}

static void each_of(const struct bpf_object *o, run_time_fn *fn, void *arg)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, o)
		one(bpf_program__fd(p), bpf_program__name(p), fn, arg);
}

void run_time_each(const struct datapath *k, run_time_fn *fn, void *arg)
{
	const struct leakaudit_bpf *const packets[] = { k->skel, k->packets, k->ingress, k->ears };
	const struct owners_bpf *const owners[] = { k->owners, k->calls, k->callers };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(packets); i++)
		if (packets[i])
			each_of(packets[i]->obj, fn, arg);
	for (i = 0; i < ARRAY_SIZE(owners); i++)
		if (owners[i])
			each_of(owners[i]->obj, fn, arg);
	for (i = 0; i < k->n_instances; i++)
		one(k->instances[i].program, NULL, fn, arg);
}
