/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks of a guard's cgroups that were removed and made again. */
#include "renew.h"

#include <errno.h>
#include <string.h>

#include "leakaudit.skel.h"
#include "owners.skel.h"
#include "priv.h"

/* Those in process context, which an earlier loader has attached to a cgroup that is gone. */
static int load_owners(struct datapath *k)
{
	static const char *const names[] = { "la_sock_create",	"la_connect4", "la_connect6",
					     "la_sock_release", "la_sendmsg4", "la_sendmsg6" };
	int r = datapath_open_beside(k, names, ARRAY_SIZE(names), &k->renewed_owners);
	struct owners_bpf *skel = k->renewed_owners;

	if (r)
		return r;
	/* of the guard's maker, which our own programs for what is pinned do not need */
	skel->rodata->la_deadline = k->skel->rodata->la_deadline;
	memcpy((void *)&skel->rodata->la_offsets, (const void *)&k->skel->rodata->la_offsets,
	       sizeof(skel->rodata->la_offsets));
	return owners_bpf__load(skel);
}

int datapath_renew(struct datapath *k, uint32_t number)
{
	int r = 0;

	if (k->adopted && !k->renewed_owners) {
		r = load_owners(k);
		if (!r)
			r = datapath_load_packets(k, "la_cgroup_egress", k->home, &k->packets);
		if (!r && k->skel->rodata->la_drop)
			r = datapath_load_packets(k, "la_cgroup_ingress", k->home, &k->ingress);
	}
	k->hooks[number - 1].renewed = !r;
	return r;
}
