/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tcx for libbpf before 1.3, whose headers lack it. */
#pragma once

#include <bpf/bpf.h>
#include <errno.h>
#include <stdint.h>

/* enum bpf_attach_type of kernels since 6.6; older headers lack them */
#define TCX_INGRESS 46
#define TCX_EGRESS 47

/*
 * Before all other programs: one that ends the walk would hide its packets from us. It is
 * BPF_F_BEFORE of newer headers, relative to nothing.
 */
#define TCX_FIRST (1U << 3)

/* Returns a link's descriptor, in our present namespace. -EINVAL: the kernel has no tcx. */
static inline int tcx_attach_at(int prog, uint32_t ifindex, int where)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = TCX_FIRST);
	int link = bpf_link_create(prog, (int)ifindex, (enum bpf_attach_type)where, &opts);

	return link < 0 ? -errno : link;
}

static inline int tcx_attach(int prog, uint32_t ifindex)
{
	return tcx_attach_at(prog, ifindex, TCX_EGRESS);
}
