/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where packets of the scope's namespaces come in at home. */
#include <errno.h>

#include "priv.h"
#include "leakaudit.skel.h"

int datapath_add_entry(struct datapath *k, uint32_t ifindex, uint32_t scope)
{
	k->skel->bss->la_has_entries = 1;
	return bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_entries), &ifindex, &scope, BPF_ANY)
		       ? -errno
		       : 0;
}

/* A key that is deleted is no place to go on from: the next one is asked for first. */
void datapath_keep_entries(struct datapath *k, datapath_keep_fn *fn, void *arg)
{
	int fd = bpf_map__fd(k->skel->maps.la_entries);
	uint32_t at, next;
	bool more, any = false;

	for (more = !bpf_map_get_next_key(fd, NULL, &next); more;) {
		at = next;
		more = !bpf_map_get_next_key(fd, &at, &next);
		if (fn(arg, at))
			any = true;
		else
			bpf_map_delete_elem(fd, &at);
	}
	k->skel->bss->la_has_entries = any;
}
