/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks of cgroups that are gone, for the sockets that are not. */
#include "attach.h"

#include "priv.h"

/* 0: it hangs nowhere any more. */
static uint64_t cgroup_of(int link)
{
	struct bpf_link_info info = { 0 };
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(link, &info, &len) ? 0 : info.cgroup.cgroup_id;
}

bool attach_gone(int link)
{
	return !cgroup_of(link);
}

void attach_forget(struct datapath *k)
{
	size_t i = 0;

	while (i < k->n_left) {
		if (!attach_gone(bpf_link__fd(k->left[i]))) {
			i++;
			continue;
		}
		bpf_link__destroy(k->left[i]);
		k->left[i] = k->left[--k->n_left];
	}
}

bool attach_leave(struct datapath *k, uint64_t id)
{
	bool kept = true;

	if (k->n_left + k->n_hooks > LEFT_HOOKS)
		attach_forget(k);
	while (k->n_hooks) {
		struct bpf_link *link = k->hooks[--k->n_hooks];
		/* the root's is the machine's */
		bool its_own = cgroup_of(bpf_link__fd(link)) == id;

		if (its_own && k->n_left < LEFT_HOOKS) {
			k->left[k->n_left++] = link;
			continue;
		}
		bpf_link__destroy(link);
		kept &= !its_own;
	}
	return kept;
}
