/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The role of an interface by what the kernel knows of its device, where the loader has not told
 * one (yet), or is not alive to tell of changes. The kind of a device says what it was made for,
 * and is not chosen with its name. An index may be reused, for example by a device that is moved
 * between namespaces.
 */
#ifndef LEAKAUDIT_ROLE_FALLBACK_BPF_H
#define LEAKAUDIT_ROLE_FALLBACK_BPF_H

#include "maps.bpf.h"

#define LA_ARPHRD_NONE 0xfffe
#define LA_ARPHRD_LOOPBACK 772

/* The clock is read once a jiffy: for each packet it would cost as much as everything else. */
la_inline int la_is_followed(void)
{
	__u64 now;

	if (!la_drop)
		return 1;
	now = bpf_jiffies64();
	if (*(volatile __u64 *)&la_looked != now) {
		__u32 was = *(volatile __u32 *)&la_alone;
		__u32 alone = bpf_ktime_get_ns() >= *(volatile __u64 *)&la_followed;

		/* what was judged while a tunnel was known to be up is judged again */
		if (la_lan_exempt == LA_LAN_QUIET && alone && !was)
			__sync_fetch_and_add(&la_epoch_word.epoch, 1);
		*(volatile __u32 *)&la_alone = alone;
		*(volatile __u64 *)&la_looked = now;
	}
	return !*(volatile __u32 *)&la_alone;
}

/* The kind of the device: its first bytes; *type is its ARPHRD_*. */
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

/* Where the kernel's packet has a member. */
la_inline const void *la_skb_at(struct __sk_buff *skb, __u64 offset)
{
	const void *at;

	/* in assembly, so that no context field is read through the changed pointer */
	asm volatile("%[at] = %[skb]\n\t"
		     "%[at] += %[offset]"
		     : [at] "=&r"(at)
		     : [skb] "r"(skb), [offset] "r"(offset));
	return at;
}

la_inline void *la_dev_of_skb(struct __sk_buff *skb)
{
	void *dev = NULL;

	bpf_probe_read_kernel(&dev, sizeof(dev), la_skb_at(skb, la_offsets.dev));
	return dev;
}

/* The cookie of the namespace that the packet's device is in; 0: not known. */
la_inline __u64 la_netns_of_skb(struct __sk_buff *skb)
{
	void *dev = la_offsets.dev && la_offsets.cookie ? la_dev_of_skb(skb) : NULL, *net = NULL;
	__u64 cookie = 0;

	if (!dev)
		return 0;
	bpf_probe_read_kernel(&net, sizeof(net), dev + la_offsets.net);
	bpf_probe_read_kernel(&cookie, sizeof(cookie), net + la_offsets.cookie);
	return cookie;
}

/* Apart, for the stack of those who ask. */
la_subprog __u64 la_netns_read(struct __sk_buff *skb)
{
	return la_netns_of_skb(skb);
}

/* The cookie of the namespace that TC is attached in. */
la_inline __u64 la_tc_netns_of(struct __sk_buff *skb)
{
	return la_tc_netns ?: la_netns_read(skb);
}

/* At most so many devices are compared: those with the same low bits of the ifindex. */
#define LA_DEVS_MAX 16
#define LA_DEV_HASH 256

/*
 * The device with that index in the namespace at `net`; 0: none was found. Addresses are numbers:
 * the verifier gives no other pointers to a function.
 */
la_subprog __u64 la_dev_at(__u64 net, __u32 ifindex)
{
	__u64 heads = 0, node = 0, dev;
	__u32 is, i;

	if (!net || !la_offsets.devices)
		return 0;
	bpf_probe_read_kernel(&heads, sizeof(heads), (void *)(net + la_offsets.devices));
	bpf_probe_read_kernel(&node, sizeof(node),
			      (void *)(heads + ifindex % LA_DEV_HASH * sizeof(node)));
	for (i = 0; i < LA_DEVS_MAX && node; i++) {
		dev = node - la_offsets.node;
		is = 0;
		bpf_probe_read_kernel(&is, sizeof(is), (void *)(dev + la_offsets.ifindex));
		if (is == ifindex)
			return dev;
		bpf_probe_read_kernel(&node, sizeof(node), (void *)node);
	}
	return 0;
}

