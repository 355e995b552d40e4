/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps hooks of removed cgroups as long as sockets created in them exist. */
#include "attach.h"

#include "priv.h"

/* Returns 0 if the link is detached. */
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

bool attach_leave(struct datapath *k, uint32_t number)
{
	struct cgroup_hooks *h = &k->hooks[number - 1];
	bool kept = true;

	if (k->n_left + h->n > LEFT_HOOKS)
		attach_forget(k);
	while (h->n) {
		struct bpf_link *link = h->v[--h->n];
		bool attached = !attach_gone(bpf_link__fd(link));

		if (attached && k->n_left < LEFT_HOOKS) {
			k->left[k->n_left++] = link;
			continue;
		}
		bpf_link__destroy(link);
		kept &= !attached;
	}
	return kept;
}
