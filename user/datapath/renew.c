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
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = k->btf);
	struct owners_bpf *skel = k->renewed_owners = owners_bpf__open_opts(&opts);
	struct bpf_program *prog;
	size_t i;
	int r;

	if (!skel)
		return -errno;
	memcpy((void *)skel->rodata, k->owners->rodata, sizeof(*skel->rodata));
	/* of the guard's maker, which our own programs for what is pinned do not need */
	skel->rodata->la_deadline = k->skel->rodata->la_deadline;
	memcpy((void *)&skel->rodata->la_offsets, (const void *)&k->skel->rodata->la_offsets,
	       sizeof(skel->rodata->la_offsets));
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, false);
	struct bpf_program *const wanted[] = {
		skel->progs.la_sock_create,  skel->progs.la_connect4, skel->progs.la_connect6,
		skel->progs.la_sock_release, skel->progs.la_sendmsg4, skel->progs.la_sendmsg6,
	};
	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		bpf_program__set_autoload(wanted[i], true);
	r = datapath_share_maps(skel->obj, skel->maps.bss, k->skel);
	return r ?: owners_bpf__load(skel);
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