la_inline int la_is_tunnel_kind(__u64 kind, __u16 type)
{
	__u32 i;

	for (i = 0; i < LA_KINDS_MAX; i++)
		if (kind && la_kinds[i] == kind)
			return kind != LA_KIND_TUN || type == LA_ARPHRD_NONE; /* else it is a tap */
	return 0;
}

/*
 * By the device alone. Only that of loopback has no kind and yet this type, which a tun, that may
 * be given any type, cannot imitate.
 */
la_inline __u32 la_role_by_kind(__u64 kind, __u16 type)
{
	if (!kind && type == LA_ARPHRD_LOOPBACK)
		return LA_ROLE_LOOPBACK;
	return la_is_tunnel_kind(kind, type) ? LA_ROLE_TUNNEL : LA_ROLE_UNKNOWN;
}

la_inline __u64 la_read_pointer(__u64 at)
{
	__u64 pointer = 0;

	bpf_probe_read_kernel(&pointer, sizeof(pointer), (void *)at);
	return pointer;
}

/* What struct veth_priv begins with, where the two ends name each other; 0: it is no such end. */
la_inline __u64 la_other_end(__u64 dev)
{
	__u64 peer = la_offsets.priv ? la_read_pointer(dev + la_offsets.priv) : 0;

	return peer && la_read_pointer(peer + la_offsets.priv) == dev ? peer : 0;
}

/* The cookie of the namespace that a device is in; 0: not known. */
la_inline __u64 la_netns_of_dev(__u64 dev)
{
	if (!la_offsets.cookie)
		return 0;
	return la_read_pointer(la_read_pointer(dev + la_offsets.net) + la_offsets.cookie);
}

/*
 * Whether a veth pair leads from a namespace that the loader has not read, such as that of a
 * container that has just begun, to one that it follows: there each packet of a scope is marked as
 * it comes in, and judged where it leaves. In the host's scope it needs no mark.
 */
la_subprog __u32 la_leads_on(__u64 dev, __u64 netns)
{
	__u64 peer = la_other_end(dev), cookie = 0;
	struct la_role *role;
	__u32 ifindex = 0;

	if (!peer || !la_offsets.cookie || netns == la_home_netns)
		return 0;
	cookie = la_netns_of_dev(peer);
	bpf_probe_read_kernel(&ifindex, sizeof(ifindex), (void *)(peer + la_offsets.ifindex));
	role = la_role_at(cookie, ifindex);
	return role && cookie != netns && role->kind == LA_KIND_VETH &&
	       (la_is_host || role->noted) && la_is_followed();
}

/* The same of a packet's device, of which the loader has told nothing. */
la_inline int la_leads_home(struct __sk_buff *skb, __u64 netns)
{
	__u64 dev = la_offsets.dev ? (__u64)la_dev_of_skb(skb) : 0;
	__u16 type;

	return dev && la_kind_of_dev((void *)dev, &type) == LA_KIND_VETH && la_leads_on(dev, netns);
}

/* last: the role that the socket knows from the loader; LA_ROLE_UNKNOWN if that has told none. */
la_subprog __u32 la_proven_role(struct __sk_buff *skb, __u64 netns, __u32 last)
{
	struct la_role *role = la_role_at(netns, la_ifindex(skb));
	void *dev;
	__u16 type;
	__u64 kind;

	if (!la_offsets.dev)
		return last;
	dev = la_dev_of_skb(skb);
	kind = la_kind_of_dev(dev, &type);
	if (role && role->kind == kind) /* newer than what the socket has stored */
		return role->role;
	if (!role && kind == LA_KIND_VETH && la_leads_on((__u64)dev, netns))
		return LA_ROLE_LOOPBACK;
	return la_role_by_kind(kind, type);
}

/* Whether the role that the loader has told, or not, is to be proven by the device. */
la_inline int la_needs_proof(__u32 role)
{
	return role == LA_ROLE_UNKNOWN || !la_is_followed();
}

#endif
