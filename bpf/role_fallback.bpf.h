/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Of what drops and nobody follows (a guard alone, a loader that is stopped): whether
 * an interface is what its index stood for when it was last told. Indices are given again, to
 * devices that are moved between namespaces for one; a device's kind says what it is made to do,
 * and is not chosen with its name. Where it is a tunnel's by that, a tunnel that comes back is
 * opened.
 */
#ifndef LEAKAUDIT_ROLE_FALLBACK_BPF_H
#define LEAKAUDIT_ROLE_FALLBACK_BPF_H

#include "maps.bpf.h"

#define LA_ARPHRD_NONE 0xfffe

/* The clock is asked once a jiffy: for each packet it would cost as much as all else. */
la_inline int la_is_followed(void)
{
	__u64 now;

	if (!la_offsets.dev)
		return 1;
	now = bpf_jiffies64();
	if (*(volatile __u64 *)&la_looked != now) {
		*(volatile __u32 *)&la_alone = bpf_ktime_get_ns() >=
					       *(volatile __u64 *)&la_followed;
		*(volatile __u64 *)&la_looked = now;
	}
	return !*(volatile __u32 *)&la_alone;
}

/* What it is made to do: the first bytes of its kind, and its ARPHRD_* in *type. */
la_inline __u64 la_kind_of_dev(const void *dev, __u16 *type)
{
	void *ops = NULL, *name = NULL;
	__u64 kind = 0;

	*type = 0;
	if (!dev)
		return 0;
	bpf_probe_read_kernel(type, sizeof(*type), dev + la_offsets.type);
	bpf_probe_read_kernel(&ops, sizeof(ops), dev + la_offsets.ops);
	if (!ops)
		return 0;
	bpf_probe_read_kernel(&name, sizeof(name), ops + la_offsets.kind);
	bpf_probe_read_kernel_str(&kind, sizeof(kind), name);
	return kind;
}

la_inline __u64 la_kind_of_skb(struct __sk_buff *skb, __u16 *type)
{
	__u64 offset = la_offsets.dev;
	void *dev = NULL, *at;

	/* in assembly, so that no field of the context is read by the moved pointer */
	asm volatile("%[at] = %[skb]\n\t"
		     "%[at] += %[offset]"
		     : [at] "=&r"(at)
		     : [skb] "r"(skb), [offset] "r"(offset));
	bpf_probe_read_kernel(&dev, sizeof(dev), at);
	return la_kind_of_dev(dev, type);
}

la_inline int la_is_tunnel_kind(__u64 kind, __u16 type)
{
	__u32 i;

	for (i = 0; i < LA_KINDS_MAX; i++)
		if (kind && la_kinds[i] == kind)
			return kind != LA_KIND_TUN || type == LA_ARPHRD_NONE; /* else a tap */
	return 0;
}

/* The role of an interface by its device's kind: `told` where that is still the one which
 * the role was told of. */
la_inline __u32 la_role_by_kind(const struct la_role *role, __u32 told, __u64 kind, __u16 type)
{
	if (role && role->kind == kind)
		return told;
	return la_is_tunnel_kind(kind, type) ? LA_ROLE_TUNNEL : LA_ROLE_UNKNOWN;
}

/* The role of an interface that nobody follows, of which it was told `told`, or
 * nothing (LA_ROLE_UNKNOWN). */
la_subprog __u32 la_proven_role(struct __sk_buff *skb, __u64 netns, __u32 told)
{
	struct la_role_key k = { .netns = netns, .ifindex = la_ifindex(skb) };
	struct la_role *role = bpf_map_lookup_elem(&la_roles, &k);
	__u16 type;
	__u64 kind = la_kind_of_skb(skb, &type);

	return la_role_by_kind(role, told, kind, type);
}

#endif
