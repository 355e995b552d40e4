/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The facts that packets are judged by: keys and values of the maps that the loader
 * fills. Byte order and units are event.h's.
 */
#ifndef LEAKAUDIT_TABLES_H
#define LEAKAUDIT_TABLES_H

#include "event.h"

/* What each packet asks first, in one word. */
struct la_pulse {
	__u32 epoch; /* grows whenever a fact changes: what was judged by older ones is judged anew */
	__u32 careful; /* not 0: there is more to ask, la_careful() */
};
_Static_assert(sizeof(struct la_pulse) == 8, "la_pulse is ABI");

/* The cgroup whose processes are the scope. A service that is restarted has another
 * one, and between the two none. */
#define LA_SCOPE_NONE (~0ULL)

struct la_scope {
	__u64 id;
	__u32 level; /* its depth; the root's is 0 */
	__u32 pad;
};

/* Interfaces. slot 0 is shared by all that have none of their own. */
#define LA_SLOTS 1024

struct la_role_key {
	__u64 netns;
	__u32 ifindex;
	__u32 pad;
};

struct la_role {
	__u16 slot; /* names the interface in la_onlink and la_totals; 0: shared */
	__u8 role; /* enum la_role_kind */
	__u8 l2_len; /* link header that skb->len counts at TC */
	__u8 stacked; /* another interface of the namespace sends through it */
	__u8 pad[3];
	__u64 kind; /* of the device (IFLA_INFO_KIND), as LA_KIND_TUN has it; 0: none */
};

/* The first seven bytes of a device's kind, as they lie in memory. */
#define LA_KINDS_MAX 16
#define LA_KIND_TUN 0x6e7574ULL /* "tun", of tap devices as well */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "amd64 and arm64 only"
#endif

/* Where in the kernel's structs a packet's device and its kind are. dev is 0 where
 * nothing is to be looked up. */
struct la_offsets {
	__u32 dev; /* in sk_buff */
	__u32 type, ops; /* in net_device: type, rtnl_link_ops */
	__u32 kind; /* in rtnl_link_ops */
};

/* LPM key of the on-link prefixes: 32 bits of slot, then the address. */
struct la_onlink_key {
	__u32 prefixlen;
	__be32 slot;
	struct la_addr addr;
};

/* One --allow: every field of value 0 (and every masked bit) matches all. */
#define LA_ALLOW_MAX 64
struct la_allow {
	struct la_addr addr;
	struct la_addr mask;
	__u16 port;
	__u8 proto;
	__u8 pad[5];
};

/* Who holds a tunnel's device, and which of its sockets carry the tunnel. */
struct la_daemon {
	__u64 netns; /* those of this namespace; 0: all */
	__u32 tgid;
	__u32 pad;
};

/* A tunnel's far end, and the one socket that may talk to it; cookie 0: packets
 * that the kernel itself makes, which have no socket of a process. */
struct la_endpoint {
	struct la_addr addr;
	__u64 cookie;
	__u16 port;
	__u8 proto;
	__u8 pad[5];
};

/* A server's name by la_name_hash(): the whole, or what any host is under. */
struct la_name {
	__u64 hash;
	__u32 under;
	__u32 pad;
};

/* What is told once and then only counted for a while: a process's connects to one
 * far end that were refused, one far end's packets that came from outside. */
struct la_notice {
	__u64 told; /* ktime */
	__u64 untold; /* since then */
};

/* An address of the machine itself. */
struct la_local_key {
	struct la_addr addr;
	__u64 netns;
};

/* One process, a reused pid being another. */
struct la_process {
	__u64 start_ns;
	__u32 tgid;
	__u32 pad;
};

#endif
