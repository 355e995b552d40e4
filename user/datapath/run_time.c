/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run_time.h"

#include "priv.h"
#include "leakaudit.skel.h"
#include "owners.skel.h"

static void each_of(const struct bpf_object *o, run_time_fn *fn, void *arg)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, o) {
		struct bpf_prog_info info = { 0 };
		uint32_t len = sizeof(info);
		int fd = bpf_program__fd(p);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) && info.run_cnt)
			fn(arg, bpf_program__name(p), info.run_time_ns, info.run_cnt);
	}
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
		each_of(k->instances[i].skel->obj, fn, arg);
}
