/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon_hooks.h"

#include <errno.h>

#include "leakaudit.skel.h"
#include "priv.h"

/* The program is loaded for the first one. */
static int attach(struct datapath *k, int cgroup, struct bpf_link **ret)
{
	int r = k->hearing ? 0 : datapath_load_packets(k, "la_daemon_hears", k->home, &k->hearing);

	if (r)
		return r;
	*ret = bpf_program__attach_cgroup(k->hearing->progs.la_daemon_hears, cgroup);
	return *ret ? 0 : -errno;
}

int datapath_hear_daemons(struct datapath *k, int cgroup, uint64_t id)
{
	struct heard_cgroup *free_one = NULL;
	size_t i;
	int r;

	if (k->ingress || k->adopted)
		return 0;
	for (i = 0; i < HEARD_CGROUPS; i++) {
		if (k->heard[i].link && k->heard[i].id == id)
			return 0;
		if (!k->heard[i].link && !free_one)
			free_one = &k->heard[i];
	}
	if (!free_one)
		return -ENOSPC;
	r = attach(k, cgroup, &free_one->link);
	free_one->id = id;
	return r;
}
